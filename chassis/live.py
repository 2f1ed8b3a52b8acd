"""Live pages: a change of a document reaches everybody who may see it, as a server-sent event with its id.

The change stream only wakes: the page fetches the truth itself. Nobody listens, nothing is watched. A page about one
document is notified of that one alone, and no page more often than once a second: a burst of a thousand changes
must not make a thousand pages fetch a thousand times.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from fastapi.responses import StreamingResponse
from pymongo.errors import PyMongoError

from chassis.concurrency import wait_for_wake
from chassis.database import Collection, Document

log = structlog.get_logger(__name__)
_KEEP_ALIVE_SECONDS = 20
_AT_MOST_EVERY_SECONDS = 1.0
_MOST_IDS = 20


@dataclass(eq=False)
class Listener:
    """One open page."""

    regions: frozenset[str]
    only: str | None
    changed: dict[str, None] = field(default_factory=dict)
    """Ids, in their order; more than a page can use become one `*`."""
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    def notify(self, id: str) -> None:
        """Something changed that it shows."""
        self.changed[id] = None
        if len(self.changed) > _MOST_IDS:
            self.changed = {"*": None}
        self.awake.set()

    def take(self) -> list[str]:
        """What changed since the last time. Cleared before it is sent: what changes meanwhile is sent next."""
        self.awake.clear()
        changed, self.changed = self.changed, {}
        return list(changed)


class Live:
    """Those who look at pages of one collection."""

    def __init__(self, collection: Collection, field: str = "jurisdiction") -> None:
        self._collection = collection
        self._field = field
        self._listeners: set[Listener] = set()
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
        wanted = [{"$project": {"operationType": 1, "documentKey": 1, f"fullDocument.state.{self._field}": 1}}]
        async with await self._collection.watch(wanted, full_document="updateLookup") as stream:
            self._watching = True
            try:
                # What changed between the page's making and now was watched by nobody: let them all look once.
                for each in self._listeners:
                    each.notify("*")
                while self._listeners:
                    change = await stream.try_next()
                    if change is not None:
                        self._notify(change)
            finally:
                self._watching = False

    def _notify(self, change: Document) -> None:
        id = str(change["documentKey"]["_id"])
        places = ((change.get("fullDocument") or {}).get("state") or {}).get(self._field) or []
        for each in self._listeners:
            if each.only in (None, id) and not each.regions.isdisjoint(places):
                each.notify(id)

    def stream(
        self, regions: Sequence[str], holds: Callable[[], Awaitable[bool]], only: str | None = None
    ) -> StreamingResponse:
        """The events for somebody with these regions, of all documents or only one, for as long as `holds`: looked at
        before each, and twice a minute."""
        return StreamingResponse(
            self._events(Listener(frozenset(regions), only), holds),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(self, listener: Listener, holds: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        self._listeners.add(listener)
        self._somebody.set()
        if self._watching:
            listener.notify("*")
        try:
            yield "retry: 2000\n\n"
            while True:
                await wait_for_wake(listener.awake, _KEEP_ALIVE_SECONDS)
                try:
                    if not await holds():
                        return
                except PyMongoError:
                    # Away for a moment, as are the changes: whoever looks again is asked again.
                    yield ": wait\n\n"
                    continue
                changed = listener.take()
                yield f"event: changed\ndata: {json.dumps(changed)}\n\n" if changed else ": still here\n\n"
                await asyncio.sleep(_AT_MOST_EVERY_SECONDS)
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._somebody.clear()
