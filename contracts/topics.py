"""The registry of topics: the one declaration from which Kafka, AsyncAPI, Kubernetes and the docs are made."""

from dataclasses import dataclass, replace

from contracts.base import Event
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertRaised,
    AlertUnanswered,
    CaseActionRecorded,
    CaseOpened,
    CaseStateRecorded,
    CaseStatusChanged,
    CaseVerified,
    CheckpointSigned,
    ConsultationWaiting,
    DeliveryAnswered,
    DeliveryRecorded,
    DeliveryStatusReported,
    DirectiveIssued,
    DirectiveReceiptRecorded,
    DirectiveWithdrawn,
    IdentityErased,
    LevelChanged,
    LookRequested,
    OfficeListed,
    PublicCaseUpdated,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
    ReportSubmitted,
    ReportSupplemented,
    SessionsEnded,
)
from contracts.regions import NATIONAL, children

SERVICES = ("intake", "verification", "escalation", "notification", "integration")
_DAY = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Topic:
    """One topic. `retention_ms` is how long the broker retains a record; compacted topics retain the newest per key."""

    name: str
    key: str
    producer: str
    consumers: tuple[str, ...]
    events: tuple[type[Event], ...] = ()
    partitions: int = 6
    retention_ms: int = 30 * _DAY
    compacted: bool = False
    other_producers: tuple[str, ...] = ()
    """Those who publish on it beside the one that it is created for."""

    @property
    def config(self) -> dict[str, str]:
        """Settings of the topic, as Kafka names them."""
        size = {"max.message.bytes": str(4 * 1024 * 1024)}
        if self.compacted:
            return {"cleanup.policy": "compact", **size}
        return {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms), **size}


_PUBLISHED = (
    Topic(
        "rukun.reports.v1",
        key="kecamatan code",
        producer="intake",
        consumers=("verification", "escalation"),
        events=(ReportSubmitted, ReportSupplemented, IdentityErased),
        partitions=12,
    ),
    Topic(
        "rukun.delivery-statuses.v1",
        key="delivery id, or the token of an answer",
        producer="intake",
        consumers=("notification",),
        events=(DeliveryStatusReported, DeliveryAnswered),
        partitions=3,
    ),
    Topic(
        "rukun.cases.v1",
        key="case id",
        producer="verification",
        consumers=("intake", "escalation", "notification"),
        events=(
            CaseOpened,
            ReportsJoined,
            ReportSplit,
            CaseVerified,
            CaseStatusChanged,
            CaseActionRecorded,
        ),
    ),
    Topic(
        "rukun.case-states.v1",
        key="case id",
        producer="verification",
        consumers=("integration",),
        events=(CaseStateRecorded,),
        compacted=True,
    ),
    Topic(
        "rukun.messages.v1",
        key="report id",
        producer="verification",
        consumers=("intake",),
        events=(ReporterMessageRequested,),
        partitions=3,
    ),
    Topic(
        "rukun.levels.v1",
        key="case id or area code",
        producer="escalation",
        consumers=("verification", "notification", "integration"),
        events=(LevelChanged,),
    ),
    Topic(
        "rukun.look-requests.v1",
        key="region code",
        producer="escalation",
        consumers=("notification",),
        events=(LookRequested,),
        partitions=3,
    ),
    Topic(
        "rukun.consultations.v1",
        key="region code",
        producer="intake",
        consumers=("notification",),
        events=(ConsultationWaiting,),
        partitions=3,
    ),
    Topic(
        "rukun.alerts.v1",
        key="alert id",
        producer="notification",
        consumers=("verification", "integration"),
        events=(AlertRaised, AlertClimbed, AlertAcknowledged, AlertUnanswered, AlertEnded),
        partitions=3,
    ),
    Topic(
        "rukun.notifications.v1",
        key="alert id",
        producer="notification",
        consumers=(),
        events=(DeliveryRecorded,),
        partitions=3,
    ),
    Topic(
        "rukun.directives.v1",
        key="directive id",
        producer="notification",
        consumers=(),
        events=(DirectiveIssued, DirectiveWithdrawn, DirectiveReceiptRecorded),
        partitions=3,
    ),
    Topic(
        "rukun.directory.v1",
        key="region code of the office",
        producer="notification",
        consumers=("intake",),
        events=(OfficeListed,),
        partitions=3,
        compacted=True,
    ),
    Topic(
        "rukun.sessions.v1",
        key="ending id",
        producer="notification",
        consumers=("intake", "verification", "escalation", "integration"),
        events=(SessionsEnded,),
        partitions=3,
        retention_ms=_DAY,
    ),
    Topic(
        "rukun.checkpoints.v1",
        key="service",
        producer="verification",
        other_producers=("intake",),
        consumers=(),
        events=(CheckpointSigned,),
        partitions=1,
        retention_ms=400 * _DAY,
    ),
    Topic(
        "rukun.public.cases.v1",
        key="case id",
        producer="integration",
        consumers=(),
        events=(PublicCaseUpdated,),
        partitions=3,
        compacted=True,
    ),
)

_DEAD_LETTERS = tuple(
    Topic(f"rukun.{name}.dead-letter", key="as received", producer=name, consumers=(), partitions=1)
    for name in SERVICES
)

TOPICS: dict[str, Topic] = {topic.name: topic for topic in (*_PUBLISHED, *_DEAD_LETTERS)}


def province_topic(code: str) -> str:
    """Name of the topic that partners of one province read."""
    return f"rukun.public.cases.{code}.v1"


PROVINCE_TOPICS: dict[str, Topic] = {
    province_topic(each.code): replace(TOPICS[PublicCaseUpdated.topic], name=province_topic(each.code), partitions=1)
    for each in children(NATIONAL)
}
"""The national public topic once more for each province: what a partner may read is a matter of topics, as Kafka grants
nothing finer."""
EVERY_TOPIC: dict[str, Topic] = {**TOPICS, **PROVINCE_TOPICS}


def consumed_by(service: str) -> tuple[str, ...]:
    """Names of the topics that a service consumes."""
    return tuple(topic.name for topic in TOPICS.values() if service in topic.consumers)


def published_by(service: str) -> tuple[Topic, ...]:
    """The topics that a service produces, its dead letters among them."""
    return tuple(topic for topic in TOPICS.values() if service in (topic.producer, *topic.other_producers))


def created_by(service: str) -> tuple[Topic, ...]:
    """The topics that a service creates and publishes on, those of provinces among them."""
    provinces = PROVINCE_TOPICS.values() if service == TOPICS[PublicCaseUpdated.topic].producer else ()
    return (*published_by(service), *provinces)


def dead_letter_of(service: str) -> str:
    """Name of the topic that takes what a service could not process."""
    return f"rukun.{service}.dead-letter"
