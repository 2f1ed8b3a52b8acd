"""Documents that cannot be read wait by themselves: seen by operators, in nobody's way."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from chassis.clock import now
from chassis.database import Collection, Document
from chassis.masking import mask
from chassis.telemetry import Metrics

log = structlog.get_logger(__name__)
M = TypeVar("M", bound=BaseModel)
READABLE: Document = {"quarantined": {"$exists": False}}
"""The condition of documents that are not set aside."""


class Unreadable(Exception):
    """A stored document does not fit its type."""

    def __init__(self, id: Any, cause: Exception, newer: bool = False) -> None:
        super().__init__(f"{id}: {type(cause).__name__}")
        self.id = id
        self.all = [id]
        """Every document of the batch that could not be read."""
        self.newer = newer
        """The next release wrote it: nothing is wrong with it, and it must not be marked."""
        # Field and reason, never the value: it may be personal.
        faults = getattr(cause, "errors", None)
        found = faults(include_input=False, include_url=False, include_context=False) if faults else []
        self.reason = "; ".join(f"{each['loc']}: {each['msg']}" for each in found[:5]) or type(cause).__name__


@contextmanager
def reading(found: Document, schema: int = 1) -> Iterator[None]:
    """Whatever a stored document may be is `Unreadable`, and nothing else. `schema` is what this release writes."""
    try:
        yield
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        stored = found.get("schema", 1)
        raise Unreadable(found.get("_id"), error, isinstance(stored, int) and stored > schema) from error


class Quarantine:
    """The documents of one service that could not be read."""

    def __init__(self, collection: Collection, metrics: Metrics) -> None:
        self._collection = collection
        self._metrics = metrics

    async def put(self, source: Collection, error: Unreadable) -> None:
        """Set a document aside: marked, so that queries pass it over, and listed with its reason."""
        if error.newer:
            log.warning("document of a newer release passed over", collection=source.name, document=error.id)
            return
        reason = mask(error.reason)
        entry = {"collection": source.name, "document": error.id, "reason": reason, "at": now()}
        await self._collection.update_one({"_id": f"{source.name}:{error.id}"}, {"$set": entry}, upsert=True)
        # Marked after it is listed: whoever crashes in between does both again, and nothing is marked unseen.
        marked = await source.update_one({"_id": error.id, **READABLE}, {"$set": {"quarantined": now()}})
        if not marked.modified_count:
            return
        self._metrics.quarantined.labels(source.name).inc()
        log.error("document quarantined", collection=source.name, document=error.id, reason=reason)

    async def all(self, limit: int = 200) -> list[Document]:
        """The newest, with their reasons."""
        return await self._collection.find().sort("at", -1).limit(limit).to_list()

    async def count(self) -> int:
        """How many there are."""
        return await self._collection.count_documents({}, limit=10_000)

    async def release(self, id: str) -> bool:
        """Let a document be read again, after it was mended or a release reads it; False where it is not here."""
        found = await self._collection.find_one({"_id": id})
        if found is None:
            return False
        source = self._collection.database[found["collection"]]
        await source.update_one({"_id": found["document"]}, {"$unset": {"quarantined": ""}})
        await self._collection.delete_one({"_id": id})
        return True


class Documents(Generic[M]):
    """Plain documents of one kind, as they are read: one that cannot be read is quarantined and left out."""

    def __init__(self, collection: Collection, kind: type[M], quarantine: Quarantine, schema: int = 1) -> None:
        self.collection = collection
        self._schema = schema
        self._kind = kind
        self._quarantine = quarantine

    async def get(self, query: Mapping[str, Any]) -> M | None:
        """The first that matches and can be read."""
        found = await self.find(query, limit=1)
        return found[0][1] if found else None

    async def find(
        self,
        query: Mapping[str, Any],
        *,
        fields: Document | None = None,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
    ) -> list[tuple[str, M]]:
        """Those that match, each with its id."""
        return [each async for each in self.scan(query, fields=fields, sort=sort, limit=limit)]

    async def scan(
        self,
        query: Mapping[str, Any],
        *,
        fields: Document | None = None,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
    ) -> AsyncIterator[tuple[str, M]]:
        """The same, one by one."""
        async for each in self.collection.find({**query, **READABLE}, fields, sort=sort, limit=limit):
            try:
                with reading(each, self._schema):
                    made = self._kind.model_validate(each)
            except Unreadable as error:
                await self._quarantine.put(self.collection, error)
                continue
            yield each["_id"], made
