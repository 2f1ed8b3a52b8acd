"""The relay: once, in order, whoever else runs and whatever cannot be published."""

import asyncio
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from chassis.aggregates import Aggregate
from chassis.clock import new_id, now
from chassis.concurrency import stop
from chassis.database import Database, Document
from chassis.messaging import archive, outbox
from chassis.messaging.consumer import Consumer
from chassis.messaging.dead_letters import BlockedOutboxes
from chassis.messaging.monitor import Monitor
from chassis.messaging.outbox import RETAINED
from chassis.messaging.projector import Projector
from chassis.messaging.publisher import Publisher
from chassis.messaging.relay import FencedOff, Relay
from chassis.telemetry import Metrics
from contracts.base import Event
from contracts.events import OfficeListed
from tests.chassis.messaging.parts import ALSO, Counter, House, Recorder, count_up, counted, in_order
from tests.waiting import eventually


async def new_relay(
    house: House, publisher: Publisher | None = None, owner: str | None = None, projector: Projector | None = None
) -> Relay:
    lease = house.lease(owner=owner)
    return Relay(publisher or await house.broker(), "/rukun/test", house.metrics, lease, projector)


async def nothing_pending(house: House) -> bool:
    return not await house.database["counters"].count_documents({"pending_since": {"$exists": True}})


@pytest.mark.parametrize("replicas", [1, 2, 4])
async def test_replicas_take_turns_and_publish_each_event_once(house: House, topic: Recorder, replicas: int) -> None:
    relays = [await new_relay(house) for _ in range(replicas)]
    sources = [house.counters(each) for each in relays]
    tasks = [asyncio.create_task(each) for relay in relays for each in (relay.run(), relay._lease.keep())]
    ids = [new_id() for _ in range(300)]
    for n in range(10):
        await count_up(sources[n % replicas], ids)
    await eventually(lambda: nothing_pending(house), 60)
    await stop(tasks)
    await topic.read()
    own = [each for each in topic.messages if each.subject in set(ids)]
    assert len(own) <= 1.02 * 3000
    assert all(in_order(topic.sequences(id), 10) for id in ids)


async def test_another_replica_takes_over_when_the_first_is_gone(house: House, topic: Recorder) -> None:
    ids = [new_id() for _ in range(20)]
    first, second = await new_relay(house), await new_relay(house)
    counters = house.counters(first)
    house.counters(second)
    running = [asyncio.create_task(each) for each in (first.run(), first._lease.keep())]
    waiting = [asyncio.create_task(each) for each in (second.run(), second._lease.keep())]
    await count_up(counters, ids)
    await eventually(lambda: nothing_pending(house))
    await stop(running)
    await count_up(counters, ids)
    await eventually(lambda: nothing_pending(house), 30)
    await stop(waiting)
    await topic.read()
    assert all(in_order(topic.sequences(id), 2) for id in ids)


class Gate:
    """A publisher whose process stands still before its first record leaves."""

    def __init__(self, inner: Publisher) -> None:
        self._inner = inner
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def publish(self, *given: Any, **more: Any) -> asyncio.Future[Any]:
        self.reached.set()
        await self.open.wait()
        return await self._inner.publish(*given, **more)


async def test_slow_replica_that_lost_its_lease_does_not_leave_an_old_state_behind(
    house: House, topic: Recorder
) -> None:
    id = new_id()
    gate = Gate(await house.broker())
    slow, fast = await new_relay(house, gate), await new_relay(house)
    counters = house.counters(slow)
    house.counters(fast)
    await slow._lease._renew()
    await count_up(counters, [id])
    outboxes = slow._outboxes[0], fast._outboxes[0]
    stuck = asyncio.create_task(slow.publish_generation(outboxes[0]))
    await gate.reached.wait()
    # The database's clock says that the lease is over: the slow one stood still for so long.
    await house.database["leases"].update_one({"_id": "relay"}, {"$set": {"expires_at": now()}})
    await fast._lease._renew()
    await count_up(counters, [id])
    await fast.publish_generation(outboxes[1])
    gate.open.set()
    with pytest.raises(FencedOff):
        await stuck
    await fast.publish_generation(outboxes[1])
    await topic.read()
    assert topic.sequences(id) == [1, 2, 1, 2]
    assert await nothing_pending(house)


