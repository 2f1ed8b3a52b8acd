"""Verification's JSON: the queue, a case, its timeline, and the commands."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.permissions import Action, require
from chassis.signin import SignedIn
from chassis.store import Kept
from contracts.vocabulary import Outcome, Status
from services.verification import commands
from services.verification.model import Case, Check, possible
from services.verification.store import Store

_HIDDEN = {"timeline", "samples"}


class Assign(BaseModel):
    """To whom."""

    to: str = Field(min_length=2, max_length=200)


class Ask(BaseModel):
    """What to tell or ask, and whose report it is about."""

    model_config = ConfigDict(str_strip_whitespace=True)
    report_id: str
    text: str = Field(min_length=2, max_length=1000)
    expects_answer: bool = True


class Words(BaseModel):
    """What was done, or why."""

    model_config = ConfigDict(str_strip_whitespace=True)
    text: str = Field(min_length=2, max_length=5000)


class Close(BaseModel):
    """How it ended."""

    outcome: Outcome
    note: str = Field(default="", max_length=5000)


class Split(BaseModel):
    """Which report leaves."""

    report_id: str


def shown(kept: Kept[Case]) -> dict[str, Any]:
    """A case as JSON."""
    return {
        "case_id": kept.id,
        **kept.state.model_dump(mode="json", exclude=_HIDDEN),
        "possible": possible(kept.state),
    }


def router(store: Store) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/verification/v1", tags=["cases"])

    @routes.get("/cases")
    async def cases(
        person: SignedIn,
        status: Status | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        skip: Annotated[int, Query(ge=0, le=10_000)] = 0,
    ) -> dict[str, Any]:
        """The queue: the person's regions only, the most urgent first."""
        require(person, Action.SEE_CASE)
        wanted = {"state.status": status.value} if status else {}
        found, total = await store.queue(person, wanted, limit, skip)
        return {"cases": [shown(each) for each in found], "total": total}

    @routes.get("/cases/{case_id}")
    async def case(case_id: str, person: SignedIn) -> dict[str, Any]:
        """One case with its newest reports."""
        kept = await commands.load_for(store, case_id, person, Action.SEE_CASE)
        return {**shown(kept), "reports": await store.reports_of(case_id)}

    @routes.get("/cases/{case_id}/timeline")
    async def steps(case_id: str, person: SignedIn) -> dict[str, Any]:
        """Every step, chained by hash; `rukun check-chain` or any SHA-256 verifies it."""
        kept = await commands.load_for(store, case_id, person, Action.SEE_CASE)
        return {
            "case_id": case_id,
            "timeline": [each.model_dump(mode="json") for each in kept.state.timeline],
        }

    @routes.post("/cases/{case_id}/assign")
    async def assign(case_id: str, body: Assign, person: SignedIn) -> dict[str, Any]:
        """Give it to an office."""
        return shown(await commands.assign(store, case_id, person, body.to, now()))

    @routes.post("/cases/{case_id}/verify")
    async def verify(case_id: str, body: Check, person: SignedIn) -> dict[str, Any]:
        """Record a verdict."""
        return shown(await commands.verify(store, case_id, person, body, now()))

    @routes.post("/cases/{case_id}/ask")
    async def ask(case_id: str, body: Ask, person: SignedIn) -> dict[str, Any]:
        """Ask the reporter."""
        done = await commands.ask(store, case_id, person, body.report_id, body.text, body.expects_answer, now())
        return shown(done)

    @routes.post("/cases/{case_id}/actions")
    async def act(case_id: str, body: Words, person: SignedIn) -> dict[str, Any]:
        """Record an action."""
        return shown(await commands.act(store, case_id, person, body.text, now()))

    @routes.post("/cases/{case_id}/close")
    async def close(case_id: str, body: Close, person: SignedIn) -> dict[str, Any]:
        """End it."""
        return shown(await commands.close(store, case_id, person, body.outcome, body.note, now()))

    @routes.post("/cases/{case_id}/reopen")
    async def reopen(case_id: str, body: Words, person: SignedIn) -> dict[str, Any]:
        """Look again."""
        return shown(await commands.reopen(store, case_id, person, body.text, now()))

    @routes.post("/cases/{case_id}/split")
    async def split(case_id: str, body: Split, person: SignedIn) -> dict[str, str]:
        """Undo a grouping."""
        return {"case_id": await commands.split(store, case_id, person, body.report_id, now())}

    return routes
