"""The relay: publishes what the outboxes hold, in the order of each aggregate.

    find pending ──▶ publish, event n+1 of an aggregate after n was acknowledged ──▶ mark
                 └─▶ projections, side by side with that

One replica holds the lease and works; the others wait. A wake-up (every save in this process) makes it immediate, a
slow poll is the truth. A crash between publishing and marking publishes again: consumers recognise it. Reading and
marking use one concern, the majority: a mark that the next read does not see would publish everything twice.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError
from pymongo import UpdateOne
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from chassis.clock import now
from chassis.concurrency import together, wait_for_wake
from chassis.database import Collection, Document
from chassis.leases import Lease
from chassis.masking import mask
from chassis.messaging import archive
from chassis.messaging.outbox import COMPACTED, OUTBOX
from chassis.messaging.projector import Projector, readable
from chassis.messaging.publisher import Publisher
from chassis.telemetry import Metrics
from contracts.envelope import headers
from contracts.topics import EVERY_TOPIC

log = structlog.get_logger(__name__)

_TRANSIENT = (OSError, PyMongoError, KafkaError, TimeoutError)
_BATCH = 500
_POLL_SECONDS = 1.0
_IDLE_POLL_SECONDS = 10.0
"""Where the monitor saw nothing waiting; it wakes the relay when it does."""
_CONTENDED_POLL_SECONDS = 0.05
_ATTEMPTS = 8
_LONGEST_RETRY = timedelta(minutes=5)
_TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)
_UNPUBLISHED = {"$filter": {"input": OUTBOX, "cond": {"$gt": ["$$this.n", "$published"]}}}
_FIELDS = {
    "sequence": 1,
    "published": 1,
    "generation": 1,
    "attempts": 1,
    "outbox": _UNPUBLISHED,
    "entries": {"$size": OUTBOX},
    "projections": 1,
}


class FencedOff(Exception):
    """Another replica took over while this one published."""


@dataclass
class Attempt:
    """How far one document came in one generation of the relay."""

    document: Document
    published: int
    failure: BaseException | None = None

    @property
    def id(self) -> Any:
        """The aggregate's id."""
        return self.document["_id"]


@dataclass(frozen=True)
class Mark:
    """What is written of documents that are equally far."""

    before: int
    published: int
    sequence: int
    generation: int | None
    superseding: tuple[str, int] | None
    """A compacted topic and the newest event that left on it: older ones of it need not be retained."""


@dataclass
class Outbox:
    """One collection whose documents have an outbox."""

    collection: Collection
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    pending: int = 0
    """How many documents the monitor saw waiting last: with them, what backs off comes due."""

    def measured(self, pending: int) -> None:
        """The monitor counted. What nobody here saved, and a crash or an operator left, is found by that."""
        self.pending = pending
        if pending:
            self.awake.set()