async def test_event_that_is_too_large_is_blocked_alone_and_can_be_given_up(house: House, topic: Recorder) -> None:
    relay = await new_relay(house)
    counters = house.counters(relay)
    await relay._lease._renew()
    good, bad = [new_id() for _ in range(50)], new_id()
    huge = OfficeListed(at=now(), office=bad, officials=1, roles=("x" * 5_000_000,))
    await counters.update(bad, lambda _: [counted(bad, 1), huge, counted(bad, 3)], lambda _: Counter())
    await count_up(counters, good)
    source = relay._outboxes[0]
    await relay.publish_generation(source)
    assert await nothing_pending(house)
    blocked = BlockedOutboxes([house.database["counters"]])
    found = await blocked.all()
    assert [(each["document"], each["n"], each["type"]) for each in found] == [(bad, 2, OfficeListed.type)]
    assert "MessageSizeTooLarge" in found[0]["reason"]
    assert await blocked.replay("counters", bad)
    await relay.publish_generation(source)
    assert len(await blocked.all()) == 1
    assert await blocked.discard("counters", bad)
    assert not await blocked.discard("counters", bad)
    await relay.publish_generation(source)
    assert await nothing_pending(house)
    assert await blocked.all() == []
    await topic.read()
    assert topic.sequences(bad) == [1, 3]
    assert all(topic.sequences(id) == [1] for id in good)


@pytest.mark.parametrize(
    "broken",
    [
        {"outbox": "no list"},
        {"outbox": [{"n": 1}]},
        {"published": None},
        {"sequence": "many"},
        {"published": None, "outbox": [{"n": n} for n in range(1, 60)]},
        {"published": None, "attempts": "many"},
        {"outbox": [{"n": "one", "topic": "rukun.nowhere.v1"}]},
        {"projections": "no list"},
        {"projections": [{"at": now(), "document": {}}]},
        {"outbox": [{"n": 1, "data": 5, "topic": None, "key": None}]},
        {"outbox": [{"n": 1, "id": "i", "type": "t", "topic": "rukun.nowhere.v1", "key": "k", "subject": "s",
                     "time": now(), "trace": None, "data": "{}"}]},
    ],
)  # fmt: skip
async def test_document_that_is_not_as_it_should_be_holds_up_nobody(
    house: House, topic: Recorder, broken: dict[str, Any]
) -> None:
    projector = Projector(house.metrics, house.lease("projector"))
    relay = await new_relay(house, projector=projector)
    counters = house.counters(relay, projector)
    await relay._lease._renew()
    document = outbox.new_document(new_id(), {"value": 1}, [counted("x", 1)], now()) | broken
    await house.database["counters"].insert_one(document)
    good = [new_id() for _ in range(20)]
    await count_up(counters, good, times=3)
    async with asyncio.timeout(60):
        await relay.publish_generation(relay._outboxes[0])
        await projector.project(house.database["counters"])
    await topic.read()
    assert all(in_order(topic.sequences(id), 3) for id in good)
    left = await house.database["counters"].find_one({"_id": document["_id"]})
    assert left is not None
    assert left.get("retry_at") or left.get("blocked") or not left.get("pending_since")
    where, which = house.database["counters"], {"_id": document["_id"]}
    await where.update_one(which, {"$set": {"blocked": {"at": now(), "n": 1, "reason": ""}}})
    blocked = BlockedOutboxes([where])
    assert [each["document"] for each in await blocked.all()] == [document["_id"]]
    assert not await blocked.replay("nowhere", document["_id"])
    assert not await blocked.discard("nowhere", document["_id"])
    assert await blocked.discard("counters", document["_id"])
    assert await blocked.all() == []


