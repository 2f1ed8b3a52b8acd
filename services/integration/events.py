"""What integration hears: case states, levels, alerts."""

from chassis.consumer import Table
from contracts.envelope import Heard
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertRaised,
    CaseStateRecorded,
    LevelChanged,
)
from services.integration import commands
from services.integration.store import Store


def table(store: Store) -> Table:
    """Event type → handler."""

    async def cases(heard: list[Heard]) -> None:
        await commands.follow_cases(store, heard)

    async def levels(heard: list[Heard]) -> None:
        await commands.follow_levels(store, heard)

    async def alerts(heard: list[Heard]) -> None:
        await commands.follow_alerts(store, heard)

    return {
        CaseStateRecorded: cases,
        LevelChanged: levels,
        AlertRaised: alerts,
        AlertClimbed: alerts,
        AlertAcknowledged: alerts,
        AlertEnded: alerts,
    }
