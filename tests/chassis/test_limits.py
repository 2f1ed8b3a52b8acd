"""Rate limits on a real database: replicas count together, a restart forgets nothing, and a database that is away
stops nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from chassis.clock import new_id, now
from chassis.database import Collection, connect, database
from chassis.limits import RateLimits
from chassis.problems import Problem

_SECRET = b"s" * 32


@pytest.fixture
async def counts(mongo_url: str) -> AsyncIterator[Collection]:
    db = database(connect(mongo_url), f"l{new_id()[-10:]}")
    yield db["rate_limits"]
    await db.client.close()


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The present, ten seconds into a minute; a test may move it."""
    present = [now().replace(second=10, microsecond=0)]
    monkeypatch.setattr("chassis.limits.now", lambda: present[0])
    return present


async def taken(limits: RateLimits, count: int, rate: str = "10/minute", key: str = "203.0.113.7") -> int:
    """How many of so many were allowed."""
    given = await asyncio.gather(*(limits.take("codes", rate, key) for _ in range(count)), return_exceptions=True)
    assert all(each is None or isinstance(each, Problem) for each in given)
    return given.count(None)


async def test_replicas_count_together(counts: Collection, moment: list[datetime]) -> None:
    first, second = RateLimits(counts, _SECRET), RateLimits(counts, _SECRET)
    allowed = await asyncio.gather(taken(first, 8), taken(second, 8))
    assert sum(allowed) == 10
    assert await taken(first, 5, key="203.0.113.8") == 5


async def test_restart_forgets_nothing_and_says_how_long_to_wait(counts: Collection, moment: list[datetime]) -> None:
    assert await taken(RateLimits(counts, _SECRET), 10) == 10
    with pytest.raises(Problem) as refused:
        await RateLimits(counts, _SECRET).take("codes", "10/minute", "203.0.113.7")
    assert (refused.value.status, refused.value.more["retry_after"]) == (429, 50)
    moment[0] += timedelta(seconds=50)
    assert await taken(RateLimits(counts, _SECRET), 12) == 10


async def test_what_is_counted_names_nobody_and_is_forgotten(counts: Collection, moment: list[datetime]) -> None:
    await taken(RateLimits(counts, _SECRET), 3)
    stored = await counts.find().to_list()
    assert [each["count"] for each in stored] == [3]
    assert "203.0.113.7" not in str(stored)
    assert stored[0]["until"] == moment[0] + timedelta(seconds=50)
    assert [each.document["expireAfterSeconds"] for each in RateLimits.indexes()] == [0]


async def test_database_that_is_away_stops_nobody_and_the_process_counts_alone() -> None:
    away = database(connect("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50"), "nowhere")
    limits = RateLimits(away["rate_limits"], _SECRET)
    assert await taken(limits, 12) == 10
    await away.client.close()
