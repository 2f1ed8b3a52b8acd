"""What verifiers see: the queue and the case."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from chassis.clock import now
from chassis.identity import Person
from chassis.language import _
from chassis.live import Live
from chassis.problems import Problem
from chassis.signin import Guarded, SignedIn, still_signed_in
from contracts.regions import jurisdiction, office_name, search_regions
from contracts.vocabulary import Act, Outcome, Status, Verdict
from kemenag.permissions import Action, may, require
from services.verification import api, commands, feedback, similar, wording
from services.verification.api import Cases
from services.verification.carrying import commands as carrying
from services.verification.documents.model import KIND_LABELS
from services.verification.model import Check, offices_of, possible
from services.verification.outside import commands as outside
from services.verification.referrals.model import ANSWER_WITHIN, ANSWERS, ORGANISATIONS
from services.verification.store import COUNTED, Page, Store

_PAGE = 30
_STEPS = 100
_REPORTS = 50
_TASKS = 20

router = APIRouter(prefix="/verification", include_in_schema=False)


def current_live(request: Request) -> Live:
    """Who looks at cases now."""
    live: Live = request.app.state.live
    return live


@router.get("/")
async def queue(
    request: Request,
    person: SignedIn,
    store: Cases,
    status: str = "",
    area: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str, Query(max_length=300)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The most urgent cases first, or those that somebody looks for."""
    require(person, Action.SEE_CASE)
    wanted, regions = Status(status) if status in set(Status) else None, person.regions
    listed = _searched(store, regions, q) if q.strip() else store.queue(regions, wanted, area, _PAGE, cursor or None)
    beginning = not (q.strip() or cursor)
    # Side by side: none of them needs what another finds.
    page, counts, beside = await asyncio.gather(listed, store.counts(regions, area), _beside(store, person, beginning))
    ids = [each.id for each in page.cases]
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "queue.html",
        title=_("Kasus"),
        wording=wording,
        cases=page.cases,
        asked=await similar.asked_of(store, ids, regions) if may(person, Action.VERIFY_CASE) else set(),
        next=page.next,
        first=not cursor,
        counts=counts,
        counted=COUNTED,
        tasks=beside.get("tasks", []) if not status else [],
        referrals=beside.get("referrals", []) if not status else [],
        floods=beside.get("floods", []),
        said=beside.get("said", {}),
        says=feedback.LABELS,
        outside=beside.get("outside", 0),
        at=now(),
        status=wanted or "",
        area=area,
        q=q,
    )


async def _searched(store: Store, regions: tuple[str, ...], asked: str) -> Page:
    return Page(await store.search(regions, asked), None)


async def _beside(store: Store, person: Person, beginning: bool) -> dict[str, Any]:
    """What stands above the queue, at its beginning alone."""
    if not beginning:
        return {}
    reads: dict[str, Awaitable[Any]] = {
        "tasks": store.tasks_of(person.regions, _TASKS),
        "floods": store.floods.now_in(person.regions, now()),
        "said": store.said(person.regions, now()),
    }
    if may(person, Action.HANDLE_CASE):
        reads["referrals"] = store.referrals_of(person.regions, _TASKS)
    if may(person, Action.REVIEW_OUTSIDE):
        reads["outside"] = outside.waiting(store, person.regions)
    return dict(zip(reads, await asyncio.gather(*reads.values()), strict=True))


@router.get("/live")
async def changes(
    request: Request, person: SignedIn, live: Annotated[Live, Depends(current_live)], case: str = ""
) -> Response:
    """Server-sent events: something in the person's regions changed, or the one case did."""
    require(person, Action.SEE_CASE)
    return live.stream(person.regions, lambda: still_signed_in(request), case or None)


@router.get("/cases/{case_id}")
async def case(
    request: Request,
    case_id: str,
    person: SignedIn,
    store: Cases,
    before: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """One case."""
    row = await commands.read_case(store, case_id, person, now())
    reports = await store.reports_of(case_id, _REPORTS + 1, before or None)
    steps = await store.newest_steps(case_id, _STEPS)
    earlier = [each.model_dump() for each in reversed(row.state.earlier_steps)]
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "case.html",
        title=row.state.number,
        case_id=case_id,
        case=row.state,
        reports=reports[:_REPORTS],
        older=reports[_REPORTS - 1]["_id"] if len(reports) > _REPORTS else None,
        steps=[*steps, *earlier][:_STEPS],
        wording=wording,
        can=possible(row.state),
        offices=offices_of(row.state),
        verdicts=[each for each in Verdict if each is not Verdict.DUPLIKAT],
        outcomes=[each for each in Outcome if each is not Outcome.TIDAK_TERBUKTI],
        others=await store.others_near(row),
        similar=await similar.similar_to(store, row, person.regions) if may(person, Action.VERIFY_CASE) else [],
        acts=list(Act),
        at=now(),
        documents=await store.issued(case_id),
        task_offices=[(code, office_name(code)) for code in reversed(row.state.jurisdiction)],
        kinds=KIND_LABELS,
        organisations=ORGANISATIONS,
        answers=ANSWERS,
        answer_by=(now() + ANSWER_WITHIN).date(),
    )


