"""An area as people see it: its level, its numbers, what they rest on. Pure."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime, BaseModel

from chassis.language import _, decimal
from contracts.events import LevelChanged, Reason
from contracts.regions import ancestry
from contracts.vocabulary import Level
from kemenag.figures import rarity
from kemenag.levels import NOTABLE
from services.escalation.rounds import SMALL_CELL, Score

SHOWN_WEEKS = 26
_STEPS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000)
"""Reports on religion are shown between these: each new one could be read off the exact number."""


class AreaScore(BaseModel):
    """A kabupaten or kota as it stands."""

    jurisdiction: tuple[str, ...]
    level: Level = Level.NORMAL
    previous: Level = Level.NORMAL
    changed_at: AwareDatetime | None = None
    score: Score | None = None
    weekly: list[int] = []
    chance_yesterday: float | None = None
    kecamatan: dict[str, int] = {}
    """Reports of the last 52 weeks by kecamatan; those of none under the area itself."""
    round: int = 0
    """The newest round that it has taken in."""
    updated_at: AwareDatetime

    @property
    def reasons(self) -> list[Reason]:
        """What its level rests on."""
        return reasons_of(self.score) if self.score else []


def begin(code: str, at: datetime) -> AreaScore:
    """An area that nothing is known of yet."""
    return AreaScore(jurisdiction=ancestry(code), updated_at=at)


def take_score(area: AreaScore, score: Score, weekly: list[int], kecamatan: dict[str, int], at: datetime) -> None:
    """Let an area stand where a round's score puts it."""
    if area.score is None or area.score.day < score.day:
        area.chance_yesterday = area.score.chance28 if area.score else None
    if area.level is not score.level:
        area.previous, area.changed_at = area.level, at
    area.level, area.score, area.updated_at = score.level, score, at
    area.weekly, area.kecamatan = weekly, kecamatan


def faith_range(scores: Iterable[Score]) -> str:
    """Reports on religion in a year; few are not shown, nor can they be found by taking numbers from each other."""
    counts = [each.faith_year for each in scores]
    shown = sum(count for count in counts if count >= SMALL_CELL)
    hidden = any(0 < count < SMALL_CELL for count in counts)
    if not shown:
        if not hidden:
            return _("tidak ada")
        return _("kurang dari {count}").format(count=SMALL_CELL) if len(counts) == 1 else _("sedikit")
    step = bisect_right(_STEPS, shown)
    if hidden or step == len(_STEPS):
        return _("sekurangnya {count}").format(count=decimal(_STEPS[step - 1]))
    return _("{least} sampai {most}").format(least=decimal(_STEPS[step - 1]), most=decimal(_STEPS[step] - 1))


def faith_surge(score: Score) -> str:
    """Whether this week's reports on religion are unusual; of few nothing is shown."""
    if score.faith_count < SMALL_CELL or score.faith_score < NOTABLE or not score.ready:
        return ""
    seldom = rarity(10**-score.faith_score)
    return _("; minggu ini melonjak, secara kebetulan hanya muncul {rarity}").format(rarity=seldom)


def level_changed(score: Score, previous: Level, at: datetime) -> LevelChanged:
    """What is published of an area's level."""
    return LevelChanged(
        at=at,
        scope="area",
        scope_id=score.area,
        region=score.area,
        jurisdiction=ancestry(score.area),
        level=score.level,
        previous=previous,
        reasons=tuple(reasons_of(score)),
        parameter_version=score.parameters,
        coverage=score.coverage,
    )


def reasons_of(score: Score) -> list[Reason]:
    """What the level rests on, as codes and values."""
    reasons = [Reason(code="count", value=float(score.count))]
    reasons += [Reason(code="reported", value=1.0)] if score.has_reported else []
    if score.ready:
        reasons += _found(score)
    override = score.standing.override
    if override is not None and override.level is score.level:
        reasons.append(Reason(code="officer", value=float(override.level), text=override.reason, by=override.office))
    return reasons


def _found(score: Score) -> list[Reason]:
    values = {
        "ready": 1.0,
        "score": score.score,
        "tail": score.tail,
        "expected": score.expected,
        "chance7": score.chance7,
        "chance28": score.chance28,
        "chance28_two": score.chance28_two,
        "found": float(score.found),
        **({"judged": 1.0} if score.judged else {}),
        **{f"term:{term}": amount for term, amount in score.terms28.items()},
    }
    return [Reason(code=code, value=value) for code, value in values.items()]
