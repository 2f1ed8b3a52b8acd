"""What escalation consumes: reports and cases."""

from collections.abc import Sequence

from chassis.messaging.handlers import Handlers
from contracts.envelope import Received
from contracts.events import (
    CaseEvent,
    CaseStatusChanged,
    CaseVerified,
    ReportsJoined,
    ReportSplit,
    ReportSubmitted,
)
from services.escalation import commands
from services.escalation.store import Store

handles: Handlers[Store] = Handlers()


@handles(ReportSubmitted)
async def log_reports(store: Store, messages: Sequence[Received[ReportSubmitted]]) -> None:
    """Into the log that rounds of scoring read."""
    await commands.log_reports(store, [each.event for each in messages])


@handles(ReportsJoined, ReportSplit, CaseVerified, CaseStatusChanged)
async def follow_cases(store: Store, messages: Sequence[Received[CaseEvent]]) -> None:
    """Into the scores of cases."""
    await commands.follow_cases(store, messages)
