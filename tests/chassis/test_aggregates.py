"""The one write path, on a real database: nobody's change is lost, whoever else writes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel

from chassis.aggregates import Aggregate, Aggregates, NotThere
from chassis.clock import new_id
from chassis.database import connect, database
from chassis.quarantine import Quarantine, Unreadable
from chassis.telemetry import Metrics
from contracts.base import Event
from contracts.envelope import Received
from contracts.events import OfficeListed
from tests.clocks import recent


class Sum(BaseModel):
    """Numbers that writers add."""

    total: int = 0


@pytest.fixture
async def sums(mongo_url: str) -> AsyncIterator[Aggregates[Sum]]:
    db = database(connect(mongo_url), f"a{new_id()[-10:]}")
    yield Aggregates(db["sums"], Sum, lambda: None, lambda: None, Quarantine(db["quarantine"], Metrics("test")))
    await db.client.close()


def add_one(sum: Aggregate[Sum]) -> list[Event]:
    sum.state.total += 1
    return []


async def test_writers_of_the_same_documents_lose_nothing(sums: Aggregates[Sum]) -> None:
    ids = [new_id() for _ in range(20)]
    await asyncio.gather(*(sums.update_many(ids, add_one, lambda _: Sum()) for _ in range(8)))
    found = {each.id: each.state.total for each in await sums.rows({})}
    assert set(found) == set(ids)
    # Who wrote on top of another may have decided twice; nobody's addition is missing.
    assert all(total >= 8 for total in found.values())


async def test_messages_count_once_whoever_else_writes(sums: Aggregates[Sum]) -> None:
    ids = [new_id() for _ in range(20)]

    def received(writer: int) -> Received[OfficeListed]:
        return Received(new_id(), "/s", f"office-{writer}", 1, recent(OfficeListed))

    async def process(writer: int) -> None:
        message = received(writer)

        def decide(sum: Aggregate[Sum]) -> list[Event] | None:
            fresh = sum.receive([message])
            sum.state.total += len(fresh)
            return [] if fresh else None

        await sums.update_many(ids, decide, lambda _: Sum())

    await asyncio.gather(*(process(n % 8) for n in range(16)))  # each message twice
    assert {each.state.total for each in await sums.rows({})} == {8}


async def test_single_changes_are_exact(sums: Aggregates[Sum]) -> None:
    id = new_id()
    await asyncio.gather(*(sums.update(id, add_one, lambda _: Sum()) for _ in range(12)))
    row = await sums.get(id)
    assert row is not None
    assert (row.state.total, row.version) == (12, 12)


async def test_what_is_not_there_is_an_error_before_anything_is_written(sums: Aggregates[Sum]) -> None:
    there, missing = new_id(), new_id()
    await sums.update(there, add_one, lambda _: Sum())
    with pytest.raises(NotThere):
        await sums.update_many([there, missing], add_one)
    row = await sums.get(there)
    assert row is not None
    assert row.state.total == 1


@pytest.mark.parametrize("broken", [{"state": {"total": "many"}}, {"state": None}, {"schema": "x"}, {"schema": None}])
async def test_document_that_cannot_be_read_is_quarantined_alone(sums: Aggregates[Sum], broken: dict[str, Any]) -> None:
    good, bad = [new_id() for _ in range(3)], new_id()
    await sums.update_many([*good, bad], add_one, lambda _: Sum())
    await sums.collection.update_one({"_id": bad}, {"$set": broken})
    assert {each.id for each in await sums.rows({})} == set(good)
    listed = await sums._quarantine.all()
    assert [each["document"] for each in listed] == [bad]
    assert "many" not in listed[0]["reason"]
    with pytest.raises(Unreadable):
        await sums.get(bad)
    with pytest.raises(Unreadable):
        await sums.update_many([good[0], bad, *good[1:]], add_one)
    assert {each.state.total for each in await sums.rows({})} == {2}, "the others are written all the same"
    await sums.collection.update_one({"_id": bad}, {"$set": {"state": {"total": 5}, "schema": 1}})
    assert await sums._quarantine.release(listed[0]["_id"])
    assert len(await sums.rows({})) == 4


async def test_older_schema_is_brought_up_to_date_on_reading(sums: Aggregates[Sum]) -> None:
    id = new_id()
    await sums.update(id, add_one, lambda _: Sum())
    newer = Aggregates(
        sums.collection,
        Sum,
        lambda: None,
        lambda: None,
        sums._quarantine,
        [lambda state: {"total": state["total"] * 10}],
    )
    row = await newer.get(id)
    assert row is not None
    assert row.state.total == 10
    await newer.update(id, add_one)
    stored = await sums.collection.find_one({"_id": id})
    assert stored is not None
    assert (stored["schema"], stored["state"]["total"]) == (2, 11)


async def test_document_without_its_numbers_is_quarantined_and_one_of_the_last_release_is_not(
    sums: Aggregates[Sum],
) -> None:
    bad, old = new_id(), new_id()
    await sums.update_many([bad, old], add_one, lambda _: Sum())
    await sums.collection.update_one({"_id": bad}, {"$unset": {"version": ""}})
    await sums.collection.update_one({"_id": old}, {"$unset": {"schema": ""}})  # the start has not upgraded it yet
    assert [each.id for each in await sums.rows({})] == [old]
    assert [each["document"] for each in await sums._quarantine.all()] == [bad]


class Average(Sum):
    """The same sums in the next release."""

    mean: float = 0.0


def next_release(sums: Aggregates[Sum], upgrade: Any, kind: type[Sum] = Average) -> Aggregates[Any]:
    return Aggregates(sums.collection, kind, lambda: None, lambda: None, sums._quarantine, upgrades=[upgrade])


async def test_rolled_back_release_keeps_what_only_the_next_one_knows(sums: Aggregates[Sum]) -> None:
    later = next_release(sums, lambda state: {**state, "mean": state["total"] / 2})
    id = new_id()
    await later.update(id, add_one, lambda _: Average(mean=0.5))
    await sums.update(id, add_one)  # the release before, beside it or after it
    stored = await sums.collection.find_one({"_id": id})
    assert stored is not None
    assert (stored["schema"], stored["state"]) == (1, {"mean": 0.5, "total": 2})
    row = await later.get(id)
    assert row is not None
    assert row.state == Average(total=2, mean=1.0)  # what follows from what was changed meanwhile is found again


async def test_document_of_the_next_release_that_cannot_be_read_is_passed_over_and_not_marked(
    sums: Aggregates[Sum],
) -> None:
    class Text(Sum):
        total: str = ""  # type: ignore[assignment]

    later = next_release(sums, lambda state: {**state, "total": "many"}, Text)
    id = new_id()
    await later.update(id, lambda _: [], lambda _: Text(total="many"))
    assert await sums.rows({}) == []
    with pytest.raises(Unreadable):
        await sums.get(id)
    assert await sums._quarantine.all() == []
    assert [each.state.total for each in await later.rows({})] == ["many"]
