"""Keeps a service connected: joins, notices a new cluster, and joins again without letting anything overtake."""

import asyncio

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from chassis.concurrency import stop
from chassis.database import Database
from chassis.leases import Lease
from chassis.messaging import archive
from chassis.messaging.broker import Broker, Cluster
from chassis.messaging.consumer import Consumer
from chassis.messaging.relay import Relay
from chassis.settings import Settings
from contracts.topics import TOPICS, consumed_by, created_by

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 12
_RESTING_SECONDS = 3
_WAITING_SECONDS = 0.5


class Supervisor:
    """A service's life with its brokers."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        database: Database,
        broker: Broker,
        relay: Relay,
        relay_lease: Lease,
        consumer: Consumer,
    ) -> None:
        self._service = service
        self._settings = settings
        self._database = database
        self._broker = broker
        self._cluster = Cluster(settings, service)
        self._relay = relay
        self._lease = relay_lease
        relay_lease.wanted = False
        self._consumer = consumer
        consumer.same_cluster = self._is_same_cluster
        self._joined: str | None = None
        self._working: list[asyncio.Task[None]] = []
        self.waiting_for: str | None = "Kafka"
        """What the connection waits for, for readiness; None when it stands."""

    async def run(self) -> None:
        """Connect and stay connected, until cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(_WAITING_SECONDS if self.waiting_for else _RESTING_SECONDS)
        finally:
            await self._rest()
            await self._cluster.close()
            await self._broker.leave()

    async def _is_same_cluster(self) -> bool:
        async with asyncio.timeout(_LOOK_SECONDS):
            return await self._cluster.is_still(self._joined)

    async def _look(self) -> None:
        try:
            if self._working and await self._is_same_cluster():
                await self._work()
                self.waiting_for = None
                return
            async with asyncio.timeout(_LOOK_SECONDS):
                cluster, topics = await self._cluster.describe()
            if cluster != self._joined:
                topics |= await self._recognise(cluster, topics)
            if missing := set(consumed_by(self._service)) - topics:
                makers = sorted({TOPICS[name].producer for name in missing})
                self.waiting_for = f"topics of {', '.join(makers)}: {', '.join(sorted(missing))}"
                log.info("waiting for topics", missing=sorted(missing))
                return
            if cluster != self._joined:
                await self._broker.join(consumed_by(self._service), self._consumer)
                self._joined = cluster
                log.info("bus ready", cluster=cluster)
            await self._work()
        except PyMongoError as error:
            self.waiting_for = "MongoDB"
            log.warning("waiting for MongoDB", reason=type(error).__name__)
            return
        except (KafkaError, OSError, TimeoutError) as error:
            self.waiting_for = f"Kafka ({self._settings.kafka_bootstrap_servers})"
            log.warning("waiting for Kafka", reason=f"{type(error).__name__}: {error}"[:200])
            return
        self.waiting_for = None

    async def _recognise(self, cluster: str, topics: set[str]) -> set[str]:
        """Prepare for a cluster that we have not joined; the topics that were created.

        Only a service itself creates the topics it publishes, after everything is marked to be published again and
        with the relay at rest: so nothing new can overtake what the new brokers do not know yet.
        """
        await self._rest()
        if self._joined is not None:
            log.warning("another cluster answers: the broker forgot; joining again", cluster=cluster)
            await self._broker.abandon()
            self._joined = None
        await self._republish_to(cluster)
        own = {topic.name for topic in created_by(self._service)}
        if missing := own - topics:
            if not self._settings.kafka_create_topics:
                raise OSError(f"topics missing: {', '.join(sorted(missing))}")
            await self._cluster.create(missing)
        return own

    async def _republish_to(self, cluster: str) -> None:
        """Mark everything to be published again, unless this service (any replica) has published to this cluster."""
        known = await self._database["chassis"].find_one({"_id": "cluster"})
        if known and known["cluster"] == cluster:
            return
        count = 0
        if known:
            # Two replicas may both do this: the second one publishes some events a second time, in order.
            for collection in self._relay.collections:
                count += await archive.republish(collection, None, self._marked)
        await self._database["chassis"].update_one({"_id": "cluster"}, {"$set": {"cluster": cluster}}, upsert=True)
        log.info("new cluster", documents_republished=count)

    def _marked(self, count: int) -> None:
        """A large house takes minutes: readiness says how far it is."""
        self.waiting_for = f"its own outbox: {count} documents marked to be published again"

    async def _work(self) -> None:
        """Let relay and consumer run; where one ended, the connection is built anew."""
        if ended := [each for each in self._working if each.done()]:
            for each in ended:
                if not each.cancelled() and each.exception() is not None:
                    log.error("bus work ended", exc_info=each.exception())
            await self._rest()
            await self._broker.abandon()
            self._joined = None
            raise OSError("the connection ended")
        if not self._working:
            self._lease.wanted = True
            self._working = [asyncio.create_task(each) for each in (self._relay.run(), self._consumer.run())]

    async def _rest(self) -> None:
        """Stop relay and consumer after what they have in hand; the lease goes to another replica."""
        working, self._working = self._working, []
        self._lease.wanted = False
        if working:
            await self._consumer.drain()
            await stop(working)