class Relay:
    """Publishes the outboxes of a service's collections, each at its own pace."""

    def __init__(
        self, publisher: Publisher, source: str, metrics: Metrics, lease: Lease, projector: Projector | None = None
    ) -> None:
        self._publisher = publisher
        self._projector = projector
        self._source = source
        self._metrics = metrics
        self._lease = lease
        self._outboxes: list[Outbox] = []

    def watch(self, collection: Collection) -> Callable[[], None]:
        """Publish this collection's outboxes, too; what is returned wakes the relay after a save."""
        view = collection.with_options(read_concern=ReadConcern("majority"))
        outbox = Outbox(view)
        self._outboxes.append(outbox)
        return outbox.awake.set

    @property
    def outboxes(self) -> list[Outbox]:
        """The collections with an outbox, as the relay knows them."""
        return self._outboxes

    @property
    def collections(self) -> list[Collection]:
        """The collections with an outbox."""
        return [each.collection for each in self._outboxes]

    async def run(self) -> None:
        """Publish until cancelled; no collection waits for another."""
        await together(*(self._run(outbox) for outbox in self._outboxes))

    async def _run(self, outbox: Outbox) -> None:
        pause = _POLL_SECONDS
        while True:
            await self._lease.wait_held()
            # Cleared before reading: a save that comes while we read sets it again, and is read next time.
            outbox.awake.clear()
            try:
                full = await self.publish_generation(outbox)
                pause = _POLL_SECONDS
                if not full:
                    await self._wait(outbox)
            except FencedOff:
                log.warning("lease lost while publishing; what was doubled is published again in order")
            except _TRANSIENT as error:
                log.warning("relay waits", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _wait(self, outbox: Outbox) -> None:
        # A replica that waits for the lease saves documents, too, and cannot wake us: then we look often.
        seconds = _POLL_SECONDS if outbox.pending else _IDLE_POLL_SECONDS
        if self._lease.contended:
            seconds = _CONTENDED_POLL_SECONDS
        await wait_for_wake(outbox.awake, seconds)

    async def publish_generation(self, outbox: Outbox) -> bool:
        """Publish what is pending now, at most one batch; whether there may be more."""
        at = now()
        due = {"pending_since": {"$gt": datetime(2000, 1, 1)}, "retry_at": {"$not": {"$gt": at}}}
        found = await outbox.collection.find(due, _FIELDS).sort("pending_since").limit(_BATCH).to_list()
        try:
            await self._generation(outbox.collection, found, at)
        except (*_TRANSIENT, FencedOff):
            raise
        except Exception as error:  # noqa: BLE001 - some document is as nobody foresaw; it must wait alone
            log.warning("batch not published, one by one", reason=type(error).__name__)
            await self._singly(outbox.collection, found, at)
        return len(found) == _BATCH

    async def _singly(self, collection: Collection, found: list[Document], at: datetime) -> None:
        """What left already leaves again, in order: consumers recognise it."""
        for each in found:
            try:
                await self._generation(collection, [each], at)
            except (*_TRANSIENT, FencedOff):
                raise
            except Exception as error:  # noqa: BLE001 - it is this document's, and it backs off
                await collection.bulk_write([self._later(collection, Attempt(each, 0, error), at)])

    async def _generation(self, collection: Collection, found: list[Document], at: datetime) -> None:
        if not found:
            return
        attempts = [Attempt(each, _published(each), _fault(each)) for each in found]
        # Projections need no broker, but they are here already: so the mark takes them along. A failure to write them
        # fails the generation, before anything is marked; but not before publishing has ended, or it would go on
        # beside the next generation and put old events behind new ones.
        sound = [each for each in attempts if each.failure is None]
        ended = await asyncio.gather(self._publish(sound), self._project(collection, sound), return_exceptions=True)
        for each in ended:
            if isinstance(each, BaseException):
                raise each
        projected = ended[1] or []
        await self._mark(collection, attempts, projected)
        await self._settle_failures(collection, attempts, at)
        await archive.trim(collection, [each.id for each in sound if each.document["entries"] > archive.FULL])

    async def _project(self, source: Collection, attempts: list[Attempt]) -> list[Any]:
        """Write what the documents project; the ids of what was written."""
        waiting = [each for attempt in attempts for each in attempt.document.get("projections", ())]
        if self._projector is None or not waiting:
            return []
        await self._projector.write(source.database, waiting)
        return [each["document"]["_id"] for each in waiting]

    async def _publish(self, attempts: list[Attempt]) -> None:
        """Publish in waves: the next event of a document leaves when the one before it is acknowledged."""
        going = [(each, iter(each.document["outbox"])) for each in attempts]
        while going:
            if not self._lease.held:
                raise FencedOff
            wave = [(attempt, left, entry) for attempt, left in going if (entry := next(left, None))]
            results = await self._wave([entry for _, _, entry in wave])
            going = []
            for (attempt, left, entry), failure in zip(wave, results, strict=True):
                if failure is not None:
                    attempt.failure = failure
                    continue
                attempt.published = entry["n"]
                going.append((attempt, left))

    async def _wave(self, events: list[Document]) -> list[BaseException | None]:
        """Publish events of different documents together; for each its failure, if any."""
        handed = [await self._hand(entry) for entry in events]
        results = await asyncio.gather(
            *(each for each in handed if isinstance(each, asyncio.Future)), return_exceptions=True
        )
        confirmed = iter(results)
        found: list[BaseException | None] = []
        for entry, each in zip(events, handed, strict=True):
            result = next(confirmed) if isinstance(each, asyncio.Future) else each
            failed = result if isinstance(result, BaseException) else None
            found.append(failed)
            if failed is None:
                self._metrics.published.labels(entry["type"]).inc()
        return found

    async def _hand(self, entry: Document) -> asyncio.Future[Any] | BaseException:
        try:
            topics = (entry["topic"], *entry.get("also", ()))
            if unknown := [each for each in topics if each not in EVERY_TOPIC]:
                # The producer would look for it in vain for twenty seconds, and all others would wait with it.
                raise ValueError(f"there is no topic {unknown[0]}")
            confirmed = [await self._publish_on(topic, entry) for topic in topics]
            return confirmed[0] if len(confirmed) == 1 else asyncio.ensure_future(_all_of(confirmed))
        except Exception as error:  # noqa: BLE001 - it is this document's failure, and is judged with the others
            return error

    async def _publish_on(self, topic: str, entry: Document) -> asyncio.Future[Any]:
        data, key = entry["data"].encode(), entry["key"].encode()
        return await self._publisher.publish(data, topic=topic, key=key, headers=self._headers(entry))

    def _headers(self, entry: Document) -> dict[str, str]:
        attributes = headers(
            id=entry["id"],
            source=self._source,
            type=entry["type"],
            subject=entry["subject"],
            sequence=entry["n"],
            time=entry["time"],
            traceparent=entry["trace"],
        )
        return {name: value.decode() for name, value in attributes}

    async def _mark(self, collection: Collection, attempts: list[Attempt], projected: list[Any]) -> None:
        """Record how far each document is. The filter carries what was read and the lease's token, so a mark never
        goes backwards and one that comes after a takeover is refused."""
        groups: dict[Mark, list[Any]] = defaultdict(list)
        for each in attempts:
            document, before = each.document, _published(each.document)
            if each.published > before:
                generation = document.get("generation")
                mark = Mark(before, each.published, document["sequence"], generation, _superseding(each))
                groups[mark].append(each.id)
        for mark, ids in groups.items():
            await self._mark_group(collection, ids, mark, projected)

    async def _mark_group(self, collection: Collection, ids: list[Any], mark: Mark, projected: list[Any]) -> None:
        which = {
            "_id": {"$in": ids},
            "published": mark.before,
            "generation": mark.generation,
            "relay_token": {"$not": {"$gt": self._lease.token}},
        }
        change: Document = {"$set": {"published": mark.published, "relay_token": self._lease.token}}
        pull: Document = {}
        if projected:
            pull["projections"] = {"document._id": {"$in": projected}}
        if mark.superseding:
            topic, newest = mark.superseding
            pull["outbox"] = {"topic": topic, "n": {"$lt": newest}}
        if pull:
            change["$pull"] = pull
        count = 0
        if mark.published == mark.sequence:
            gone = {"$unset": {"pending_since": "", "retry_at": "", "attempts": "", "blocked": ""}}
            done = await collection.update_many({**which, "sequence": mark.sequence}, {**change, **gone})
            count = done.modified_count
        if count < len(ids):
            # The rest went on in between, or has something that failed: published so far, and still pending.
            count += (
                await collection.update_many({**which, "sequence": {"$gt": mark.published}}, change)
            ).modified_count
        if count < len(ids):
            await self._repair(collection, ids, mark.published)

    async def _repair(self, collection: Collection, ids: list[Any], published: int) -> None:
        """Marks were refused: another replica published, or a republish began, while we did. What we published late
        may now be the newest record of its key, so the newest of each document is published once more."""
        moved = {"_id": {"$in": ids}, "published": {"$ne": published}, "relay_token": {"$gt": self._lease.token}}
        again = {
            "published": {"$max": [{"$subtract": ["$published", 1]}, 0]},
            "pending_since": {"$ifNull": ["$pending_since", "$$NOW"]},
            "generation": {"$add": [{"$ifNull": ["$generation", 0]}, 1]},
        }
        done = await collection.update_many(moved, [{"$set": again}])
        if done.modified_count:
            raise FencedOff

    async def _settle_failures(self, collection: Collection, attempts: list[Attempt], at: datetime) -> None:
        """Let failed documents back off alone. Where nothing left at all, it is the broker's fault and all wait: what a
        broker answers when it is born anew, or dies, must not be held against the events."""
        failed = [each for each in attempts if each.failure is not None]
        some_left = any(each.published > _published(each.document) for each in attempts)
        own = [each for each in failed if _is_own(each.failure) or (some_left and not _is_brokers(each.failure))]
        if own:
            await collection.bulk_write([self._later(collection, each, at) for each in own], ordered=False)
        if failed and not own and not some_left:
            raise KafkaError(f"nothing was published: {type(failed[0].failure).__name__}")

    def _later(self, collection: Collection, attempt: Attempt, at: datetime) -> UpdateOne:
        before = attempt.document.get("attempts")
        attempts = before + 1 if isinstance(before, int) else 1
        reason = mask(f"{type(attempt.failure).__name__}: {attempt.failure}"[:500])
        if attempts >= _ATTEMPTS or isinstance(attempt.failure, _TOO_LARGE):
            # The outbox's dead letter: the document leaves the queue until an operator replays or discards it. Its
            # later events wait with it, as they must not overtake.
            blocked = {"at": at, "reason": reason, "n": attempt.published + 1}
            self._metrics.outbox_dead.labels(collection.name).inc()
            log.error("outbox blocked", collection=collection.name, document=attempt.id, reason=reason)
            gone = {"pending_since": "", "retry_at": "", "attempts": ""}
            return UpdateOne({"_id": attempt.id}, {"$set": {"blocked": blocked}, "$unset": gone})
        later = at + min(timedelta(seconds=0.5 * 2**attempts), _LONGEST_RETRY)
        log.warning("event not published", collection=collection.name, document=attempt.id, reason=reason)
        return UpdateOne({"_id": attempt.id}, {"$set": {"retry_at": later, "attempts": attempts}})


async def _all_of(confirmed: list[asyncio.Future[Any]]) -> None:
    """Wait until all have ended, then fail by the first that failed: none is left under way beside the next attempt."""
    for each in await asyncio.gather(*confirmed, return_exceptions=True):
        if isinstance(each, BaseException):
            raise each


def _is_brokers(failure: BaseException | None) -> bool:
    """Whether a failure has nothing to do with the event itself."""
    return isinstance(failure, OSError | TimeoutError) or (isinstance(failure, KafkaError) and bool(failure.retriable))


def _is_own(failure: BaseException | None) -> bool:
    """Whether a failure is the event's for sure: it is too large, or no event as this release writes them."""
    return isinstance(failure, _TOO_LARGE) or not isinstance(failure, KafkaError | OSError | TimeoutError)


def _superseding(attempt: Attempt) -> tuple[str, int] | None:
    left = [each for each in attempt.document["outbox"] if each["n"] <= attempt.published]
    newest = {each["topic"]: each["n"] for each in left if each["topic"] in COMPACTED}
    return next(iter(newest.items())) if len(newest) == 1 else None


def _published(document: Document) -> int:
    found = document.get("published")
    return found if isinstance(found, int) else 0


def _fault(document: Document) -> BaseException | None:
    """What is wrong with a document that is not as this release writes it; it backs off alone."""
    missing = [name for name in ("sequence", "published") if not isinstance(document.get(name), int)]
    if missing:
        return ValueError(f"no number: {', '.join(missing)}")
    if not readable(document.get("projections", [])):
        return ValueError("what it projects is no list of documents")
    return None if document["outbox"] else ValueError("pending, and the outbox has no event to publish")
