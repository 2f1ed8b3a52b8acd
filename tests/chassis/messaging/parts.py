"""A made-up service on the real chassis: counters that publish, and a record of what appears on their topic."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel

from chassis.aggregates import Aggregate, Aggregates
from chassis.clock import new_id, now
from chassis.database import Database, connect, database
from chassis.leases import Lease
from chassis.messaging import archive, outbox
from chassis.messaging.broker import Broker, Cluster
from chassis.messaging.projector import Projector
from chassis.messaging.relay import Relay
from chassis.quarantine import Quarantine
from chassis.settings import Settings
from chassis.telemetry import Metrics
from contracts.base import Event
from contracts.envelope import Received, UnknownEvent, decode
from contracts.events import OfficeListed
from contracts.topics import EVERY_TOPIC, TOPICS, province_topic

TOPIC = OfficeListed.topic
ALSO = province_topic("31")
"""A topic on which events may be published, too."""


class Counter(BaseModel):
    """The state of the made-up aggregate."""

    value: int = 0


def counted(id: str, value: int) -> OfficeListed:
    """Its event: a compacted topic's, so that the newest must be the last."""
    return OfficeListed(at=now(), office=id, officials=value)


@dataclass
class House:
    """Database and settings of one made-up service."""

    settings: Settings
    database: Database
    metrics: Metrics = field(default_factory=lambda: Metrics("test"))
    running: list[Any] = field(default_factory=list)

    def lease(self, name: str = "relay", owner: str | None = None, seconds: float = 6.0) -> Lease:
        return Lease(self.database["leases"], name, owner or new_id(), seconds)

    def quarantine(self) -> Quarantine:
        return Quarantine(self.database["quarantine"], self.metrics)

    def counters(self, relay: Relay | None = None, projector: Projector | None = None) -> Aggregates[Counter]:
        collection = self.database["counters"]
        wakes = [each.watch(collection) if each else lambda: None for each in (relay, projector)]
        return Aggregates(collection, Counter, wakes[0], wakes[1], self.quarantine())

    async def prepare(self) -> None:
        await self.database["counters"].create_indexes(outbox.indexes())
        await archive.archive_of(self.database["counters"]).create_indexes(archive.indexes(timedelta(days=7)))

    async def broker(self) -> Broker:
        made = Broker(self.settings, f"test-{new_id()[-6:]}")
        await made.connect()
        self.running.append(made)
        return made

    async def close(self) -> None:
        for each in self.running:
            await each.leave()
        await self.database.client.close()


@asynccontextmanager
async def house(mongo_url: str, kafka_address: str) -> AsyncIterator[House]:
    settings = Settings(
        MONGO_URL=mongo_url,  # type: ignore[call-arg]
        KAFKA_BOOTSTRAP_SERVERS=kafka_address,
        KAFKA_IDEMPOTENCE=False,
        KAFKA_FETCH_MAX_WAIT_MS=20,
    )
    made = House(settings, database(connect(mongo_url), f"m{new_id()[-10:]}"))
    await made.prepare()
    cluster = Cluster(settings, "test")
    missing = {*TOPICS, ALSO} - (await cluster.describe())[1]
    if missing:
        await cluster.create(missing)
    await cluster.close()
    try:
        yield made
    finally:
        await made.close()


async def count_up(counters: Aggregates[Counter], ids: Iterable[str], times: int = 1) -> None:
    """Let each produce so many events, a change each."""

    def decide(counter: Aggregate[Counter]) -> list[Event]:
        counter.state.value += 1
        return [counted(counter.id, counter.state.value)]

    wanted = list(ids)
    for _ in range(times):
        await counters.update_many(wanted, decide, lambda _: Counter())


class Recorder:
    """Everything on a topic from now on, in the order of its partitions."""

    def __init__(self, address: str, topic: str = TOPIC) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=address, group_id=None, auto_offset_reset="earliest", fetch_max_wait_ms=20
        )
        self._topic = topic
        self.messages: list[Received[Event]] = []

    async def __aenter__(self) -> "Recorder":
        await self._consumer.start()
        partitions = [TopicPartition(self._topic, n) for n in range(EVERY_TOPIC[self._topic].partitions)]
        self._consumer.assign(partitions)
        await self.read()
        self.messages.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def read(self) -> list[Received[Event]]:
        """Take in what is there, until nothing more comes."""
        quiet = 0
        while quiet < 3:
            found = await self._consumer.getmany(timeout_ms=150)
            quiet = 0 if found else quiet + 1
            for records in found.values():
                self.messages += [message for each in records if (message := _decoded(each.value, each.headers))]
        return self.messages

    def sequences(self, id: str) -> list[int]:
        """The sequences of one aggregate's events, in the order of the topic."""
        return [each.sequence for each in self.messages if each.subject == id]


def _decoded(value: bytes, pairs: list[tuple[str, bytes]]) -> Received[Event] | None:
    """The event; None for what a test published as unreadable."""
    try:
        return decode(value, pairs)
    except UnknownEvent:
        return None


def in_order(sequences: list[int], until: int) -> bool:
    """Whether every event appeared first in its order, none is missing, and the newest is the last."""
    first = list(dict.fromkeys(sequences))
    return first == list(range(1, until + 1)) and sequences[-1] == until
