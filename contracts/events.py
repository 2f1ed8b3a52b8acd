"""Every event on the bus. No personal data: no names, addresses or numbers of reporters and officials."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from contracts.base import Event, Part
from contracts.regions import NATIONAL
from contracts.vocabulary import (
    Act,
    Category,
    Channel,
    Level,
    Outcome,
    ReporterKind,
    Rung,
    Stage,
    Status,
    Verdict,
)


class Point(Part):
    """A place on the map, in degrees (WGS 84)."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class People(Part):
    """How many people, as far as the reporter knows."""

    involved: int | None = Field(default=None, ge=0, le=10_000_000)
    injured: int | None = Field(default=None, ge=0, le=10_000_000)
    dead: int | None = Field(default=None, ge=0, le=10_000_000)


# reports ---------------------------------------------------------------------------------------------------


class ReportEvent(Event):
    """Something about one report; partitioned by kecamatan, so that what must be compared meets."""

    topic: ClassVar[str] = "rukun.reports.v1"
    report_id: str
    region: str

    @property
    def subject(self) -> str:
        """The report's id."""
        return self.report_id

    @property
    def key(self) -> str:
        """The kecamatan code."""
        return self.region


class ReportSubmitted(ReportEvent):
    """A report was accepted. Numbers and addresses in the narrative are masked before it is said."""

    type: ClassVar[str] = "rukun.report.submitted"
    ticket: str
    channel: Channel
    source: str
    """Pseudonym of who reported: equal for equal senders, useless outside; independent sources differ."""
    reporter_kind: ReporterKind
    can_be_asked: bool = False
    jurisdiction: tuple[str, ...]
    categories: tuple[Category, ...]
    narrative: str
    acts: tuple[Act, ...] = ()
    people: People = People()
    place: str | None = None
    point: Point | None = None
    occurred_at: AwareDatetime | None = None
    planned_at: AwareDatetime | None = None
    ongoing: bool = False
    attachments: tuple[str, ...] = ()
    exercise: bool = False


class ReportSupplemented(ReportEvent):
    """The reporter answered a question or added something."""

    type: ClassVar[str] = "rukun.report.supplemented"
    supplement_id: str
    question_id: str | None = None
    text: str


# cases -----------------------------------------------------------------------------------------------------


class CaseEvent(Event):
    """Something about one case. Every one carries what a reader needs to place it."""

    topic: ClassVar[str] = "rukun.cases.v1"
    case_id: str
    region: str
    jurisdiction: tuple[str, ...]
    exercise: bool = False

    @property
    def subject(self) -> str:
        """The case's id."""
        return self.case_id


class CaseOpened(CaseEvent):
    """A report that fits no open case began a new one."""

    type: ClassVar[str] = "rukun.case.opened"
    number: str
    title: str
    categories: tuple[Category, ...]


class JoinedReport(Part):
    """What a case takes from one report."""

    report_id: str
    source: str
    reporter_kind: ReporterKind
    acts: tuple[Act, ...] = ()
    received_at: AwareDatetime


class ReportsJoined(CaseEvent):
    """One or more reports joined the case."""

    type: ClassVar[str] = "rukun.case.reports-joined"
    reports: tuple[JoinedReport, ...]
    status: Status = Status.BARU
    """Where the case stands that they joined."""


class ReportSplit(CaseEvent):
    """An officer took a report out of the case again."""

    type: ClassVar[str] = "rukun.case.report-split"
    report_id: str


class CaseVerified(CaseEvent):
    """A verifier recorded a verdict and the grading of source (A-F) and information (1-6)."""

    type: ClassVar[str] = "rukun.case.verified"
    verdict: Verdict
    source_grade: str
    information_grade: int
    acts: tuple[Act, ...] = ()
    report_ids: tuple[str, ...] = ()


class CaseStatusChanged(CaseEvent):
    """The case moved on."""

    type: ClassVar[str] = "rukun.case.status-changed"
    status: Status
    previous: Status
    outcome: Outcome | None = None
    report_ids: tuple[str, ...] = ()


class CaseActionRecorded(CaseEvent):
    """Somebody did something about it; what, is in the case's own timeline."""

    type: ClassVar[str] = "rukun.case.action-recorded"
    action: str


class CaseStateRecorded(Event):
    """The whole state of a case, without personal data and free text; the topic keeps the newest per case."""

    type: ClassVar[str] = "rukun.case-state.recorded"
    topic: ClassVar[str] = "rukun.case-states.v1"
    case_id: str
    number: str
    region: str
    jurisdiction: tuple[str, ...]
    status: Status
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    level: Level = Level.NORMAL
    stage: Stage = Stage.KETEGANGAN
    categories: tuple[Category, ...] = ()
    acts: tuple[Act, ...] = ()
    report_count: int = 0
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    version: int
    exercise: bool = False

    @property
    def subject(self) -> str:
        """The case's id."""
        return self.case_id


