"""What intake hears: cases (for the tickets), messages to reporters, the directory of offices."""

from chassis.clock import now
from chassis.concurrency import by_subject
from chassis.consumer import Table
from contracts.envelope import Heard
from contracts.events import (
    CaseStatusChanged,
    CaseVerified,
    OfficeListed,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
)
from services.intake import commands
from services.intake.store import Store


def table(store: Store) -> Table:
    """Event type → handler."""

    async def cases(heard: list[Heard]) -> None:
        await by_subject(heard, lambda each: commands.follow_case(store, each))

    async def messages(heard: list[Heard]) -> None:
        for each in heard:
            await commands.bring_message(store, each, now())

    async def offices(heard: list[Heard]) -> None:
        for each in heard:
            await commands.list_office(store, each)

    return {
        ReportsJoined: cases,
        ReportSplit: cases,
        CaseVerified: cases,
        CaseStatusChanged: cases,
        ReporterMessageRequested: messages,
        OfficeListed: offices,
    }
