"""Live pages: a change of a collection rings at everybody who may see it (server-sent events).

The change stream is a doorbell only: the page fetches the truth itself. Nobody listens, nothing is watched.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import structlog
from fastapi.responses import StreamingResponse
from pymongo.errors import PyMongoError

from chassis.store import Collection, Document

log = structlog.get_logger(__name__)
_KEEP_ALIVE_SECONDS = 20


class Live:
    """Those who look at pages of one collection."""

    def __init__(self, collection: Collection, field: str = "jurisdiction") -> None:
        self._collection = collection
        self._field = field
        self._listeners: dict[asyncio.Event, frozenset[str]] = {}
        self._somebody = asyncio.Event()
        self._watching = False

    async def run(self) -> None:
        """Watch while somebody listens, until cancelled."""
        while True:
            await self._somebody.wait()
            try:
                await self._watch()
            except PyMongoError as error:
                log.warning("live pages wait", reason=type(error).__name__)
                await asyncio.sleep(2)

    async def _watch(self) -> None:
        wanted = [{"$project": {"operationType": 1, f"fullDocument.state.{self._field}": 1}}]
        async with await self._collection.watch(wanted, full_document="updateLookup") as stream:
            self._watching = True
            try:
                # What changed between the page's making and now was watched by nobody: let them all look once.
                for bell in self._listeners:
                    bell.set()
                while self._listeners:
                    change = await stream.try_next()
                    if change is not None:
                        self._ring(change)
            finally:
                self._watching = False

    def _ring(self, change: Document) -> None:
        places = ((change.get("fullDocument") or {}).get("state") or {}).get(self._field) or []
        for bell, regions in self._listeners.items():
            if not regions.isdisjoint(places):
                bell.set()

    def stream(self, regions: Sequence[str]) -> StreamingResponse:
        """The events for somebody with these regions."""
        return StreamingResponse(
            self._events(frozenset(regions)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(self, regions: frozenset[str]) -> AsyncIterator[str]:
        bell = asyncio.Event()
        self._listeners[bell] = regions
        self._somebody.set()
        if self._watching:
            bell.set()
        try:
            yield "retry: 2000\n\n"
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                        await bell.wait()
                # Cleared before it is said: what rings while the answer is on its way must not be forgotten.
                rung = bell.is_set()
                bell.clear()
                yield "event: changed\ndata: 1\n\n" if rung else ": still here\n\n"
        finally:
            del self._listeners[bell]
            if not self._listeners:
                self._somebody.clear()
