"""Computes scores anew from the rounds, on a copy in memory: the running service notices nothing of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from chassis.language import _
from contracts.vocabulary import Level
from services.escalation.country import indonesia
from services.escalation.rounds import Round, Score
from services.escalation.scorer import Scorer
from services.escalation.scoring import HISTORY
from services.escalation.store import Store
from services.escalation.warning.parameters import Parameters

Progress = Callable[[str, int, int], None]
FOLLOWED_WITHIN = timedelta(days=28)


@dataclass(frozen=True)
class Difference:
    """A score that comes out otherwise: the fields that differ, as (stored, computed)."""

    round: int
    day: date
    area: str
    fields: dict[str, tuple[object, object]]


@dataclass(frozen=True)
class Alarm:
    """A level that the statistics raised an area to."""

    area: str
    day: date
    level: Level


@dataclass
class Replayed:
    """What a replay found."""

    rounds: int = 0
    scores: int = 0
    first: date | None = None
    last: date | None = None
    differences: list[Difference] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


async def replay(store: Store, since: date, other: Parameters | None, progress: Progress) -> Replayed:
    """Compute every round from a day on again: with the sets that were used, or as `other` would have scored."""
    sets = {each.version: each for each in await store.parameter_sets()}
    last = await store.newest_round()
    found = Replayed()
    scorer: Scorer | None = None
    async for made in store.rounds_from(1):
        used = other or sets.get(made.parameters)
        if used is None:
            raise ValueError(
                _("set parameter {parameters} dari putaran {number} tidak tersimpan").format(
                    parameters=made.parameters, number=made.number
                )
            )
        scorer = scorer or Scorer(indonesia(), used, made.day - HISTORY)
        if scorer.parameters.version != used.version:
            scorer.use(used)
        if made.day < since:
            scorer.take(made.entries)
            scorer.settle(made)
        else:
            _again(scorer, made, found, as_other=other is not None)
            found.first, found.last = found.first or made.day, made.day
        progress("menghitung ulang", made.number, last.number if last else made.number)
    return found


def _again(scorer: Scorer, made: Round, found: Replayed, as_other: bool) -> None:
    before = {area: (each.by_statistics(made.day), each.level) for area, each in scorer.standings.items()}
    computed = scorer.play(made)
    found.rounds += 1
    found.scores += len(computed.scores)
    if not as_other:
        found.differences += _differences(made, computed)
    # Compared with what is stored, each round stands for itself; as another set, each follows its own past.
    for score in scorer.settle(computed if as_other else made):
        level = score.standing.by_statistics(made.day)
        found_before, stood_before = before.get(score.area, (Level.NORMAL, Level.NORMAL))
        # What an officer holds down raises no alarm, however often it is found.
        if level > found_before and score.level > stood_before:
            found.alarms.append(Alarm(score.area, made.day, level))


def _differences(stored: Round, computed: Round) -> Iterator[Difference]:
    theirs, ours = ({Score.model_validate_json(e).area: e for e in made.scores} for made in (stored, computed))
    for area in sorted(theirs.keys() | ours.keys()):
        if theirs.get(area) != ours.get(area):
            yield Difference(stored.number, stored.day, area, _fields(theirs.get(area), ours.get(area)))


def _fields(stored: str | None, computed: str | None) -> dict[str, tuple[object, object]]:
    one, other = json.loads(stored or "{}"), json.loads(computed or "{}")
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@dataclass(frozen=True)
class Worth:
    """What alarms of a level were worth, beside the serious cases there were."""

    level: Level
    alarms: int
    followed: int
    """By a serious case in the same area within 28 days."""
    per_area_year_for_nothing: float
    cases: int
    warned: int
    """Serious cases with an alarm in the 28 days before."""
    median_lead_days: float | None


def worth(found: Replayed, cases: list[tuple[str, date]], level: Level, areas: int) -> Worth:
    """How early alarms of a level or above were, and how often for nothing; `cases` are (area, day it began).

    Cases are those of the days that were replayed; alarms those that 28 days have passed since.
    """
    if found.first is None or found.last is None:
        return Worth(level, 0, 0, 0.0, 0, 0, None)
    alarms = [each for each in found.alarms if each.level >= level]
    cases = [(area, day) for area, day in cases if found.first <= day <= found.last]
    leads = sorted(
        max((day - each.day).days for each in alarms if _within(each, area, day))
        for area, day in cases
        if any(_within(each, area, day) for each in alarms)
    )
    over = [each for each in alarms if each.day + FOLLOWED_WITHIN <= found.last]
    followed = [each for each in over if any(_within(each, area, day) for area, day in cases)]
    years = areas * max((found.last - found.first - FOLLOWED_WITHIN).days + 1, 0) / 364
    middle = float(leads[len(leads) // 2]) if leads else None
    for_nothing = (len(over) - len(followed)) / years if years else 0.0
    return Worth(level, len(over), len(followed), for_nothing, len(cases), len(leads), middle)


def _within(alarm: Alarm, area: str, day: date) -> bool:
    # On the day itself the case's own first report may have rung: that is no warning.
    return alarm.area == area and timedelta() < day - alarm.day <= FOLLOWED_WITHIN
