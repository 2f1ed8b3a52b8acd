"""The one place that builds Kafka clients, with settings that lose nothing."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from chassis.settings import Settings
from contracts.topics import EVERY_TOPIC

log = structlog.get_logger(__name__)
_ALREADY_EXISTS = 36
_JOIN_SECONDS = 40
_LEAVE_SECONDS = 12
_LARGEST = 4 * 1024 * 1024


def connection(settings: Settings, service: str) -> dict[str, Any]:
    """What every client is connected with."""
    context = None
    if settings.kafka_security_protocol == "SSL":
        context = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
        if settings.kafka_cert_file:
            context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file or None)
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "client_id": f"rukun-{service}",
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": context,
    }


class Broker:
    """A service's connection: a producer, and a consumer once it subscribes. Joining again builds everything anew."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._settings = settings
        self._service = service
        self._producer: AIOKafkaProducer | None = None
        self.consumer: AIOKafkaConsumer | None = None

    async def join(self, topics: Iterable[str], listener: ConsumerRebalanceListener) -> None:
        """Start producer and subscription. A join that the brokers leave hanging is given up."""
        wanted = tuple(topics)
        try:
            async with asyncio.timeout(_JOIN_SECONDS):
                await self.connect()
                if wanted:
                    self.consumer = self._new_consumer()
                    self.consumer.subscribe(wanted, listener=listener)
                    await self.consumer.start()
        except BaseException:
            await self.abandon()
            raise

    async def connect(self) -> None:
        """Start the producer alone, for a tool that only publishes."""
        # acks=all and, where the engine can, idempotent: neither lost nor doubled by the producer's own retries.
        self._producer = AIOKafkaProducer(
            **connection(self._settings, self._service),
            acks="all",
            enable_idempotence=self._settings.kafka_idempotence,
            request_timeout_ms=20_000,
            linger_ms=0,
            max_batch_size=256 * 1024,
            max_request_size=_LARGEST,
            metadata_max_age_ms=30_000,
        )
        await self._producer.start()

    def _new_consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **connection(self._settings, self._service),
            group_id=self._service,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=self._settings.kafka_fetch_max_wait_ms,
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_500,
            request_timeout_ms=20_000,
            metadata_max_age_ms=30_000,
        )

    async def publish(
        self, value: bytes, *, topic: str, key: bytes | None, headers: dict[str, str]
    ) -> asyncio.Future[Any]:
        """Hand a record to the producer; the future is resolved by the broker's acknowledgement."""
        if self._producer is None:
            raise OSError("not connected to Kafka")
        pairs = [(name, text.encode()) for name, text in headers.items()]
        confirmed: asyncio.Future[Any] = await self._producer.send(topic, value, key=key, headers=pairs)
        return confirmed

    async def leave(self) -> None:
        """Leave the group and stop; what is in the producer is sent first."""
        consumer, self.consumer = self.consumer, None
        producer, self._producer = self._producer, None
        for client in (consumer, producer):
            if client is not None:
                await _stopped(client)

    async def abandon(self) -> None:
        """Let go of brokers that are gone: nothing that still waits in the producer may reach the new ones, as it
        would overtake what has to be published again first."""
        if self._producer is not None:
            # aiokafka can only flush, which waits for brokers that do not come back; so its sender is cancelled.
            task = self._producer._sender.sender_task
            if task is not None:
                task.cancel()
        await self.leave()


async def _stopped(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            await client.stop()
    except (TimeoutError, KafkaError, OSError, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and (task := asyncio.current_task()) and task.cancelling():
            raise
        log.warning("a Kafka client did not stop cleanly", client=type(client).__name__, reason=type(error).__name__)


class Cluster:
    """An administrator's view of the brokers, over one connection that is kept open."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._settings = settings
        self._service = service
        self._admin: AIOKafkaAdminClient | None = None
        self._one = asyncio.Lock()

    async def describe(self) -> tuple[str, set[str]]:
        """The cluster's id and its topics. Another id than before means brokers that know nothing."""
        async with self._closed_on_failure():
            return await self.id(), set(await (await self._client()).list_topics())

    async def is_still(self, cluster: str | None) -> bool:
        """Whether it is the cluster with this id that answers."""
        async with self._closed_on_failure():
            return await self.id() == cluster

    @asynccontextmanager
    async def _closed_on_failure(self) -> AsyncIterator[None]:
        # One at a time: supervisor and consumer both ask, and neither may hang up while the other waits.
        async with self._one:
            try:
                yield
            except BaseException:
                await self.close()
                raise

    async def id(self) -> str:
        """The cluster's id alone."""
        # Of no topics: `describe_cluster` asks for all of them, and this is asked every few seconds.
        described = (await (await self._client())._get_cluster_metadata([])).to_object()
        return str(described["cluster_id"])

    async def create(self, names: set[str]) -> None:
        """Create topics as the registry declares them; one that exists already is fine."""
        async with self._closed_on_failure():
            answer = await (await self._client()).create_topics([self._new(name) for name in sorted(names)])
        for name, code, *_ in answer.topic_errors:
            if code not in (0, _ALREADY_EXISTS):
                raise for_code(code)(name)
        log.info("topics created", count=len(names))

    async def close(self) -> None:
        """Hang up."""
        admin, self._admin = self._admin, None
        if admin is not None:
            try:
                await admin.close()
            except (KafkaError, OSError) as error:
                log.info("administrator's connection was gone", reason=type(error).__name__)

    async def _client(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**connection(self._settings, self._service), request_timeout_ms=5_000)
            self._admin = admin
            await admin.start()
        return self._admin

    def _new(self, name: str) -> NewTopic:
        topic, most = EVERY_TOPIC[name], self._settings.kafka_most_partitions
        partitions = min(topic.partitions, most) if most else topic.partitions
        return NewTopic(name, partitions, self._settings.kafka_replication_factor, topic_configs=topic.config)
