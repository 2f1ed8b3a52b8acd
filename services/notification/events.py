"""What notification hears: levels, and cases that are closed."""

from chassis.concurrency import by_subject
from chassis.consumer import Table
from contracts.envelope import Heard
from contracts.events import CaseStatusChanged, LevelChanged
from services.notification import commands
from services.notification.commands import Deadlines
from services.notification.store import Store


def table(store: Store, limits: Deadlines) -> Table:
    """Event type → handler."""

    async def levels(heard: list[Heard]) -> None:
        await commands.take_levels(store, limits, heard)

    async def cases(heard: list[Heard]) -> None:
        await by_subject(heard, lambda each: commands.end_for_case(store, each))

    return {LevelChanged: levels, CaseStatusChanged: cases}
