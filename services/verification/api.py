"""Verification's JSON: the queue, a case, its timeline, and the commands."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.aggregates import Aggregate, Row
from chassis.clock import now
from chassis.signin import SignedIn
from contracts.regions import KecamatanCode
from contracts.vocabulary import Outcome, Status
from kemenag.levels import sentence
from kemenag.permissions import Action, require
from services.verification import commands, similar, wording
from services.verification.carrying import commands as carrying
from services.verification.model import Case, Check, possible
from services.verification.store import Store

_HIDDEN = {"samples", "earlier_steps", "head", "open", "recent_reports"}
_MOST_STEPS = 1000


def current_store(request: Request) -> Store:
    """The service's store."""
    store: Store = request.app.state.store
    return store


Cases = Annotated[Store, Depends(current_store)]
Stripped = ConfigDict(str_strip_whitespace=True)


class Assign(BaseModel):
    """To whom."""

    model_config = Stripped
    to: str = Field(min_length=2, max_length=200)
    instead_of: str | None = Field(
        default=None,
        max_length=200,
        description="Whose it was when this was decided; refused where it is no more",
    )


class Ask(BaseModel):
    """What to tell or ask, and whose report it is about."""

    model_config = Stripped
    report_id: str
    text: str = Field(min_length=2, max_length=1000)
    expects_answer: bool = True


class Note(BaseModel):
    """What was done, or why; blanks are no note."""

    model_config = Stripped
    text: str = Field(min_length=2, max_length=5000)


class Close(BaseModel):
    """How it ended."""

    model_config = Stripped
    outcome: Outcome
    note: str = Field(default="", max_length=5000)


class Split(BaseModel):
    """Which report leaves."""

    report_id: str


class Merge(BaseModel):
    """Which case has the reports from now on, and why."""

    model_config = Stripped
    into: str = Field(min_length=5, max_length=60, description="Number or id of the other case")
    reason: str = Field(min_length=5, max_length=1000)


class Apart(BaseModel):
    """Which case it is not the same as."""

    model_config = Stripped
    other: str = Field(min_length=5, max_length=60, description="Id of the other case")


class Move(BaseModel):
    """Where it belongs, and why."""

    model_config = Stripped
    region: KecamatanCode
    reason: str = Field(min_length=5, max_length=1000)


def shown(case: Row[Case] | Aggregate[Case]) -> dict[str, Any]:
    """A case as JSON; `report_ids` are the newest."""
    return {
        "case_id": case.id,
        **case.state.model_dump(mode="json", exclude=_HIDDEN),
        "title": wording.title(case.state),
        "sentence": sentence(case.state.region, case.state.reasons),
        "report_ids": case.state.recent_reports,
        "possible": possible(case.state),
    }


router = APIRouter(prefix="/verification/v1", tags=["cases"])


@router.get("/cases")
async def list_cases(
    person: SignedIn,
    store: Cases,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    q: Annotated[str, Query(max_length=200, description="Number, ticket, or words of what was reported")] = "",
) -> dict[str, Any]:
    """The queue: the person's regions only, the most urgent first; `next` is the cursor of the next page. With `q`
    the cases that are looked for, whatever their status, the newest report first."""
    require(person, Action.SEE_CASE)
    if q.strip():
        return {"cases": [shown(each) for each in await store.search(person.regions, q)], "next": None}
    page = await store.queue(person.regions, status, "", limit, cursor)
    return {"cases": [shown(each) for each in page.cases], "next": page.next}


@router.get("/cases/{case_id}")
async def get_case(case_id: str, person: SignedIn, store: Cases) -> dict[str, Any]:
    """One case with its newest reports."""
    row = await commands.read_case(store, case_id, person, now())
    return {**shown(row), "reports": await store.reports_of(case_id)}


@router.get("/cases/{case_id}/timeline")
async def get_timeline(
    case_id: str, person: SignedIn, store: Cases, after: Annotated[int, Query(ge=0)] = 0
) -> dict[str, Any]:
    """Every step, chained by hash; `rukun check-chain` or any SHA-256 verifies it. `texts` are the same steps as
    sentences; `next` is the `after` of the following page."""
    row = await commands.read_case(store, case_id, person, now())
    earlier = [each.model_dump(mode="json") for each in row.state.earlier_steps if each.n > after]
    steps = await store.steps_of(case_id, max(after, len(row.state.earlier_steps)), _MOST_STEPS)
    chain = [*earlier, *steps]
    last = chain[-1]["n"] if chain else after
    return {
        "case_id": case_id,
        "timeline": chain,
        "texts": {each["n"]: wording.text(each, row.state.region) for each in chain},
        "next": last if last < row.state.steps else None,
    }


@router.post("/cases/{case_id}/assign")
async def assign(case_id: str, body: Assign, person: SignedIn, store: Cases) -> dict[str, Any]:
    """Give it to an office."""
    return shown(await commands.assign(store, case_id, person, body.to, now(), body.instead_of))


@router.post("/cases/{case_id}/verify")
async def verify(case_id: str, body: Check, person: SignedIn, store: Cases) -> dict[str, Any]:
    """Record a verdict."""
    return shown(await commands.verify(store, case_id, person, body, now()))


@router.post("/cases/{case_id}/ask")
async def ask(case_id: str, body: Ask, person: SignedIn, store: Cases) -> dict[str, Any]:
    """Ask the reporter."""
    done = await commands.ask(store, case_id, person, body.report_id, body.text, body.expects_answer, now())
    return shown(done)


@router.post("/cases/{case_id}/actions")
async def act(case_id: str, body: Note, person: SignedIn, store: Cases) -> dict[str, Any]:
    """Record an action."""
    return shown(await commands.act(store, case_id, person, body.text, now()))


@router.post("/cases/{case_id}/close")
async def close(case_id: str, body: Close, person: SignedIn, store: Cases) -> dict[str, Any]:
    """End it."""
    return shown(await commands.close(store, case_id, person, body.outcome, body.note, now()))


@router.post("/cases/{case_id}/reopen")
async def reopen(case_id: str, body: Note, person: SignedIn, store: Cases) -> dict[str, Any]:
    """Look again."""
    return shown(await commands.reopen(store, case_id, person, body.text, now()))


@router.post("/cases/{case_id}/split")
async def split(case_id: str, body: Split, person: SignedIn, store: Cases) -> dict[str, str]:
    """Undo a grouping."""
    return {"case_id": await commands.split(store, case_id, person, body.report_id, now())}


@router.post("/cases/{case_id}/merge")
async def merge(case_id: str, body: Merge, person: SignedIn, store: Cases) -> dict[str, str]:
    """Put its reports into another case about the same event."""
    return {"case_id": await carrying.merge(store, case_id, person, body.into, body.reason, now())}


@router.post("/cases/{case_id}/apart")
async def apart(case_id: str, body: Apart, person: SignedIn, store: Cases) -> dict[str, str]:
    """It is not the same event as another case: nobody is asked again."""
    await similar.keep_apart(store, case_id, person, body.other, now())
    return {"case_id": case_id}


@router.post("/cases/{case_id}/stay")
async def stay(case_id: str, person: SignedIn, store: Cases) -> dict[str, Any]:
    """Give up a merge or a move that was not finished."""
    return shown(await carrying.stay(store, case_id, person, now()))


@router.post("/cases/{case_id}/move")
async def move(case_id: str, body: Move, person: SignedIn, store: Cases) -> dict[str, str]:
    """Bring it to the region where it belongs."""
    return {"case_id": await carrying.move(store, case_id, person, body.region, body.reason, now())}
