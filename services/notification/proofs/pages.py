"""Where somebody lets an office be asked, and where an official says that the message came."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _, ngettext
from chassis.problems import Problem
from chassis.signin import Guarded, SignedIn
from contracts.regions import ancestry
from kemenag.permissions import Action, may, require
from kemenag.places import code_of
from services.notification import channels
from services.notification.api import Alerts
from services.notification.links.pages import HEADERS, seldom
from services.notification.proofs import commands

_OFTEN = "10/day"
"""Questions to one office: each of them rings everybody's telephone."""

router = APIRouter(prefix="/notification", include_in_schema=False)


@router.post("/coverage/check", dependencies=[Guarded])
async def check(request: Request, person: SignedIn, store: Alerts, office: Annotated[str, Form()]) -> Response:
    """Ask everybody of an office whether messages come."""
    action = Action.EDIT_DIRECTORY if may(person, Action.EDIT_DIRECTORY) else Action.SET_LEVEL
    require(person, action)
    code = code_of(office)
    require(person, action, ancestry(code))
    await request.app.state.limits.take("check", _OFTEN, code)
    count = await commands.check(store, code, now())
    if not count:
        detail = _("Lengkapi direktori dengan nomor atau alamat surat mereka.")
        raise Problem("nothing-to-check", 409, _("Tidak ada saluran yang dapat diuji"), detail)
    asked = ngettext("{count} pesan uji dikirim.", "{count} pesan uji dikirim.", count)
    request.session["notice"] = asked.format(count=count)
    return RedirectResponse(f"/notification/coverage?region={code}", 303)


@router.get("/c/{check_token}", dependencies=[Depends(seldom)])
async def arrived_page(request: Request, check_token: str, store: Alerts) -> Response:
    """What came, and by which way. Opening it proves nothing: mail servers do."""
    row = await commands.find(store, check_token, now())
    official, channel = row.state.recipient, row.state.channel
    proven = (await commands.ways_of(store, [official], now())).get(official, {}).get(channel, False)
    page = request.app.state.shell.page(
        request,
        "arrived.html",
        title=_("Uji saluran"),
        token=check_token,
        channel=channels.LABELS[channel],
        proven=proven,
    )
    page.headers.update(HEADERS)
    return page  # type: ignore[no-any-return]


@router.post("/c/{check_token}/arrived", dependencies=[Depends(seldom)])
async def arrived(request: Request, check_token: str, store: Alerts) -> Response:
    """It came."""
    row = await commands.find(store, check_token, now())
    await commands.note(store, row.state, now())
    request.session["notice"] = _("Terima kasih. Peringatan akan sampai kepada Anda lewat cara ini.")
    return RedirectResponse(f"/notification/c/{check_token}", 303)
