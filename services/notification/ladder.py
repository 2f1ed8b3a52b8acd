"""Keeps the ladder moving: climbs what nobody answered."""

import asyncio

from chassis.clock import now
from chassis.leases import Lease
from services.notification import commands
from services.notification.store import Store

_POLL_SECONDS = 1.0


class Ladder:
    """The clock of alerts; one replica minds it."""

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    async def climb(self) -> None:
        """Climb what is due, until cancelled."""
        woken = False
        while True:
            await self._lease.wait_held()
            if not woken:
                await self._store.wake_stuck(now())
                woken = True
            if not await commands.climb_due(self._store, now()):
                await asyncio.sleep(_POLL_SECONDS)
