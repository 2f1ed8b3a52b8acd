"""What verification consumes: reports, levels, alerts."""

from collections.abc import Sequence

from chassis.clock import now
from chassis.messaging.handlers import Handlers
from contracts.envelope import Received
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEvent,
    AlertRaised,
    AlertUnanswered,
    LevelChanged,
    ReportSubmitted,
    ReportSupplemented,
)
from services.verification import commands
from services.verification.store import Store

handles: Handlers[Store] = Handlers()


@handles(ReportSubmitted)
async def group_reports(store: Store, messages: Sequence[Received[ReportSubmitted]]) -> None:
    """Into cases. What is told for the record opens none."""
    await commands.take_in(store, [each.event for each in messages if not each.event.history], now())


@handles(ReportSupplemented)
async def take_answers(store: Store, messages: Sequence[Received[ReportSupplemented]]) -> None:
    """Into reports and timelines."""
    await commands.take_answers(store, messages)


@handles(LevelChanged)
async def take_levels(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Into the cases' level, sentence and timeline."""
    await commands.take_levels(store, messages)


@handles(AlertRaised, AlertClimbed, AlertAcknowledged, AlertUnanswered)
async def take_alerts(store: Store, messages: Sequence[Received[AlertEvent]]) -> None:
    """Into the cases' timeline."""
    await commands.take_alerts(store, messages)
