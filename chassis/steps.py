"""Going through all of a collection, however large: in steps by id, each far shorter than the seconds after which a
connection counts as dead. One command over millions of documents would be given up, begun again, and never end.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from chassis.clock import now
from chassis.database import Collection, Database, Document

_AT_ONCE = 2000
_DONE = "upgraded"


async def in_steps(collection: Collection, at_once: int = _AT_ONCE) -> AsyncIterator[list[Any]]:
    """The ids of all documents in their order, so many at once; those inserted meanwhile behind them are among them."""
    found = collection.find({}, {"_id": 1}).sort("_id", 1).limit(at_once)
    while ids := [each["_id"] async for each in found]:
        yield ids
        # By the bound of the index and not by `$gt`, which finds ids of the same type alone.
        beyond = collection.find({"_id": {"$ne": ids[-1]}}, {"_id": 1}).sort("_id", 1).limit(at_once)
        found = beyond.hint([("_id", 1)]).min([("_id", ids[-1])])


async def update_in_steps(
    collection: Collection,
    wanted: Document,
    change: Document | list[Document],
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Update what fits, wherever it is in the collection; how many documents. `progress` hears it after each step. Who
    dies in between does it again from the beginning."""
    count = 0
    async for ids in in_steps(collection):
        done = await collection.update_many({"_id": {"$in": ids}, **wanted}, change)
        count += done.modified_count
        progress(count)
    return count


async def once(database: Database, name: str, change: Callable[[], Awaitable[Any]]) -> None:
    """Do what only documents of an earlier release need: once for a database, not at every start. Replicas of a release
    that writes such documents have ended before (docs/runbooks/deploy.md)."""
    record = {"_id": f"{_DONE}:{name}"}
    if await database["chassis"].find_one(record):
        return
    await change()
    await database["chassis"].update_one(record, {"$set": {"at": now()}}, upsert=True)
