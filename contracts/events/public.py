"""What partner systems see."""

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Event
from contracts.vocabulary import Category, Level, Outcome, Stage, Status, Verdict


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
