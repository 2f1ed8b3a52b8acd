"""The limit of this machine: what a report costs with no domain in it: `python -m bench.limit [apache] [same] [N]`.

Five processes of bare aiokafka and PyMongo make the same durable writes and the same events a report as the five
services do, in batches of a hundred, over the same engines. What they reach is the most that any code here can reach;
`bench.pipeline` is held against it. What a stage does a report is the table below; it is read off the services and has
to change with them.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient, InsertOne, UpdateOne, WriteConcern

from rukun.ports import Ports, free_ports
from tests import engines

_BATCH = 100
_PARTITIONS = 6
_EVENTS = 50


@dataclass(frozen=True)
class Stage:
    """What one service does with each message of one topic. Documents are 700 bytes, events 600."""

    source: str
    service: str
    finds: int = 0
    inserts: int = 0
    updates: int = 0
    """Durable writes, marks and pulls among them."""
    out: tuple[str, ...] = ()
    merged: bool = False
    """Whether reports of one event become one write (a case takes a batch of its reports at once)."""


STAGES = (
    Stage("reports", "verification", finds=1, inserts=1),
    Stage("reports", "verification", finds=2, inserts=4, updates=1, out=("cases", "cases", "states"), merged=True),
    Stage("reports", "escalation", inserts=1),
    Stage("cases", "escalation", finds=1, inserts=1, updates=1, out=("levels",)),
    Stage("cases", "intake", updates=1),
    Stage("levels", "verification", finds=1, inserts=1, updates=2, out=("states",)),
    Stage("levels", "notification", finds=2, inserts=2, updates=2, out=("alerts",)),
    Stage("levels", "integration", inserts=2),
    Stage("alerts", "verification", finds=1, inserts=1, updates=2),
    Stage("alerts", "integration", inserts=3),
    Stage("states", "integration", finds=2, inserts=2, updates=2),
)
"""`cases` is one message a report here: of the two events of a new case only the second one makes anybody write."""
SERVICES = ("intake", "verification", "escalation", "notification", "integration")
TOPICS = ("reports", "cases", "states", "levels", "alerts")
_DOCUMENT = {"state": "x" * 700}
_EVENT = b"x" * 600


class Worker:
    """One process: a consumer, a producer, a database."""

    def __init__(self, service: str, kafka: str, mongo: str, same: bool) -> None:
        self.service, self.kafka, self.same = service, kafka, same
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo)
        self.database = client.get_database(f"limit_{service}", write_concern=WriteConcern(w="majority", j=True))
        self.done: dict[str, int] = {}

    async def run(self) -> None:
        """Work until killed."""
        mine = sorted({each.source for each in STAGES if each.service == self.service})
        self.producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all", max_batch_size=256 * 1024)
        await self.producer.start()
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=None, fetch_max_wait_ms=20)
        await consumer.start()
        consumer.assign([TopicPartition(topic, n) for topic in mine for n in range(_PARTITIONS)])
        await consumer.seek_to_beginning()
        while True:
            found = await consumer.getmany(timeout_ms=1000, max_records=len(mine) * _BATCH)
            by_topic: dict[str, list[bytes]] = {}
            for partition, records in found.items():
                by_topic.setdefault(partition.topic, []).extend(each.key for each in records)
            await asyncio.gather(*(self._handle(topic, keys) for topic, keys in by_topic.items()))
            if by_topic:
                offsets = {tp.topic + str(tp.partition): await consumer.position(tp) for tp in found}
                await self.database["offsets"].update_one({"_id": 1}, {"$set": offsets}, upsert=True)

    async def _handle(self, topic: str, keys: list[bytes]) -> None:
        for stage in (each for each in STAGES if each.source == topic and each.service == self.service):
            merged = list(dict.fromkeys(keys)) if stage.merged and self.same else keys
            for start in range(0, len(merged), _BATCH):
                await self._work(stage, merged[start : start + _BATCH])

    async def _work(self, stage: Stage, keys: Sequence[bytes]) -> None:
        ids = [f"{uuid4()}" for _ in keys]
        name = f"{stage.source}_{len(stage.out)}"
        for _ in range(stage.finds):
            await self.database[name].find({"_id": {"$in": ids}}).to_list()
        for n in range(stage.inserts):
            await self.database[f"{name}_{n}"].bulk_write(
                [InsertOne({"_id": id, "n": 0, **_DOCUMENT}) for id in ids], ordered=False
            )
        for n in range(stage.updates):
            target = self.database[f"{name}_{n % max(stage.inserts, 1)}"]
            if n % 2:  # every second one is a mark or a pull: one command for all
                await target.update_many({"_id": {"$in": ids}}, {"$inc": {"n": 1}})
            else:
                await target.bulk_write([UpdateOne({"_id": id}, {"$set": _DOCUMENT}) for id in ids], ordered=False)
        for topic in stage.out:
            futures = [await self.producer.send(topic, _EVENT, key=key) for key in keys]
            await asyncio.gather(*futures)
        await self.database["done"].update_one({"_id": stage.source}, {"$inc": {"n": len(keys)}}, upsert=True)


def work(service: str, kafka: str, mongo: str, same: bool) -> None:
    """A process's life."""
    uvloop.run(Worker(service, kafka, mongo, same).run())


