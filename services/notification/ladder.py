"""Keeps the ladder moving: sends what is queued, climbs what nobody answered."""

import asyncio
from datetime import timedelta

import structlog

from chassis.clock import now
from chassis.store import Conflict, Kept
from contracts.base import Event
from services.notification import commands, model
from services.notification.channels.senders import Senders, Undelivered
from services.notification.commands import Deadlines
from services.notification.model import Alert, Delivery
from services.notification.store import Store

log = structlog.get_logger(__name__)
_TRIES = 100
_LONGEST_PAUSE = 900
_LEASE = timedelta(seconds=60)
_POLL_SECONDS = 0.5


class Ladder:
    """The two clocks of alerts."""

    def __init__(self, store: Store, senders: Senders, limits: Deadlines) -> None:
        self._store = store
        self._senders = senders
        self._limits = limits

    async def climb(self) -> None:
        """Climb what is due, until cancelled."""
        while True:
            if not await commands.climb_due(self._store, self._limits, now()):
                await asyncio.sleep(_POLL_SECONDS)

    async def deliver(self) -> None:
        """Send what is queued, until cancelled."""
        while True:
            # The first condition is for the partial index, which holds only alerts with something queued.
            due = {"$elemMatch": {"status": "queued", "due": {"$lte": now()}}}
            queued = {"state.deliveries.status": "queued", "state.deliveries": due}
            found = await self._store.alerts.find(queued, limit=50)
            await asyncio.gather(*(self._deliver(kept) for kept in found))
            if not found:
                await asyncio.sleep(_POLL_SECONDS)

    async def _deliver(self, kept: Kept[Alert]) -> None:
        due = [each for each in kept.state.deliveries if each.status == "queued" and each.due <= now()]
        for each in due:
            each.due = now() + _LEASE
        try:
            await self._store.alerts.save(kept)  # whoever writes the lease sends
        except Conflict:
            return
        results = await asyncio.gather(*(self._send(kept.id, kept.state, each) for each in due))
        # Whatever happens to the alert meanwhile, what was sent is recorded and not sent again.
        while True:
            events = _record(kept, {each.id: each for each in results})
            try:
                await self._store.alerts.save(kept, events)
            except Conflict:
                fresh = await self._store.alerts.load(kept.id)
                if fresh is None:
                    return
                kept = fresh
                continue
            return

    async def _send(self, alert_id: str, alert: Alert, delivery: Delivery) -> Delivery:
        done = delivery.model_copy(update={"tries": delivery.tries + 1, "done_at": now()})
        official = await self._store.official(delivery.official)
        if official is None:
            return done.model_copy(update={"status": "failed", "detail": "pejabat tidak ada lagi di direktori"})
        try:
            await self._senders.send(alert_id, alert, delivery, official)
        except Undelivered as reason:
            if reason.final or done.tries >= _TRIES:
                log.error("delivery failed", channel=delivery.channel, reason=str(reason))
                return done.model_copy(update={"status": "failed", "detail": str(reason)})
            later = now() + timedelta(seconds=min(2**done.tries, _LONGEST_PAUSE))
            return done.model_copy(update={"due": later, "detail": str(reason), "done_at": None})
        except Exception as error:
            # What nobody foresaw about one address must not hold up the others.
            log.exception("delivery failed", channel=delivery.channel)
            return done.model_copy(update={"status": "failed", "detail": type(error).__name__})
        return done.model_copy(update={"status": "sent", "detail": ""})


def _record(kept: Kept[Alert], results: dict[str, Delivery]) -> list[Event]:
    events: list[Event] = []
    for place, each in enumerate(kept.state.deliveries):
        result = results.get(each.id)
        overtaken = result is not None and result.status == "queued" and each.status != "queued"
        if result is not None and not overtaken:
            kept.state.deliveries[place] = result
            if result.status != "queued":
                events.append(model.recorded(kept.id, result))
    return events
