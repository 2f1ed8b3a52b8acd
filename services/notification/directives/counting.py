"""Counts how far a directive has come, soon after each change; never by scanning when a page is asked for."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta

import structlog
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate
from chassis.clock import now
from chassis.concurrency import wait_for_wake
from contracts.base import Event
from services.notification.directives.model import Directive, Progress
from services.notification.store import Store

log = structlog.get_logger(__name__)
_COUNT_SECONDS = 0.5
_RECOUNTED = timedelta(days=60)
_STEPS = list(Progress)


class Counting:
    """The counts of directives' receipts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed: set[str] = set()
        self._to_count = asyncio.Event()

    def count_soon(self, directives: Iterable[str]) -> None:
        """Receipts of these have changed."""
        self._changed |= set(directives)
        self._to_count.set()

    async def run(self) -> None:
        """Bring the counts up to date, until cancelled. What a crash left uncounted is counted at the start."""
        recent = {"state.at": {"$gte": now() - _RECOUNTED}}
        async for row in self._store.directives.scan(recent):
            self.count_soon([row.id])
        while True:
            await wait_for_wake(self._to_count, 60)
            self._to_count.clear()
            changed, self._changed = self._changed, set()
            try:
                await self._recount(changed)
            except PyMongoError as error:
                log.warning("receipts not counted yet", reason=type(error).__name__)
                self.count_soon(changed)
            await asyncio.sleep(_COUNT_SECONDS)

    async def _recount(self, changed: set[str]) -> None:
        counted: dict[str, dict[str, int]] = {}

        async def read(loaded: Mapping[str, Aggregate[Directive]]) -> None:
            # Counted after the directive was loaded: whoever counted later has written it, and this save is refused.
            counted.update(await self._store.count_receipts(loaded))

        def decide(directive: Aggregate[Directive]) -> list[Event] | None:
            at_step = counted.get(directive.id, {})
            counts = {
                each.value: sum(at_step.get(later.value, 0) for later in _STEPS[_STEPS.index(each) :])
                for each in _STEPS[1:]
            }
            if directive.state.counts == counts:
                return None
            directive.state.counts = counts
            return []

        if changed:
            await self._store.directives.update_many(changed, decide, after_load=read)
