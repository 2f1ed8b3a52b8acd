"""What notification consumes: levels, and cases that are closed."""

from collections.abc import Sequence

from chassis.messaging.handlers import Handlers
from contracts.envelope import Received
from contracts.events import CaseStatusChanged, LevelChanged
from services.notification import commands
from services.notification.store import Store

handles: Handlers[Store] = Handlers()


@handles(LevelChanged)
async def raise_and_end_alerts(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Into alerts."""
    await commands.take_levels(store, messages)


@handles(CaseStatusChanged)
async def end_alerts(store: Store, messages: Sequence[Received[CaseStatusChanged]]) -> None:
    """Alerts of closed cases end."""
    await commands.end_for_cases(store, messages)