@router.post("/cases/{case_id}/assign", dependencies=[Guarded])
async def assign(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Assign, Form()]
) -> Response:
    """Give it to an office."""
    await commands.assign(store, case_id, person, form.to, now(), form.instead_of)
    return _back(request, case_id, _("Kasus sudah ditugaskan."))


@router.post("/cases/{case_id}/verify", dependencies=[Guarded])
async def verify(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[Check, Form()]
) -> Response:
    """Record a verdict."""
    await commands.verify(store, case_id, person, form, now())
    return _back(request, case_id, _("Hasil pemeriksaan tersimpan."))


@router.post("/cases/{case_id}/ask", dependencies=[Guarded])
async def ask(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Ask, Form()]
) -> Response:
    """Ask the reporter."""
    await commands.ask(store, case_id, person, form.report_id, form.text, True, now())
    return _back(request, case_id, _("Pertanyaan sudah dikirim kepada pelapor."))


@router.post("/cases/{case_id}/act", dependencies=[Guarded])
async def act(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Note, Form()]
) -> Response:
    """Record an action."""
    await commands.act(store, case_id, person, form.text, now())
    return _back(request, case_id, _("Tindakan tersimpan."))


@router.post("/cases/{case_id}/close", dependencies=[Guarded])
async def close(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Close, Form()]
) -> Response:
    """End it."""
    await commands.close(store, case_id, person, form.outcome, form.note, now())
    return _back(request, case_id, _("Kasus sudah ditutup."))


@router.post("/cases/{case_id}/reopen", dependencies=[Guarded])
async def reopen(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Note, Form()]
) -> Response:
    """Look at it again."""
    await commands.reopen(store, case_id, person, form.text, now())
    return _back(request, case_id, _("Kasus dibuka kembali."))


class TranscriptForm(BaseModel):
    """What a voice says."""

    csrf: str
    report_id: str
    text: str = Field(min_length=3, max_length=5000)


@router.post("/cases/{case_id}/transcribe", dependencies=[Guarded])
async def transcribe(case_id: str, person: SignedIn, store: Cases, form: Annotated[TranscriptForm, Form()]) -> Response:
    """An officer writes down what they heard."""
    await commands.transcribe(store, case_id, person, form.report_id, form.text.strip(), now())
    return RedirectResponse(f"/verification/cases/{case_id}#r-{form.report_id}", 303)


@router.post("/cases/{case_id}/split", dependencies=[Guarded])
async def split(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Split, Form()]
) -> Response:
    """Undo a grouping."""
    fresh = await commands.split(store, case_id, person, form.report_id, now())
    return _back(request, fresh, _("Laporan sudah dipisahkan menjadi kasus ini."))


@router.post("/cases/{case_id}/merge", dependencies=[Guarded])
async def merge(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Merge, Form()]
) -> Response:
    """It is the same event as another case."""
    into = await carrying.merge(store, case_id, person, form.into, form.reason, now())
    return _back(request, into, _("Kasus sudah digabungkan; semua laporannya kini di sini."))


@router.post("/cases/{case_id}/apart", dependencies=[Guarded])
async def apart(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[api.Apart, Form()]
) -> Response:
    """It is not the same event as another case."""
    await similar.keep_apart(store, case_id, person, form.other, now())
    return _back(request, case_id, _("Dicatat: dua kejadian yang berbeda."))


@router.post("/cases/{case_id}/stay", dependencies=[Guarded])
async def stay(request: Request, case_id: str, person: SignedIn, store: Cases) -> Response:
    """Give up a merge or a move that was not finished."""
    await carrying.stay(store, case_id, person, now())
    return _back(request, case_id, _("Kasus tetap di sini."))


class Moved(BaseModel):
    """Where a case belongs, by what somebody typed, and why."""

    model_config = api.Stripped
    region_text: str = Field(min_length=2, max_length=200)
    reason: str = Field(min_length=5, max_length=1000)


@router.post("/cases/{case_id}/move", dependencies=[Guarded])
async def move(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[Moved, Form()]
) -> Response:
    """It belongs to another kecamatan."""
    found = search_regions(form.region_text, level=3)
    if len(found) != 1:
        detail = _("Tulis nama kecamatan bersama kabupaten atau kotanya, atau kodenya.")
        raise Problem("place-unclear", 422, _("Kecamatan “{text}” belum jelas").format(text=form.region_text), detail)
    fresh = await carrying.move(store, case_id, person, found[0].code, form.reason, now())
    allowed = may(person, Action.SEE_CASE, jurisdiction(found[0].code))
    done = _("Kasus sudah dipindahkan ke {place}; kantor di sana memeriksanya.").format(place=found[0].path)
    return _back(request, fresh if allowed else case_id, done)


def _back(request: Request, case_id: str, done: str) -> Response:
    request.session["notice"] = done
    return RedirectResponse(f"/verification/cases/{case_id}", 303)
