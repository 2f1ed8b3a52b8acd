"""What intake consumes: cases (for the tickets), messages to reporters, the directory of offices."""

from collections.abc import Sequence

from chassis.clock import now
from chassis.messaging.handlers import Handlers
from contracts.envelope import Received
from contracts.events import (
    CaseEvent,
    CaseStatusChanged,
    CaseVerified,
    OfficeListed,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
)
from services.intake import commands, reporter_messages
from services.intake.store import Store

handles: Handlers[Store] = Handlers()


@handles(ReportsJoined, ReportSplit, CaseVerified, CaseStatusChanged)
async def follow_cases(store: Store, messages: Sequence[Received[CaseEvent]]) -> None:
    """Into the reports, for their tickets."""
    await commands.follow_cases(store, messages, now())


@handles(ReporterMessageRequested)
async def bring_messages(store: Store, messages: Sequence[Received[ReporterMessageRequested]]) -> None:
    """To the reporters."""
    await reporter_messages.bring_messages(store, messages, now())


@handles(OfficeListed)
async def list_offices(store: Store, messages: Sequence[Received[OfficeListed]]) -> None:
    """Into the offices that a receipt names."""
    await commands.list_offices(store, messages)
