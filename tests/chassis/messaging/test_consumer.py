"""The consumer: each message once, in its order, and what fails in nobody's way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from chassis.aggregates import Aggregate, Aggregates
from chassis.clock import new_id, now
from chassis.concurrency import stop
from chassis.messaging.broker import Broker
from chassis.messaging.consumer import Consumer
from chassis.messaging.dead_letters import DeadLetters
from chassis.messaging.handlers import Handlers
from chassis.telemetry import Traces
from contracts.base import Event
from contracts.envelope import Received, headers
from contracts.events import OfficeListed
from contracts.topics import dead_letter_of
from tests.chassis.messaging.parts import TOPIC, Counter, House, Recorder, counted
from tests.waiting import eventually

Batch = Sequence[Received[OfficeListed]]


class Service:
    """A made-up service that consumes offices: it counts each message once, and does what the test tells it."""

    def __init__(self, counters: Aggregates[Counter]) -> None:
        self.counters = counters
        self.calls: list[list[str]] = []
        self.poison: set[str] = set()
        self.stuck: set[str] = set()
        self.away = 0

    async def handle(self, messages: Batch) -> None:
        self.calls.append([each.subject for each in messages])
        if self.away:
            self.away -= 1
            raise ServerSelectionTimeoutError("away")
        if bad := self.poison.intersection(each.subject for each in messages):
            raise ValueError(f"cannot process {sorted(bad)[0]}")
        if self.stuck.intersection(each.subject for each in messages):
            raise ServerSelectionTimeoutError("one document is away")
        by_id: dict[str, list[Received[OfficeListed]]] = {}
        for each in messages:
            by_id.setdefault(each.subject, []).append(each)

        def decide(counter: Aggregate[Counter]) -> list[Event] | None:
            fresh = counter.receive(by_id[counter.id])
            counter.state.value += len(fresh)
            return [] if fresh else None

        await self.counters.update_many(by_id, decide, lambda _: Counter())

    async def value(self, id: str) -> int:
        row = await self.counters.get(id)
        return row.state.value if row else 0


handles: Handlers[Service] = Handlers()


@handles(OfficeListed)
async def handle(service: Service, messages: Batch) -> None:
    await service.handle(messages)


@asynccontextmanager
async def consuming(house: House, service: Service, group: str) -> AsyncIterator[Consumer]:
    broker = Broker(house.settings, group)
    letters = DeadLetters("notification", house.database, broker, house.metrics)
    consumer = Consumer(broker, handles.bind(service), letters, house.metrics, Traces("test", ""))
    await broker.join([TOPIC], consumer)
    running = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        await consumer.drain()
        await stop([running])
        await broker.leave()


@pytest.fixture
async def service(house: House) -> Service:
    return Service(house.counters())


async def publish(broker: Broker, id: str, sequence: int, value: bytes | None = None, key: str | None = None) -> None:
    event = counted(id, sequence)
    pairs = headers(
        id=f"{id}-{sequence}", source="/rukun/test", type=event.type, subject=id, sequence=sequence, time=now(),
        traceparent=None,
    )  # fmt: skip
    attributes = {name: text.decode() for name, text in pairs}
    data = event.model_dump_json().encode() if value is None else value
    await (await broker.publish(data, topic=TOPIC, key=(key or id).encode(), headers=attributes))


async def test_delivered_twice_and_out_of_order_is_processed_once(house: House, service: Service) -> None:
    broker, id, last = await house.broker(), new_id(), new_id()
    async with consuming(house, service, f"g{new_id()}"):
        for sequence in (1, 2, 2, 1, 3, 1, 2, 3):
            await publish(broker, id, sequence, key="same")
        await publish(broker, last, 1, key="same")
        await eventually(lambda: _at_least(service, last, 1))
    assert await service.value(id) == 3


async def _at_least(service: Service, id: str, value: int) -> bool:
    return await service.value(id) >= value


async def test_after_a_crash_of_the_consumer_nothing_is_processed_twice(house: House, service: Service) -> None:
    broker, group, ids = await house.broker(), f"g{new_id()}", [new_id() for _ in range(50)]
    consumer = Consumer(
        broker, handles.bind(service), DeadLetters("notification", house.database, broker, house.metrics),
        house.metrics, Traces("test", ""),
    )  # fmt: skip
    for id in ids:
        await publish(broker, id, 1)
    await broker.join([TOPIC], consumer)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: _at_least(service, ids[-1], 1))
    await stop([running])  # no drain: what was not committed comes again
    await broker.leave()
    async with consuming(house, service, group):
        later = new_id()
        again = await house.broker()
        await publish(again, later, 1)
        await eventually(lambda: _at_least(service, later, 1), 60)
    assert [await service.value(id) for id in ids] == [1] * 50


async def test_poison_is_a_dead_letter_and_its_neighbours_are_processed(
    house: House, service: Service, kafka_address: str
) -> None:
    broker, bad = await house.broker(), new_id()
    good = [new_id() for _ in range(20)]
    service.poison = {bad}
    async with (
        Recorder(kafka_address, dead_letter_of("notification")) as dead,
        consuming(house, service, f"g{new_id()}"),
    ):
        for id in (*good[:10], bad, *good[10:]):
            await publish(broker, id, 1, key="same")
        await publish(broker, "unreadable", 1, value=b"{", key="same")
        await eventually(lambda: _at_least(service, good[-1], 1))
        letters = DeadLetters("notification", house.database, broker, house.metrics)
        found = await eventually(lambda: _letters(letters, 2))
        assert {each["reason"].partition(":")[0] for each in found} == {"ValueError", "UnknownEvent"}
        assert {each.subject for each in await dead.read()} == {bad}
        service.poison = set()
        assert await letters.replay(f"{bad}-1") == 1
        await eventually(lambda: _at_least(service, bad, 1))

        async def settled() -> bool:  # a moment after it was processed
            return [each["_id"] for each in await letters.newest()] == ["unreadable-1"]

        await eventually(settled)
    assert [await service.value(id) for id in good] == [1] * 20


async def _letters(letters: DeadLetters, count: int) -> list[dict[str, Any]]:
    found = await letters.newest()
    return found if len(found) == count else []


async def test_partition_that_waits_holds_up_no_other(house: House, service: Service) -> None:
    """A message whose document is away waits; its partition with it, and no other."""
    broker, group = await house.broker(), f"g{new_id()}"
    stuck, ids = new_id(), [new_id() for _ in range(60)]
    service.stuck = {stuck}
    async with consuming(house, service, group) as consumer:
        await publish(broker, stuck, 1)
        await eventually(lambda: _waits(consumer))
        for id in ids:
            await publish(broker, id, 1)

        async def others_done() -> bool:
            # One of the partitions waits; with sixty ids each of the others has some.
            return len([id for id in ids if await service.value(id)]) >= 20

        await eventually(others_done)
        assert await service.value(stuck) == 0
        assert sum(consumer.lag().values()) > 0
        service.stuck = set()
        await eventually(lambda: _at_least(service, stuck, 1))


async def test_database_away_is_waited_for_and_shown(house: House, service: Service) -> None:
    broker, id = await house.broker(), new_id()
    service.away = 4
    async with consuming(house, service, f"g{new_id()}") as consumer:
        await publish(broker, id, 1)
        assert "MongoDB" in str(await eventually(lambda: _waits(consumer)))
        await eventually(lambda: _at_least(service, id, 1))
        await eventually(lambda: _moves(consumer))
    assert await house.database["dead_letters"].count_documents({"_id": f"{id}-1"}) == 0


async def _waits(consumer: Consumer) -> str | None:
    return consumer.waiting_for


async def test_two_replicas_share_the_partitions(house: House, service: Service) -> None:
    broker, group = await house.broker(), f"g{new_id()}"
    other = Service(service.counters)
    ids = [new_id() for _ in range(100)]
    async with consuming(house, service, group), consuming(house, other, group):
        for sequence in (1, 2):
            for id in ids:
                await publish(broker, id, sequence)

        async def all_done() -> bool:
            return all([await service.value(id) == 2 for id in ids])

        await eventually(all_done, 60)


def test_two_handlers_of_one_event_are_a_mistake() -> None:
    twice: Handlers[None] = Handlers()

    @twice(OfficeListed)
    async def one(context: None, messages: Batch) -> None: ...

    with pytest.raises(TypeError, match="two handlers"):
        twice(OfficeListed)(one)


async def _moves(consumer: Consumer) -> bool:
    return consumer.waiting_for is None
