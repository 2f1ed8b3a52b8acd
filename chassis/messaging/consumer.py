"""The consumer: batches in, handlers by type of event, and nothing that fails is lost.

    poll ──▶ a lane per partition ──▶ a batch per topic ──▶ runs of one handler ──▶ processed ──▶ commit

Topics are worked side by side. What waits in a topic's lanes is handled together, as a batch of many costs little more
than one message. Where a batch fails, its partitions part: each is tried again message by message in a task of its own,
and waits alone. What is passing (database away, a race lost) is waited for; what can never work is a dead letter.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

import structlog
from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError
from bson.errors import InvalidDocument
from pymongo.errors import DocumentTooLarge, PyMongoError

from chassis.aggregates import Conflict
from chassis.concurrency import stop
from chassis.messaging.broker import Broker
from chassis.messaging.dead_letters import DeadLetters, Record, record_of
from chassis.messaging.handlers import Handler, Table
from chassis.telemetry import Metrics, Traces
from contracts.base import Event
from contracts.envelope import Received, UnknownEvent, decode

log = structlog.get_logger(__name__)

_MOST_RECORDS = 2000
_MOST_IN_A_BATCH = 500
_FULL_LANE = 4 * _MOST_IN_A_BATCH
_POLL_MS = 1000
_COMMIT_SECONDS = 0.2
_REVOKE_SECONDS = 8.0
_IDLE_POLLS = 5
_IDLE_FETCH_MS = 350
_NEVER_PASSES = (DocumentTooLarge, InvalidDocument)
_ATTEMPTS = 3
_REPLAY_SECONDS = 5.0


class Lane:
    """One partition: its records wait here, in their order."""

    def __init__(self, partition: TopicPartition) -> None:
        self.partition = partition
        self.waiting: deque[Record] = deque()
        self.processed: int | None = None
        """The offset up to which everything is processed; None before the first batch."""
        self.committed: int | None = None
        self.paused = False
        self.busy = False
        """Whether some of its records are being processed; until then no others of it are."""
        self.stuck: str | None = None
        """Why it stands still, for readiness; None when it does not."""
        self.alone: asyncio.Task[None] | None = None
        """What works it by itself after a batch with it has failed."""

    def take(self, most: int) -> list[Record]:
        """The next records, at most so many."""
        return [self.waiting.popleft() for _ in range(min(len(self.waiting), most))]


@dataclass
class Topic:
    """One topic's worker."""

    arrived: asyncio.Event
    task: asyncio.Task[None]


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads a service's topics and dispatches messages to its handlers."""

    def __init__(
        self,
        broker: Broker,
        table: Table,
        dead_letters: DeadLetters,
        metrics: Metrics,
        traces: Traces,
    ) -> None:
        self._broker = broker
        self._table = table
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._traces = traces
        self._lanes: dict[TopicPartition, Lane] = {}
        self._topics: dict[str, Topic] = {}
        self._progress = asyncio.Event()
        self.same_cluster: Callable[[], Awaitable[bool]] = _always
        """Whether the brokers are still those that were joined. Offsets mean nothing to others: committed to a broker
        that was born anew at the same address, they would make this group skip what it publishes first."""

    @property
    def waiting_for(self) -> str | None:
        """Why some partition stands still; None when none does."""
        return next((each.stuck for each in self._lanes.values() if each.stuck), None)

    @property
    def assigned(self) -> bool:
        """Whether the group has given partitions to this replica."""
        return bool(self._broker.consumer and self._broker.consumer.assignment())

    async def run(self) -> None:
        """Poll and commit until cancelled, or until the clients fail."""
        beside = [asyncio.create_task(each) for each in (self._commit_processed(), self._replay())]
        try:
            await self._poll()
        finally:
            workers = [each.task for each in self._topics.values()]
            self._topics.clear()
            await stop([*beside, *workers])
            await self._end(list(self._lanes))

    async def _poll(self) -> None:
        idle = 0
        while (consumer := self._broker.consumer) is not None:
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST_RECORDS)
            idle = 0 if found else idle + 1
            self._adapt_fetch(idle)
            for partition, records in found.items():
                self._put(partition, records)

    def _adapt_fetch(self, idle: int) -> None:
        """Ask less often where nothing comes: the embedded broker does not wake a waiting fetch, it answers at the
        end of its wait. aiokafka has no public way to change the wait of a running consumer."""
        fetcher = getattr(self._broker.consumer, "_fetcher", None)
        configured = getattr(self._broker.consumer, "_fetch_max_wait_ms", _IDLE_FETCH_MS)
        if fetcher is not None:
            fetcher._fetch_max_wait_ms = max(configured, _IDLE_FETCH_MS) if idle >= _IDLE_POLLS else configured

    def _put(self, partition: TopicPartition, records: Iterable[Record]) -> None:
        lane = self._lanes.setdefault(partition, Lane(partition))
        lane.waiting.extend(records)
        self._wake(partition.topic)
        if len(lane.waiting) > _FULL_LANE and not lane.paused:
            # A lane that falls behind stops fetching, so that memory is bounded; the others go on.
            lane.paused = True
            self._broker.consumer.pause(partition)  # type: ignore[union-attr]

    def _wake(self, topic: str) -> None:
        worker = self._topics.get(topic)
        if worker is None:
            arrived = asyncio.Event()
            worker = self._topics[topic] = Topic(arrived, asyncio.create_task(self._work(topic, arrived)))
        worker.arrived.set()

    async def _work(self, topic: str, arrived: asyncio.Event) -> None:
        while True:
            await arrived.wait()
            arrived.clear()
            while batch := self._next_batch(topic):
                await self._process_together(batch)

    def _next_batch(self, topic: str) -> dict[TopicPartition, list[Record]]:
        """Records of all lanes that wait, up to a batch; lanes are marked busy with them."""
        left, batch = _MOST_IN_A_BATCH, {}
        for lane in list(self._lanes.values()):
            if lane.partition.topic == topic and lane.waiting and not lane.busy and left:
                batch[lane.partition] = lane.take(left)
                lane.busy = True
                left -= len(batch[lane.partition])
        return batch

    async def _process_together(self, batch: dict[TopicPartition, list[Record]]) -> None:
        try:
            await self._handle_runs(decoded for records in batch.values() for decoded in self._decode(records))
        except Exception as error:  # noqa: BLE001 - any failure of the batch is looked at message by message
            log.info("batch failed, one by one", partitions=len(batch), reason=type(error).__name__)
            for partition, records in batch.items():
                if (lane := self._lanes.get(partition)) is not None:
                    lane.alone = asyncio.create_task(self._process_alone(lane, records))
            return
        for partition, records in batch.items():
            if (lane := self._lanes.get(partition)) is not None:
                self._processed(lane, records)

    async def _process_alone(self, lane: Lane, records: list[Record]) -> None:
        await self.process(records, lane)
        self._processed(lane, records)
        self._wake(lane.partition.topic)

    def _processed(self, lane: Lane, records: list[Record]) -> None:
        lane.processed, lane.busy = records[-1].offset + 1, False
        self._progress.set()
        if lane.paused and len(lane.waiting) < _MOST_IN_A_BATCH:
            lane.paused = False
            self._resume(lane.partition)

    def _resume(self, partition: TopicPartition) -> None:
        try:
            if self._broker.consumer is not None:
                self._broker.consumer.resume(partition)
        except IllegalStateError:
            log.info("partition was taken away", topic=partition.topic, partition=partition.partition)

    def _decode(self, records: Iterable[Record]) -> list[tuple[Record, Received[Event]]]:
        """The messages that are handled here; `UnknownEvent` where one cannot be read."""
        decoded = [(record, decode(record.value, record.headers)) for record in records]
        return [each for each in decoded if type(each[1].event) in self._table]

    async def _handle_runs(self, messages: Iterable[tuple[Record, Received[Event]]]) -> None:
        """Messages that follow each other and have one handler are one call; messages of a partition stay in order."""
        for handler, run in groupby(messages, key=lambda pair: self._table[type(pair[1].event)]):
            await self._handle(handler, [message for _, message in run])

    async def process(self, records: Iterable[Record], lane: Lane) -> None:
        """Process records of one partition one by one; returns when each is processed or a dead letter."""
        for record in records:
            try:
                known = self._decode([record])
            except UnknownEvent as error:
                await self._bury(record, error, lane)
                continue
            for _, message in known:
                await self._one(self._table[type(message.event)], record, message, lane)

    async def _one(self, handler: Handler, record: Record, message: Received[Event], lane: Lane) -> None:
        attempts, pause = 0, 0.1
        while True:
            try:
                await self._handle(handler, [message])
            except (PyMongoError, Conflict) as error:
                if isinstance(error, _NEVER_PASSES):
                    return await self._bury(record, error, lane)
                lane.stuck = f"MongoDB: {type(error).__name__}"
                log.warning("processing waits", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:
                attempts += 1
                log.warning("event failed", type=message.event.type, attempt=attempts, exc_info=error)
                if attempts >= _ATTEMPTS:
                    return await self._bury(record, error, lane)
                await asyncio.sleep(0.2 * attempts)
            else:
                lane.stuck = None
                return None

    async def _bury(self, record: Record, error: Exception, lane: Lane) -> None:
        """Into the dead letters; where they cannot be written, wait: the record must not be passed over."""
        pause = 0.2
        while True:
            try:
                await self._dead_letters.put(record, error)
            except (PyMongoError, KafkaError, OSError) as away:
                lane.stuck = f"dead letter: {type(away).__name__}"
                log.warning("dead letter waits", reason=type(away).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                lane.stuck = None
                return

    async def _handle(self, handler: Handler, messages: list[Received[Event]]) -> None:
        first = messages[0]
        with self._traces.span(f"process {first.event.type}", first.traceparent):
            await handler(messages)
        for message in messages:
            self._metrics.processed.labels(message.event.type).inc()

    async def _replay(self) -> None:
        """Process again the dead letters that somebody asked for. Two replicas may take the same one, and the partition
        it came from goes on meanwhile: handlers recognise by its sequence what they have processed."""
        while True:
            try:
                for letter in await self._dead_letters.asked():
                    record = record_of(letter)
                    await self.process([record], Lane(TopicPartition(record.topic, record.partition)))
                    await self._dead_letters.settle(letter["_id"])
            except Exception as error:  # noqa: BLE001 - a task of its own: whatever it is, the others go on
                log.warning("dead letters wait", reason=type(error).__name__)
            await asyncio.sleep(_REPLAY_SECONDS)

    async def _commit_processed(self) -> None:
        """Commit what was processed, a few times a second for all partitions together. A crash before it processes
        again what handlers recognise by its sequence."""
        while True:
            await self._progress.wait()
            self._progress.clear()
            await self._commit(list(self._lanes.values()))
            await asyncio.sleep(_COMMIT_SECONDS)

    async def _commit(self, lanes: list[Lane]) -> None:
        offsets = {each.partition: each.processed for each in lanes if each.processed not in (None, each.committed)}
        if not offsets or self._broker.consumer is None:
            return
        try:
            if not await self.same_cluster():
                return
            await self._broker.consumer.commit(offsets)
        except (KafkaError, OSError, TimeoutError, ValueError) as error:
            # A rebalance moved the partition: its new owner reads again what is processed already.
            log.info("offsets not committed", reason=type(error).__name__)
            return
        for each in lanes:
            each.committed = offsets.get(each.partition, each.committed)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing to prepare: lanes begin with their first record."""

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finish the batches in hand, commit, and forget what was fetched: the next owner fetches it again."""
        lanes = [self._lanes[each] for each in revoked if each in self._lanes]
        for each in lanes:
            each.waiting.clear()
        until = asyncio.get_running_loop().time() + _REVOKE_SECONDS
        for each in lanes:
            await _idle(each, until)
        await self._commit(lanes)
        await self._end([each.partition for each in lanes])

    async def _end(self, partitions: list[TopicPartition]) -> None:
        # A rebalance and the end of the consumer may meet here: whoever is second finds nothing.
        lanes = [lane for each in partitions if (lane := self._lanes.pop(each, None)) is not None]
        await stop([each.alone for each in lanes if each.alone])

    async def drain(self) -> None:
        """Before leaving: finish the batches in hand and commit."""
        await self.on_partitions_revoked(list(self._lanes))

    def lag(self) -> dict[str, int]:
        """Events not processed yet, by topic: the partitions' high water less what is processed of them."""
        consumer = self._broker.consumer
        behind: dict[str, int] = {}
        for partition in consumer.assignment() if consumer else ():
            lane, high = self._lanes.get(partition), consumer.highwater(partition) if consumer else None
            if high is not None and lane is not None:
                first = lane.waiting[0].offset if lane.waiting else high
                unread = high - (lane.processed if lane.processed is not None else first)
                behind[partition.topic] = behind.get(partition.topic, 0) + max(unread, 0)
            else:
                behind.setdefault(partition.topic, 0)
        return behind


async def _always() -> bool:
    return True


async def _idle(lane: Lane, until: float) -> None:
    """Wait until a lane has finished what it has in hand, or the time is over."""
    while lane.busy and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - two ends, one of them a time
        await asyncio.sleep(0.01)
