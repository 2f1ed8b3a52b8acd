"""Which open case a report belongs to, and why. Pure.

What is surely one joins by itself, what may be one is shown to an officer, and anything else is a case of its own. The
reasons are stored beside the decision, so that an officer can follow it and undo it.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import floor

from pydantic import AwareDatetime, BaseModel

from contracts.events import ReportSubmitted
from contracts.events.reports import Point
from contracts.regions import level_of
from contracts.vocabulary import Category
from services.verification.likeness.contradictions import contradicts, named_in, together
from services.verification.likeness.evidence import (
    ASKS_AT,
    JOINS_AT,
    NEARLY_THE_SAME,
    Evidence,
    Excerpt,
    names_by_kind,
    weigh,
)

_SAMPLE_LENGTH = 400
_ONE_RUN = timedelta(minutes=10)
_SUGGESTED = 3
_CELLS = 100
"""Squares a degree: each has an edge of 1.1 km, less from east to west the farther from the equator."""
_KECAMATAN = 3


class Sample(BaseModel):
    """What is remembered of a report of a case, to compare the next one with."""

    text: str
    place: str | None
    at: AwareDatetime
    point: Point | None = None
    cell: str | None = None
    """Which square of the map the point lies in."""


@dataclass
class Candidate:
    """An open case nearby."""

    case_id: str
    categories: set[Category]
    samples: list[Sample]
    jurisdiction: tuple[str, ...]
    exercise: bool = False
    beyond: bool = False
    """Whether it is of another kecamatan than the report."""


@dataclass(frozen=True)
class Match:
    """How well a report fits a case."""

    case_id: str
    score: float
    """Log odds."""
    reasons: tuple[str, ...]
    """Codes with values, the weightiest first: `category:<code>`, `text:<share>`, `place`, `hours:<apart>`, …"""
    nearly_the_same: bool = False


@dataclass(frozen=True)
class Grouping:
    """Where a report goes: into a case by itself, or into one of its own beside those that may be the same."""

    joins: Match | None = None
    similar: tuple[Match, ...] = ()


def sample_of(report: ReportSubmitted) -> Sample:
    """What to remember of a report."""
    when = report.occurred_at or report.at
    cell = _cell(report.point, 0, 0) if report.point else None
    return Sample(text=report.narrative[:_SAMPLE_LENGTH], place=report.place, at=when, point=report.point, cell=cell)


def cells_around(point: Point) -> list[str]:
    """The square of the map that a point lies in and those around it: whatever is within a kilometre is in one."""
    return [_cell(point, north, east) for north in (-1, 0, 1) for east in (-1, 0, 1)]


def _cell(point: Point, north: int, east: int) -> str:
    return f"{floor(point.lat * _CELLS) + north}:{floor(point.lng * _CELLS) + east}"


def group(report: ReportSubmitted, candidates: list[Candidate]) -> Grouping:
    """The case that the report fits best, where it fits well enough and nothing speaks against it; or else those of
    which an officer is asked."""
    fits = [(each, _fit(report, each)) for each in candidates if _may_meet(report, each)]
    ranked = sorted(fits, key=lambda fit: (-fit[1].score, _since(report, fit[0])))
    joining = [(each, fit) for each, fit in ranked if _joins(report, each, fit)]
    if joining:
        return Grouping(joins=_match(*joining[0]))
    return Grouping(similar=tuple(_match(each, fit) for each, fit in ranked if fit.score >= ASKS_AT)[:_SUGGESTED])


def _since(report: ReportSubmitted, candidate: Candidate) -> timedelta:
    """Of two that fit alike the one that was reported last: nobody is asked about the first of hundreds each time."""
    return min((abs(report.at - each.at) for each in candidate.samples), default=timedelta.max)


def _joins(report: ReportSubmitted, candidate: Candidate, fit: Evidence) -> bool:
    sure = fit.score >= JOINS_AT and fit.topical and not fit.contradicted
    return sure and candidate.jurisdiction == report.jurisdiction and not candidate.beyond


def _match(candidate: Candidate, fit: Evidence) -> Match:
    return Match(candidate.case_id, fit.score, fit.reasons, fit.alike >= NEARLY_THE_SAME)


def _may_meet(report: ReportSubmitted, candidate: Candidate) -> bool:
    """Exercise and reality are never one, nor are two runs of an exercise, nor what names other communities' houses;
    nor what is withheld from an office and what is not: so nobody can hide a case from its officers by one more report
    that names their office."""
    if not _of_the_same_offices(report.jurisdiction, candidate.jurisdiction):
        return False
    if candidate.exercise != report.exercise or (report.exercise and _is_another_run(report, candidate)):
        return False
    theirs = together(named_in(f"{each.text} {each.place or ''}") for each in candidate.samples)
    return not contradicts(named_in(f"{report.narrative} {report.place or ''}"), theirs)


def _of_the_same_offices(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Or of two kecamatan of which nothing is withheld: their border runs through villages."""
    return one == other or (level_of(one[-1]) == level_of(other[-1]) == _KECAMATAN and len(one) == len(other))


def _is_another_run(report: ReportSubmitted, candidate: Candidate) -> bool:
    """Whether an exercise is another one than the case's: the same story, played again, calls people again."""
    newest = max((each.at for each in candidate.samples), default=None)
    return newest is not None and report.at - newest > _ONE_RUN


def _fit(report: ReportSubmitted, candidate: Candidate) -> Evidence:
    """By the report of the case that is most like it, and against all that the case names."""
    # That two reports are about "something else" speaks for nothing.
    named = [each for each in report.categories if each is not Category.LAINNYA]
    shared = [each for each in named if each in candidate.categories]
    mine, known = _excerpt(sample_of(report)), [_excerpt(each) for each in candidate.samples]
    kinds = names_by_kind(known)
    fits = [weigh(mine, each, shared, kinds) for each in known]
    return max(fits, key=lambda fit: fit.score, default=Evidence(float("-inf"), (), False, 0.0, False))


def _excerpt(sample: Sample) -> Excerpt:
    return Excerpt(sample.text, sample.place, sample.at, sample.point)
