"""Where published events go when a document has many: `<collection>_published`, for as long as they are retained.

A document keeps its newest entries; so an aggregate may produce any number of events and stays small. Republishing
reads the archive first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, UpdateOne

from chassis.clock import now
from chassis.database import Collection, Document, insert_new
from chassis.messaging.outbox import COMPACTED, RETAINED
from chassis.steps import update_in_steps

FULL = 2 * RETAINED
"""From so many entries on a document is trimmed."""


def archive_of(collection: Collection) -> Collection:
    """The archive beside a collection."""
    return collection.database[f"{collection.name}_published"]


def indexes(retention: timedelta) -> list[IndexModel]:
    """Order for republishing, and the end of retention."""
    return [
        IndexModel([("aggregate", 1), ("n", 1)]),
        IndexModel("time", expireAfterSeconds=int(retention.total_seconds())),
    ]


async def trim(collection: Collection, ids: list[Any]) -> None:
    """Move old published entries out. First in, then out: a crash between leaves them in both, which is harmless."""
    if not ids:
        return
    found = await collection.find({"_id": {"$in": ids}}, {"outbox": 1, "published": 1}).to_list()
    old = {each["_id"]: _old(each) for each in found}
    events = [
        {**entry, "_id": f"{id}:{entry['n']}", "aggregate": id}
        for id, entries in old.items()
        for entry in entries
        if entry["topic"] not in COMPACTED
    ]
    await insert_new(archive_of(collection), events)
    pulls = [
        UpdateOne({"_id": id}, {"$pull": {"outbox": {"n": {"$in": [entry["n"] for entry in entries]}}}})
        for id, entries in old.items()
        if entries
    ]
    if pulls:
        await collection.bulk_write(pulls, ordered=False)


def _old(document: Document) -> list[Document]:
    """Published entries beyond the newest ones; the newest of each compacted topic always stays."""
    published = [entry for entry in document["outbox"] if entry["n"] <= document["published"]]
    newest = {entry["topic"]: entry["n"] for entry in published if entry["topic"] in COMPACTED}
    return [entry for entry in published[:-RETAINED] if newest.get(entry["topic"]) != entry["n"]]


async def republish(
    collection: Collection, since: datetime | None, progress: Callable[[int], None] = lambda count: None
) -> int:
    """Let the relay publish again what is retained (since a time): archived events come back into their documents'
    outbox as they were. How many documents; `progress` hears it on the way.

    The generation moves with every republish: a mark of a relay that read before it must not count.
    """
    await _restore(collection, since)
    wanted: Document = {"outbox.time": {"$gte": since}} if since else {"outbox.0": {"$exists": True}}
    recent = {"$gte": ["$$this.time", since]} if since else True
    keep = {"$or": [recent, {"$in": ["$$this.topic", sorted(COMPACTED)]}, {"$gt": ["$$this.n", "$published"]}]}
    again = {
        "outbox": {"$filter": {"input": "$outbox", "cond": keep}},
        "published": 0,
        "generation": {"$add": [{"$ifNull": ["$generation", 0]}, 1]},
        "pending_since": now(),
    }
    return await update_in_steps(collection, wanted, [{"$set": again}, {"$unset": ["retry_at", "attempts"]}], progress)


_AT_ONCE = 500


async def _restore(collection: Collection, since: datetime | None) -> None:
    query: Document = {"time": {"$gte": since}} if since else {}
    waiting: dict[Any, list[Document]] = {}
    async for each in archive_of(collection).find(query).sort([("aggregate", 1), ("n", 1)]):
        entry = {key: value for key, value in each.items() if key not in ("_id", "aggregate")}
        waiting.setdefault(each["aggregate"], []).append(entry)
        if len(waiting) > _AT_ONCE:
            await _put_back(collection, waiting)
            waiting = {}
    await _put_back(collection, waiting)


async def _put_back(collection: Collection, waiting: dict[Any, list[Document]]) -> None:
    """Prepend the entries that the document does not have."""
    writes = [UpdateOne({"_id": id}, [{"$set": {"outbox": _merged(entries)}}]) for id, entries in waiting.items()]
    if writes:
        await collection.bulk_write(writes, ordered=False)


def _merged(entries: list[Document]) -> Document:
    known = {"$map": {"input": "$outbox", "in": "$$this.n"}}
    missing = {
        "$filter": {"input": {"$literal": entries}, "as": "each", "cond": {"$not": [{"$in": ["$$each.n", known]}]}}
    }
    return {"$concatArrays": [missing, "$outbox"]}
