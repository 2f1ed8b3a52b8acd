"""Where an official lets their offices practise."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.language import _, ngettext
from chassis.problems import Problem
from chassis.signin import Guarded, SignedIn
from contracts.regions import ancestry, level_of, region
from kemenag.permissions import Action, require
from kemenag.places import code_of
from services.intake import exercises
from services.intake.api import PseudonymKey, Reports
from services.intake.pages.rendering import show

_OFTEN = "4/hour"

router = APIRouter(prefix="/intake/exercise", include_in_schema=False)


class ExerciseForm(BaseModel):
    """What is played, and where."""

    model_config = ConfigDict(str_strip_whitespace=True)
    scenario: Literal["spanduk", "massa", "perusakan"]
    region_text: str = Field(min_length=2, max_length=200)
    region_code: str = Field(default="", max_length=20)


@router.get("")
async def page(request: Request, person: SignedIn) -> Response:
    require(person, Action.RUN_EXERCISE)
    place = region(person.regions[0]).path if person.regions and level_of(person.regions[0]) == 3 else ""
    return show(request, "exercise.html", title=_("Latihan"), scenarios=exercises.SCENARIOS, place=place)


@router.post("", dependencies=[Guarded])
async def begin(
    request: Request, person: SignedIn, store: Reports, key: PseudonymKey, form: Annotated[ExerciseForm, Form()]
) -> Response:
    require(person, Action.RUN_EXERCISE)
    code = code_of(form.region_code or form.region_text)
    if level_of(code) < 2:
        detail = _("Pilih kecamatan, atau kabupaten/kota.")
        raise Problem("region-too-wide", 422, _("Wilayah latihan terlalu luas"), detail)
    require(person, Action.RUN_EXERCISE, ancestry(code))  # before the place's share of exercises is touched
    await request.app.state.limits.take("exercise", _OFTEN, code)
    tickets = await exercises.begin(store, key, person, form.scenario, code, now())
    count = len(tickets)
    said = ngettext("Latihan dimulai: {count} laporan.", "Latihan dimulai: {count} laporan.", count)
    request.session["notice"] = said.format(count=count)
    return RedirectResponse("/notification/exercises", 303)
