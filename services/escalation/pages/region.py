"""A region: its level and why, what lies below it, its weeks, its forecast, the cases behind it."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.aggregates import Row
from chassis.clock import new_id, now
from chassis.database import inside
from chassis.identity import Person
from chassis.language import _
from chassis.problems import not_found
from chassis.signin import Guarded, SignedIn
from contracts.regions import Region, ancestry, children, exists, level_of, region
from contracts.vocabulary import Level
from kemenag.figures import odds, rarity, shares, usual
from kemenag.levels import NOTABLE
from kemenag.permissions import Action, require, within
from services.escalation import commands
from services.escalation.api import Levels
from services.escalation.area import AreaScore, faith_range, faith_surge
from services.escalation.commands import Reason
from services.escalation.country import indonesia
from services.escalation.model import CaseScore
from services.escalation.pages.chart import map_of, weeks_of
from services.escalation.standing import Tally, above_normal, case_tallies, standings, tally_of
from services.escalation.store import Store

_LISTED = 50
_AREA_DEPTH = 2


@dataclass
class Tile:
    """A region on the overview: the highest level of anything in it, and how many cases."""

    region: Region
    level: Level = Level.NORMAL
    cases: int = 0
    reports: int = 0
    has_data: bool = False
    """Whether anything was ever reported there."""


router = APIRouter(prefix="/escalation", include_in_schema=False)


@router.get("/")
async def own_region(person: SignedIn) -> Response:
    require(person, Action.SEE_LEVELS)
    return RedirectResponse(f"/escalation/areas/{person.regions[0] if person.regions else 'ID'}", 303)


@router.get("/areas/{code}")
async def area(request: Request, code: str, person: SignedIn, store: Levels) -> Response:
    require(person, Action.SEE_LEVELS, ancestry(code))
    if not exists(code):
        raise not_found()
    values = await _region(store, person, code)
    return request.app.state.shell.page(request, "area.html", title=region(code).name, **values)  # type: ignore[no-any-return]


@router.post("/cases/{case_id}/level", dependencies=[Guarded])
async def set_level(
    case_id: str,
    person: SignedIn,
    level: Annotated[int, Form(ge=0, le=3)],
    reason: Annotated[Reason, Form()],
    store: Levels,
) -> Response:
    row = await commands.set_level(store, case_id, person, Level(level), reason, now())
    return RedirectResponse(f"/escalation/areas/{row.state.region}", 303)


@router.post("/areas/{code}/level", dependencies=[Guarded])
async def set_area_level(
    request: Request,
    code: str,
    person: SignedIn,
    level: Annotated[int, Form(ge=0, le=3)],
    reason: Annotated[Reason, Form()],
    store: Levels,
) -> Response:
    await commands.set_area_level(store, code, person, Level(level), reason, new_id())
    request.session["notice"] = _("Tingkat dicatat dan berlaku dalam beberapa detik. Muat ulang halaman ini.")
    return RedirectResponse(f"/escalation/areas/{code}", 303)


async def _region(store: Store, person: Person, code: str) -> dict[str, Any]:
    """What the page of a region shows."""
    cases = await cases_in(store, person, code)
    tallies = await case_tallies(store, person, code)
    areas = await areas_in(store, person, code)
    here = areas.get(code)
    scores = [each.score for each in areas.values() if each.score]
    found = standings(areas, tallies)
    own_reports = await _own_reports(store, code)
    return {
        "code": code,
        "place": region(code),
        "depth": level_of(code),
        "above": [region(each) for each in ancestry(code)[:-1] if set(ancestry(each)) & set(person.regions)],
        "level": max((each.level for each in found.values()), default=Level.NORMAL),
        "has_data": bool(own_reports) or any(each.has_data for each in found.values()),
        "standing": found.get(code),
        "area": here,
        "score": here.score if here else None,
        "drawing": weeks_of(here, here.score) if here and here.score else None,
        "shares": shares(here.score.terms28) if here and here.score else [],
        "map": map_of(indonesia(), code, {each: row.level for each, row in found.items() if row.has_data})
        if level_of(code) < 2
        else None,
        "coverage": sum(each.coverage for each in scores) / max(len(scores), 1),
        "faith": faith_range(scores),
        "faith_surge": faith_surge(here.score) if here and here.score else "",
        "tally": tally_of(found.values()),
        "tiles": tiles_of(code, tallies, areas),
        "chances": {each.area: each.chance28 for each in scores if each.ready},
        "own_reports": own_reports,
        "cases": cases,
        "more_cases": max(sum(each.cases for each in tallies.values()) - len(cases), 0),
        "notable": NOTABLE,
        "rarity": rarity,
        "usual": usual,
        "odds": odds,
    }


async def _own_reports(store: Store, code: str) -> int | None:
    """Reports of the last 52 weeks in a kecamatan; it has no statistics of its own."""
    if level_of(code) != 3:
        return None
    row = await store.areas.get(".".join(code.split(".")[:2]))
    return row.state.kecamatan.get(code, 0) if row else 0


async def cases_in(store: Store, person: Person, code: str) -> list[Row[CaseScore]]:
    """The gravest cases above Normal in a region that the person may see, exercises among them."""
    order = [("state.level", -1), ("state.updated_at", -1)]
    return await store.cases.rows(above_normal(person, code), sort=order, limit=_LISTED)


async def areas_in(store: Store, person: Person, code: str) -> dict[str, AreaScore]:
    """The areas in a region that the person may see."""
    wanted: dict[str, Any] = within(person)
    if code != "ID":
        wanted["_id"] = inside(code)
    return {row.id: row.state for row in await store.areas.rows(wanted, sort=[("_id", 1)])}


def tiles_of(code: str, tallies: dict[str, Tally], areas: dict[str, AreaScore]) -> list[Tile]:
    """What lies directly below a region, the gravest first."""
    depth = level_of(code) + 1
    tiles = {each.code: Tile(each) for each in (children(code) if depth <= 3 else ())}
    for below, tally in tallies.items():
        if tile := tiles.get(_up(below, depth)):
            tile.cases += tally.cases
            tile.level, tile.has_data = max(tile.level, tally.level), True
    for area, standing in standings(areas, {}).items():
        if depth <= _AREA_DEPTH and (tile := tiles.get(_up(area, depth))):
            tile.level, tile.has_data = max(tile.level, standing.level), tile.has_data or standing.has_data
        for kecamatan, count in areas[area].kecamatan.items():
            if under := tiles.get(_up(kecamatan, depth)):
                under.reports += count
                under.has_data = under.has_data or count > 0
    return sorted(tiles.values(), key=lambda tile: (-tile.level, -tile.reports))


def _up(code: str, depth: int) -> str:
    """The region of a depth that a code lies in."""
    return ".".join(code.split(".")[:depth])
