"""What happened and what was found of it: the records that rounds are made of, and scores read again."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.vocabulary import Level
from services.escalation.warning.levels import Day, LevelState

SMALL_CELL = 5
"""Fewer reports on religion than this are not shown as a number."""


class Entry(BaseModel):
    """A report that begins (+1) or ceases (-1) to count, and for whom: `None` where an office must not see it."""

    model_config = ConfigDict(frozen=True)

    report: str
    day: date
    received: date | None = None
    area: str | None
    kecamatan: str | None = None
    faith: bool = False
    voice: int | None = None
    """Equal for reports of one sender on one place and day, which count once; `None` where each counts."""
    number: int = 1


class Score(BaseModel):
    """What the statistics say of an area as of a day. Rates are per week; numbers are cut to nine digits.

    Aliases are names of release 0.1: rounds keep their bytes.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    area: str
    day: Day
    parameters: str
    count: int
    """Events since Monday."""
    has_reported: bool = Field(alias="heard")
    """Whether there was an event before."""
    expected: float
    """Usual number a week."""
    variance: float
    """Of the number a week."""
    tail: float
    """Chance of a week as surprising, if all were as usual: a return period is 1/(52·tail) years."""
    score: float
    """s of the detector."""
    judged: bool
    """Whether the record is long enough for it; otherwise s is zero."""
    mean7: float
    chance7: float
    mean28: float
    chance28: float
    """P(at least one in 28 days)."""
    chance28_two: float
    terms28: dict[str, float]
    """What `mean28` is the sum of."""
    ratio: float
    """What the nation's forecasts were multiplied by."""
    coverage: float
    """Share of the area's kecamatan with a report in the last 52 weeks."""
    faith_count: int
    """Reports on religion since Monday, and in the last 52 weeks. Small numbers are not shown."""
    faith_year: int
    faith_score: float
    """s of the detector for those."""
    ready: bool
    """Whether there was history enough to say anything."""
    found: Level
    standing: LevelState

    @property
    def level(self) -> Level:
        """The area's level."""
        return self.standing.level

    def canonical(self) -> str:
        """The bytes that a replay must give again."""
        return self.model_dump_json(by_alias=True)


class Override(BaseModel):
    """An officer's override of an area's level, before a round takes it in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    area: str
    level: Level
    reason: str
    office: str


class Round(BaseModel):
    """All that happened between two scorings, and what they found: the log that a replay reads."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    number: int
    at: AwareDatetime
    day: date
    parameters: str
    burn_in_weeks: int
    began: date | None = None
    """The day of the first report that was ever received: what counts as observed."""
    full: bool
    """Whether every area was scored, as once a day; otherwise those that something happened in."""
    entries: tuple[Entry, ...] = ()
    overrides: tuple[Override, ...] = Field((), alias="words")
    top_chance: float = 1.0
    """P28 that an area had to exceed to be among the most likely."""
    foreseen: float | None = None
    """In a full round: how many areas were expected to have an event within 28 days, before the ratio."""
    scores: tuple[str, ...] = ()
    """Canonical scores of areas, in the order of their codes."""
