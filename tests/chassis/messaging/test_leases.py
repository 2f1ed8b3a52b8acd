"""Leases: one holder at a time, and what a replica holds is renewed together."""

import asyncio
from datetime import timedelta

import pytest
from pymongo.errors import AutoReconnect

from chassis.clock import new_id, now
from chassis.concurrency import stop
from chassis.leases import Lease, Renewals
from tests.chassis.messaging.parts import House
from tests.waiting import eventually


def several(house: House, names: list[str], owner: str) -> list[Lease]:
    leases = house.database["leases"]
    renewals = Renewals(leases)
    return [Lease(leases, name, owner, 1.2, renewals) for name in names]


async def all_held(leases: list[Lease]) -> bool:
    return all(each.held for each in leases)


async def test_leases_of_a_replica_go_on_together_and_one_taken_is_noticed(house: House) -> None:
    names = [new_id() for _ in range(3)]
    mine = several(house, names, "me")
    tasks = [asyncio.create_task(each.keep()) for each in mine]
    await eventually(lambda: all_held(mine))
    tokens = [each.token for each in mine]
    stolen = {"owner": "other", "token": tokens[0] + 1, "expires_at": now() + timedelta(minutes=1)}
    await house.database["leases"].update_one({"_id": names[0]}, {"$set": stolen})

    async def lost() -> bool:
        return not mine[0].held

    await eventually(lost)
    first = {each["_id"]: each["expires_at"] async for each in house.database["leases"].find({"_id": {"$in": names}})}

    async def went_on() -> bool:
        found = house.database["leases"].find({"_id": {"$in": names[1:]}})
        return all([each["expires_at"] > first[each["_id"]] async for each in found])

    await eventually(went_on)
    assert [each.held for each in mine] == [False, True, True]
    assert [each.token for each in mine[1:]] == tokens[1:]
    await stop(tasks)


async def test_who_asks_to_renew_hears_why_it_failed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = several(house, [new_id(), new_id()], "me")
    for each in mine:
        await each._renew()
    assert await all_held(mine)
    renewals = mine[0]._renewals

    async def away(*_args: object, **_more: object) -> None:
        raise AutoReconnect("away")

    with monkeypatch.context() as broken:
        broken.setattr(type(renewals._collection), "bulk_write", away)
        failed = await asyncio.gather(*(renewals.renew(each) for each in mine), return_exceptions=True)
    assert [type(each) for each in failed] == [AutoReconnect] * 2
    renewed = await asyncio.gather(*(renewals.renew(each) for each in mine))
    assert [each["_id"] for each in renewed if each] == [each.name for each in mine]


async def test_two_replicas_never_hold_one_lease(house: House) -> None:
    name = new_id()
    (mine,), (other,) = several(house, [name], "me"), several(house, [name], "you")
    tasks = [asyncio.create_task(each.keep()) for each in (mine, other)]

    async def one() -> bool:
        assert not (mine.held and other.held)
        return mine.held or other.held

    await eventually(one)
    first, second = (mine, other) if mine.held else (other, mine)
    tasks[0 if first is mine else 1].cancel()

    async def taken_over() -> bool:
        assert not (mine.held and other.held)
        return second.held

    await eventually(taken_over)
    assert second.token > first.token
    await stop(tasks)