class ReporterMessageRequested(Event):
    """Somebody who works on a case says or asks something to a reporter, whoever that is."""

    type: ClassVar[str] = "rukun.message.requested"
    topic: ClassVar[str] = "rukun.messages.v1"
    message_id: str
    case_id: str
    report_id: str
    text: str
    expects_answer: bool = False

    @property
    def subject(self) -> str:
        """The case's id: messages of one case leave in their order."""
        return self.case_id

    @property
    def key(self) -> str:
        """The report's id."""
        return self.report_id


# levels ----------------------------------------------------------------------------------------------------


class Reason(Part):
    """One reason for a level: a code, its figure, and the words for it."""

    code: str
    value: float
    text: str


class LevelChanged(Event):
    """A case or an area has another level than before, or another stage at the same level."""

    type: ClassVar[str] = "rukun.level.changed"
    topic: ClassVar[str] = "rukun.levels.v1"
    scope: str
    """`case` or `area`."""
    scope_id: str
    """The case's id, or the area's code."""
    region: str
    jurisdiction: tuple[str, ...]
    level: Level
    previous: Level
    stage: Stage | None = None
    needs_confirmation: bool = False
    reasons: tuple[Reason, ...] = ()
    sentence: str
    parameter_version: str
    coverage: float | None = None
    """Share of the area's kecamatan that reported in the last 52 weeks, 0 to 1; none for a case."""
    exercise: bool = False

    @property
    def subject(self) -> str:
        """The case or area it speaks of."""
        return f"{self.scope}:{self.scope_id}"


# alerts, deliveries, directives, directory -----------------------------------------------------------------


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


class AlertRaised(AlertEvent):
    """An alert began its way up the ladder."""

    type: ClassVar[str] = "rukun.alert.raised"
    sentence: str


class AlertClimbed(AlertEvent):
    """Nobody acknowledged in time, or nobody is there: the next rung was called."""

    type: ClassVar[str] = "rukun.alert.climbed"


class AlertAcknowledged(AlertEvent):
    """An official took the alert; the ladder stops."""

    type: ClassVar[str] = "rukun.alert.acknowledged"
    by_role: str


class AlertEnded(AlertEvent):
    """The case was closed, or a newer alert took over."""

    type: ClassVar[str] = "rukun.alert.ended"


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
        """The alert's id."""
        return self.alert_id


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


class DirectiveReceiptRecorded(DirectiveEvent):
    """An office received, read or carried out a directive."""

    type: ClassVar[str] = "rukun.directive.receipt-recorded"
    office: str
    state: str
    """`delivered`, `read` or `done`."""


class OfficeListed(Event):
    """How many officials an office has, by role; the topic keeps the newest per office."""

    type: ClassVar[str] = "rukun.office.listed"
    topic: ClassVar[str] = "rukun.directory.v1"
    office: str
    officials: int
    roles: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The office's region code."""
        return self.office


# for partners ----------------------------------------------------------------------------------------------


class PublicCaseUpdated(Event):
    """A case as partner systems may see it: region no finer than kabupaten/kota, no text, no counts of people."""

    type: ClassVar[str] = "rukun.public-case.updated"
    topic: ClassVar[str] = "rukun.public.cases.v1"
    case_id: str
    region: str
    status: Status
    level: Level
    stage: Stage
    categories: tuple[Category, ...] = ()
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    version: int
    exercise: bool = False

    @property
    def subject(self) -> str:
        """The case's id."""
        return self.case_id


__all__ = [
    "NATIONAL",
    "AlertAcknowledged",
    "AlertClimbed",
    "AlertEnded",
    "AlertEvent",
    "AlertRaised",
    "CaseActionRecorded",
    "CaseEvent",
    "CaseOpened",
    "CaseStateRecorded",
    "CaseStatusChanged",
    "CaseVerified",
    "DeliveryRecorded",
    "DirectiveEvent",
    "DirectiveIssued",
    "DirectiveReceiptRecorded",
    "JoinedReport",
    "LevelChanged",
    "OfficeListed",
    "People",
    "Point",
    "PublicCaseUpdated",
    "Reason",
    "ReportEvent",
    "ReportSplit",
    "ReportSubmitted",
    "ReportSupplemented",
    "ReporterMessageRequested",
    "ReportsJoined",
]
