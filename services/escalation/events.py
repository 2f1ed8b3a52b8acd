"""What escalation hears: reports and cases."""

from chassis.consumer import Table
from contracts.envelope import Heard
from contracts.events import (
    CaseOpened,
    CaseStatusChanged,
    CaseVerified,
    ReportsJoined,
    ReportSplit,
    ReportSubmitted,
)
from services.escalation import commands
from services.escalation.areas import Areas
from services.escalation.store import Store


def table(store: Store, areas: Areas) -> Table:
    """Event type → handler."""

    async def reports(heard: list[Heard]) -> None:
        submitted = [each.event for each in heard if isinstance(each.event, ReportSubmitted)]
        await commands.note_reports(store, areas, submitted)

    async def cases(heard: list[Heard]) -> None:
        await commands.follow_cases(store, areas, heard)

    return {
        ReportSubmitted: reports,
        CaseOpened: cases,
        ReportsJoined: cases,
        ReportSplit: cases,
        CaseVerified: cases,
        CaseStatusChanged: cases,
    }
