"""The relay: what the documents say goes out, in the order of each document, as long as it takes.

A doorbell (rung by every save in this process) makes it immediate; a slow poll is the truth, so that what another
process wrote, or what was pending at a crash, leaves too. Several replicas may run: each sends a document's events
in order, so the first appearance of every event is in order and the rest are duplicates that consumers recognise.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from faststream.exceptions import FastStreamException
from faststream.kafka import KafkaBroker
from pymongo import UpdateOne, WriteConcern
from pymongo.errors import PyMongoError

from chassis.clock import now
from chassis.store import Collection, Document, prune
from chassis.telemetry import Metrics
from contracts.envelope import headers
from contracts.topics import TOPICS

log = structlog.get_logger(__name__)

_TRANSIENT = (OSError, PyMongoError, KafkaError, FastStreamException, TimeoutError)
_BATCH = 500
_POLL_SECONDS = 1.0
_PRUNE_EVERY = timedelta(minutes=10)
_COMPACTED = frozenset(topic.name for topic in TOPICS.values() if topic.compacted)
_UNSAID = {"$filter": {"input": "$outbox", "cond": {"$gt": ["$$this.n", "$sent"]}}}


class Relay:
    """Sends the outboxes of some collections."""

    def __init__(
        self, broker: KafkaBroker, source: str, metrics: Metrics, collections: Sequence[Collection] = ()
    ) -> None:
        self._broker = broker
        self._source = source
        self._collections: list[Collection] = []
        for collection in collections:
            self.watch(collection)
        self._metrics = metrics
        self._bell = asyncio.Event()
        self._pruned = now()

    def watch(self, collection: Collection) -> None:
        """Send what the documents of this collection say, too."""
        # That an event was sent need not be durable: forgetting it sends a duplicate, nothing worse.
        self._collections.append(collection.with_options(write_concern=WriteConcern(w=1)))

    def ring(self) -> None:
        """There is something to say."""
        self._bell.set()

    async def run(self, retention: timedelta) -> None:
        """Send until cancelled. A lost broker or database delays, and is tried again."""
        pause = _POLL_SECONDS
        while True:
            try:
                busy = await self._pass()
                await self._sweep(retention)
                pause = _POLL_SECONDS
            except _TRANSIENT as error:
                log.warning("relay waits", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause, busy = min(pause * 2, 5.0), True
            if not busy:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            await self._measure()
        self._bell.clear()

    async def _pass(self) -> bool:
        self._bell.clear()
        full = [await self._send_pending(collection) for collection in self._collections]
        return any(full)

    async def _send_pending(self, collection: Collection) -> bool:
        wanted = {"said": 1, "sent": 1, "round": 1, "outbox": _UNSAID}
        found = await collection.find({"pending": True}, wanted).sort("_id").limit(_BATCH).to_list()
        if not found:
            return False
        await self._publish([entry for document in found for entry in document["outbox"]])
        await collection.bulk_write([_sent(document) for document in found], ordered=False)
        return len(found) == _BATCH

    async def _publish(self, outbox: list[Document]) -> None:
        # Futures of one partition resolve in order of sending, and the producer keeps one request in flight
        # per partition: n+1 cannot overtake n.
        waiting = [await self._send(entry) for entry in outbox]
        await asyncio.gather(*waiting)
        for entry in outbox:
            self._metrics.published.labels(entry["type"]).inc()

    async def _send(self, entry: Document) -> asyncio.Future[Any]:
        said = headers(
            id=entry["id"],
            source=self._source,
            type=entry["type"],
            subject=entry["subject"],
            sequence=entry["n"],
            time=entry["time"],
            traceparent=entry["trace"],
        )
        return await self._broker.publish(
            entry["data"].encode(),
            topic=entry["topic"],
            key=entry["key"].encode(),
            headers={name: value.decode() for name, value in said},
            no_confirm=True,
        )

    async def _measure(self) -> None:
        count, oldest = 0, now()
        for collection in self._collections:
            count += await collection.count_documents({"pending": True}, limit=10_000)
            first = await collection.find_one({"pending": True}, {"outbox": _UNSAID}, sort=[("_id", 1)])
            if first and first["outbox"]:
                oldest = min(oldest, first["outbox"][0]["time"])
        self._metrics.pending.set(count)
        self._metrics.oldest.set((now() - oldest).total_seconds() if count else 0)

    async def republish(self, since: datetime | None = None) -> int:
        """Say again what was said since a time (all that is kept where none is given); how many documents."""
        kept = {"outbox.time": {"$gte": since}} if since else {"outbox.0": {"$exists": True}}
        again = {"$set": {"sent": 0, "pending": True}, "$inc": {"round": 1}}
        done = [await collection.update_many(kept, again) for collection in self._collections]
        self.ring()
        return sum(each.modified_count for each in done)

    async def _sweep(self, retention: timedelta) -> None:
        if now() - self._pruned < _PRUNE_EVERY:
            return
        self._pruned = now()
        before = now() - retention
        for collection in self._collections:
            async for document in collection.find({"outbox.time": {"$lt": before}}, {"outbox": 1, "sent": 1}):
                await _prune_one(collection, document, before)


def _sent(document: Document) -> UpdateOne:
    # `round` moves with every republish: a pass that began before one must not count as having said it again.
    said = document["said"]
    which = {"_id": document["_id"], "round": document.get("round")}
    return UpdateOne(which, [{"$set": {"sent": said, "pending": {"$gt": ["$said", said]}}}])


async def _prune_one(collection: Collection, document: Document, before: datetime) -> None:
    left = prune(document["outbox"], document["sent"], before, _COMPACTED)
    gone = [entry["n"] for entry in document["outbox"] if entry not in left]
    if gone:
        await collection.update_one({"_id": document["_id"]}, {"$pull": {"outbox": {"n": {"$in": gone}}}})
