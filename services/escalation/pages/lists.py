"""The watch list with what is new since yesterday, and the weekly brief to be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.aggregates import Row
from chassis.clock import now
from chassis.identity import Person
from chassis.language import _
from chassis.signin import SignedIn
from contracts.regions import NATIONAL, Region, region
from contracts.vocabulary import Level
from kemenag.figures import odds, usual
from kemenag.levels import NOTABLE
from kemenag.permissions import Action, require, within
from services.escalation.api import Levels
from services.escalation.area import AreaScore, faith_range
from services.escalation.model import CaseScore
from services.escalation.pages.region import areas_in, tiles_of
from services.escalation.rounds import Score
from services.escalation.standing import Standing, case_tallies, standings, tally_of
from services.escalation.store import Store, day_of

_WATCHED = 26
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_MOVED = 0.05


@dataclass(frozen=True)
class Change:
    """Something that is not as it was: a level, or a chance that moved."""

    region: Region
    what: str
    level: Level
    previous: Level
    at: datetime
    address: str


router = APIRouter(prefix="/escalation", include_in_schema=False)


@router.get("/watch")
async def watch(request: Request, person: SignedIn, store: Levels) -> Response:
    require(person, Action.SEE_LEVELS)
    at = now()
    areas, cases = await areas_in(store, person, NATIONAL), await _changed_cases(store, person, at - _DAY)
    found = standings(areas, await case_tallies(store, person, NATIONAL))
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "watch.html",
        title=_("Daftar pantau"),
        areas=_most_likely(areas, found),
        changes=_changes(areas, cases, at - _DAY),
        more_changes=await _more_changes(store, person, at - _DAY, cases),
        moved=_moved(areas),
        odds=odds,
    )


@router.get("/brief")
async def brief(request: Request, person: SignedIn, store: Levels) -> Response:
    require(person, Action.SEE_LEVELS)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request, "brief.html", title=_("Ringkasan mingguan"), **await _brief(store, person, now())
    )


async def _brief(store: Store, person: Person, at: datetime) -> dict[str, Any]:
    areas, cases = await areas_in(store, person, NATIONAL), await _changed_cases(store, person, at - _WEEK)
    tallies = await case_tallies(store, person, NATIONAL)
    found, changes = standings(areas, tallies), _changes(areas, cases, at - _WEEK)
    codes = person.regions or (NATIONAL,)
    day = day_of(at)
    scored = [each.score for each in areas.values() if each.score]
    return {
        "has_areas": bool(areas),
        "places_named": [region(code).name for code in codes],
        "since": at - timedelta(days=day.weekday()),
        "at": at,
        "tally": tally_of(found.values()),
        "this_week": sum(each.count for each in scored),
        "last_week": sum(each.weekly[-2] for each in areas.values() if len(each.weekly) > 1),
        "faith": faith_range(scored),
        "usual": usual,
        "odds": odds,
        "by_chance": _by_chance(scored),
        "surges": sum(each.score >= NOTABLE for each in scored),
        "raised": [each for each in changes if each.level > each.previous],
        "lowered": [each for each in changes if each.level < each.previous],
        "more_changes": await _more_changes(store, person, at - _WEEK, cases),
        "areas": _most_likely(areas, found)[:10],
        "cases": await _gravest(store, person),
        "tiles": [
            each
            for code in codes
            for each in tiles_of(code, tallies, areas)
            if each.level > Level.NORMAL or each.reports
        ],
        "coverage": sum(each.coverage for each in scored) / len(scored) if scored else 0.0,
        "parameters": sorted({each.parameters for each in scored}),
    }


_CHANGES = 200


def _changed_since(person: Person, since: datetime) -> dict[str, Any]:
    return {**within(person), "state.exercise": False, "state.changed_at": {"$gte": since}}


async def _changed_cases(store: Store, person: Person, since: datetime) -> list[Row[CaseScore]]:
    """Cases whose level changed since a moment, the gravest first; exercises are not the situation."""
    order = [("state.level", -1), ("state.changed_at", -1)]
    return await store.cases.rows(_changed_since(person, since), sort=order, limit=_CHANGES)


async def _more_changes(store: Store, person: Person, since: datetime, shown: Sequence[Row[CaseScore]]) -> int:
    """How many changed beside those that are shown."""
    if len(shown) < _CHANGES:
        return 0
    return await store.cases.collection.count_documents(_changed_since(person, since)) - len(shown)


async def _gravest(store: Store, person: Person) -> list[Row[CaseScore]]:
    wanted = {**within(person), "state.exercise": False, "state.level": {"$gte": int(Level.SIAGA)}}
    return await store.cases.rows(wanted, sort=[("state.level", -1), ("state.updated_at", -1)], limit=20)


def _by_chance(scores: list[Score]) -> float:
    """How many surges a week chance alone gives in the areas that have a record."""
    return sum(each.has_reported and each.judged for each in scores) * 10**-NOTABLE


def _most_likely(areas: dict[str, AreaScore], found: dict[str, Standing]) -> list[tuple[Region, AreaScore, Standing]]:
    """Areas above Normal, then those with the highest chance."""
    scored = [
        (region(code), area, found[code])
        for code, area in areas.items()
        if area.score and (area.score.ready or found[code].level > Level.NORMAL)
    ]
    scored.sort(key=lambda each: (-each[2].level, -(each[1].score.chance28 if each[1].score else 0)))
    return scored[:_WATCHED]


def _changes(areas: dict[str, AreaScore], cases: Sequence[Row[CaseScore]], since: datetime) -> list[Change]:
    """Levels that changed after a moment, the highest first."""
    found = [
        Change(region(code), region(code).name, each.level, each.previous, each.changed_at, f"/escalation/areas/{code}")
        for code, each in areas.items()
        if each.changed_at and each.changed_at >= since and each.level is not each.previous
    ]
    found += [
        Change(
            region(case.region),
            _("Kasus di {place}").format(place=region(case.region).name),
            case.level,
            case.previous,
            case.changed_at,
            _case(row.id),
        )
        for row in cases
        if (case := row.state).changed_at and case.changed_at >= since
    ]
    return sorted(found, key=lambda each: (-each.level, each.at))


def _case(case_id: str) -> str:
    return f"/verification/cases/{case_id}"


def _moved(areas: dict[str, AreaScore]) -> list[tuple[Region, float, float]]:
    """Areas whose 28-day chance moved by five points or more since yesterday: from, to; the largest move first."""
    moved = [
        (region(code), each.chance_yesterday, each.score.chance28)
        for code, each in areas.items()
        if each.score and each.score.ready and each.chance_yesterday is not None
    ]
    moved = [each for each in moved if abs(each[2] - each[1]) >= _MOVED]
    return sorted(moved, key=lambda each: -abs(each[2] - each[1]))[:20]
