"""The bus beside a restored database: what it knows beyond that, and how its topics begin anew."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from chassis.messaging.broker import connection
from chassis.settings import Settings, load
from contracts.events import IdentityErased
from contracts.topics import TOPICS


async def write_out_newer(servers: str, since: datetime, file: Path) -> Counter[str]:
    """Events that were published after a moment, a line of JSON each; how many of each topic. They hold no personal
    data; what of them is missing in the restored databases people enter again by hand."""
    counted: Counter[str] = Counter()
    unfinished = file.with_name(file.name + ".part")
    consumer = AIOKafkaConsumer(**_connection(servers), enable_auto_commit=False)
    await consumer.start()
    try:
        with unfinished.open("w", encoding="utf-8") as out:
            for partition in await _partitions(servers):
                async for line in _newer(consumer, partition, since):
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    counted[partition.topic] += 1
    finally:
        await consumer.stop()
    unfinished.rename(file)
    return counted


def erased_since(file: Path) -> list[str]:
    """Reports whose identity was erased, of what `write_out_newer` wrote."""
    lines = [json.loads(each) for each in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(each["value"])["report_id"] for each in lines if each.get("type") == IdentityErased.type]


def _connection(servers: str) -> dict[str, Any]:
    """As the services connect: with their certificates, where the environment names them."""
    return connection(load(Settings).model_copy(update={"kafka_bootstrap_servers": servers}), "restore")


async def _partitions(servers: str) -> list[TopicPartition]:
    """Every partition of our topics that are there."""
    admin = AIOKafkaAdminClient(**_connection(servers))
    await admin.start()
    try:
        present = sorted(set(TOPICS) & set(await admin.list_topics()))
        described = await admin.describe_topics(present) if present else []
    finally:
        await admin.close()
    return [TopicPartition(each["topic"], one["partition"]) for each in described for one in each["partitions"]]


async def _newer(
    consumer: AIOKafkaConsumer, partition: TopicPartition, since: datetime
) -> AsyncIterator[dict[str, str]]:
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    first = (await consumer.offsets_for_times({partition: int(since.timestamp() * 1000)}))[partition]
    if first is None:
        return
    consumer.seek(partition, first.offset)
    while await consumer.position(partition) < end:
        found = await consumer.getmany(partition, timeout_ms=1000)
        for record in found.get(partition, ()):
            kind = _text(dict(record.headers).get("ce_type"))
            yield {"topic": partition.topic, "type": kind, "key": _text(record.key), "value": _text(record.value)}


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


async def begin_anew(servers: str) -> list[str]:
    """Delete our topics; the services make them again and publish what they have. An event that the databases no longer
    know must not stay: the next one would bear its number."""
    admin = AIOKafkaAdminClient(**_connection(servers))
    await admin.start()
    try:
        present = sorted(set(TOPICS) & set(await admin.list_topics()))
        if present:
            answer = await admin.delete_topics(present)
            for name, code, *_ in answer.topic_error_codes:
                if code:
                    raise for_code(code)(name)
    finally:
        await admin.close()
    return present
