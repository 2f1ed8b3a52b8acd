"""The articles that are answered with: what the release brings, and over it what officials have published."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime

import structlog
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate, Aggregates, Row
from chassis.clock import now
from contracts.base import Event
from services.intake.faq.articles import Article, shipped
from services.intake.faq.model import Entry
from services.intake.faq.search import Index, shipped_index

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 15
_MOST = 2000


class Library:
    """Each replica has its own, and looks every few seconds whether others changed it."""

    def __init__(self, entries: Aggregates[Entry]) -> None:
        self._entries = entries
        self._known: tuple[object, ...] = ()
        self.index = shipped_index()

    async def refresh_always(self) -> None:
        """Look for what changed, until cancelled. While the database is away, what was known last is answered."""
        while True:
            try:
                await self.refresh(now())
            except PyMongoError as error:
                log.warning("articles not refreshed", reason=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def refresh(self, at: datetime) -> None:
        """Answer with what is published now."""
        rows = await self.entries()
        known = (at.date(), *((row.id, row.version) for row in rows))
        if known != self._known:
            self.index = await asyncio.to_thread(Index, overlaid(rows, at.date()))
            self._known = known

    async def entries(self) -> list[Row[Entry]]:
        """Every article that somebody changed."""
        return await self._entries.rows({}, sort=[("_id", 1)], limit=_MOST)

    async def entry(self, id: str) -> Entry:
        """One of them; empty where nobody has changed it."""
        row = await self._entries.get(id)
        return row.state if row else Entry()

    async def change(self, id: str, decide: Callable[[Entry], None], at: datetime) -> None:
        """Change an article, and answer with it at once where that shows."""

        def write(loaded: Aggregate[Entry]) -> list[Event]:
            decide(loaded.state)
            return []

        await self._entries.update(id, write, lambda _: Entry())
        await self.refresh(at)


def overlaid(rows: Iterable[Row[Entry]], on: date) -> list[Article]:
    """What is read on a day: an official's version goes before that of the release, and what was withdrawn is gone."""
    found = {each.id: each for each in shipped()}
    for row in rows:
        if row.state.withdrawn(on):
            found.pop(row.id, None)
        elif (live := row.state.live(on)) is not None:
            found[row.id] = live
    return list(found.values())
