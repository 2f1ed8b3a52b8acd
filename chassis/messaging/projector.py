"""The projector: writes into read models what aggregates projected, whether Kafka is there or not.

    find documents with projections ──▶ insert, known ones pass ──▶ pull

The relay has a document with events in its hands anyway and writes its projections along; this loop does those of
documents without events at once, and whatever the relay leaves lying for a second. One replica holds the lease. A crash
between inserting and pulling inserts again what is there already: an `_id` is written once. Whoever must know at once
(a page after its own change) reads the aggregate's pending ones as well.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson.errors import InvalidDocument
from pymongo.errors import BulkWriteError, DocumentTooLarge, PyMongoError
from pymongo.read_concern import ReadConcern

from chassis.clock import now
from chassis.concurrency import together, wait_for_wake
from chassis.database import Collection, Database, Document, insert_new
from chassis.leases import Lease
from chassis.telemetry import Metrics

log = structlog.get_logger(__name__)
_BATCH = 500
_POLL_SECONDS = 1.5
_RESTING_SECONDS = 10.0
"""For what a crash left lying: each save wakes this process's relay or projector."""
_CONTENDED_POLL_SECONDS = 0.05
_RELAYS = timedelta(seconds=1)
_LONG_AGO = datetime(2000, 1, 1)
_NEVER_PASSES = (BulkWriteError, DocumentTooLarge, InvalidDocument)


class Projector:
    """The projections of a service's aggregates."""

    def __init__(self, metrics: Metrics, lease: Lease) -> None:
        self._metrics = metrics
        self._lease = lease
        self._sources: list[tuple[Collection, asyncio.Event]] = []
        self._then: dict[str, list[Callable[[list[Document]], None]]] = defaultdict(list)

    def watch(self, collection: Collection) -> Callable[[], None]:
        """Project what this collection's aggregates imply; what is returned wakes it after a save."""
        awake = asyncio.Event()
        self._sources.append((collection.with_options(read_concern=ReadConcern("majority")), awake))
        return awake.set

    def on_projection(self, collection: str, then: Callable[[list[Document]], None]) -> None:
        """Call `then` with the documents that have just appeared in a read model."""
        self._then[collection].append(then)

    async def run(self) -> None:
        """Project until cancelled."""
        await together(*(self._run(source, awake) for source, awake in self._sources))

    async def _run(self, source: Collection, awake: asyncio.Event) -> None:
        pause = _RESTING_SECONDS
        while True:
            await self._lease.wait_held()
            if awake.is_set():  # saved while we worked: what that brought may be ours in a moment
                pause = _POLL_SECONDS
            awake.clear()
            try:
                if not await self.project(source):
                    # A replica that waits for the lease cannot wake us: then we look often. After a save we look
                    # again soon: what the relay has not taken along by then is ours.
                    woken = await wait_for_wake(awake, _CONTENDED_POLL_SECONDS if self._lease.contended else pause)
                    pause = _POLL_SECONDS if woken else _RESTING_SECONDS
            except PyMongoError as error:
                log.warning("projector waits", reason=type(error).__name__)
                await asyncio.sleep(_POLL_SECONDS)

    async def project(self, source: Collection) -> bool:
        """Write what waits now, at most one batch; whether there may be more."""
        old = {"$gt": _LONG_AGO, "$lt": now() - _RELAYS}
        waiting = {"$or": [{"projections.at": old}, {"projections.at": {"$gt": _LONG_AGO}, "pending_since": None}]}
        found = await source.find(waiting, {"projections": 1}).limit(_BATCH).to_list()
        if not found:
            return False
        sound = [each for each in found if readable(each["projections"])]
        await self.write(source.database, [each for document in sound for each in document["projections"]])
        await self._pull(source, sound)
        await self._set_aside(source, [each["_id"] for each in found if each not in sound])
        return len(found) == _BATCH

    async def _set_aside(self, source: Collection, ids: list[Any]) -> None:
        """What is no projection stays in its document under another name, and holds up nobody."""
        if not ids:
            return
        log.error("unreadable projections set aside", collection=source.name, documents=ids[:5])
        self._metrics.quarantined.labels(source.name).inc(len(ids))
        aside: list[Document] = [{"$set": {"unreadable_projections": "$projections"}}, {"$unset": "projections"}]
        await source.update_many({"_id": {"$in": ids}}, aside)

    async def write(self, database: Database, projections: list[Document]) -> None:
        """Write projections, each into its collection; one that is there already passes."""
        by_collection: dict[str, list[Document]] = defaultdict(list)
        for each in projections:
            by_collection[each["collection"]].append(each["document"])
        await asyncio.gather(*(self._write(database[name], each) for name, each in by_collection.items()))

    async def _write(self, target: Collection, documents: list[Document]) -> None:
        try:
            known = await insert_new(target, documents)
        except _NEVER_PASSES:
            known = await self._write_singly(target, documents)
        ids = {each["_id"] for each in known}
        fresh = [each for each in documents if each["_id"] not in ids]
        for then in self._then[target.name]:
            then(fresh)

    async def _write_singly(self, target: Collection, documents: list[Document]) -> list[Document]:
        """One by one: a document that can never be written is logged and counted, and holds up nobody."""
        known = []
        for each in documents:
            try:
                known += await insert_new(target, [each])
            except _NEVER_PASSES as error:
                known.append(each)
                self._metrics.quarantined.labels(target.name).inc()
                log.error("projection lost", collection=target.name, id=each["_id"], reason=type(error).__name__)
        return known

    async def _pull(self, source: Collection, found: list[Document]) -> None:
        ids: list[Any] = [each["document"]["_id"] for document in found for each in document["projections"]]
        which = {"_id": {"$in": [each["_id"] for each in found]}}
        await source.update_many(which, {"$pull": {"projections": {"document._id": {"$in": ids}}}})


def readable(projections: Any) -> bool:
    """Whether these are projections as this release writes them."""
    return isinstance(projections, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("collection"), str)
        and isinstance(each.get("document"), dict)
        and "_id" in each["document"]
        for each in projections
    )
