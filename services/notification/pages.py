"""What officials see: the inbox, an alert."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from chassis.live import Live
from chassis.signin import Guarded, SignedIn, still_signed_in
from kemenag.permissions import Action, require, within
from services.notification import channels, commands
from services.notification.api import Alerts, Refusal
from services.notification.model import State

_WAITING = 100
_TAKEN = 30

router = APIRouter(prefix="/notification", include_in_schema=False)


def current_live(request: Request) -> Live:
    """Who looks at alerts now."""
    live: Live = request.app.state.live
    return live


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
        else _("Terima kasih, tercatat. Kantor lain juga harus menerima; pemanggilan berlanjut.")
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
