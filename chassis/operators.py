"""What operators look at in every service: dead letters, blocked outboxes, quarantined documents; and put back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.identity import Person
from chassis.language import _
from chassis.problems import not_found
from chassis.signin import Guarded, SignedIn

_pages = APIRouter(include_in_schema=False)


def _operator(request: Request, person: Person) -> None:
    if not request.app.state.shell.look.may_operate(person):
        raise not_found()


@_pages.get("/operators")
async def waiting(request: Request, person: SignedIn) -> Response:
    """Everything that waits for a decision."""
    _operator(request, person)
    foundation = request.app.state.foundation
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "operators.html",
        title=_("Operasi"),
        letters=await foundation.dead_letters.newest(),
        blocked=await foundation.blocked.all(),
        quarantined=await foundation.quarantine.all(),
    )


@_pages.post("/operators/dead-letters", dependencies=[Guarded])
async def replay_letter(request: Request, person: SignedIn, letter: Annotated[str, Form()]) -> Response:
    """Put a dead letter back on its topic."""
    _operator(request, person)
    if not await request.app.state.foundation.dead_letters.replay(letter):
        raise not_found()
    return _back(request)


@_pages.post("/operators/outbox", dependencies=[Guarded])
async def settle_outbox(
    request: Request,
    person: SignedIn,
    collection: Annotated[str, Form()],
    document: Annotated[str, Form()],
    action: Annotated[str, Form(pattern="^(replay|discard)$")],
) -> Response:
    """Publish a blocked event again, or give it up."""
    _operator(request, person)
    blocked = request.app.state.foundation.blocked
    done = await (blocked.replay if action == "replay" else blocked.discard)(collection, document)
    if not done:
        raise not_found()
    return _back(request)


@_pages.post("/operators/quarantine", dependencies=[Guarded])
async def release(request: Request, person: SignedIn, id: Annotated[str, Form()]) -> Response:
    """Let a document be read again."""
    _operator(request, person)
    if not await request.app.state.foundation.quarantine.release(id):
        raise not_found()
    return _back(request)


def _back(request: Request) -> Response:
    return RedirectResponse(request.url.path.rpartition("/")[0], 303)


def routes(service: str) -> APIRouter:
    """The page below the service's path."""
    router = APIRouter(prefix=f"/{service}")
    router.include_router(_pages)
    return router
