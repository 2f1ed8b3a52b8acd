"""The pages of reading a case of another region."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem
from chassis.signin import Guarded, JustNow, SignedIn
from kemenag.permissions import Action, may, require
from services.verification import wording
from services.verification.api import Cases
from services.verification.outside import commands
from services.verification.outside.model import OpenForm, ReviewForm

_RATE = "10/day"
_REPORTS, _STEPS = 50, 100
router = APIRouter(prefix="/verification/outside", include_in_schema=False)


def _who(request: Request, person: Person) -> str:
    """How a reading names its person: keyed, as accounts can be guessed."""
    return str(request.app.state.sessions.of_person(person.sub))


@router.get("")
async def outside(request: Request, person: SignedIn, store: Cases) -> Response:
    """What one may read, and what waits for a review."""
    if not (may(person, Action.BREAK_GLASS) or may(person, Action.REVIEW_OUTSIDE)):
        raise Problem("forbidden", 403, _("Tidak berwenang"), _("Halaman ini untuk kepala kantor dan peninjau."))
    who = _who(request, person)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "outside.html",
        title=_("Kasus di luar wilayah"),
        own=await commands.own(store, who, now()),
        reviews=await commands.to_review(store, person, now()),
        who=who,
    )


@router.post("", dependencies=[Guarded, JustNow])
async def break_glass(request: Request, person: SignedIn, store: Cases, form: Annotated[OpenForm, Form()]) -> Response:
    """Open a case that lies elsewhere."""
    require(person, Action.BREAK_GLASS)
    await request.app.state.limits.take("outside", _RATE, person.sub)
    access_id = await commands.open_case(store, person, _who(request, person), form, now())
    return RedirectResponse(f"/verification/outside/{access_id}", 303)


@router.get("/{access_id}")
async def read(request: Request, access_id: str, person: SignedIn, store: Cases) -> Response:
    """The case, to read."""
    access, row = await commands.read(store, access_id, person, _who(request, person), now())
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "outside_case.html",
        title=row.state.number,
        access=access,
        case=row.state,
        reports=await store.reports_of(row.id, _REPORTS),
        steps=await store.newest_steps(row.id, _STEPS),
        wording=wording,
    )


@router.post("/{access_id}/review", dependencies=[Guarded])
async def review(
    request: Request, access_id: str, person: SignedIn, store: Cases, form: Annotated[ReviewForm, Form()]
) -> Response:
    """Whether it was needed."""
    require(person, Action.REVIEW_OUTSIDE)
    await commands.finish_review(store, access_id, person, _who(request, person), form, now())
    request.session["notice"] = _("Tinjauan tercatat.")
    return RedirectResponse("/verification/outside", 303)
