"""Where an office sees who is on duty, hands over, and puts its people in turns."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.identity import Person
from chassis.language import _
from chassis.signin import Guarded, SignedIn
from contracts.regions import NATIONAL, ancestry, office_name, timezone_of
from kemenag.permissions import Action, may, office_of, require
from kemenag.places import code_of
from services.notification.api import Alerts
from services.notification.duty import commands
from services.notification.duty.model import LONGEST_TURN, Handover, Roster, turns

_SHOWN = timedelta(days=42)
_SHOWN_TURNS = 12
_HOUR = time(8)
_OFTEN = "20/day"
"""Hand-overs of an office: each of them rings somebody's telephone."""

router = APIRouter(prefix="/notification/duty", include_in_schema=False)


@router.get("")
async def duty(
    request: Request, person: SignedIn, store: Alerts, office: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Who is on duty now, and who will be."""
    code = code_of(office) if office.strip() else next(iter(person.regions), NATIONAL)
    _require_here(person, code)
    roster = await commands.roster_of(store, code)
    there = await commands.colleagues(store, code)
    called = await commands.on_duty_now(store, code)
    ahead = list(turns(roster, now(), now() + _SHOWN))[:_SHOWN_TURNS]
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "duty.html",
        title=_("Piket"),
        office=code,
        office_name=office_name(code),
        roster=roster,
        colleagues=there,
        called=called,
        other=next((id for id, each in there.items() if each != called), None),
        turns=ahead,
        until=_local(ahead[0].ends, code).date() if ahead else None,
        first_day=_local(roster.begins or now(), code).date(),
        hour=_hour(roster, code),
        may_arrange=_may_arrange(person, code),
        longest=LONGEST_TURN,
    )


class HandoverForm(BaseModel):
    """Somebody takes over: from a day's hand-over (or now) until another's."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    official: str = Field(max_length=60)
    begins: date | None = None
    ends: date


@router.post("/{office}/hand-over", dependencies=[Guarded])
async def hand_over(
    request: Request, office: str, person: SignedIn, store: Alerts, form: Annotated[HandoverForm, Form()]
) -> Response:
    """Let somebody else be on duty for a time."""
    code = code_of(office)
    _require_here(person, code)
    await request.app.state.limits.take("duty", _OFTEN, code)
    roster, at = await commands.roster_of(store, code), now()
    hour = _hour(roster, code)
    begins = max(at, _at(form.begins, hour, code)) if form.begins else at
    handover = Handover(
        official=form.official, begins=begins, ends=_at(form.ends, hour, code), by=office_of(person), at=at
    )
    await commands.hand_over(store, code, handover)
    request.session["notice"] = _("Piket sudah dialihkan, dan yang menggantikan diberi tahu.")
    return RedirectResponse(f"/notification/duty?office={code}", 303)


class RosterForm(BaseModel):
    """The order: beside each person the number of their turn, or nothing."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    official: list[Annotated[str, Field(max_length=60)]] = Field(default=[], max_length=500)
    turn: list[Annotated[str, Field(pattern=r"^[0-9]{0,3}$")]] = Field(default=[], max_length=500)
    days: int
    first_day: date
    hour: time


@router.post("/{office}/arrange", dependencies=[Guarded])
async def arrange(
    request: Request, office: str, person: SignedIn, store: Alerts, form: Annotated[RosterForm, Form()]
) -> Response:
    """Put the office's people in turns."""
    code = code_of(office)
    require(person, _arranging(person))
    require(person, _arranging(person), ancestry(code))
    members = [id for _n, id in sorted((int(n), id) for id, n in zip(form.official, form.turn, strict=False) if n)]
    await commands.arrange(store, code, members, form.days, _at(form.first_day, form.hour, code), now())
    request.session["notice"] = (
        _("Giliran piket disimpan.") if members else _("Tanpa piket: semua orang di kantor ini dihubungi.")
    )
    return RedirectResponse(f"/notification/duty?office={code}", 303)


def _arranging(person: Person) -> Action:
    return Action.EDIT_DIRECTORY if may(person, Action.EDIT_DIRECTORY) else Action.SET_LEVEL


def _may_arrange(person: Person, code: str) -> bool:
    return may(person, _arranging(person), ancestry(code))


def _require_here(person: Person, code: str) -> None:
    """Who is called at the office or above it, and the administrator."""
    action = Action.EDIT_DIRECTORY if may(person, Action.EDIT_DIRECTORY) else Action.ACKNOWLEDGE
    require(person, action)
    require(person, action, ancestry(code))


def _local(moment: datetime, code: str) -> datetime:
    return moment.astimezone(ZoneInfo(timezone_of(code)[0]))


def _hour(roster: Roster, code: str) -> time:
    """When the office hands over."""
    return _local(roster.begins, code).time() if roster.begins else _HOUR


def _at(day: date, hour: time, code: str) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(timezone_of(code)[0]))
