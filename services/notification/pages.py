"""What officials see: the inbox, an alert, directives, the directory."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.live import Live
from chassis.permissions import Action, require, within
from chassis.problems import Problem
from chassis.signin import Guarded, SignedIn
from contracts.regions import NATIONAL, search_regions
from services.notification import commands, directory
from services.notification.model import State
from services.notification.store import Store

_LARGEST = 5 * 1024 * 1024


def router(store: Store, live: Live) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/notification", include_in_schema=False)

    @routes.get("/")
    async def inbox(request: Request, person: SignedIn) -> Response:
        require(person, Action.SEE_ALERTS)
        mine = within(person, "state.called")
        newest = [("state.level", -1), ("state.raised_at", -1)]
        waiting = await store.alerts.find({**mine, "state.state": State.RAISED.value}, newest, 100)
        taken = await store.alerts.find({**mine, "state.state": State.ACKNOWLEDGED.value}, newest, 30)
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request, "inbox.html", title="Peringatan", waiting=waiting, taken=taken
        )

    @routes.get("/live")
    async def changes(person: SignedIn) -> Response:
        require(person, Action.SEE_ALERTS)
        return live.stream(person.regions)

    @routes.get("/alerts/{alert_id}")
    async def alert(request: Request, alert_id: str, person: SignedIn) -> Response:
        kept = await commands.load_alert(store, alert_id, person, Action.SEE_ALERTS)
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request, "alert.html", title="Peringatan", alert_id=alert_id, alert=kept.state
        )

    @routes.post("/alerts/{alert_id}/acknowledge", dependencies=[Guarded])
    async def acknowledge(request: Request, alert_id: str, person: SignedIn) -> Response:
        await commands.acknowledge(store, alert_id, person, now())
        request.session["notice"] = "Terima kasih. Peringatan ini sekarang Anda tangani."
        return RedirectResponse(f"/notification/alerts/{alert_id}", 303)

    @routes.get("/directives")
    async def directives(request: Request, person: SignedIn) -> Response:
        require(person, Action.SEE_ALERTS)
        found = await commands.receive_directives(store, person, now())
        issued = await store.directives.find(within(person), [("_id", -1)], 50)
        known = {each.id for each in found}
        every = [*found, *(each for each in issued if each.id not in known)]
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request, "directives.html", title="Arahan", directives=every
        )

    @routes.post("/directives", dependencies=[Guarded])
    async def issue(
        person: SignedIn,
        title: Annotated[str, Form(min_length=3, max_length=200)],
        text: Annotated[str, Form(min_length=3, max_length=10_000)],
        regions: Annotated[str, Form(max_length=500)] = NATIONAL,
    ) -> Response:
        codes = tuple(_code(part) for part in regions.split(";") if part.strip()) or (NATIONAL,)
        directive_id = await commands.issue_directive(store, person, title, text, codes, now())
        return RedirectResponse(f"/notification/directives/{directive_id}", 303)

    @routes.get("/directives/{directive_id}")
    async def directive(request: Request, directive_id: str, person: SignedIn) -> Response:
        kept = await commands.mark_directive(store, directive_id, person, "read", now())
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request,
            "directive.html",
            title=kept.state.title,
            directive_id=directive_id,
            directive=kept.state,
            mine=[each for each in kept.state.receipts if each.office in person.regions],
        )

    @routes.post("/directives/{directive_id}/done", dependencies=[Guarded])
    async def done(directive_id: str, person: SignedIn) -> Response:
        await commands.mark_directive(store, directive_id, person, "done", now())
        return RedirectResponse(f"/notification/directives/{directive_id}", 303)

    @routes.get("/directory")
    async def officials(request: Request, person: SignedIn) -> Response:
        require(person, Action.EDIT_DIRECTORY)
        listed = await store.officials.find().sort([("regions", 1)]).limit(500).to_list()
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request,
            "directory.html",
            title="Direktori pejabat",
            officials=listed,
            results=None,
            columns=directory.COLUMNS,
        )

    @routes.post("/directory", dependencies=[Guarded])
    async def import_officials(request: Request, person: SignedIn, file: Annotated[UploadFile, File()]) -> Response:
        require(person, Action.EDIT_DIRECTORY)
        content = await file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise Problem(413, "Berkas terlalu besar", "Paling besar 5 MB.")
        results = await asyncio.to_thread(directory.read, content)
        fit = {each.id: each.official for each in results if each.id and each.official}
        await commands.list_officials(store, fit, now())
        listed = await store.officials.find().sort([("regions", 1)]).limit(500).to_list()
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request,
            "directory.html",
            title="Direktori pejabat",
            officials=listed,
            results=results,
            columns=directory.COLUMNS,
        )

    return routes


def _code(text: str) -> str:
    if text.strip().upper() in (NATIONAL, "INDONESIA"):
        return NATIONAL
    found = search_regions(text)
    if len(found) != 1:
        raise Problem(422, f"Wilayah “{text.strip()}” tidak jelas", "Tulis kode wilayahnya, misalnya 31.71.")
    return found[0].code
