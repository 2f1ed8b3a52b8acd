"""The one subscription of a service: batches in, handlers by event type, and nothing that fails is lost.

A batch is digested in runs of equal handlers, in the order of its partitions. A run that fails is tried again event
by event: what is passing (database away, somebody else wrote first) is waited for; what can never work goes to the
dead-letter topic with its reason, and is kept in the database for people to look at and put back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, TypeAlias

import structlog
from aiokafka import ConsumerRecord
from bson.errors import InvalidDocument
from pymongo.errors import DocumentTooLarge, PyMongoError

from chassis.bus import Bus
from chassis.clock import new_id, now
from chassis.masking import mask
from chassis.store import Conflict, Database
from chassis.telemetry import Metrics, Traces
from contracts.base import Event
from contracts.envelope import Heard, UnknownEvent, read
from contracts.topics import dead_letter_of

log = structlog.get_logger(__name__)

Handler = Callable[[list[Heard]], Awaitable[None]]
Table = Mapping[type[Event], Handler]
Record: TypeAlias = "ConsumerRecord[bytes, bytes]"

_NEVER_PASSES = (DocumentTooLarge, InvalidDocument)
_CONFLICTS_BEFORE_DEATH = 50
_TRIES_BEFORE_DEATH = 3


class Consumer:
    """Reads a service's topics and hands events to its table."""

    def __init__(
        self,
        service: str,
        bus: Bus,
        database: Database,
        table: Table,
        metrics: Metrics,
        traces: Traces,
    ) -> None:
        self._service = service
        self._bus = bus
        self._dead = database["dead_letters"]
        self._table = table
        self._metrics = metrics
        self._traces = traces
        self.waiting_for: str | None = None
        """Why digesting stands still, for readiness; None when it does not."""

    async def digest(self, records: Iterable[Record]) -> None:
        """Digest a batch; returns only when each record is digested or put aside."""
        known: list[tuple[Record, Heard]] = []
        for record in records:
            try:
                heard = read(record.value, record.headers)
            except UnknownEvent as error:
                await self._put_aside(record, error)
                continue
            if type(heard.event) in self._table:
                known.append((record, heard))
        for handler, run in groupby(known, key=lambda pair: self._table[type(pair[1].event)]):
            await self._run(handler, list(run))

    async def _run(self, handler: Handler, run: list[tuple[Record, Heard]]) -> None:
        try:
            await self._handle(handler, [heard for _, heard in run])
        except Exception as error:  # noqa: BLE001 - any failure of the batch is looked at event by event
            log.info("batch failed, one by one", events=len(run), reason=type(error).__name__)
            for record, heard in run:
                await self._one(handler, record, heard)

    async def _one(self, handler: Handler, record: Record, heard: Heard) -> None:
        tries = conflicts = 0
        pause = 0.1
        while True:
            try:
                await self._handle(handler, [heard])
            except PyMongoError as error:
                if isinstance(error, _NEVER_PASSES):
                    return await self._put_aside(record, error)
                self.waiting_for = f"basis data tidak menjawab ({type(error).__name__})"
                log.warning("digesting waits", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Conflict as error:
                conflicts += 1
                if conflicts > _CONFLICTS_BEFORE_DEATH:
                    return await self._put_aside(record, error)
                await asyncio.sleep(0.01 * conflicts)
            except Exception as error:
                tries += 1
                log.warning("event failed", type=heard.event.type, attempt=tries, exc_info=error)
                if tries >= _TRIES_BEFORE_DEATH:
                    return await self._put_aside(record, error)
                await asyncio.sleep(0.2 * tries)
            else:
                self.waiting_for = None
                return None

    async def _handle(self, handler: Handler, heard: list[Heard]) -> None:
        first = heard[0]
        with self._traces.span(f"digest {first.event.type}", first.traceparent):
            await handler(heard)
        for each in heard:
            self._metrics.digested.labels(each.event.type).inc()

    async def _put_aside(self, record: Record, error: Exception) -> None:
        reason = mask(f"{type(error).__name__}: {error}"[:2000])
        original = {name: value.decode(errors="replace") for name, value in record.headers}
        letter = {
            "at": now(),
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "value": record.value,
            "headers": original,
            "reason": reason,
            "replayed_at": None,
        }
        # The event's own id: heard and put aside again, it is still one letter.
        which = {"_id": original.get("ce_id") or new_id()}
        await self._dead.update_one(which, {"$set": letter}, upsert=True)
        confirmed = await self._bus.publish(
            record.value or b"",
            topic=dead_letter_of(self._service),
            key=record.key,
            headers={
                **original,
                "dead_letter_topic": record.topic,
                "dead_letter_offset": f"{record.partition}:{record.offset}",
                "dead_letter_service": self._service,
                "dead_letter_reason": reason,
            },
        )
        await confirmed
        self._metrics.dead.labels(record.topic).inc()
        log.error("event put aside", topic=record.topic, reason=reason)


async def lag(subscriber: Any) -> dict[str, int]:
    """Events not yet read, by topic: the partitions' high water less the position in them."""
    consumer = subscriber.consumer
    behind: dict[str, int] = {}
    for partition in consumer.assignment() if consumer else ():
        high = consumer.highwater(partition)
        if high is not None:
            unread = high - await consumer.position(partition)
            behind[partition.topic] = behind.get(partition.topic, 0) + max(unread, 0)
    return behind
