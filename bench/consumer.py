"""Escalation from a backlog of 100,000 reports, beside the same consumer doing nothing: `python -m bench.consumer`.

One after the other in this process, each with an embedded broker that was filled with the same; the ratio counts.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastapi import FastAPI

from chassis.clock import new_id
from chassis.foundation import Foundation
from contracts.envelope import Received, headers
from contracts.events import ReportSubmitted
from contracts.examples import example
from contracts.regions import jurisdiction
from contracts.topics import TOPICS
from kemenag.look import look
from rukun.ports import free_ports
from rukun.services import module_of, settings_of
from services.escalation.country import indonesia
from tests import engines

_REPORTS = 100_000
_LIMIT_SECONDS = 150


def main() -> None:
    """Each consumer on a broker and database of its own, filled with the same."""
    nothing = _on_fresh_engines(_idle_consumer)[0]
    logged, scored = _on_fresh_engines(_escalation)
    print(f"doing nothing: {_REPORTS / nothing:.0f} reports/s")
    print(f"in escalation's log: {_REPORTS / logged:.0f} reports/s, ratio {nothing / logged:.2f}")
    print(f"in the log and scored, areas saved: {_REPORTS / scored:.0f} reports/s, ratio {nothing / scored:.2f}")


def _on_fresh_engines(measure: Callable[[], Awaitable[list[float]]]) -> list[float]:
    ports, home = free_ports(), Path(tempfile.mkdtemp())
    os.environ |= {
        "KAFKA_IDEMPOTENCE": "false",
        "KAFKA_FETCH_MAX_WAIT_MS": "20",
        "LOG_LEVEL": "WARNING",
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports.kafka}",
        "MONGO_URL": f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun",
    }

    async def filled() -> list[float]:
        await _fill(f"127.0.0.1:{ports.kafka}")
        return await measure()

    with engines.mongo(ports, home), engines.tansu(ports, home):
        return uvloop.run(filled())


async def _fill(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(each.name, each.partitions, 1) for each in TOPICS.values()])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=address, linger_ms=20, max_batch_size=262_144)
    await producer.start()
    draw, places = random.Random(1), indonesia().kecamatan
    sent = [await _send(producer, draw, places[draw.randrange(len(places))]) for _ in range(_REPORTS)]
    await asyncio.gather(*sent)
    await producer.stop()


async def _send(producer: AIOKafkaProducer, draw: random.Random, place: str) -> asyncio.Future[object]:
    at = datetime.now(UTC) - timedelta(days=draw.random() * 300)
    report = example(ReportSubmitted).model_copy(
        update={
            "report_id": new_id(),
            "source": f"bench-{draw.randrange(_REPORTS)}",
            "region": place,
            "jurisdiction": jurisdiction(place),
            "at": at,
        }
    )
    attributes = headers(
        id=new_id(), source="/bench", type=report.type, subject=report.subject, sequence=1, time=at, traceparent=None
    )
    found: asyncio.Future[object] = await producer.send(
        report.topic, report.model_dump_json().encode(), report.key.encode(), headers=attributes
    )
    return found


async def _idle_consumer() -> list[float]:
    seen = 0

    async def nothing(handled: Sequence[Received[Any]]) -> None:
        nonlocal seen
        seen += len(handled)

    foundation = Foundation("escalation", settings_of("escalation"))
    app = foundation.application(
        title="idle", look=look(Path(tempfile.mkdtemp())), routers=[], table={ReportSubmitted: nothing}
    )

    async def all_seen() -> bool:
        return seen >= _REPORTS

    return await _run(app, foundation, all_seen)


async def _escalation() -> list[float]:
    app = module_of("escalation").build(settings_of("escalation"))
    foundation: Foundation = app.state.foundation
    log = foundation.database["report_log"]

    async def all_logged() -> bool:
        return await log.estimated_document_count() >= _REPORTS

    async def all_scored() -> bool:
        return await log.count_documents({"dirty": True}, limit=1) == 0

    return await _run(app, foundation, all_logged, all_scored)


async def _run(app: FastAPI, foundation: Foundation, *goals: Callable[[], Awaitable[bool]]) -> list[float]:
    """Seconds from the first partition on until each goal in turn is reached."""
    async with app.router.lifespan_context(app):
        while await foundation.waiting_for():
            await asyncio.sleep(0.01)
        began, found = time.monotonic(), []
        for goal in goals:
            while not await goal() and time.monotonic() - began < _LIMIT_SECONDS:
                await asyncio.sleep(0.1)
            found.append(time.monotonic() - began)
    return found


if __name__ == "__main__":
    main()