async def measure(kafka: str, mongo: str, same: bool, count: int) -> dict[str, Any]:
    """Reports a second, from the first one accepted to the last write of the last stage."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, _PARTITIONS, 1) for topic in TOPICS])
    await admin.close()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo)
    context = get_context("spawn")
    processes = [context.Process(target=work, args=(each, kafka, mongo, same), daemon=True) for each in SERVICES]
    for each in processes:
        each.start()
    await asyncio.sleep(4)
    began = time.monotonic()
    await _accept(kafka, mongo, same, count)
    # With fifty events each batch merges to fifty writes; the reports themselves are all logged.
    while await _done(client, "escalation", "reports") < count or not await _settled(client):
        await asyncio.sleep(0.05)
    took = time.monotonic() - began
    for each in processes:
        each.terminate()
    await client.close()
    return {"kind": "50 events" if same else "own case", "reports": count, "per_second": round(count / took, 1)}


async def _accept(kafka: str, mongo: str, same: bool, count: int) -> None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo)
    reports = client.get_database("limit_intake", write_concern=WriteConcern(w="majority", j=True))["reports"]
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", max_batch_size=256 * 1024)
    await producer.start()
    for start in range(0, count, _BATCH):
        keys = [str(n % _EVENTS if same else n).encode() for n in range(start, start + _BATCH)]
        documents = [{"_id": f"{uuid4()}", **_DOCUMENT} for _ in keys]
        await reports.insert_many(documents, ordered=False)
        await asyncio.gather(*[await producer.send("reports", _EVENT, key=key) for key in keys])
        await reports.update_many({"_id": {"$in": [each["_id"] for each in documents]}}, {"$set": {"n": 1}})
    await producer.stop()
    await client.close()


async def _done(client: AsyncMongoClient[dict[str, Any]], service: str, topic: str) -> int:
    found = await client[f"limit_{service}"]["done"].find_one({"_id": topic})
    return int(found["n"]) if found else 0


async def _settled(client: AsyncMongoClient[dict[str, Any]]) -> bool:
    """Whether every level, alert and state that was published has been written by who consumes it last."""
    cases = await _done(client, "escalation", "cases")
    if not cases:
        return False
    wanted = {"levels": cases, "alerts": cases, "states": 0}
    for topic in ("levels", "alerts"):
        if await _done(client, "integration", topic) < wanted[topic]:
            return False
    before = [await _done(client, each, topic) for each in SERVICES for topic in TOPICS]
    await asyncio.sleep(0.3)
    return before == [await _done(client, each, topic) for each in SERVICES for topic in TOPICS]


def main(engine: str, same: bool, count: int) -> None:
    """Measure and print."""
    ports, home = free_ports(), Path(tempfile.mkdtemp())
    with engines.mongo(ports, home), _broker(engine, ports, home):
        mongo = f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun"
        found = asyncio.run(measure(f"127.0.0.1:{ports.kafka}", mongo, same, count))
        print(json.dumps({"engine": engine, **found}))


def _broker(engine: str, ports: Ports, home: Path) -> Any:
    return engines.apache_kafka(ports, home) if engine == "apache" else engines.tansu(ports, home)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", os.getcwd())
    given = sys.argv[1:]
    numbers = [int(each) for each in given if each.isdigit()]
    main("apache" if "apache" in given else "embedded", "same" in given, numbers[0] if numbers else 3000)
