"""Which open case a report belongs to, and why. Pure.

Reports of one rumour share a kecamatan, come within days, and share a category, words or a place, and nothing that they
name speaks against it. The reasons are kept beside the decision, so that an officer can follow it and undo it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from pydantic import AwareDatetime, BaseModel

from contracts.events import ReportSubmitted
from contracts.vocabulary import SPOKEN, Category
from services.verification.contradictions import contradicts, named_in, together

JOINS_AT = 0.5
NEARLY_THE_SAME = 0.8
_NEAR_IN_TIME = timedelta(hours=48)
_SAMPLE_LENGTH = 400
_ONE_RUN = timedelta(minutes=10)


class Sample(BaseModel):
    """What is remembered of a report of a case, to compare the next one with."""

    text: str
    place: str | None
    at: AwareDatetime


@dataclass
class Candidate:
    """An open case of the same region."""

    case_id: str
    categories: set[Category]
    samples: list[Sample]
    jurisdiction: tuple[str, ...]
    exercise: bool = False


@dataclass(frozen=True)
class Match:
    """How well a report fits a case."""

    case_id: str
    score: float
    reasons: tuple[str, ...]
    """Codes with values: `category:<code>`, `text:<share>`, `place`, `hours:<apart>`."""
    nearly_the_same: bool = False


def sample_of(report: ReportSubmitted) -> Sample:
    """What to remember of a report."""
    return Sample(text=report.narrative[:_SAMPLE_LENGTH], place=report.place, at=report.occurred_at or report.at)


def match(report: ReportSubmitted, candidates: list[Candidate]) -> Match | None:
    """The case that the report fits best, or None where it fits none well enough."""
    words = trigrams(report.narrative)
    fits = [_fit(report, words, each) for each in candidates if _may_meet(report, each)]
    best = max(fits, key=lambda fit: fit.score, default=None)
    return best if best and best.score >= JOINS_AT else None


def _may_meet(report: ReportSubmitted, candidate: Candidate) -> bool:
    """Exercise and reality never mix; nor what is withheld from an office and what is not: so nobody can hide a case
    from its officers by one more report that names their office."""
    same = candidate.exercise == report.exercise and candidate.jurisdiction == report.jurisdiction
    if report.exercise and _is_another_run(report, candidate):
        return False
    theirs = together(named_in(f"{each.text} {each.place or ''}") for each in candidate.samples)
    return same and not contradicts(named_in(f"{report.narrative} {report.place or ''}"), theirs)


def _is_another_run(report: ReportSubmitted, candidate: Candidate) -> bool:
    """Whether an exercise is another one than the case's: the same story, played again, calls people again."""
    newest = max((each.at for each in candidate.samples), default=None)
    return newest is not None and report.at - newest > _ONE_RUN


def _fit(report: ReportSubmitted, words: frozenset[str], candidate: Candidate) -> Match:
    # That two reports are about "something else" speaks for nothing.
    named = [each for each in report.categories if each is not Category.LAINNYA]
    shared = [each for each in named if each in candidate.categories]
    alike = max((similarity(words, trigrams(each.text)) for each in candidate.samples), default=0.0)
    place = _same_place(report.place, candidate.samples)
    apart = _hours_apart(report, candidate.samples)
    near = apart is not None and apart <= _NEAR_IN_TIME.total_seconds() / 3600
    score = 0.4 * bool(shared) + 0.4 * min(1.0, alike / 0.4) + 0.1 * place + 0.1 * near
    reasons = [f"category:{shared[0]}"] if shared else []
    reasons += [f"text:{alike:.2f}"] if alike >= 0.15 else []
    reasons += ["place"] if place else []
    reasons += [f"hours:{apart:.0f}"] if near and apart is not None else []
    return Match(candidate.case_id, round(score, 3), tuple(reasons), alike >= NEARLY_THE_SAME)


def _same_place(place: str | None, samples: list[Sample]) -> bool:
    return bool(place) and any(_plain(place or "") == _plain(each.place or "") for each in samples)


def _hours_apart(report: ReportSubmitted, samples: list[Sample]) -> float | None:
    when: datetime = report.occurred_at or report.at
    return min((abs((when - each.at).total_seconds()) / 3600 for each in samples), default=None)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


@lru_cache(maxsize=512)
def trigrams(text: str) -> frozenset[str]:
    """Letter trigrams of the words, which forgive spelling. What stands for a voice is like nothing."""
    plain = f" {_plain(text[:_SAMPLE_LENGTH].replace(SPOKEN, ''))} "
    return frozenset(plain[n : n + 3] for n in range(len(plain) - 2))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared trigrams over all (Jaccard), 0 to 1."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0
