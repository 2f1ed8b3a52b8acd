"""Going through a collection on a real database: all of it, in order, once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bson import ObjectId

from chassis.clock import new_id
from chassis.database import Collection, connect, database
from chassis.steps import in_steps, once, update_in_steps


@pytest.fixture
async def collection(mongo_url: str) -> AsyncIterator[Collection]:
    db = database(connect(mongo_url), f"s{new_id()[-10:]}")
    yield db["things"]
    await db.client.close()


@pytest.mark.parametrize("at_once", [1, 3, 7, 100])
async def test_every_document_comes_once_whatever_its_id_is(collection: Collection, at_once: int) -> None:
    ids: list[Any] = [1, 2, 30, "a", "b", "c", ObjectId("6" * 24)]
    await collection.insert_many([{"_id": each} for each in reversed(ids)])
    assert [id async for step in in_steps(collection, at_once) for id in step] == ids


async def test_nothing_is_left_out_where_documents_go_and_come_meanwhile(collection: Collection) -> None:
    await collection.insert_many([{"_id": each} for each in "abcdef"])
    seen: list[str] = []
    async for step in in_steps(collection, 2):
        seen += step
        if step == ["a", "b"]:
            await collection.delete_one({"_id": "b"})
            await collection.insert_one({"_id": "g"})
    assert seen == list("abcdefg")


async def test_what_fits_is_updated_and_progress_is_told(collection: Collection) -> None:
    await collection.insert_many([{"_id": n, "old": n % 2 == 0} for n in range(5000)])
    told: list[int] = []
    assert await update_in_steps(collection, {"old": True}, {"$set": {"old": False}}, told.append) == 2500
    assert told == [1000, 2000, 2500]
    assert await collection.count_documents({"old": True}) == 0
    assert await update_in_steps(collection, {"old": True}, {"$set": {"old": False}}) == 0


async def test_upgrade_is_done_once_and_again_where_it_died(collection: Collection) -> None:
    done: list[str] = []

    async def dies() -> None:
        done.append("died")
        raise OSError

    async def works() -> None:
        done.append("worked")

    with pytest.raises(OSError):
        await once(collection.database, "colours", dies)
    for _ in range(3):
        await once(collection.database, "colours", works)
        await once(collection.database, "sizes", works)
    assert done == ["died", "worked", "worked"]
