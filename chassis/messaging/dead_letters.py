"""Dead letters: what a consumer could not process, and what a relay could not publish."""

from typing import Any, TypeAlias

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import MessageSizeTooLargeError

from chassis.clock import new_id, now
from chassis.database import Collection, Database, Document
from chassis.masking import mask
from chassis.messaging.outbox import OUTBOX
from chassis.messaging.publisher import Publisher
from chassis.telemetry import Metrics
from contracts.topics import dead_letter_of

log = structlog.get_logger(__name__)
_AT_ONCE = 100
Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


class DeadLetters:
    """Of one service's consumer: a topic, and beside it a collection for people."""

    def __init__(self, service: str, database: Database, publisher: Publisher, metrics: Metrics) -> None:
        self._service = service
        self._letters = database["dead_letters"]
        self._publisher = publisher
        self._metrics = metrics

    async def put(self, record: Record, error: Exception) -> None:
        """Set a record aside; returns when both have it."""
        reason = mask(f"{type(error).__name__}: {error}"[:2000])
        original = {name: value.decode(errors="replace") for name, value in record.headers}
        letter = {
            "at": now(),
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "value": record.value,
            "headers": original,
            "reason": reason,
            "asked_at": None,
            "replayed_at": None,
        }
        # By the event's own id: delivered and set aside again, it is still one letter.
        which = {"_id": original.get("ce_id") or new_id()}
        await self._letters.update_one(which, {"$set": letter}, upsert=True)
        await self._publish(record, original, reason)
        self._metrics.dead.labels(record.topic).inc()
        log.error("dead letter", topic=record.topic, reason=reason)

    async def _publish(self, record: Record, original: dict[str, str], reason: str) -> None:
        more = {
            "dead_letter_topic": record.topic,
            "dead_letter_offset": f"{record.partition}:{record.offset}",
            "dead_letter_service": self._service,
            "dead_letter_reason": reason,
        }
        topic, headers = dead_letter_of(self._service), {**original, **more}
        try:
            await (await self._publisher.publish(record.value or b"", topic=topic, key=record.key, headers=headers))
        except MessageSizeTooLargeError:
            # With the reason it is over the limit: the topic gets the headers, the collection has the whole.
            await (await self._publisher.publish(b"", topic=topic, key=record.key, headers=headers))

    async def newest(self, limit: int = 50) -> list[Document]:
        """The newest that were not processed after all."""
        return await self._letters.find({"replayed_at": None}).sort("at", -1).limit(limit).to_list()

    async def get(self, id: str) -> Document | None:
        """One with its content."""
        return await self._letters.find_one({"_id": id})

    async def replay(self, id: str | None = None) -> int:
        """Ask for one, or all, to be processed again by this service; how many. Nothing is published: other services
        had it, and a service may not write the topics of others."""
        wanted: dict[str, Any] = {"_id": id} if id else {"replayed_at": None}
        return (await self._letters.update_many(wanted, {"$set": {"asked_at": now()}})).matched_count

    async def asked(self) -> list[Document]:
        """Letters to be processed again, the oldest first, some at a time."""
        return await self._letters.find({"asked_at": {"$ne": None}}).sort("at", 1).limit(_AT_ONCE).to_list()

    async def settle(self, id: str) -> None:
        """It was processed; unless it was set aside again meanwhile, which took the asking away."""
        done = {"$set": {"replayed_at": now(), "asked_at": None}}
        await self._letters.update_one({"_id": id, "asked_at": {"$ne": None}}, done)


def record_of(letter: Document) -> Record:
    """A dead letter as the record that it was."""
    headers = tuple((name, value.encode()) for name, value in letter["headers"].items())
    key, value = letter["key"], letter["value"]
    return ConsumerRecord(
        topic=letter["topic"],
        partition=letter["partition"],
        offset=letter["offset"],
        timestamp=0,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key or b""),
        serialized_value_size=len(value or b""),
        headers=headers,
    )


class BlockedOutboxes:
    """Of one service's relay: the documents whose next event cannot be published."""

    def __init__(self, collections: list[Collection]) -> None:
        self._collections = {each.name: each for each in collections}

    async def all(self, limit: int = 50) -> list[Document]:
        """What is blocked: collection, document, type and number of the event, reason and time."""
        found = []
        for name, collection in self._collections.items():
            query = {"blocked.at": {"$exists": True}}
            async for each in collection.find(query, {"blocked": 1, "outbox": 1}).sort("blocked.at", -1).limit(limit):
                kind = _type_of(each.get("outbox"), each["blocked"]["n"])
                found.append({"collection": name, "document": each["_id"], "type": kind, **each["blocked"]})
        return found

    async def replay(self, collection: str, document: str) -> bool:
        """Let the relay try again."""
        change = {"$set": {"pending_since": now()}, "$unset": {"blocked": ""}}
        which = {"_id": document, "blocked.at": {"$exists": True}}
        if (source := self._collections.get(collection)) is None:
            return False
        return (await source.update_one(which, change)).matched_count == 1

    async def discard(self, collection: str, document: str) -> bool:
        """Give up the blocked event, so that what came after it may leave; it stays in the log alone."""
        if (source := self._collections.get(collection)) is None:
            return False
        found = await source.find_one({"_id": document, "blocked.at": {"$exists": True}}, {"blocked": 1})
        if found is None:
            return False
        n = found["blocked"]["n"]
        log.error("blocked event discarded", collection=collection, document=document, n=n)
        # One write: were it two, a crash between them would leave what came after neither blocked nor pending.
        change = {
            "outbox": {"$filter": {"input": OUTBOX, "cond": {"$ne": ["$$this.n", n]}}},
            "published": {"$max": ["$published", n]},
            "pending_since": {"$cond": [{"$gt": ["$sequence", n]}, "$$NOW", "$$REMOVE"]},
            "blocked": "$$REMOVE",
        }
        done = await source.update_one({"_id": document, "blocked.n": n}, [{"$set": change}])
        return done.matched_count == 1


def _type_of(entries: Any, n: int) -> str:
    """The type of event `n`; empty where the outbox is not as it should be, which is why it may be here."""
    if not isinstance(entries, list):
        return ""
    types = (each.get("type") for each in entries if isinstance(each, dict) and each.get("n") == n)
    return str(next(types, None) or "")
