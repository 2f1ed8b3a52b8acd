"""What officials see: the inbox, an alert, directives, the directory."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.language import _
from chassis.live import Live
from chassis.signin import Guarded, SignedIn, still_signed_in
from contracts.regions import NATIONAL
from kemenag.permissions import Action, require, within
from kemenag.places import codes_of
from services.notification import channels, commands
from services.notification.api import Alerts, Refusal
from services.notification.directives.commands import Directives
from services.notification.directives.model import Progress
from services.notification.model import State

_WAITING = 100
_TAKEN = 30
_RECEIPTS = 200

router = APIRouter(prefix="/notification", include_in_schema=False)


def current_live(request: Request) -> Live:
    """Who looks at alerts now."""
    live: Live = request.app.state.live
    return live


def current_directives(request: Request) -> Directives:
    """The directives."""
    directives: Directives = request.app.state.directives
    return directives


Issued = Annotated[Directives, Depends(current_directives)]


@router.post("/sign-out", dependencies=[Guarded])
async def sign_out(request: Request, store: Alerts) -> Response:
    """The session is over in every service, whoever has a copy of its cookie."""
    if await request.app.state.sessions.holds(request.session):
        await store.endings.end(request.app.state.sessions.of_session(request.session), now())
    request.session.clear()
    return RedirectResponse("/notification/signed-out", 303)


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """Says so, and goes on to the provider, where the session ends as well. A page between: browsers let no form of
    ours lead to another site, not even by a redirect."""
    address = await request.app.state.sign_in.end_address()
    page = request.app.state.shell.page(request, "signed_out.html", title=_("Anda sudah keluar"), address=address)
    if address != "/":
        page.headers["Refresh"] = f"0; url={address}"
    return page  # type: ignore[no-any-return]


@router.post("/back-channel-logout")
async def back_channel_logout(request: Request, store: Alerts, logout_token: Annotated[str, Form()]) -> Response:
    """The identity provider ended somebody's sessions: an administrator did, or they signed out elsewhere."""
    sub = await request.app.state.sign_in.signed_out(logout_token)
    await store.endings.end(request.app.state.sessions.of_person(sub), now())
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


class DirectiveForm(BaseModel):
    """A directive to be issued."""

    model_config = ConfigDict(str_strip_whitespace=True)
    title: str = Field(min_length=3, max_length=200)
    text: str = Field(min_length=3, max_length=10_000)
    regions: str = Field(default=NATIONAL, max_length=500)


@router.get("/")
async def inbox(request: Request, person: SignedIn, store: Alerts) -> Response:
    """Alerts that wait for an answer, and those that were taken."""
    require(person, Action.SEE_ALERTS)
    mine = within(person, "state.called")
    newest = [("state.level", -1), ("state.raised_at", -1)]
    raised = {**mine, "state.state": State.RAISED.value}
    taken = {**mine, "state.state": State.ACKNOWLEDGED.value}
    waiting = await store.alerts.rows(raised, sort=newest, limit=_WAITING)
    total = (
        await store.alerts.collection.count_documents(raised, limit=10_000)
        if len(waiting) == _WAITING
        else len(waiting)
    )
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "inbox.html",
        title=_("Peringatan"),
        waiting=waiting,
        total=total,
        taken=await store.alerts.rows(taken, sort=newest, limit=_TAKEN),
    )


@router.get("/live")
async def changes(
    request: Request, person: SignedIn, live: Annotated[Live, Depends(current_live)], alert: str = ""
) -> Response:
    """Server-sent events: an alert in the person's regions changed, or the one did."""
    require(person, Action.SEE_ALERTS)
    return live.stream(person.regions, lambda: still_signed_in(request), alert or None)


@router.get("/alerts/{alert_id}")
async def alert(request: Request, alert_id: str, person: SignedIn, store: Alerts) -> Response:
    """One alert, with who was called."""
    row = await commands.load_alert(store, alert_id, person, Action.SEE_ALERTS)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "alert.html",
        title=_("Peringatan"),
        alert_id=alert_id,
        alert=row.state,
        deliveries=[each for _, each in await store.deliveries_of(alert_id)],
        channels=channels.LABELS,
        takers=commands.policy_of(store, row.state).takers,
    )


