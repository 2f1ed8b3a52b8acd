"""What integration consumes: case states, levels, alerts."""

from collections.abc import Sequence

from chassis.messaging.handlers import Handlers
from contracts.envelope import Received
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertEvent,
    AlertRaised,
    CaseStateRecorded,
    LevelChanged,
)
from services.integration import commands
from services.integration.store import Store

handles: Handlers[Store] = Handlers()


@handles(CaseStateRecorded)
async def follow_cases(store: Store, messages: Sequence[Received[CaseStateRecorded]]) -> None:
    """To partners and onto the public topic."""
    await commands.follow_cases(store, messages)


@handles(LevelChanged)
async def follow_levels(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """To partners."""
    await commands.follow_levels(store, messages)


@handles(AlertRaised, AlertClimbed, AlertAcknowledged, AlertEnded)
async def follow_alerts(store: Store, messages: Sequence[Received[AlertEvent]]) -> None:
    """To partners, and into CAP."""
    await commands.follow_alerts(store, messages)
