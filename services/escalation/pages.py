"""What officials see: a region with what lies below it, its weeks, and the cases behind its level."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.permissions import Action, Person, require, within
from chassis.problems import not_found
from chassis.signin import Guarded, SignedIn
from chassis.store import Kept, inside
from contracts.regions import Region, ancestry, children, exists, region
from contracts.vocabulary import Level
from services.escalation import commands
from services.escalation.model import CaseWatch
from services.escalation.store import Store


@dataclass(frozen=True)
class Tile:
    """A region on the overview: the highest level of anything in it, and how many cases."""

    region: Region
    level: Level
    cases: int


def router(store: Store) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/escalation", include_in_schema=False)

    @routes.get("/")
    async def own_region(person: SignedIn) -> Response:
        require(person, Action.SEE_LEVELS)
        return RedirectResponse(f"/escalation/areas/{person.regions[0] if person.regions else 'ID'}", 303)

    @routes.get("/areas/{code}")
    async def area(request: Request, code: str, person: SignedIn) -> Response:
        require(person, Action.SEE_LEVELS, ancestry(code))
        if not exists(code):
            raise not_found()
        cases = await _cases(store, person, code)
        kept = await store.areas.load(code)
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request,
            "area.html",
            title=region(code).name,
            code=code,
            place=region(code),
            above=[region(each) for each in ancestry(code)[:-1] if set(ancestry(each)) & set(person.regions)],
            tiles=await _tiles(store, code, cases),
            area=kept.state if kept else None,
            level=max([each.state.level for each in cases] + [kept.state.level if kept else Level.NORMAL]),
            cases=[each for each in cases if each.state.level > Level.NORMAL][:50],
        )

    @routes.post("/cases/{case_id}/level", dependencies=[Guarded])
    async def set_level(
        case_id: str,
        person: SignedIn,
        level: Annotated[int, Form(ge=0, le=3)],
        reason: Annotated[str, Form(min_length=5, max_length=1000)],
    ) -> Response:
        kept = await commands.set_level(store, case_id, person, Level(level), reason, now())
        return RedirectResponse(f"/escalation/areas/{kept.state.region}", 303)

    return routes


async def _cases(store: Store, person: Person, code: str) -> list[Kept[CaseWatch]]:
    wanted = {**within(person), "state.level": {"$gt": 0}}
    if code != "ID":
        wanted["state.region"] = inside(code)
    return await store.cases.find(wanted, [("state.level", -1), ("state.updated_at", -1)], 2000)


async def _tiles(store: Store, code: str, cases: list[Kept[CaseWatch]]) -> list[Tile]:
    below = children(code) if code.count(".") < 2 else ()
    areas = {kept.id: kept.state.level for kept in await store.areas.find({"state.level": {"$gt": 0}}, limit=1000)}
    tiles = []
    for each in below:
        here = [case.state.level for case in cases if _in(case.state.region, each.code)]
        found = [level for area, level in areas.items() if _in(area, each.code)]
        tiles.append(Tile(each, max([*here, *found], default=Level.NORMAL), len(here)))
    return sorted(tiles, key=lambda tile: -tile.level)


def _in(code: str, area: str) -> bool:
    return code == area or code.startswith(f"{area}.")
