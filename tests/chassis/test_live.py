"""Live pages: who begins to listen is told to look once, so that nothing falls between page and stream."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.clock import new_id
from chassis.concurrency import stop
from chassis.database import Collection, connect, database
from chassis.live import Listener, Live


@pytest.fixture
async def collection(mongo_url: str) -> AsyncIterator[Collection]:
    client = connect(mongo_url)
    yield database(client, f"live{new_id()[-8:]}")["cases"]
    await client.close()


async def still() -> bool:
    return True


async def heard(stream: AsyncIterator[str]) -> str:
    async with asyncio.timeout(15):
        return await anext(stream)


async def test_change_before_anybody_watched_is_looked_at(collection: Collection) -> None:
    live = Live(collection)
    running = asyncio.create_task(live.run())
    try:
        for _ in range(2):
            stream = live._events(Listener(frozenset(["31"]), None), still)
            assert "retry" in await heard(stream)
            await collection.insert_one({"_id": new_id(), "state": {"jurisdiction": ["ID", "31"]}})
            assert "changed" in await heard(stream)
            await collection.insert_one({"_id": new_id(), "state": {"jurisdiction": ["ID", "31"]}})
            assert "changed" in await heard(stream)
            await stream.aclose()
    finally:
        await stop([running])


async def test_who_may_see_no_more_is_told_no_more(collection: Collection) -> None:
    live, over = Live(collection), asyncio.Event()

    async def until_signed_out() -> bool:
        return not over.is_set()

    listener = Listener(frozenset(["31"]), None)
    stream = live._events(listener, until_signed_out)
    assert "retry" in await heard(stream)
    over.set()
    listener.notify("a case")
    with pytest.raises(StopAsyncIteration):
        await heard(stream)
