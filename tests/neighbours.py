"""Publishes for a service's neighbours, and records what appears on the topics."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.clock import new_id
from contracts.base import Event
from contracts.envelope import Received, decode, headers
from contracts.topics import TOPICS
from tests.waiting import eventually


class Neighbours:
    """A producer of contract events and an event recorder."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._sequences: Counter[str] = Counter()
        self.recorded: list[tuple[str, Received]] = []

    async def start(self) -> None:
        """Create the topics, then listen from their beginning."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._address)
        await admin.start()
        await admin.create_topics([NewTopic(t.name, t.partitions, 1) for t in TOPICS.values()])
        await admin.close()
        self._producer = AIOKafkaProducer(bootstrap_servers=self._address, acks="all")
        await self._producer.start()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._address, auto_offset_reset="earliest", fetch_max_wait_ms=50, group_id=None
        )
        await self._consumer.start()
        self._consumer.assign([TopicPartition(t.name, n) for t in TOPICS.values() for n in range(t.partitions)])
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=100)
            for records in found.values():
                for record in records:
                    if "dead-letter" not in record.topic:
                        self.recorded.append((record.topic, decode(record.value, record.headers)))

    async def publish(self, *events: Event, id: str | None = None, sequence: int | None = None) -> list[str]:
        """Publish events as their producer would; their ids."""
        ids = []
        for event in events:
            self._sequences[event.subject] += 1
            number = sequence or self._sequences[event.subject]
            ids.append(id or new_id())
            attributes = headers(
                id=ids[-1],
                source="/rukun/neighbour",
                type=event.type,
                subject=event.subject,
                sequence=number,
                time=datetime.now(UTC),
                traceparent=None,
            )
            await self._producer.send_and_wait(
                event.topic, event.model_dump_json().encode(), key=event.key.encode(), headers=attributes
            )
        return ids

    async def publish_raw(self, topic: str, value: bytes, pairs: list[tuple[str, bytes]]) -> None:
        """Publish something that is no event."""
        await self._producer.send_and_wait(topic, value, key=b"raw", headers=pairs)

    def received(self, kind: type[Event], /, **wanted: object) -> list[Event]:
        """Recorded events of a kind with these values, each id once."""
        seen: dict[str, Event] = {}
        for _, each in self.recorded:
            if type(each.event) is kind and all(getattr(each.event, k) == v for k, v in wanted.items()):
                seen.setdefault(each.id, each.event)
        return list(seen.values())

    async def wait(self, kind: type[Event], /, count: int = 1, seconds: float = 30, **wanted: object) -> list[Event]:
        """Wait until so many were recorded."""

        async def look() -> list[Event]:
            found = self.received(kind, **wanted)
            return found if len(found) >= count else []

        return await eventually(look, seconds)

    async def stop(self) -> None:
        """Stop both."""
        self._listening.cancel()
        await self._consumer.stop()
        await self._producer.stop()
