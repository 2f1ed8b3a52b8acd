"""The delivery engine: a dispatcher per channel, a lane per destination, a deadline for the whole attempt.

    due deliveries ──▶ lanes by destination (prompt | slow places) ──▶ pace ──▶ send ──▶ results, written together

Nothing outside can hold up much else: an attempt that is not answered promptly gives its place to the others and
holds one of the slow places until its deadline, of which there are as many; a channel that is away rests by itself. One
replica holds a channel's lease and sends; after a crash the next one sends again, with the same message id, what was
sent and not yet recorded.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from pymongo import IndexModel
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate, Aggregates, Conflict, NotThere, Row
from chassis.clock import now
from chassis.concurrency import stop, together, wait_for_wake
from chassis.database import Collection, Document
from chassis.deliveries.channel import Channel, Undelivered
from chassis.deliveries.delivery import PRIORITIES, Delivery, Status
from chassis.deliveries.found import Found
from chassis.deliveries.pacing import Breaker, Bucket, Destinations
from chassis.deliveries.recorder import Recorder, Results, no_events
from chassis.leases import Lease
from chassis.quarantine import READABLE, Unreadable
from chassis.telemetry import Metrics
from contracts.base import Event

log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.5
_IDLE_POLL_SECONDS = 2.0
_BATCH = 100
_IN_A_LANE = 20
_PROMPT_SECONDS = 0.2
"""How long an attempt may hold a place that others wait for."""
_SLOW_SHARE = 4
"""Behind one server the slow have a quarter of the places; elsewhere as many as all the others, and beside them."""
_ORDINARY_SHARE = 0.75
"""Of the places, what ordinary deliveries may take: the rest is for priority 0."""
_MEASURE_SECONDS = 3.0
_OVERDUE = timedelta(seconds=30)


class Engine:
    """Delivers what waits in one collection, by any number of channels."""

    def __init__(
        self,
        deliveries: Aggregates[Delivery],
        channels: Sequence[Channel],
        lease: Callable[[str], Lease],
        metrics: Metrics,
        first_pause: float = 5.0,
        results: Results = no_events,
    ) -> None:
        self.deliveries = deliveries
        self._metrics = metrics
        self._dispatchers = [
            Dispatcher(deliveries, each, lease(f"deliveries:{each.name}"), metrics, first_pause, results)
            for each in channels
        ]
        self._overdue: dict[str, float] = {}

    @property
    def collection(self) -> Collection:
        """Where the deliveries are."""
        return self.deliveries.collection

    @property
    def degraded(self) -> list[str]:
        """Channels whose deliveries are overdue, with the seconds."""
        return [f"{name}: {seconds:.0f} s" for name, seconds in self._overdue.items()]

    @staticmethod
    def indexes() -> list[IndexModel]:
        """What is due, by channel; what belongs to something or to a destination."""
        queued = {"state.status": Status.QUEUED.value}
        order = [("state.channel", 1), ("state.priority", 1), ("state.due_at", 1), ("state.order", 1)]
        return [
            IndexModel(order, partialFilterExpression=queued),
            IndexModel([("state.destination", 1), ("state.due_at", 1)], partialFilterExpression=queued),
            IndexModel([("state.about", 1), ("_id", 1)]),
        ]

    def notice(self, documents: list[Document]) -> None:
        """New deliveries appeared: look at once."""
        for each in self._dispatchers:
            each.notice()

    async def run(self) -> None:
        """Deliver until cancelled."""
        await together(*(each.run() for each in self._dispatchers), self._measure())

    async def drop(self, about: str, at: datetime, reason: str) -> None:
        """What these tell of is over: those that still wait are dropped."""
        query = {"state.about": about, "state.status": Status.QUEUED.value, **READABLE}
        ids = [each["_id"] async for each in self.collection.find(query, {"_id": 1})]

        def decide(delivery: Aggregate[Delivery]) -> list[Event] | None:
            return [] if delivery.state.drop(at, reason) else None

        await self.deliveries.update_many(ids, decide)

    async def _measure(self) -> None:
        while True:
            try:
                for each in self._dispatchers:
                    each.queued = await self._measure_channel(each.channel.name)
            except PyMongoError as error:
                log.warning("deliveries not measured", reason=type(error).__name__)
            await asyncio.sleep(_MEASURE_SECONDS)

    async def _measure_channel(self, name: str) -> int:
        queued = {"state.channel": name, "state.status": Status.QUEUED.value, **READABLE}
        waited: dict[int, float] = {}
        # Apart: a directive to all the country may wait for hours behind its channel's pace, and an alert may not.
        for priority in PRIORITIES:
            oldest = await self._oldest(queued | {"state.priority": priority})
            waited[priority] = max((now() - oldest).total_seconds(), 0.0) if oldest else 0.0
            self._metrics.undelivered_oldest.labels(name, str(priority)).set(waited[priority])
        count = await self.collection.count_documents(queued, limit=100_000)
        self._metrics.undelivered.labels(name).set(count)
        overdue = max(waited.values())
        self._overdue.pop(name, None)
        if overdue > _OVERDUE.total_seconds():
            self._overdue[name] = overdue
        return count

    async def _oldest(self, queued: Document) -> datetime | None:
        """When the oldest was due. What has no moment would never be due, and sorts first: it is set aside here."""
        # A bound, as the database need not sort a whole backlog for it; what is broken beyond comes next time.
        first = self.collection.find(queued, {"state.due_at": 1}).sort("state.due_at", 1).limit(_BATCH)
        async for each in first:
            due = each["state"].get("due_at")
            if isinstance(due, datetime):
                return due
            await self.deliveries.set_aside(each["_id"], TypeError("state.due_at"))
        return None


class Dispatcher:
    """One channel's deliveries."""

    def __init__(
        self,
        deliveries: Aggregates[Delivery],
        channel: Channel,
        lease: Lease,
        metrics: Metrics,
        first_pause: float,
        results: Results,
    ) -> None:
        self.channel = channel
        self.lease = lease
        self.awake = asyncio.Event()
        self.queued = 1
        """How many waited when it was measured last."""
        self._recorder = Recorder(deliveries, results)
        self._deliveries = deliveries
        self._metrics = metrics
        self._first_pause = first_pause
        self._breaker = Breaker()
        limits = channel.limits
        self._destinations = Destinations(limits.destination_seconds, limits.destination_burst)
        self._bucket = _bucket(limits.per_second)
        self._ordinary_bucket = _bucket(limits.ordinary_per_second)
        self._found = Found()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._slow: set[str] = set()
        self._ordinary: set[str] = set()
        self._late: dict[str, asyncio.TimerHandle] = {}

    def notice(self) -> None:
        """Something new may be due: it is looked for before what was found earlier goes on."""
        self._found.notice()
        self.awake.set()

    async def run(self) -> None:
        """Start lanes for what is due, until cancelled."""
        recording = asyncio.create_task(self._recorder.run())
        try:
            while True:
                await self.lease.wait_held()
                self.awake.clear()
                if not await self._start_due():
                    await wait_for_wake(self.awake, self._poll_seconds)
        finally:
            await stop([*self._lanes.values(), recording])

    @property
    def _poll_seconds(self) -> float:
        """Often while something waits to become due, or another replica queues what it cannot tell us of."""
        return _POLL_SECONDS if self.queued or self.lease.contended else _IDLE_POLL_SECONDS

    async def _start_due(self) -> bool:
        """Start lanes; whether there may be more to start at once."""
        priorities = [each for each in PRIORITIES if self._places(each) > 0]
        if not priorities or self._breaker.rests(time.monotonic()):
            return False
        # What was found a moment ago fills the places that became free: looking for it again with each of them was a
        # quarter of what a directive to all the country cost.
        self._found.expire(self.lease.token, time.monotonic())
        if self._open_found():
            return True
        if not self._found.is_empty and self._places(1) <= 0:
            return False
        news, token = self._found.news, self.lease.token
        try:
            found = await self._due(priorities)
        except PyMongoError as error:
            log.warning("deliveries wait", channel=self.channel.name, reason=type(error).__name__)
            return False
        if self.lease.token != token:  # who had the lease meanwhile may have sent what the answer names
            return True
        self._found.put(found, token, time.monotonic())
        self.queued = max(self.queued, len(found))
        opened = self._open_found()
        if self._found.news != news:
            # What was queued while the question was under way may be missing in its answer: it is asked again at once.
            self._found.clear()
        return opened

    def _open_found(self) -> bool:
        """Start lanes for what was found; whether one was started."""
        opened = [each for each, rows in self._found.lanes.items() if self._open(each, rows)]
        self._found.remove(opened)
        return bool(opened)

    async def _due(self, priorities: list[int]) -> list[Row[Delivery]]:
        due = {
            "state.channel": self.channel.name,
            "state.status": Status.QUEUED.value,
            "state.priority": {"$in": priorities},
            "state.due_at": {"$lte": now()},
            "state.destination": {"$nin": self._excluded()},
        }
        order = [("state.priority", 1), ("state.due_at", 1), ("state.order", 1)]
        return await self._deliveries.rows(due, sort=order, limit=_BATCH)

    def _excluded(self) -> list[str]:
        """Destinations that could not start now: what waits for them must not hide the others in the query."""
        full = len(self._slow) >= self._slow_places
        return [*self._lanes, *(self._destinations.slow if full else ())]

    @property
    def _slow_places(self) -> int:
        limits = self.channel.limits
        return max(limits.at_once // _SLOW_SHARE, 1) if limits.one_server else limits.at_once

    def _places(self, priority: int) -> int:
        if self._breaker.failures:
            return 1 - len(self._lanes)
        limits = self.channel.limits
        if priority:
            return max(int(limits.at_once * _ORDINARY_SHARE), 1) - len(self._ordinary)
        # One server bears so many connections, whoever is slow behind it.
        return limits.at_once - len(self._lanes) + (0 if limits.one_server else len(self._slow))

    def _may_start(self, destination: str, priority: int) -> bool:
        """Whether there is a place: who failed or was slow last time has only the slow ones."""
        if self._places(priority) <= 0:
            return False
        return not (destination in self._destinations.slow and len(self._slow) >= self._slow_places)

    def _open(self, destination: str, waiting: list[Row[Delivery]]) -> bool:
        """Start a lane for what waits for one destination, if there is a place for the first of it."""
        priority = waiting[0].state.priority
        if not self._may_start(destination, priority):
            return False
        slow = destination in self._destinations.slow
        if slow:
            self._slow.add(destination)
            waiting = waiting[:1]
        if priority and (not slow or self.channel.limits.one_server):
            self._ordinary.add(destination)
        self._lanes[destination] = asyncio.create_task(self._lane(destination, waiting[:_IN_A_LANE]))
        return True

    async def _lane(self, destination: str, waiting: list[Row[Delivery]]) -> None:
        try:
            for each in waiting:
                if not self.lease.held or not await self._is_first(each) or not await self._deliver(each):
                    break
        except (PyMongoError, Conflict, Unreadable) as error:
            log.warning("result not recorded, sent again later", reason=type(error).__name__)
        except NotThere:
            log.info("delivery is gone", destination=destination)
        finally:
            self._lanes.pop(destination, None)
            self._slow.discard(destination)
            self._ordinary.discard(destination)
            self.awake.set()

    async def _is_first(self, row: Row[Delivery]) -> bool:
        """Whether nothing that must leave before it still waits; otherwise it waits as long as that."""
        if row.state.order is None:
            return True
        earlier = {**self._queued_to(row.state), "state.order": {"$lt": row.state.order}}
        first = await self._deliveries.collection.find_one(earlier, {"state.due_at": 1}, sort=[("state.order", 1)])
        if first is None:
            return True
        # One without a moment does not hold this one up for ever: it is set aside by whoever measures.
        until = first["state"].get("due_at") or now()
        change = {"$max": {"state.due_at": until}, "$inc": {"version": 1}}
        await self._deliveries.collection.update_one({"_id": row.id}, change)
        return False

    def _queued_to(self, delivery: Delivery) -> Document:
        return {
            "state.destination": delivery.destination,
            "state.channel": self.channel.name,
            "state.status": Status.QUEUED.value,
            **READABLE,
        }

    async def _deliver(self, row: Row[Delivery]) -> bool:
        """Try once and record it; whether the next one to this destination may go now."""
        if not await self._paced(row.state):
            return False
        began = time.monotonic()
        failure = await self._attempt(row)
        took = time.monotonic() - began
        self._metrics.deliveries.labels(self.channel.name, failure.reason if failure else "sent").inc()
        if failure is not None and failure.channel_wide:
            await self._rest(row, began + took, failure)
            return False
        if failure is None:
            self._breaker.succeed()
        if failure is not None and failure.moot:  # nobody was tried: it says nothing of the destination
            return True
        self._destinations.note(row.state.destination, took, failure is not None)
        rest = self._health(row.state.destination, failure, began + took)
        if failure is not None and rest:
            await self._hold(row.state, rest)
        # One that was set aside has its place for one attempt.
        return failure is None and row.state.destination not in self._slow

    async def _attempt(self, row: Row[Delivery]) -> Undelivered | None:
        failure: Undelivered | None = None
        provider_id = None
        try:
            async with asyncio.timeout(self.channel.limits.deadline):
                provider_id = await self._send(row)
        except TimeoutError:
            failure = Undelivered("timeout", channel_wide=self.channel.limits.one_server)
        except Undelivered as error:
            failure = error
        except Exception:
            # What nobody foresaw about one address must not hold up the others.
            log.exception("delivery failed", channel=self.channel.name)
            failure = Undelivered("error")
        if failure is None or not failure.channel_wide:
            await self._recorder.record(row.id, self._result(failure, provider_id))
        return failure

    async def _send(self, row: Row[Delivery]) -> str | None:
        if self.channel.limits.one_server:  # its connections are what is scarce: nothing is won by going aside
            return await self.channel.send(row.id, row.state)
        destination = row.state.destination
        self._look_later(destination)
        try:
            return await self.channel.send(row.id, row.state)
        finally:
            self._late.pop(destination).cancel()

    def _look_later(self, destination: str) -> None:
        self._late[destination] = asyncio.get_running_loop().call_later(_PROMPT_SECONDS, self._set_aside, destination)

    def _set_aside(self, destination: str) -> None:
        """An attempt takes long: it goes on in one of the slow places as soon as one is free, and another lane may
        start. A quarter of them is left to those that were slow before, or they would never recover."""
        if destination in self._slow:
            return
        if len(self._slow) >= self._slow_places - self._slow_places // _SLOW_SHARE:
            self._look_later(destination)
            return
        self._slow.add(destination)
        self._ordinary.discard(destination)
        self.awake.set()

    def _result(self, failure: Undelivered | None, provider_id: str | None) -> Callable[[Delivery], None]:
        at, pause = now(), self._first_pause

        def change(delivery: Delivery) -> None:
            if failure is None:
                delivery.succeed(at, provider_id)
            else:
                delivery.fail(at, failure.reason, pause, failure.final, failure.after)

        return change

    async def _paced(self, delivery: Delivery) -> bool:
        """Wait for the channel's pace; False where the destination's own pace says not now."""
        own = self._destinations.of(delivery.destination).bucket
        if own is not None and (wait := own.wait(time.monotonic())):
            await self._hold(delivery, wait)
            return False
        if delivery.priority:
            await _take(self._ordinary_bucket)
        await _take(self._bucket, self.channel.limits.reserved_per_second / 4 if delivery.priority else 0.0)
        return True

    async def _rest(self, row: Row[Delivery], at: float, failure: Undelivered) -> None:
        """The channel is away: it rests, and comes back with one delivery at a time until one arrives."""
        rest = max(self._breaker.fail(at), failure.after or 0.0, 0.2)
        self._breaker.until = max(self._breaker.until, at + rest)
        log.warning("channel rests", channel=self.channel.name, reason=failure.reason, seconds=rest)
        moment = now()
        await self._recorder.record(row.id, lambda delivery: delivery.wait(moment, failure.reason, rest))

    def _health(self, destination: str, failure: Undelivered | None, at: float) -> float:
        breaker = self._destinations.of(destination).breaker
        if failure is None:
            breaker.succeed()
            return 0.0
        return breaker.fail(at)

    async def _hold(self, delivery: Delivery, seconds: float) -> None:
        """Let everything to this destination wait: so it takes no place in the queue either."""
        later = now() + timedelta(seconds=seconds)
        change = {"$max": {"state.due_at": later}, "$inc": {"version": 1}}
        await self._deliveries.collection.update_many(self._queued_to(delivery), change)
        self._found.remove([delivery.destination])


def _bucket(per_second: float | None) -> Bucket | None:
    return Bucket(per_second, max(per_second / 4, 1)) if per_second else None


async def _take(bucket: Bucket | None, leave: float = 0.0) -> None:
    # Tokens come with time, nobody announces them.
    while bucket is not None and (wait := bucket.wait(time.monotonic(), leave)):  # noqa: ASYNC110
        await asyncio.sleep(wait)
