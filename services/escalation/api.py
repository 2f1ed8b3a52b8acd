"""Escalation's JSON: levels of cases and areas, and an officer's word on a case."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.clock import new_id, now
from chassis.permissions import Action, require, within
from chassis.problems import not_found
from chassis.signin import SignedIn
from chassis.store import Kept
from contracts.regions import ancestry
from contracts.vocabulary import Level
from services.escalation import commands
from services.escalation.area import AreaWatch
from services.escalation.areas import Areas
from services.escalation.store import Store

_UNFOUNDED = frozenset(
    ["mean7", "chance7", "mean28", "chance28", "chance28_two", "terms28", "expected", "variance", "tail", "score"]
)
"""Numbers that mean nothing before there is a record: null until then."""


class SetLevel(BaseModel):
    """Which level, and why."""

    level: Level
    reason: commands.Reason


def router(store: Store, scorer: Areas) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/escalation/v1", tags=["levels"])

    @routes.get("/levels")
    async def levels(
        person: SignedIn,
        at_least: Annotated[int, Query(ge=0, le=3)] = 1,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """Cases and areas of the person's regions from a level upwards."""
        require(person, Action.SEE_LEVELS)
        wanted = {**within(person), "state.level": {"$gte": at_least}}
        order = [("state.level", -1)]
        hidden = {"reports", "confirmed_acts"}
        cases = await store.cases.find(wanted, order, limit)
        areas = await store.areas.find(wanted, order, limit)
        return {
            "cases": [{"case_id": each.id, **each.state.model_dump(mode="json", exclude=hidden)} for each in cases],
            "areas": [_area(each) for each in areas],
        }

    @routes.post("/cases/{case_id}/level")
    async def set_level(case_id: str, body: SetLevel, person: SignedIn) -> dict[str, Any]:
        """Confirm, raise or lower a case's level, with a reason."""
        kept = await commands.set_level(store, case_id, person, body.level, body.reason, now())
        return {"case_id": kept.id, "level": kept.state.level, "sentence": kept.state.sentence}

    @routes.get("/areas/{code}")
    async def area(code: str, person: SignedIn) -> dict[str, Any]:
        """A kabupaten or kota as it stands, with the numbers of its newest score."""
        require(person, Action.SEE_LEVELS, ancestry(code))
        kept = await store.areas.load(code)
        if kept is None:
            raise not_found()
        return _area(kept)

    @routes.post("/areas/{code}/level", status_code=202)
    async def set_area_level(code: str, body: SetLevel, person: SignedIn) -> dict[str, Any]:
        """Set a kabupaten's or kota's level, with a reason; the next round of scoring takes it in."""
        await commands.set_area_level(store, scorer, code, person, body.level, body.reason, new_id())
        return {"area": code, "level": body.level}

    return routes


def _area(kept: Kept[AreaWatch]) -> dict[str, Any]:
    """An area without its reports on religion: pages show those, and only where they are not few."""
    hidden = {"score": {"faith_count", "faith_year", "faith_score"}}
    told = kept.state.model_dump(mode="json", exclude=hidden)
    if kept.state.score and not kept.state.score.ready:
        told["score"].update(dict.fromkeys(_UNFOUNDED))
    return {"area": kept.id, **told}
