"""The one place that builds the broker, and what is done to it: create topics, publish, notice that it forgot."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity

from chassis.settings import Settings
from contracts.topics import TOPICS

log = structlog.get_logger(__name__)
_ALREADY_EXISTS = 36
_JOIN_SECONDS = 40
_LEAVE_SECONDS = 12

Receive = Callable[[Any], Awaitable[None]]


def build_broker(settings: Settings, service: str) -> KafkaBroker:
    """A broker that loses nothing: acknowledged by all replicas, idempotent where the engine can, no topic made
    by accident."""
    return KafkaBroker(
        settings.kafka_bootstrap_servers,
        client_id=f"rukun-{service}",
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        allow_auto_create_topics=False,
        request_timeout_ms=20_000,
        linger_ms=0,
        max_request_size=4 * 1024 * 1024,
        metadata_max_age_ms=30_000,
        graceful_timeout=10.0,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        apply_types=False,
        security=BaseSecurity(ssl_context=context, use_ssl=True) if (context := _ssl(settings)) else None,
    )


def _ssl(settings: Settings) -> ssl.SSLContext | None:
    if settings.kafka_security_protocol == "PLAINTEXT":
        return None
    context = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_cert_file:
        context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file or None)
    return context


class Bus:
    """A service's connection: what it says and its one subscription. Joining again begins with everything new."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._settings = settings
        self._service = service
        self._topics: tuple[str, ...] = ()
        self._receive: Receive | None = None
        self._broker = build_broker(settings, service)
        self.subscriber: Any = None

    def hear(self, topics: Iterable[str], receive: Receive) -> None:
        """Declare the subscription: batches of records go to `receive`, and count as read when it returns."""
        self._topics, self._receive = tuple(topics), receive

    async def join(self) -> None:
        """Start producer and subscription. A join that the brokers leave hanging is given up."""
        self._broker = build_broker(self._settings, self._service)
        if self._receive is not None and self._topics:
            self.subscriber = self._subscribe(self._receive)
        try:
            async with asyncio.timeout(_JOIN_SECONDS):
                await self._broker.start()
        except BaseException:
            await self.abandon()
            raise

    def _subscribe(self, receive: Receive) -> Any:
        subscriber = self._broker.subscriber(
            *self._topics,
            group_id=self._service,
            batch=True,
            max_records=500,
            batch_timeout_ms=10,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            fetch_max_wait_ms=self._settings.kafka_fetch_max_wait_ms,
            session_timeout_ms=6_000,
            heartbeat_interval_ms=500,
            decoder=_as_received,
        )
        subscriber(receive)
        return subscriber

    async def publish(
        self, value: bytes, *, topic: str, key: bytes | None, headers: dict[str, str]
    ) -> asyncio.Future[Any]:
        """Hand an event to the producer; the answer is a future that the broker's confirmation resolves."""
        confirmed: asyncio.Future[Any] = await self._broker.publish(
            value, topic=topic, key=key, headers=headers, no_confirm=True
        )
        return confirmed

    async def connect(self) -> None:
        """Start the producer alone, for a tool that only speaks."""
        await self._broker.connect()

    async def leave(self) -> None:
        """Finish what is in hand, then stop."""
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._broker.stop()
        except TimeoutError:
            log.warning("the bus did not stop in time", seconds=_LEAVE_SECONDS)

    async def abandon(self) -> None:
        """Let go of brokers that are gone: nothing that still waits in the producer may reach the new ones, as it
        would overtake what has to be said again first."""
        producer = self._broker.config.producer
        state = getattr(producer, "_producer", None)
        if state:
            # aiokafka can only flush, which waits for brokers that do not come back; so its sender is cancelled.
            task = state.producer._sender.sender_task
            if task is not None:
                task.cancel()
        await self.leave()


async def _as_received(message: Any) -> Any:
    """The records themselves: they are decoded one by one, so that a broken one does not spoil its batch."""
    return message.raw_message


class Cluster:
    """An administrator's view of the brokers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def _client(self) -> AIOKafkaAdminClient:
        context = _ssl(self._settings)
        return AIOKafkaAdminClient(
            bootstrap_servers=self._settings.kafka_bootstrap_servers,
            request_timeout_ms=5_000,
            security_protocol=self._settings.kafka_security_protocol,
            ssl_context=context,
        )

    async def look(self) -> tuple[str, set[str]]:
        """The cluster's id and the topics it has. Another id than before means a broker that has forgotten."""
        admin = self._client()
        try:
            await admin.start()
            described = await admin.describe_cluster()
            return str(described["cluster_id"]), set(await admin.list_topics())
        finally:
            await admin.close()

    async def create(self, names: set[str]) -> None:
        """Create topics as the registry declares them; one that exists already is fine."""
        admin = self._client()
        try:
            await admin.start()
            answer = await admin.create_topics([self._new(name) for name in sorted(names)])
        finally:
            await admin.close()
        for name, code, *_ in answer.topic_errors:
            if code not in (0, _ALREADY_EXISTS):
                raise for_code(code)(name)
        log.info("topics created", count=len(names))

    def _new(self, name: str) -> NewTopic:
        topic = TOPICS[name]
        return NewTopic(name, topic.partitions, self._settings.kafka_replication_factor, topic_configs=topic.config)
