"""Escalation's JSON: levels of cases and areas, and an officer's word on a case."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from chassis.aggregates import Row
from chassis.clock import new_id, now
from chassis.problems import not_found
from chassis.signin import SignedIn
from contracts.regions import NATIONAL, ancestry
from contracts.vocabulary import Level
from kemenag.levels import sentence
from kemenag.permissions import Action, require, within
from services.escalation import commands
from services.escalation.area import AreaScore
from services.escalation.standing import Tally, case_tallies, standings
from services.escalation.store import Store

_UNFOUNDED = frozenset(
    ["mean7", "chance7", "mean28", "chance28", "chance28_two", "terms28", "expected", "variance", "tail", "score"]
)
"""Numbers that mean nothing before there is a record: null until then."""


class SetLevel(BaseModel):
    """Which level, and why."""

    level: Level
    reason: commands.Reason


def current_store(request: Request) -> Store:
    """The service's store."""
    store: Store = request.app.state.store
    return store


Levels = Annotated[Store, Depends(current_store)]
router = APIRouter(prefix="/escalation/v1", tags=["levels"])


@router.get("/levels")
async def levels(
    person: SignedIn,
    store: Levels,
    at_least: Annotated[int, Query(ge=0, le=3)] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Cases and areas of the person's regions from a level upwards."""
    require(person, Action.SEE_LEVELS)
    wanted = {**within(person), "state.level": {"$gte": at_least}}
    order = [("state.level", -1)]
    hidden = {"reports", "confirmed_acts"}
    cases = await store.cases.rows(wanted, sort=order, limit=limit)
    tallies = await case_tallies(store, person, NATIONAL)
    lifted = [code for code, each in standings({}, tallies).items() if each.level >= at_least]
    either = {**within(person), "$or": [{"state.level": {"$gte": at_least}}, {"_id": {"$in": lifted}}]}
    areas = await store.areas.rows(either, sort=order, limit=limit)
    return {
        "cases": [
            {
                "case_id": each.id,
                **each.state.model_dump(mode="json", exclude=hidden),
                "sentence": sentence(each.state.region, each.state.reasons),
            }
            for each in cases
        ],
        "areas": [_area(each, tallies) for each in areas],
    }


@router.post("/cases/{case_id}/level")
async def set_level(case_id: str, body: SetLevel, person: SignedIn, store: Levels) -> dict[str, Any]:
    """Confirm, raise or lower a case's level, with a reason."""
    row = await commands.set_level(store, case_id, person, body.level, body.reason, now())
    return {"case_id": row.id, "level": row.state.level, "sentence": sentence(row.state.region, row.state.reasons)}


@router.get("/areas/{code}")
async def area(code: str, person: SignedIn, store: Levels) -> dict[str, Any]:
    """A kabupaten or kota as it stands, with the numbers of its newest score."""
    require(person, Action.SEE_LEVELS, ancestry(code))
    row = await store.areas.get(code)
    if row is None:
        raise not_found()
    return _area(row, await case_tallies(store, person, code))


@router.post("/areas/{code}/level", status_code=202)
async def set_area_level(code: str, body: SetLevel, person: SignedIn, store: Levels) -> dict[str, Any]:
    """Set a kabupaten's or kota's level, with a reason; the next round of scoring takes it in."""
    await commands.set_area_level(store, code, person, body.level, body.reason, new_id())
    return {"area": code, "level": body.level}


def _area(row: Row[AreaScore], tallies: dict[str, Tally]) -> dict[str, Any]:
    """An area without its reports on religion: pages show those, and only where they are not few. Its level is that of
    every page; `level_by_statistics` and `level_by_cases` are its parts."""
    standing = standings({row.id: row.state}, tallies)[row.id]
    hidden = {"score": {"faith_count", "faith_year", "faith_score"}}
    shown = row.state.model_dump(mode="json", exclude=hidden)
    if row.state.score and not row.state.score.ready:
        shown["score"].update(dict.fromkeys(_UNFOUNDED))
    shown |= {
        "level": int(standing.level),
        "level_by_statistics": int(standing.statistics),
        "level_by_cases": int(standing.cases),
        "has_data": standing.has_data,
    }
    return {"area": row.id, **shown, "sentence": sentence(row.id, row.state.reasons)}
