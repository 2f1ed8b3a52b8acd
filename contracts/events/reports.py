"""Reports, and what reporters add to them."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from contracts.base import Event, Part
from contracts.vocabulary import Act, Category, Channel, Provenance, ReporterKind, Supplement

UNKNOWN_SOURCE = "anonymous"
"""The pseudonym of all whom nobody can tell apart."""


class Point(Part):
    """A place on the map, in degrees (WGS 84)."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class People(Part):
    """How many people, as far as the reporter knows."""

    involved: int | None = Field(default=None, ge=0, le=10_000_000)
    injured: int | None = Field(default=None, ge=0, le=10_000_000)
    dead: int | None = Field(default=None, ge=0, le=10_000_000)


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
    """A report was accepted. Numbers and addresses in the narrative are masked before it is published."""

    type: ClassVar[str] = "rukun.report.submitted"
    ticket: str
    channel: Channel
    source: str
    """Pseudonym of who reported: equal for equal senders, useless outside; independent sources differ.

    An anonymous report has one that no other report has. `UNKNOWN_SOURCE` is everybody whom nobody can tell apart, and
    whoever reports a place again on a day without a name.
    """
    reporter_kind: ReporterKind
    provenance: Provenance = Provenance.UNPROVEN
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
    concerns_office: str | None = None
    """Region code of the office that it is about, wherever that lies."""
    history: bool = False
    """Told for the record: it is counted, but opens no case and calls nobody."""


class IdentityErased(ReportEvent):
    """The key of a reporter's identity was destroyed. A backup that is restored destroys it again."""

    type: ClassVar[str] = "rukun.report.identity-erased"


class ReportSupplemented(ReportEvent):
    """The reporter answered a question, added or corrected something, or withdrew the report."""

    type: ClassVar[str] = "rukun.report.supplemented"
    supplement_id: str
    question_id: str | None = None
    kind: Supplement = Supplement.ANSWER
    text: str
