"""The one write path: load, decide, save, decided again where somebody else wrote first.

A change of state is one write of one document, which holds the state, the events it produced (outbox), the read
models' documents it implies (projections) and what it has processed (inbox). They can never disagree, whatever is
killed. There is no other way to write an aggregate: what pages read are rows, which cannot be saved.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chassis.clock import new_id, now
from chassis.database import DUPLICATE, Collection, Document
from chassis.messaging.inbox import Inbox
from chassis.messaging.outbox import Projection, entries, new_document, projected
from chassis.quarantine import READABLE, Quarantine, Unreadable, reading
from contracts.base import Event
from contracts.envelope import Received

log = structlog.get_logger(__name__)
S = TypeVar("S", bound=BaseModel)
Upgrade = Callable[[Document], Document]
_ATTEMPTS = 40
_LONGEST_PAUSE = 0.25


class Conflict(Exception):
    """Somebody else kept writing the document in between; nothing was saved."""


class NotThere(LookupError):
    """There is no such aggregate."""


@dataclass
class Aggregate(Generic[S]):
    """An aggregate while something is decided about it. `version` is 0 where there is none yet."""

    id: str
    state: S
    version: int = 0
    sequence: int = 0
    unprojected: bool = False
    """Whether projections of earlier changes still wait."""
    inbox: Inbox = field(default_factory=Inbox)
    projections: list[Projection] = field(default_factory=list)
    unknown: Document = field(default_factory=dict)
    """Fields of the state that only the next release knows: written back as they are while both run."""

    def project(self, collection: str, document: Document) -> None:
        """Let a document appear in a collection of this service, soon, once (by its `_id`), and only if this change
        is saved."""
        self.projections.append(Projection(collection, document))

    def receive(self, messages: Iterable[Received[Any]]) -> list[Received[Any]]:
        """The messages that this aggregate has not processed yet; they count as processed when it is saved."""
        return self.inbox.take(messages)


Decide = Callable[[Aggregate[S]], Iterable[Event] | None]
"""Changes the state and returns the events of it; None where nothing is to be written. Pure: it may be called again."""

AfterLoad = Callable[[Mapping[str, Aggregate[S]]], Awaitable[None]]


@dataclass(frozen=True)
class Row(Generic[S]):
    """An aggregate as pages read it: without outbox and inbox, and nothing can be saved from it."""

    id: str
    state: S
    version: int


class Aggregates(Generic[S]):
    """The aggregates of one kind, a collection of their own."""

    def __init__(
        self,
        collection: Collection,
        kind: type[S],
        wake_relay: Callable[[], None],
        wake_projector: Callable[[], None],
        quarantine: Quarantine,
        upgrades: Sequence[Upgrade] = (),
    ) -> None:
        self.collection = collection
        self._kind = kind
        self.wake_relay = wake_relay
        self._wake_projector = wake_projector
        self._quarantine = quarantine
        self._upgrades = tuple(upgrades)
        """From schema n to n + 1, in order; the first makes 2 of 1."""

    def wake(self) -> None:
        """Somebody inserted documents of this kind without this class (a group commit, a projection)."""
        self.wake_relay()
        self._wake_projector()

    @property
    def schema(self) -> int:
        """The schema version that is written."""
        return 1 + len(self._upgrades)

    async def get(self, id: str) -> Row[S] | None:
        """One, to read."""
        found = await self.collection.find_one({"_id": id}, {"outbox": 0, "inbox": 0, "projections": 0})
        return self._row(found) if found else None

    async def rows(
        self,
        query: Mapping[str, Any],
        *,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
        hint: str | None = None,
    ) -> list[Row[S]]:
        """Those that match; one that cannot be read is quarantined and left out."""
        return [each async for each in self.scan(query, sort=sort, limit=limit, hint=hint)]

    async def scan(
        self,
        query: Mapping[str, Any],
        *,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
        hint: str | None = None,
    ) -> AsyncIterator[Row[S]]:
        """The same, one by one. What is in quarantine is not even looked at, so it takes nobody's place."""
        wanted = {**query, **READABLE}
        async for found in self.collection.find(
            wanted, {"outbox": 0, "inbox": 0, "projections": 0}, sort=sort, limit=limit, hint=hint
        ):
            try:
                yield self._row(found)
            except Unreadable as error:
                await self._quarantine.put(self.collection, error)

    async def set_aside(self, id: str, cause: Exception) -> None:
        """Quarantine one that can be read and yet could never be worked on."""
        await self._quarantine.put(self.collection, Unreadable(id, cause))

    async def update(self, id: str, decide: Decide[S], create: Callable[[str], S] | None = None) -> Aggregate[S]:
        """Change one; it is made first where there is none and `create` says how."""
        done = await self.update_many([id], decide, create)
        return done[id]

    async def update_many(
        self,
        ids: Iterable[str],
        decide: Decide[S],
        create: Callable[[str], S] | None = None,
        after_load: "AfterLoad[S] | None" = None,
    ) -> dict[str, Aggregate[S]]:
        """Change many with one find and one bulk write; those that lost a race are decided again.

        `after_load` reads what `decide` needs beside the aggregates, when they are loaded and before it is called.

        Errors: `NotThere` before anything is written. `Unreadable`, and `Conflict` for those still losing after
        forty attempts, when the others are saved: whoever calls again finds those processed.
        """
        left = list(dict.fromkeys(ids))
        done: dict[str, Aggregate[S]] = {}
        unreadable: list[Unreadable] = []
        for attempt in range(_ATTEMPTS):
            loaded, broken = await self._load(left, create)
            unreadable += broken
            if after_load is not None:
                await after_load(loaded)
            decided = {each.id: events for each in loaded.values() if (events := decide(each)) is not None}
            lost = await self._save([loaded[id] for id in decided], {id: list(decided[id]) for id in decided})
            done |= {id: each for id, each in loaded.items() if id not in lost}
            if not lost:
                break
            left = sorted(lost)
            # Losers wait for a random while, or two writers that always meet would go on meeting.
            await asyncio.sleep(random.uniform(0, min(0.002 * 2**attempt, _LONGEST_PAUSE)))  # noqa: S311
        else:
            raise Conflict(", ".join(left[:5]))
        if unreadable:
            unreadable[0].all = [each.id for each in unreadable]
            raise unreadable[0]
        return done

    async def insert(self, made: Aggregate[S], events: Iterable[Event]) -> bool:
        """Save a new one; False where it is there already."""
        return not await self._save([made], {made.id: list(events)})

    async def _load(
        self, ids: list[str], create: Callable[[str], S] | None
    ) -> tuple[dict[str, Aggregate[S]], list[Unreadable]]:
        """What is there or is made; what cannot be read is quarantined and told apart."""
        query = {"_id": ids[0]} if len(ids) == 1 else {"_id": {"$in": ids}}
        found = {each["_id"]: each async for each in self.collection.find(query, {"outbox": 0})}
        if create is None and (missing := [id for id in ids if id not in found]):
            raise NotThere(f"{self.collection.name}: {', '.join(missing[:5])}")
        loaded: dict[str, Aggregate[S]] = {}
        unreadable: list[Unreadable] = []
        for id in ids:
            try:
                loaded[id] = self._aggregate(found[id]) if id in found else Aggregate(id, create(id))  # type: ignore[misc]
            except Unreadable as error:
                unreadable.append(error)
                await self._quarantine.put(self.collection, error)
        return loaded, unreadable

    def _aggregate(self, found: Document) -> Aggregate[S]:
        with reading(found, self.schema):
            stored = self._upgraded(found)
            return Aggregate(
                id=found["_id"],
                state=self._kind.model_validate(stored),
                version=found["version"],
                sequence=found["sequence"],
                unprojected=bool(found.get("projections")),
                inbox=Inbox(dict(found["inbox"])),
                unknown={name: value for name, value in stored.items() if name not in self._kind.model_fields},
            )

    def _row(self, found: Document) -> Row[S]:
        with reading(found, self.schema):
            return Row(found["_id"], self._kind.model_validate(self._upgraded(found)), found["version"])

    def _upgraded(self, found: Document) -> Document:
        """The stored state in the form of this release. One that the next release wrote is read as it is: schemas only
        grow. What this release then writes bears its own number, so the next one brings it up to date again."""
        state: Document = found["state"]
        # Without a number it is of release 0.1, and just being upgraded.
        for upgrade in self._upgrades[found.get("schema", 1) - 1 :]:
            state = upgrade(state)
        return state

    async def _save(self, aggregates: list[Aggregate[S]], events: Mapping[str, list[Event]]) -> set[str]:
        """Write all at once; the ids of those that somebody else wrote first."""
        if not aggregates:
            return set()
        at, writer = now(), new_id()
        writes = [self._write(each, events[each.id], at, writer) for each in aggregates]
        lost = await self._bulk(aggregates, writes, writer)
        for each in aggregates:
            if each.id not in lost:
                each.version += 1
        if any(events[each.id] for each in aggregates):
            self.wake_relay()
        if any(each.projections and not events[each.id] for each in aggregates):
            self._wake_projector()  # what comes with events is projected by the relay
        return lost

    def _write(self, each: Aggregate[S], events: list[Event], at: datetime, writer: str) -> "_Write":
        state = {**each.unknown, **each.state.model_dump()}
        if each.version == 0:
            document = new_document(
                each.id, state, events, at, projections=each.projections, inbox=each.inbox.last, schema=self.schema
            )
            return _Write(None, {**document, "writer": writer})
        outbox, waiting = entries(events, each.sequence), projected(each.projections, at)
        changed: Document = {"state": state, "schema": self.schema, "version": each.version + 1, "writer": writer}
        changed |= {f"inbox.{key}": last for key, last in each.inbox.changed.items()}
        change: Document = {"$set": changed}
        if outbox:
            changed["sequence"] = each.sequence + len(outbox)
            change["$push"] = {"outbox": {"$each": outbox}}
            # The oldest that waits counts, so `$min`: a document that is pending already keeps its place.
            change["$min"] = {"pending_since": at}
        if waiting:
            change.setdefault("$push", {})["projections"] = {"$each": waiting}
        return _Write({"_id": each.id, "version": each.version}, change)

    async def _bulk(self, aggregates: list[Aggregate[S]], writes: "list[_Write]", writer: str) -> set[str]:
        if len(writes) == 1:
            return await self._single(aggregates[0], writes[0])
        lost: set[str] = set()
        try:
            result = await self.collection.bulk_write([each.operation for each in writes], ordered=False)
            matched = result.matched_count
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if error.details["writeConcernErrors"] or any(each["code"] != DUPLICATE for each in failed):
                raise
            lost = {aggregates[each["index"]].id for each in failed}
            matched = error.details["nMatched"]
        updates = [each for each in aggregates if each.version > 0]
        if matched < len(updates):
            lost |= await self._overtaken(updates, writer)
        return lost

    async def _single(self, each: Aggregate[S], write: "_Write") -> set[str]:
        if write.which is None:
            try:
                await self.collection.insert_one(write.body)
            except DuplicateKeyError:
                return {each.id}
            return set()
        result = await self.collection.update_one(write.which, write.body)
        return set() if result.matched_count else {each.id}

    async def _overtaken(self, updates: list[Aggregate[S]], writer: str) -> set[str]:
        """Which of the updates found another version. The version alone does not tell: who wrote instead of us made
        the same number of it. So every write leaves its own mark. Who wrote on top of ours has taken our mark away;
        deciding again is right then, too: `decide` sees what ours has changed, and the inbox what it has processed."""
        query = {"_id": {"$in": [each.id for each in updates]}, "writer": writer}
        ours = {each["_id"] async for each in self.collection.find(query, {"_id": 1})}
        return {each.id for each in updates} - ours


@dataclass(frozen=True)
class _Write:
    """An insert, or an update of `which`."""

    which: Document | None
    body: Document

    @property
    def operation(self) -> InsertOne[Document] | UpdateOne:
        return InsertOne(self.body) if self.which is None else UpdateOne(self.which, self.body)