@router.post("/alerts/{alert_id}/acknowledge", dependencies=[Guarded])
async def acknowledge(request: Request, alert_id: str, person: SignedIn, store: Alerts) -> Response:
    """Take it."""
    done = await commands.acknowledge(store, alert_id, person, now())
    request.session["notice"] = (
        _("Terima kasih. Peringatan ini sekarang Anda tangani.")
        if done.state.state is State.ACKNOWLEDGED
        else _("Terima kasih, tercatat. Pada tingkat Awas satu kantor lagi harus menerima; pemanggilan berlanjut.")
    )
    return RedirectResponse(f"/notification/alerts/{alert_id}", 303)


@router.post("/alerts/{alert_id}/take-over", dependencies=[Guarded])
async def take_over(request: Request, alert_id: str, person: SignedIn, store: Alerts) -> Response:
    """Take it from the office that has it."""
    await commands.take_over(store, alert_id, person, now())
    request.session["notice"] = _("Peringatan ini sekarang Anda tangani.")
    return RedirectResponse(f"/notification/alerts/{alert_id}", 303)


@router.post("/alerts/{alert_id}/refuse", dependencies=[Guarded])
async def refuse(
    request: Request, alert_id: str, person: SignedIn, store: Alerts, form: Annotated[Refusal, Form()]
) -> Response:
    """Cannot; the next rung is called at once."""
    await commands.refuse(store, alert_id, person, form.reason, now())
    request.session["notice"] = _("Tercatat. Pejabat berikutnya dihubungi sekarang.")
    return RedirectResponse(f"/notification/alerts/{alert_id}", 303)


@router.get("/directives")
async def list_directives(request: Request, person: SignedIn, store: Alerts, directives: Issued) -> Response:
    """Directives of the person's offices, and those issued in the person's regions."""
    found = await directives.receive(person, now())
    issued = await store.directives.rows(within(person), sort=[("_id", -1)], limit=50)
    known = {each.id for each in found}
    every = sorted([*found, *(each for each in issued if each.id not in known)], key=lambda each: each.id, reverse=True)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request, "directives.html", title=_("Arahan"), directives=every
    )


@router.post("/directives", dependencies=[Guarded])
async def issue(person: SignedIn, directives: Issued, form: Annotated[DirectiveForm, Form()]) -> Response:
    """Issue one."""
    codes = codes_of(form.regions)
    directive_id = await directives.issue(person, form.title, form.text, codes, now())
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.get("/directives/{directive_id}")
async def directive(
    request: Request,
    directive_id: str,
    person: SignedIn,
    store: Alerts,
    directives: Issued,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """One directive. Opening it says nothing: a browser that looks ahead, or a link in a message, opens it, too."""
    row = await directives.load(directive_id, person)
    wanted = {"state.directive_id": directive_id, **({"_id": {"$gt": after}} if after else {})}
    receipts = await store.receipts.rows(wanted, sort=[("_id", 1)], limit=_RECEIPTS + 1)
    mine = await directives.receipts_of(directive_id, person)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "directive.html",
        title=row.state.title,
        directive_id=directive_id,
        directive=row.state,
        receipts=receipts[:_RECEIPTS],
        more=len(receipts) > _RECEIPTS,
        mine=[each.state for each in mine],
    )


@router.post("/directives/{directive_id}/read", dependencies=[Guarded])
async def read(directive_id: str, person: SignedIn, directives: Issued) -> Response:
    """The person's offices have read it."""
    await directives.load(directive_id, person)
    await directives.mark(directive_id, person, Progress.READ, now())
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.post("/directives/{directive_id}/done", dependencies=[Guarded])
async def carried_out(directive_id: str, person: SignedIn, directives: Issued) -> Response:
    """The person's offices have carried it out."""
    await directives.load(directive_id, person)
    await directives.mark(directive_id, person, Progress.DONE, now())
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)
