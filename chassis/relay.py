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
from pymongo import UpdateOne, WriteConcern
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from chassis.bus import Bus
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

    def __init__(self, bus: Bus, source: str, metrics: Metrics, collections: Sequence[Collection] = ()) -> None:
        self._bus = bus
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
        # What is read must be durable on the majority: what may yet be rolled back is not said.
        view = collection.with_options(write_concern=WriteConcern(w=1), read_concern=ReadConcern("majority"))
        self._collections.append(view)

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
                if not busy and not await self._rung():
                    await self._measure()
            except _TRANSIENT as error:
                log.warning("relay waits", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _rung(self) -> bool:
        """Wait for the doorbell; False where it is time for the slow poll."""
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            return False
        return True

    async def _pass(self) -> bool:
        self._bell.clear()
        full = [await self._send_pending(collection) for collection in self._collections]
        return any(full)

    async def _send_pending(self, collection: Collection) -> bool:
        wanted = {"said": 1, "sent": 1, "round": 1, "outbox": _UNSAID}
        found = await collection.find({"pending": True}, wanted).sort("_id").limit(_BATCH).to_list()
        if not found:
            return False
        confirmed, failure = await self._publish(found)
        await self._mark(collection, [each for each in found if each["_id"] in confirmed], confirmed)
        if failure is not None:
            raise failure
        return len(found) == _BATCH

    async def _mark(self, collection: Collection, found: list[Document], last: dict[Any, Document]) -> None:
        """Write down how far each document is. Those that said one thing and are new, the many, in one go."""
        plain = [each["_id"] for each in found if each["said"] == 1 and "round" not in each]
        rest = [_sent(each, last[each["_id"]]) for each in found if each["said"] != 1 or "round" in each]
        if plain:
            which = {"_id": {"$in": plain}, "said": 1, "round": {"$exists": False}}
            await collection.update_many(which, {"$set": {"sent": 1, "pending": False}})
        if rest:
            await collection.bulk_write(rest, ordered=False)

    async def _publish(self, found: list[Document]) -> tuple[dict[Any, Document], BaseException | None]:
        """Send in waves: the next event of a document leaves when the one before is confirmed. The last confirmed
        entry of each document, and a failure if there was one; a document that fails holds up itself alone."""
        confirmed: dict[Any, Document] = {}
        failure: BaseException | None = None
        waves = [(document["_id"], list(document["outbox"])) for document in found]
        while waves:
            results = await asyncio.gather(*(self._confirm(left[0]) for _, left in waves), return_exceptions=True)
            going = []
            for (id, left), result in zip(waves, results, strict=True):
                if isinstance(result, BaseException):
                    failure = result
                    continue
                confirmed[id] = left.pop(0)
                if left:
                    going.append((id, left))
            waves = going
        return confirmed, failure

    async def _confirm(self, entry: Document) -> None:
        await (await self._send(entry))
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
        return await self._bus.publish(
            entry["data"].encode(),
            topic=entry["topic"],
            key=entry["key"].encode(),
            headers={name: value.decode() for name, value in said},
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
            old = {"$elemMatch": {"time": {"$lt": before}, "topic": {"$nin": list(_COMPACTED)}}}
            async for document in collection.find({"outbox": old}, {"outbox": 1, "sent": 1}):
                await _prune_one(collection, document, before)


def _sent(document: Document, last: Document) -> UpdateOne:
    # `round` moves with every republish: a pass that began before one must not count as having said it again.
    which = {"_id": document["_id"], "round": document.get("round")}
    sent = last["n"]
    # Of a compacted topic only the newest state is worth keeping.
    topics = [entry["topic"] for entry in document["outbox"] if entry["n"] <= sent and entry["topic"] in _COMPACTED]
    newest = max((e["n"] for e in document["outbox"] if e["topic"] in _COMPACTED and e["n"] <= sent), default=0)
    old = {"$and": [{"$in": ["$$this.topic", topics]}, {"$lt": ["$$this.n", newest]}]}
    kept = {"$filter": {"input": "$outbox", "cond": {"$not": [old]}}} if topics else "$outbox"
    return UpdateOne(which, [{"$set": {"sent": sent, "pending": {"$gt": ["$said", sent]}, "outbox": kept}}])


async def _prune_one(collection: Collection, document: Document, before: datetime) -> None:
    left = prune(document["outbox"], document["sent"], before, _COMPACTED)
    gone = [entry["n"] for entry in document["outbox"] if entry not in left]
    if gone:
        await collection.update_one({"_id": document["_id"]}, {"$pull": {"outbox": {"n": {"$in": gone}}}})
