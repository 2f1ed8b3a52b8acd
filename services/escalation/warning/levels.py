"""Levels of areas with hysteresis: raised at once, lowered after two quiet weeks, or by an officer's override.

`Awas` never comes from statistics: only an officer sets it for an area (for cases, see the service's `model.py`).
"""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from contracts.vocabulary import Level

QUIET = timedelta(days=14)
Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str)]
"""A date that is stored as text: databases know moments only."""


class Finding(BaseModel, frozen=True):
    """What the statistics find of an area today."""

    score: float
    """s of the anomaly detector."""
    chance1: float
    """P28(at least one)."""
    chance2: float
    """P28(at least two)."""
    ready: bool = True
    """Whether there is enough history to say anything."""


class Thresholds(BaseModel):
    """Where the levels begin. `top_share` of the areas with the highest chance are watched."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    waspada: float = Field(gt=0)
    siaga: float = Field(gt=0)
    siaga_chance2: float = Field(0.5, gt=0, le=1)
    top_share: float = Field(0.05, gt=0, lt=1)
    least_chance: float = Field(0.1, ge=0, le=1)
    """Below this an area is not watched, however it ranks: where little happens, somebody is always first."""
    frozen: tuple[tuple[float, float], ...] = ((1.0, 1.80), (0.5, 2.10), (0.1, 2.82))
    """(false alarms per area-year, s) as found on the simulated series; others are tried against these."""


class Override(BaseModel, frozen=True):
    """What an officer set, when, what the level was before, and the most that is known to lie behind it."""

    level: Level
    before: Level
    found: Level
    """What the statistics found at that moment; lower as soon as they found less: what is found again is new."""
    on: Day
    reason: str
    office: str


class LevelState(BaseModel, populate_by_name=True):
    """An area's level and what it rests on: the last day on which each level was found, and an officer's override."""

    level: Level = Level.NORMAL
    waspada_on: Day | None = None
    siaga_on: Day | None = None
    override: Override | None = Field(None, alias="word")
    """Under the name of release 0.1 in what is stored."""

    def by_statistics(self, on: date) -> Level:
        """The level without any override."""
        if self.siaga_on is not None and on - self.siaga_on < QUIET:
            return Level.SIAGA
        return Level.WASPADA if self.waspada_on is not None and on - self.waspada_on < QUIET else Level.NORMAL


def found_level(finding: Finding, thresholds: Thresholds, top_chance: float) -> Level:
    """What today's finding gives by itself; `top_chance` is what an area must exceed to be among the most likely."""
    if not finding.ready:
        return Level.NORMAL
    likely = finding.chance2 >= thresholds.siaga_chance2
    if finding.score >= thresholds.siaga or (finding.score >= thresholds.waspada and likely):
        return Level.SIAGA
    watched = finding.chance1 > max(top_chance, thresholds.least_chance)
    if finding.score >= thresholds.waspada or watched:
        return Level.WASPADA
    return Level.NORMAL


def step(standing: LevelState, found: Level, on: date) -> LevelState:
    """The standing after a day's finding. A day before one already seen changes nothing that was found later."""
    waspada = _later(standing.waspada_on, on if found >= Level.WASPADA else None)
    siaga = _later(standing.siaga_on, on if found >= Level.SIAGA else None)
    after = LevelState(waspada_on=waspada, siaga_on=siaga)
    level, override = after.by_statistics(on), standing.override
    if override is not None:
        level, override = _with_override(level, found, override, on)
    return after.model_copy(update={"level": level, "override": override})


def _with_override(level: Level, found: Level, override: Override, on: date) -> tuple[Level, Override | None]:
    """A raise holds until the next override. A lowering holds for two weeks, unless more is found than was known."""
    if override.level > override.before:
        return max(level, override.level), override
    if found > override.found or on - override.on >= QUIET:
        return max(level, found), None
    return min(level, override.level), override.model_copy(update={"found": min(override.found, found)})


def apply_override(standing: LevelState, level: Level, found: Level, on: date, reason: str, office: str) -> LevelState:
    """An officer sets the level. Lowering also forgets what was found above it."""
    override = Override(level=level, before=standing.level, found=found, on=on, reason=reason, office=office)
    return LevelState(
        level=override.level,
        waspada_on=standing.waspada_on if override.level >= Level.WASPADA else None,
        siaga_on=standing.siaga_on if override.level >= Level.SIAGA else None,
        override=override,
    )


def _later(one: date | None, other: date | None) -> date | None:
    return max(filter(None, (one, other)), default=None)
