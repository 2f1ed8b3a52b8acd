"""Levels of areas with hysteresis: raised at once, lowered after two quiet weeks, or by an officer's word.

`Awas` never comes from statistics: only an officer sets it for an area (for cases, see the service's `model.py`).
"""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, PlainSerializer

from contracts.vocabulary import Level

QUIET = timedelta(days=14)
Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str)]
"""A date that is stored as text: databases know moments only."""


class Finding(BaseModel, frozen=True):
    """What the statistics say of an area today."""

    score: float
    """s of the anomaly detector."""
    chance1: float
    """P28(at least one)."""
    chance2: float
    """P28(at least two)."""
    ready: bool = True
    """Whether there is enough history to say anything."""


class Thresholds(BaseModel, frozen=True):
    """Where the levels begin. `top_share` of the areas with the highest chance are watched."""

    waspada: float
    siaga: float
    siaga_chance2: float = 0.5
    top_share: float = 0.05
    frozen: tuple[tuple[float, float], ...] = ((1.0, 1.80), (0.5, 2.10), (0.1, 2.82))
    """(false alarms per area-year, s) as found on the simulated series; others are tried against these."""


class Word(BaseModel, frozen=True):
    """What an officer set, when, and what the statistics said at that moment."""

    level: Level
    found: Level
    on: Day
    reason: str
    office: str


class Standing(BaseModel):
    """An area's level and what it rests on: the last day on which each level was found, and an officer's word."""

    level: Level = Level.NORMAL
    waspada_on: Day | None = None
    siaga_on: Day | None = None
    word: Word | None = None


def found_level(finding: Finding, thresholds: Thresholds, top_chance: float) -> Level:
    """What today's finding gives by itself; `top_chance` is what an area must exceed to be among the most likely."""
    if not finding.ready:
        return Level.NORMAL
    likely = finding.chance2 >= thresholds.siaga_chance2
    if finding.score >= thresholds.siaga or (finding.score >= thresholds.waspada and likely):
        return Level.SIAGA
    if finding.score >= thresholds.waspada or finding.chance1 > top_chance:
        return Level.WASPADA
    return Level.NORMAL


def step(standing: Standing, found: Level, on: date) -> Standing:
    """The standing after a day's finding. A day before one already seen changes nothing that was found later."""
    waspada = _later(standing.waspada_on, on if found >= Level.WASPADA else None)
    siaga = _later(standing.siaga_on, on if found >= Level.SIAGA else None)
    level = Level.SIAGA if _fresh(siaga, on) else Level.WASPADA if _fresh(waspada, on) else Level.NORMAL
    word = standing.word
    if word is not None:
        level, word = _with_word(level, found, word, on)
    return Standing(level=level, waspada_on=waspada, siaga_on=siaga, word=word)


def _with_word(level: Level, found: Level, word: Word, on: date) -> tuple[Level, Word | None]:
    """A higher word stays until the next one. A lower one holds two weeks, unless more is found than it was said of."""
    if word.level > word.found:
        return max(level, word.level), word
    if found > word.found or on - word.on >= QUIET:
        return level, None
    return min(level, word.level), word


def speak(standing: Standing, word: Word) -> Standing:
    """An officer sets the level. Lowering also forgets what was found above it."""
    return Standing(
        level=word.level,
        waspada_on=standing.waspada_on if word.level >= Level.WASPADA else None,
        siaga_on=standing.siaga_on if word.level >= Level.SIAGA else None,
        word=word,
    )


def _fresh(found_on: date | None, on: date) -> bool:
    return found_on is not None and on - found_on < QUIET


def _later(one: date | None, other: date | None) -> date | None:
    return max(filter(None, (one, other)), default=None)
