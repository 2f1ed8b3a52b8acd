"""The one place that builds the broker, and what is done to it: create topics, publish, notice that it forgot."""

import logging
import ssl

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity

from chassis.settings import Settings
from contracts.topics import TOPICS

log = structlog.get_logger(__name__)
_ALREADY_EXISTS = 36


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