async def test_failed_projection_leaves_nothing_publishing_behind_it(house: House, topic: Recorder) -> None:
    class Failing(Projector):
        async def write(self, database: Database, projections: list[Document]) -> None:
            raise AutoReconnect("away")

    gate, projector = Gate(await house.broker()), Failing(house.metrics, house.lease("projector"))
    relay = await new_relay(house, gate, projector=projector)
    house.counters(relay)
    await relay._lease._renew()
    id = new_id()
    waits = [outbox.Projection("read", {"_id": 1})]
    document = outbox.new_document(id, {"value": 1}, [counted(id, 1)], now(), projections=waits)
    await house.database["counters"].insert_one(document)
    generation = asyncio.create_task(relay.publish_generation(relay._outboxes[0]))
    await gate.reached.wait()
    _, unfinished = await asyncio.wait([generation], timeout=0.3)
    assert unfinished  # the failure is known by now, and told only when what is being published has left
    gate.open.set()
    with pytest.raises(AutoReconnect):
        await generation
    await topic.read()
    assert topic.sequences(id) == [1]


async def test_failing_document_backs_off_and_ends_blocked(house: House) -> None:
    class Refusing:
        async def publish(self, *_: Any, key: bytes, **__: Any) -> asyncio.Future[Any]:
            if key == b"bad":
                raise ValueError("never")
            done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done

    relay = await new_relay(house, Refusing())
    counters = house.counters(relay)
    await relay._lease._renew()
    await count_up(counters, ["bad", "good"])
    source, pauses = relay._outboxes[0], []
    while document := await house.database["counters"].find_one({"_id": "bad", "pending_since": {"$exists": True}}):
        await relay.publish_generation(source)
        document = await house.database["counters"].find_one({"_id": "bad"})
        assert document is not None
        if "retry_at" in document:
            pauses.append((document["retry_at"] - now()).total_seconds())
            await house.database["counters"].update_one({"_id": "bad"}, {"$set": {"retry_at": now()}})
    assert len(pauses) == 7
    assert pauses == sorted(pauses)
    assert len(await BlockedOutboxes([house.database["counters"]]).all()) == 1


