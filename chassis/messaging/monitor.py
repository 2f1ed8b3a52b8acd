"""Measures lag and outboxes in a task of its own: what is measured only when all is well is blind when it matters."""

import asyncio
from datetime import datetime

import structlog
from pymongo.errors import PyMongoError

from chassis.clock import now
from chassis.database import Collection
from chassis.messaging.consumer import Consumer
from chassis.messaging.relay import Relay
from chassis.telemetry import Metrics

log = structlog.get_logger(__name__)
_SECONDS = 3.0
_MOST = 100_000
_LONG_AGO = datetime(2000, 1, 1)
_BLOCKED_EACH = 5
"""What is blocked waits for an operator: it is counted each so many times."""


class Monitor:
    """The gauges of one service's messaging."""

    def __init__(self, relay: Relay, consumer: Consumer, metrics: Metrics) -> None:
        self._relay = relay
        self._consumer = consumer
        self._metrics = metrics
        self._measured = 0
        self._topics: set[str] = set()

    async def run(self) -> None:
        """Measure until cancelled, whatever else is away."""
        while True:
            try:
                await self.measure()
            except PyMongoError as error:
                log.warning("outboxes not measured", reason=type(error).__name__)
            await asyncio.sleep(_SECONDS)

    async def measure(self) -> None:
        """Measure once."""
        if self._measured % _BLOCKED_EACH == 0:
            await self._measure_blocked()
        self._measured += 1
        behind = self._consumer.lag()
        self._topics |= set(behind)
        for topic in self._topics:  # what went to another replica is that one's to catch up with
            self._metrics.lag.labels(topic).set(behind.get(topic, 0))
        for outbox in self._relay.outboxes:
            outbox.measured(await self._measure_outbox(outbox.collection))

    async def _measure_outbox(self, collection: Collection) -> int:
        # By a date, which the index answers alone: `$exists` reads each document, a second long for a large backlog.
        pending = {"pending_since": {"$gt": _LONG_AGO}}
        oldest = await collection.find_one(pending, {"pending_since": 1}, sort=[("pending_since", 1)])
        count = await collection.count_documents(pending, limit=_MOST) if oldest else 0
        age = (now() - oldest["pending_since"]).total_seconds() if oldest else 0.0
        self._metrics.pending.labels(collection.name).set(count)
        self._metrics.oldest.labels(collection.name).set(max(age, 0.0))
        return count

    async def _measure_blocked(self) -> None:
        for each in self._relay.collections:
            blocked = await each.count_documents({"blocked.at": {"$exists": True}}, limit=_MOST)
            self._metrics.blocked.labels(each.name).set(blocked)
