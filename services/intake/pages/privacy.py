"""For the data protection officer: how long data is retained, what is on hold, and breaches with their clocks."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.identity import Person
from chassis.language import _
from chassis.signin import Guarded, SignedIn
from contracts.regions import timezone_of
from kemenag.permissions import Action, require
from services.intake.api import Reports
from services.intake.pages.rendering import show
from services.intake.privacy import commands
from services.intake.privacy.model import KINDS, STEPS

router = APIRouter(prefix="/intake/privacy", include_in_schema=False)
_PAGE = "/intake/privacy"


def _officer(person: SignedIn) -> Person:
    require(person, Action.PROTECT_DATA)
    return person


Officer = Annotated[Person, Depends(_officer)]


@router.get("")
async def privacy(request: Request, person: Officer, store: Reports) -> Response:
    at = now()
    retention = request.app.state.retention
    return show(
        request,
        "privacy.html",
        title=_("Data pribadi"),
        kinds=KINDS,
        days={kind.value: days for kind, days in retention.days.items()},
        runs=[each for _id, each in await store.retention_runs.find({}, sort=[("at", -1)], limit=7)],
        holds=await commands.holds(store, person, at),
        breaches=await commands.breaches(store, person),
        steps=STEPS,
        at=at,
    )


class HoldForm(BaseModel):
    """What is to be held back from destruction."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    ticket: str = Field(max_length=20)
    reason: str = Field(max_length=1000)
    until: date


@router.post("/holds", dependencies=[Guarded])
async def hold(request: Request, person: Officer, store: Reports, form: Annotated[HoldForm, Form()]) -> Response:
    sealed = request.app.state.audit.seal(person.sub)
    until = _here(person, datetime.combine(form.until, time(23, 59)))
    await commands.place_hold(store, person, sealed, form.ticket, form.reason, until, now())
    return RedirectResponse(_PAGE, 303)


@router.post("/holds/{report_id}/release", dependencies=[Guarded])
async def release(request: Request, report_id: str, person: Officer, store: Reports) -> Response:
    await commands.release_hold(store, person, request.app.state.audit.seal(person.sub), report_id, now())
    return RedirectResponse(_PAGE, 303)


class BreachForm(BaseModel):
    """A breach as it is first recorded."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    what: str = Field(min_length=10, max_length=5000)
    data: list[Literal["identity", "photos", "text"]] = []
    people: int = Field(default=0, ge=0, le=10_000_000)
    discovered_at: datetime


@router.post("/breaches", dependencies=[Guarded])
async def record(person: Officer, store: Reports, form: Annotated[BreachForm, Form()]) -> Response:
    discovered = _here(person, form.discovered_at)
    await commands.record_breach(store, person, form.what, form.data, form.people, discovered, now())
    return RedirectResponse(_PAGE, 303)


class StepForm(BaseModel):
    """What was done about a breach."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    act: Literal["measure", "agency", "people", "closed"]
    text: str = Field(min_length=3, max_length=5000)


@router.post("/breaches/{breach_id}", dependencies=[Guarded])
async def note(breach_id: str, person: Officer, store: Reports, form: Annotated[StepForm, Form()]) -> Response:
    await commands.note_breach(store, person, breach_id, form.act, form.text, now())
    return RedirectResponse(_PAGE, 303)


def _here(person: Person, moment: datetime) -> datetime:
    """A time of a form, which knows no zone, as it is where the person works."""
    zone = ZoneInfo(timezone_of(person.regions[0] if person.regions else "ID")[0])
    return moment.replace(tzinfo=zone)