async def test_without_a_broker_gauges_grow(house: House) -> None:
    class Away:
        async def publish(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
            raise OSError("no broker")

    house.metrics = Metrics("away")
    relay = await new_relay(house, Away())
    counters = house.counters(relay)
    consumer = Consumer(await house.broker(), {}, None, house.metrics, None)  # type: ignore[arg-type]
    tasks = [asyncio.create_task(each) for each in (relay.run(), relay._lease.keep())]
    monitor = Monitor(relay, consumer, house.metrics)
    await count_up(counters, [new_id() for _ in range(50)])

    def value(name: str) -> float:
        return float(
            house.metrics.registry.get_sample_value(f"rukun_away_outbox_{name}", {"collection": "counters"}) or 0
        )

    async def grown() -> bool:
        await monitor.measure()
        return value("oldest_seconds") >= 1.5

    await eventually(grown)
    assert value("pending_documents") == 50
    await stop(tasks)


async def test_documents_stay_small_and_everything_can_be_published_again(house: House, topic: Recorder) -> None:
    """The topic is compacted, so the states between are not even archived; the newest is always there."""
    relay = await new_relay(house)
    counters = house.counters(relay)
    await relay._lease._renew()
    id, source = new_id(), relay._outboxes[0]
    for _ in range(10):
        await count_up(counters, [id], times=10)
        await relay.publish_generation(source)
    document = await house.database["counters"].find_one({"_id": id})
    assert document is not None
    assert len(document["outbox"]) <= 3 * RETAINED
    await archive.republish(house.database["counters"], None)
    await relay.publish_generation(source)
    await topic.read()
    again = topic.sequences(id)[100:]
    assert again[-1] == 100
    assert again == sorted(again)


async def test_mark_of_a_relay_that_read_before_a_republish_does_not_count(house: House, topic: Recorder) -> None:
    id = new_id()
    gate = Gate(await house.broker())
    relay = await new_relay(house, gate)
    counters = house.counters(relay)
    await relay._lease._renew()
    await count_up(counters, [id])
    publishing = asyncio.create_task(relay.publish_generation(relay._outboxes[0]))
    await gate.reached.wait()
    await archive.republish(house.database["counters"], None)
    gate.open.set()
    await publishing
    assert not await nothing_pending(house)
    await relay.publish_generation(relay._outboxes[0])
    await topic.read()
    assert topic.sequences(id) == [1, 1]


class Killed(BaseException):
    """kill -9, as far as a coroutine can tell."""


_DEAD: list[Any] = []


class DiesAt:
    """Drives a coroutine and ends it at its n-th suspension, wherever that is."""

    def __init__(self, coroutine: Any, at: int) -> None:
        self._coroutine = coroutine
        self._at = at

    def __await__(self) -> Any:
        inner = self._coroutine.__await__()
        for _ in range(self._at):
            try:
                future = next(inner)
            except StopIteration as done:
                return done.value
            yield future
        # Nothing of it runs any more, not even what would clean up: so it is kept, and never closed.
        _DEAD.append((inner, self._coroutine))
        raise Killed


async def test_killed_at_every_await_nothing_is_lost_or_out_of_order(house: House, topic: Recorder) -> None:
    """The awaits between reading, publishing and marking are counted by running into each of them."""
    deaths = 0
    while True:
        ids = [new_id() for _ in range(3)]
        relay = await new_relay(house)
        counters = house.counters(relay)
        await house.database["leases"].delete_many({})
        await relay._lease._renew()
        await count_up(counters, ids, times=3)
        try:
            await DiesAt(relay.publish_generation(relay._outboxes[0]), deaths)
        except Killed:
            deaths += 1
        else:
            break
        survivor = await new_relay(house)
        house.counters(survivor)
        await house.database["leases"].delete_many({})
        await survivor._lease._renew()
        while await survivor.publish_generation(survivor._outboxes[0]) or not await nothing_pending(house):
            pass
        await topic.read()
        for id in ids:
            assert in_order(topic.sequences(id), 3), (deaths, topic.sequences(id))
    assert deaths >= 6


async def test_document_of_the_last_release_is_read_and_published(house: House, topic: Recorder) -> None:
    id = new_id()
    entry = {key: value for key, value in outbox.entries([counted(id, 7)], 1)[0].items()}
    old = {
        "_id": id, "version": 4, "state": {"value": 7}, "seen": {"YQ": 3}, "outbox": [entry], "said": 2, "sent": 1,
        "pending": True, "round": 2,
    }  # fmt: skip
    collection = house.database["counters"]
    await collection.insert_one(old)
    for _ in range(2):  # each replica does it at its start
        await collection.update_many({"schema": {"$exists": False}}, outbox.UPGRADE)
    relay = await new_relay(house)
    counters = house.counters(relay)
    await relay._lease._renew()
    await relay.publish_generation(relay._outboxes[0])
    await count_up(counters, [id])
    await relay.publish_generation(relay._outboxes[0])
    await topic.read()
    assert topic.sequences(id) == [2, 3]
    row = await counters.get(id)
    assert row is not None
    assert row.state.value == 8
    stored = await collection.find_one({"_id": id})
    assert stored is not None
    assert stored["inbox"] == {"YQ": 3}
    assert not {"seen", "said", "sent", "pending", "round"} & set(stored)


class Failing:
    """Publishes, but on one topic the first time not."""

    def __init__(self, publisher: Publisher, topic: str) -> None:
        self._publisher, self._failing = publisher, {topic}

    async def publish(self, value: bytes, *, topic: str, **more: Any) -> asyncio.Future[Any]:
        if topic in self._failing:
            self._failing.clear()
            raise OSError("for once not")
        return await self._publisher.publish(value, topic=topic, **more)


async def test_event_of_two_topics_is_out_when_both_have_it(house: House, kafka_address: str, topic: Recorder) -> None:
    relay = await new_relay(house, Failing(await house.broker(), ALSO))
    counters, id = house.counters(relay), new_id()

    def decide(counter: Aggregate[Counter]) -> list[Event]:
        counter.state.value += 1
        return [counted(id, counter.state.value).on_too(ALSO)]

    for _ in range(2):
        await counters.update_many([id], decide, lambda _: Counter())
    async with Recorder(kafka_address, ALSO) as other:
        tasks = [asyncio.create_task(each) for each in (relay.run(), relay._lease.keep())]
        await eventually(lambda: nothing_pending(house), 30)
        await stop(tasks)
        await topic.read()
        await other.read()
    # What failed on one topic comes again on both: in order, and recognised by its number.
    assert other.sequences(id) == [1, 2]
    assert topic.sequences(id)[-2:] == [1, 2]
    assert {each.id for each in topic.messages if each.subject == id} == {
        each.id for each in other.messages if each.subject == id
    }
