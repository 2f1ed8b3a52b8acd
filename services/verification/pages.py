"""What verifiers see: the queue and the case."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import StringConstraints, ValidationError

from chassis.clock import now
from chassis.live import Live
from chassis.permissions import Action, require
from chassis.problems import invalid
from chassis.signin import Guarded, SignedIn
from chassis.store import inside
from contracts.regions import office_name
from contracts.vocabulary import Act, Outcome, Status, Verdict
from services.verification import commands
from services.verification.model import Case, Check, possible
from services.verification.store import Store

_STRIPPED = StringConstraints(strip_whitespace=True)
Words = Annotated[str, _STRIPPED, Form(min_length=2, max_length=5000)]
"""What was done, or why; blanks are no words."""
_PAGE = 30
_OPEN = {"state.status": {"$ne": Status.DITUTUP.value}}


def router(store: Store, live: Live) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/verification", include_in_schema=False)

    @routes.get("/")
    async def queue(
        request: Request,
        person: SignedIn,
        status: str = "",
        area: Annotated[str, Query(max_length=20)] = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        require(person, Action.SEE_CASE)
        wanted: dict[str, Any] = {"state.status": status} if status in set(Status) else dict(_OPEN)
        if area:
            wanted["state.region"] = inside(area)
        cases, total = await store.queue(person, wanted, _PAGE, (max(page, 1) - 1) * _PAGE)
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request,
            "queue.html",
            title="Kasus",
            cases=cases,
            total=total,
            counts=await store.counts(person),
            status=status,
            area=area,
            page=max(page, 1),
            pages=-(-total // _PAGE),
        )

    @routes.get("/live")
    async def changes(person: SignedIn) -> Response:
        require(person, Action.SEE_CASE)
        return live.stream(person.regions)

    @routes.get("/cases/{case_id}")
    async def case(request: Request, case_id: str, person: SignedIn) -> Response:
        kept = await commands.load_for(store, case_id, person, Action.SEE_CASE)
        return request.app.state.shell.page(  # type: ignore[no-any-return]
            request,
            "case.html",
            title=kept.state.number,
            case_id=case_id,
            case=kept.state,
            reports=await store.reports_of(case_id),
            can=possible(kept.state),
            offices=_offices(kept.state),
            verdicts=list(Verdict),
            outcomes=list(Outcome),
            acts=list(Act),
        )

    def back(request: Request, case_id: str, done: str, place: str = "") -> Response:
        request.session["notice"] = done
        return RedirectResponse(f"/verification/cases/{case_id}{place}", 303)

    @routes.post("/cases/{case_id}/assign", dependencies=[Guarded])
    async def assign(
        request: Request, case_id: str, person: SignedIn, to: Annotated[str, Form(max_length=200)]
    ) -> Response:
        await commands.assign(store, case_id, person, to, now())
        return back(request, case_id, "Kasus sudah ditugaskan.")

    @routes.post("/cases/{case_id}/verify", dependencies=[Guarded])
    async def verify(
        request: Request,
        case_id: str,
        person: SignedIn,
        verdict: Annotated[str, Form()],
        source_grade: Annotated[str, Form()],
        information_grade: Annotated[str, Form()],
        acts: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        note: Annotated[str, Form()] = "",
    ) -> Response:
        given = {
            "verdict": verdict,
            "source_grade": source_grade,
            "information_grade": information_grade,
            "acts": acts,
            "note": note,
        }
        await commands.verify(store, case_id, person, _check(given), now())
        return back(request, case_id, "Hasil pemeriksaan tersimpan.")

    @routes.post("/cases/{case_id}/ask", dependencies=[Guarded])
    async def ask(
        request: Request,
        case_id: str,
        person: SignedIn,
        report_id: Annotated[str, Form()],
        text: Annotated[str, _STRIPPED, Form(min_length=2, max_length=1000)],
    ) -> Response:
        await commands.ask(store, case_id, person, report_id, text, True, now())
        return back(request, case_id, "Pertanyaan sudah dikirim kepada pelapor.")

    @routes.post("/cases/{case_id}/act", dependencies=[Guarded])
    async def act(request: Request, case_id: str, person: SignedIn, text: Words) -> Response:
        await commands.act(store, case_id, person, text, now())
        return back(request, case_id, "Tindakan tersimpan.")

    @routes.post("/cases/{case_id}/close", dependencies=[Guarded])
    async def close(
        request: Request,
        case_id: str,
        person: SignedIn,
        outcome: Annotated[Outcome, Form()],
        note: Annotated[str, Form()] = "",
    ) -> Response:
        await commands.close(store, case_id, person, outcome, note, now())
        return back(request, case_id, "Kasus sudah ditutup.")

    @routes.post("/cases/{case_id}/reopen", dependencies=[Guarded])
    async def reopen(request: Request, case_id: str, person: SignedIn, text: Words) -> Response:
        await commands.reopen(store, case_id, person, text, now())
        return back(request, case_id, "Kasus dibuka kembali.")

    @routes.post("/cases/{case_id}/split", dependencies=[Guarded])
    async def split(request: Request, case_id: str, person: SignedIn, report_id: Annotated[str, Form()]) -> Response:
        fresh = await commands.split(store, case_id, person, report_id, now())
        return back(request, fresh, "Laporan sudah dipisahkan menjadi kasus ini.")

    return routes


def _check(given: dict[str, Any]) -> Check:
    try:
        return Check.model_validate(given)
    except ValidationError as error:
        raise invalid([dict(each) for each in error.errors()]) from None


def _offices(case: Case) -> list[str]:
    return [office_name(code) for code in reversed(case.jurisdiction)]
