"""A file that somebody wants to import, and how far that is."""

from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field


class Step(StrEnum):
    """Where an import stands."""

    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    STORING = "storing"
    DONE = "done"


class Finding(BaseModel):
    """A row that its sender has to see: wrong, known already, or what ticket it got."""

    number: int
    text: str
    reason: str = ""
    ticket: str = ""


class Shown(BaseModel):
    """What is shown of a file in its own words. Stored sealed, as the file is: they are people's names and numbers."""

    name: str = ""
    samples: list[dict[str, Any]] = []
    """The first good rows, as reports."""
    findings: list[Finding] = []
    tickets: list[Finding] = []


class Import(BaseModel):
    """A file with what was understood of it. The file itself is sealed."""

    id: str = Field(validation_alias="_id")
    owner: str
    language: str
    regions: tuple[str, ...]
    step: Step
    at: AwareDatetime
    is_history: bool = False
    problem: tuple[str, str] | None = None
    """Title and detail, where the file cannot be read."""
    names: list[str] = []
    fields: list[str | None] = []
    rows: int = 0
    done: int = 0
    """Rows that were checked, or stored."""
    good: int = 0
    known: int = 0
    """Of the good rows, those whose report is there already."""
    wrong: int = 0
    repeated: int = 0
    stored: int = 0
    sealed_shown: bytes = b""
    shown: Shown = Field(default_factory=Shown, exclude=True)

    @property
    def works(self) -> bool:
        """Whether something goes on in the background."""
        return self.step in (Step.CHECKING, Step.STORING)

    @property
    def new(self) -> int:
        """How many reports would be stored."""
        return self.good - self.known
