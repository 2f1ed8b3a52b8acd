"""Alerts, deliveries, directives, and the directory of offices."""

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Event, Part
from contracts.events.levels import Reason
from contracts.vocabulary import Level, Rung


class AlertEvent(Event):
    """Something about one alert."""

    topic: ClassVar[str] = "rukun.alerts.v1"
    alert_id: str
    case_id: str | None = None
    region: str
    jurisdiction: tuple[str, ...]
    level: Level
    rung: Rung
    exercise: bool = False

    @property
    def subject(self) -> str:
        """The alert's id."""
        return self.alert_id


class ReplacedAlert(Part):
    """An alert that a graver one of the same subject takes over from."""

    alert_id: str
    at: AwareDatetime
    """When it was raised."""


class AlertRaised(AlertEvent):
    """An alert began its way up the ladder."""

    type: ClassVar[str] = "rukun.alert.raised"
    replaces: tuple[ReplacedAlert, ...] = ()
    reasons: tuple[Reason, ...] = ()
    """What the level rests on."""
    sentence: str = ""
    """Empty since release 0.2: `reasons` say it."""


class AlertClimbed(AlertEvent):
    """Nobody acknowledged in time, or nobody is there: the next rung was called."""

    type: ClassVar[str] = "rukun.alert.climbed"


class AlertAcknowledged(AlertEvent):
    """An official took the alert; the ladder stops."""

    type: ClassVar[str] = "rukun.alert.acknowledged"
    by_role: str


class AlertUnanswered(AlertEvent):
    """Everybody on the ladder was called and nobody answered in time: an alarm for whoever runs the system."""

    type: ClassVar[str] = "rukun.alert.unanswered"
    look: bool = False
    """Whether it was a request to look, which is no alert."""


class AlertEnded(AlertEvent):
    """The case was closed, or a newer alert took over."""

    type: ClassVar[str] = "rukun.alert.ended"
    replaced: bool = False
    """Whether a graver one took over: what it warned of is not over."""
    unfounded: bool = False
    """Whether what it warned of was found not to be so: it was an error."""


class DeliveryRecorded(Event):
    """One attempt to reach one official by one channel, and how it went."""

    type: ClassVar[str] = "rukun.notification.delivery-recorded"
    topic: ClassVar[str] = "rukun.notifications.v1"
    delivery_id: str
    alert_id: str
    channel: str
    rung: Rung
    status: str
    detail: str = ""

    @property
    def subject(self) -> str:
        """The delivery: each counts its own events."""
        return self.delivery_id

    @property
    def key(self) -> str:
        """The alert's id."""
        return self.alert_id


class DeliveryStatusReported(Event):
    """WhatsApp reported what became of a delivery of another service: its webhook comes to intake."""

    type: ClassVar[str] = "rukun.delivery.status-reported"
    topic: ClassVar[str] = "rukun.delivery-statuses.v1"
    service: str
    """Whose delivery it is."""
    delivery_id: str
    status: str
    """`sent`, `delivered`, `read` or `failed`."""
    reason: str = ""
    """A code where it failed."""

    @property
    def subject(self) -> str:
        """The delivery's id."""
        return self.delivery_id


class DeliveryAnswered(Event):
    """Somebody answered a message of another service by its button: WhatsApp's webhook comes to intake."""

    type: ClassVar[str] = "rukun.delivery.answered"
    topic: ClassVar[str] = "rukun.delivery-statuses.v1"
    service: str
    """Whose message it was."""
    token: str
    """What the message's button bore; it names the message, and is that service's own."""
    verb: str
    """`acknowledge` or `refuse`."""

    @property
    def subject(self) -> str:
        """The token."""
        return self.token


class DirectiveEvent(Event):
    """Something about one directive from above."""

    topic: ClassVar[str] = "rukun.directives.v1"
    directive_id: str

    @property
    def subject(self) -> str:
        """The directive's id."""
        return self.directive_id


class DirectiveIssued(DirectiveEvent):
    """A directive was sent to every office in the regions."""

    type: ClassVar[str] = "rukun.directive.issued"
    title: str
    regions: tuple[str, ...]
    offices: int


class DirectiveWithdrawn(DirectiveEvent):
    """A directive that was sent holds no more."""

    type: ClassVar[str] = "rukun.directive.withdrawn"
    title: str
    regions: tuple[str, ...]


class DirectiveReceiptRecorded(DirectiveEvent):
    """An office received, read or carried out a directive."""

    type: ClassVar[str] = "rukun.directive.receipt-recorded"
    office: str
    state: str
    """`delivered`, `read` or `done`."""

    @property
    def subject(self) -> str:
        """The receipt: each office's copy counts its own events."""
        return f"{self.directive_id}:{self.office}"

    @property
    def key(self) -> str:
        """The directive's id."""
        return self.directive_id


class OfficeListed(Event):
    """How many officials an office has, by role; the topic retains the newest per office."""

    type: ClassVar[str] = "rukun.office.listed"
    topic: ClassVar[str] = "rukun.directory.v1"
    office: str
    officials: int
    roles: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The office's region code."""
        return self.office
