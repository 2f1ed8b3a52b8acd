"""For the administrator: programs that post reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.identity import Person
from chassis.language import _
from chassis.signin import Guarded, JustNow, SignedIn
from contracts.regions import NATIONAL
from kemenag.permissions import Action, require
from kemenag.places import codes_of
from services.intake.api import Reports
from services.intake.clients import RATE
from services.intake.pages.rendering import show
from services.intake.store import Store

router = APIRouter(prefix="/intake/clients", include_in_schema=False)


def _administrator(person: SignedIn) -> Person:
    require(person, Action.MANAGE_CLIENTS)
    return person


Administrator = Depends(_administrator)


@router.get("", dependencies=[Administrator])
async def clients(request: Request, store: Reports) -> Response:
    return await _show(request, store)


async def _show(request: Request, store: Store, key: str = "") -> Response:
    return show(request, "clients.html", title=_("Klien API"), clients=await store.clients.all(), key=key)


class ClientForm(BaseModel):
    """A new program."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    name: str = Field(min_length=2, max_length=200)
    regions: str = Field(default=NATIONAL, max_length=500)
    rate: str = Field(default="600/minute", pattern=RATE)


@router.post("", dependencies=[Administrator, Guarded, JustNow])
async def add(request: Request, store: Reports, form: Annotated[ClientForm, Form()]) -> Response:
    key = await store.clients.add(form.name, codes_of(form.regions), form.rate, now())
    return await _show(request, store, key)


@router.post("/{client_id}/renew", dependencies=[Administrator, Guarded, JustNow])
async def renew(request: Request, client_id: str, store: Reports) -> Response:
    return await _show(request, store, await store.clients.renew(client_id))


@router.post("/{client_id}/revoke", dependencies=[Administrator, Guarded])
async def revoke(request: Request, client_id: str, store: Reports) -> Response:
    await store.clients.revoke(client_id, now())
    request.session["notice"] = _("Klien ini tidak dapat mengirim laporan lagi.")
    return RedirectResponse("/intake/clients", 303)
