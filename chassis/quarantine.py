"""Documents that cannot be read wait by themselves: seen by operators, in nobody's way."""

from typing import Any

import structlog

from chassis.clock import now
from chassis.database import Collection, Document
from chassis.masking import mask
from chassis.telemetry import Metrics

log = structlog.get_logger(__name__)


class Unreadable(Exception):
    """A stored document does not fit its type."""

    def __init__(self, id: Any, cause: Exception, newer: bool = False) -> None:
        super().__init__(f"{id}: {type(cause).__name__}")
        self.id = id
        self.newer = newer
        """The next release wrote it: nothing is wrong with it, and it must not be marked."""
        # Field and reason, never the value: it may be personal.
        faults = getattr(cause, "errors", None)
        found = faults(include_input=False, include_url=False, include_context=False) if faults else []
        self.reason = "; ".join(f"{each['loc']}: {each['msg']}" for each in found[:5]) or type(cause).__name__


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
        await source.update_one({"_id": error.id}, {"$set": {"quarantined": now()}})
        entry = {"collection": source.name, "document": error.id, "reason": reason, "at": now()}
        await self._collection.update_one({"_id": f"{source.name}:{error.id}"}, {"$set": entry}, upsert=True)
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
