"""Cases, their whole state, and messages to reporters."""

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Event, Part
from contracts.vocabulary import Act, Category, Level, Outcome, Provenance, ReporterKind, Stage, Status, Verdict


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
    title: str = ""
    """Empty since release 0.2: the first category and the region say it."""
    categories: tuple[Category, ...]


class JoinedReport(Part):
    """What a case takes from one report."""

    report_id: str
    source: str
    reporter_kind: ReporterKind
    provenance: Provenance = Provenance.UNPROVEN
    acts: tuple[Act, ...] = ()
    received_at: AwareDatetime
    attachments: tuple[str, ...] = ()


class ReportsJoined(CaseEvent):
    """One or more reports joined the case."""

    type: ClassVar[str] = "rukun.case.reports-joined"
    reports: tuple[JoinedReport, ...]
    status: Status = Status.BARU
    """Where the case stands that they joined."""
    because: str = ""
    """Empty, or why they left another case for it: `merged`, `moved`, `split`."""


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
    """The whole state of a case, without personal data and free text; the topic retains the newest per case."""

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
