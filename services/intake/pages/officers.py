"""For officers: the opening of identities by two people."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from chassis.problems import Problem
from chassis.signin import Guarded, JustNow, SignedIn
from kemenag.permissions import Action, may, require
from services.intake.api import Reports
from services.intake.commands import find_by_ticket
from services.intake.model import read_ticket
from services.intake.pages.rendering import show
from services.intake.wording import TRACED_BY, TRACES

router = APIRouter(prefix="/intake", include_in_schema=False)


@router.get("/identities")
async def identities(request: Request, person: SignedIn, store: Reports) -> Response:
    if not (may(person, Action.APPROVE_IDENTITY) or may(person, Action.REQUEST_IDENTITY)):
        raise Problem(
            "forbidden", 403, _("Tidak berwenang"), _("Halaman ini untuk pejabat yang menyetujui pembukaan identitas.")
        )
    trace = await store.openings.trace(person) if may(person, Action.READ_ACCESS_LOG) else None
    waiting = await store.openings.waiting(person, now())
    return show(
        request,
        "identities.html",
        title=_("Identitas pelapor"),
        waiting=waiting,
        trace=trace,
        me=person,
        traces=TRACES,
        traced_by=TRACED_BY,
        opened=None,
    )


@router.post("/identities/request", dependencies=[Guarded])
async def ask_identity(
    person: SignedIn, ticket: Annotated[str, Form()], reason: Annotated[str, Form(max_length=1000)], store: Reports
) -> Response:
    row = await find_by_ticket(store, read_ticket(ticket) or "")
    require(person, Action.REQUEST_IDENTITY, row.state.jurisdiction)
    await store.openings.request(row.id, person, reason, now())
    return RedirectResponse("/intake/identities", 303)


@router.post("/identities/{request_id}/approve", dependencies=[Guarded, JustNow])
async def approve(request_id: str, person: SignedIn, store: Reports) -> Response:
    await store.openings.approve(request_id, person, now())
    return RedirectResponse("/intake/identities", 303)


@router.post("/identities/{request_id}/open", dependencies=[Guarded, JustNow])
async def open_identity(request: Request, request_id: str, person: SignedIn, store: Reports) -> Response:
    opened = await store.openings.open(request_id, person, now())
    waiting = await store.openings.waiting(person, now())
    return show(
        request,
        "identities.html",
        title=_("Identitas pelapor"),
        waiting=waiting,
        trace=None,
        me=person,
        traces=TRACES,
        traced_by=TRACED_BY,
        opened=opened,
    )
