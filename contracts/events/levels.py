"""Levels of cases and areas, with their reasons."""

from typing import ClassVar

from contracts.base import Event, Part
from contracts.vocabulary import Act, Level, Stage


class Reason(Part):
    """One reason for a level: a code and its value; what the codes are is said in `kemenag/levels.py`."""

    code: str
    value: float
    text: str = ""
    """What a person wrote, where one did."""
    by: str = ""
    """The office of that person."""


class LookRequested(Event):
    """Somebody told of threats or worse, proven or not: an officer should look. It is no alert."""

    type: ClassVar[str] = "rukun.look.requested"
    topic: ClassVar[str] = "rukun.look-requests.v1"
    place: str
    """What is asked about at most once an hour: the offices that may know, and whether it is an exercise."""
    region: str
    jurisdiction: tuple[str, ...]
    case_id: str
    """The case that told of it last."""
    reports: int
    """How many reports told of such acts since the request before."""
    acts: tuple[Act, ...]
    exercise: bool = False

    @property
    def subject(self) -> str:
        """The place."""
        return self.place

    @property
    def key(self) -> str:
        """The region."""
        return self.region


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
    sentence: str = ""
    """Empty since release 0.2: `reasons` say it, and who shows it writes the sentence."""
    parameter_version: str
    coverage: float | None = None
    """Share of the area's kecamatan that reported in the last 52 weeks, 0 to 1; none for a case."""
    exercise: bool = False

    @property
    def rests_on(self) -> tuple[Reason, ...]:
        """Its reasons; of release 0.1, which knew fewer of them, its sentence."""
        return (Reason(code="sentence", value=0, text=self.sentence),) if self.sentence else self.reasons

    @property
    def subject(self) -> str:
        """The case or area it speaks of."""
        return f"{self.scope}:{self.scope_id}"
