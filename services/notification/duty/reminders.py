"""Tells whoever's turn begins within a day, once a turn, so that nobody learns of it from a call at night."""

import asyncio
from datetime import datetime, timedelta

import structlog

from chassis.clock import now
from chassis.database import Document, insert_new
from chassis.leases import Lease
from services.notification.duty.commands import notices_of
from services.notification.duty.model import Roster, Turn, turns
from services.notification.store import Store

log = structlog.get_logger(__name__)
_BEFORE = timedelta(days=1)
_LOOK_SECONDS = 600


def next_turn(roster: Roster, at: datetime) -> Turn | None:
    """The turn that begins within a day, of somebody who is not on duty before it. Pure."""
    ahead = list(turns(roster, at, at + _BEFORE))
    following = [(before, turn) for before, turn in zip([None, *ahead], ahead, strict=False) if turn.begins > at]
    return next((turn for before, turn in following if before is None or before.official != turn.official), None)


class Reminders:
    """The reminders of all offices. One replica writes them."""

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    async def remind_always(self) -> None:
        """Look at every roster now and then, until cancelled."""
        while True:
            await self._lease.wait_held()
            await self.remind(now())
            await asyncio.sleep(_LOOK_SECONDS)

    async def remind(self, at: datetime) -> None:
        """Queue what is due; by their ids each turn is told once, however often this is done."""
        for row in await self._store.rosters.rows({"state.members.0": {"$exists": True}}):
            try:
                notices = await self._notices(row.id, row.state, at)
            except (ValueError, OverflowError) as error:  # a roster that cannot be worked on: others are reminded
                log.warning("no reminder", office=row.id, reason=type(error).__name__)
                continue
            if notices:
                await insert_new(self._store.deliveries.collection, notices)

    async def _notices(self, office: str, roster: Roster, at: datetime) -> list[Document]:
        turn = next_turn(roster, at)
        official = await self._store.official(turn.official) if turn else None
        if turn is None or official is None or office not in official.regions:
            return []
        named = f"duty:turn:{office}:{turn.official}:{turn.begins:%Y%m%d%H%M}"
        return notices_of(self._store, named, official, turn.official, office, turn.begins, turn.ends, at)
