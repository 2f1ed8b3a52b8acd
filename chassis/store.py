"""The store: a change of state is one write of one document.

A document holds the aggregate's state, the events it produced (outbox) and, per neighbour's aggregate, the highest
sequence number it has digested (`seen`). So state, speech and memory can never disagree, whatever is killed:

    {_id, version, state, seen: {subject: sequence}, outbox: [{n, id, type, ...}], said, sent, pending}

`said` counts all events ever produced, `sent` those that the broker confirmed, `pending` is `sent < said`.
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from bson.codec_options import CodecOptions
from pydantic import BaseModel
from pymongo import ASCENDING, AsyncMongoClient, IndexModel, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chassis.clock import new_id
from chassis.conflict import Conflict as Conflict
from chassis.telemetry import traceparent
from contracts.base import Event

Document = dict[str, Any]
Collection = AsyncCollection[Document]
Database = AsyncDatabase[Document]
S = TypeVar("S", bound=BaseModel)

_DUPLICATE = 11000
DURABLE = WriteConcern(w="majority", j=True)


def connect(url: str) -> AsyncMongoClient[Document]:
    """A client whose writes are durable and whose calls give up after seconds, not minutes."""
    return AsyncMongoClient(url, tz_aware=True, serverSelectionTimeoutMS=3000, socketTimeoutMS=20000, appname="rukun")


def database(client: AsyncMongoClient[Document], name: str) -> Database:
    """A service's own database."""
    return client.get_database(name, codec_options=CodecOptions(tz_aware=True), write_concern=DURABLE)


@dataclass
class Kept(Generic[S]):
    """An aggregate as it was loaded."""

    id: str
    state: S
    version: int = 0
    said: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def knows(self, subject: str, sequence: int) -> bool:
        """Whether this event has been digested already."""
        return self.seen.get(seen_key(subject), 0) >= sequence

    def digest(self, subject: str, sequence: int) -> None:
        """Remember that it has."""
        self.seen[seen_key(subject)] = max(sequence, self.seen.get(seen_key(subject), 0))


def seen_key(subject: str) -> str:
    """A subject as a document's field name: without dots and dollars."""
    return base64.urlsafe_b64encode(subject.encode()).decode().rstrip("=")


def entries(events: Iterable[Event], said: int) -> list[Document]:
    """Outbox entries of events, numbered on from `said`."""
    trace = traceparent()
    return [
        {
            "n": said + count,
            "id": new_id(),
            "type": event.type,
            "topic": event.topic,
            "key": event.key,
            "subject": event.subject,
            "time": event.at,
            "trace": trace,
            "data": event.model_dump_json(),
        }
        for count, event in enumerate(events, start=1)
    ]


def new_document(id: str, state: Mapping[str, Any], events: Iterable[Event], **extra: Any) -> Document:
    """The first version of an aggregate's document."""
    outbox = entries(events, 0)
    return {
        "_id": id,
        "version": 1,
        "state": state,
        "seen": {},
        "outbox": outbox,
        "said": len(outbox),
        "sent": 0,
        "pending": bool(outbox),
        **extra,
    }


class Aggregates(Generic[S]):
    """One collection of aggregates of one kind."""

    def __init__(self, collection: Collection, kind: type[S], ring: Callable[[], None]) -> None:
        self.collection = collection
        self._kind = kind
        self._ring = ring

    async def load(self, id: str) -> Kept[S] | None:
        """The aggregate, or None."""
        found = await self.collection.find_one({"_id": id}, {"outbox": 0})
        return self._kept(found) if found else None

    def _kept(self, found: Document) -> Kept[S]:
        return Kept(
            id=found["_id"],
            state=self._kind.model_validate(found["state"]),
            version=found["version"],
            said=found["said"],
            seen=found["seen"],
        )

    async def find(
        self, query: Mapping[str, Any], sort: list[tuple[str, int]] | None = None, limit: int = 200
    ) -> list[Kept[S]]:
        """The aggregates that match."""
        cursor = self.collection.find(query, {"outbox": 0}, sort=sort, limit=limit)
        return [self._kept(found) async for found in cursor]

    async def save(self, kept: Kept[S], events: Iterable[Event] = ()) -> None:
        """Write state, events and memory at once; `Conflict` if the document moved on since it was loaded."""
        if kept.version == 0:
            await self._insert(kept, events)
        else:
            await self._replace(kept, events)
        self._ring()

    async def _insert(self, kept: Kept[S], events: Iterable[Event]) -> None:
        document = new_document(kept.id, kept.state.model_dump(), events) | {"seen": kept.seen}
        try:
            await self.collection.insert_one(document)
        except DuplicateKeyError as error:
            raise Conflict(kept.id) from error
        kept.version, kept.said = 1, document["said"]

    async def _replace(self, kept: Kept[S], events: Iterable[Event]) -> None:
        outbox = entries(events, kept.said)
        change: Document = {
            "$set": {"state": kept.state.model_dump(), "seen": kept.seen, "said": kept.said + len(outbox)},
            "$inc": {"version": 1},
        }
        if outbox:
            change["$set"]["pending"] = True
            change["$push"] = {"outbox": {"$each": outbox}}
        done = await self.collection.update_one({"_id": kept.id, "version": kept.version}, change)
        if done.matched_count == 0:
            raise Conflict(kept.id)
        kept.version, kept.said = kept.version + 1, kept.said + len(outbox)


def inside(code: str) -> dict[str, str]:
    """The condition that a dotted code is this one or below it."""
    return {"$regex": rf"^{re.escape(code)}(\.|$)"}


async def insert_new(collection: Collection, documents: list[Document]) -> list[Document]:
    """Insert the documents that are not there yet, and give back those that were; any other failure is an error."""
    if not documents:
        return []
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if error.details["writeConcernErrors"] or any(each["code"] != _DUPLICATE for each in failed):
            raise
        return [documents[each["index"]] for each in failed]
    return []


def outbox_indexes() -> list[IndexModel]:
    """Indexes that a collection of aggregates needs for its relay."""
    return [
        IndexModel([("pending", ASCENDING), ("_id", ASCENDING)], partialFilterExpression={"pending": True}),
        IndexModel([("outbox.time", ASCENDING)]),
    ]


def prune(outbox: list[Document], sent: int, before: datetime, compacted: frozenset[str]) -> list[Document]:
    """The outbox without what was sent before the date; the newest of each compacted topic stays for ever."""
    newest = {entry["topic"]: entry["n"] for entry in outbox if entry["topic"] in compacted}
    return [
        entry
        for entry in outbox
        if entry["n"] > sent or entry["time"] >= before or newest.get(entry["topic"]) == entry["n"]
    ]
