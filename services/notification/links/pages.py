"""What an official sees who opens the link of a message. Opening does nothing: mail servers open links to look at them;
it is answered by a tap."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from kemenag.permissions import office_of
from services.notification.api import Alerts, Refusal
from services.notification.links import commands
from services.notification.links.replies import REFUSED, said, taken_as

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_OFTEN = "60/minute"
"""What one address may try: offices share one."""


async def seldom(request: Request) -> None:
    """Anybody may ask: not more often than an office does."""
    await request.app.state.limits.take_for(request, "answers", _OFTEN)


router = APIRouter(prefix="/notification/a", include_in_schema=False, dependencies=[Depends(seldom)])


@router.get("/{token}")
async def answer_page(request: Request, token: str, store: Alerts) -> Response:
    """What they are called for, and whether it waits for their word."""
    called = await commands.find(store, token, now())
    page = request.app.state.shell.page(
        request,
        "answer.html",
        title=_("Peringatan"),
        token=token,
        called=called,
        alert=called.alert.state,
        alert_id=called.alert.id,
        office=office_of(called.person),
        taken=[each for each in called.alert.state.takings if each.office == called.office],
    )
    page.headers.update(HEADERS)
    return page  # type: ignore[no-any-return]


@router.post("/{token}/acknowledge")
async def acknowledge(request: Request, token: str, store: Alerts) -> Response:
    """Take it."""
    called = await commands.find(store, token, now())
    done = await commands.acknowledge(store, called, now())
    request.session["notice"] = said(taken_as(done.state))
    return RedirectResponse(f"/notification/a/{token}", 303)


@router.post("/{token}/refuse")
async def refuse(request: Request, token: str, store: Alerts, form: Annotated[Refusal, Form()]) -> Response:
    """Cannot; the next rung is called at once."""
    called = await commands.find(store, token, now())
    await commands.refuse(store, called, form.reason, now())
    request.session["notice"] = said(REFUSED)
    return RedirectResponse(f"/notification/a/{token}", 303)
