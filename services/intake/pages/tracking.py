"""The beginning, a report followed by its ticket, and questions answered."""

import json
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.aggregates import Row
from chassis.clock import new_id, now
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.vocabulary import Supplement
from services.intake.api import Configured, PseudonymKey, Reports, Seldom
from services.intake.commands import add_to, find_by_ticket, offices_for, supplement, withdraw_identity
from services.intake.faq.search import Index
from services.intake.followups import is_asked_back
from services.intake.model import Added, Report, read_ticket, receipt_of
from services.intake.pages.marking import marked
from services.intake.pages.proofs import is_known, remember
from services.intake.pages.rendering import show
from services.intake.privacy.copies import copy_for_reporter
from services.intake.store import Store
from services.intake.wording import SUPPLEMENTS, result

_COPIES = "5/hour"
_WITHOUT_WORDS = ("helped", "still_calm")
router = APIRouter(prefix="/intake", include_in_schema=False)


@router.get("/")
async def beginning(request: Request) -> Response:
    return show(request, "beginning.html", title=_("Beranda"), tab=_("Beranda"))


@router.get("/track", dependencies=[Seldom])
async def track(request: Request, store: Reports, key: PseudonymKey, ticket: str = "") -> Response:
    if not ticket:
        return show(
            request, "track.html", title=_("Lacak laporan"), tab=_("Status"), report=None, ticket="", problem=None
        )
    proper = read_ticket(ticket)
    if proper is None:
        problem = _("Nomor tiket itu keliru. Periksa lagi delapan huruf dan angkanya.")
        return show(
            request,
            "track.html",
            title=_("Lacak laporan"),
            tab=_("Status"),
            report=None,
            ticket=ticket,
            problem=problem,
        )
    row = await find_by_ticket(store, proper)
    opened = is_known(request, proper, key)
    offices = await offices_for(store, row.state)
    return show(
        request,
        "track.html",
        title=_("Lacak laporan"),
        tab=_("Status"),
        report=row.state,
        ticket=proper,
        opened=opened,
        adding=new_id(),
        supplements=SUPPLEMENTS,
        offices=offices,
        outcome=result(row.state.outcome, row.state.verdict) if row.state.outcome else None,
        asks_back=is_asked_back(row.state, now()),
        sealed=opened and row.state.identity_erased_at is None and await store.identities.exists(row.id),
        problem=None,
    )


@router.post("/track", dependencies=[Seldom])
async def prove(
    request: Request,
    ticket: Annotated[str, Form()],
    receipt: Annotated[str, Form(max_length=100)],
    store: Reports,
    key: PseudonymKey,
    settings: Configured,
) -> Response:
    row = await find_by_ticket(store, read_ticket(ticket) or "")
    # Whoever tries, and from wherever: codes of one ticket cannot be guessed by many either.
    await request.app.state.limits.take("receipts", settings.receipts_rate, row.id)
    if not secrets.compare_digest(receipt.strip().encode(), receipt_of(row.id, key).encode()):
        raise Problem("receipt", 403, _("Kode rahasia salah"), _("Periksa kode yang Anda terima waktu melapor."))
    remember(request, row.state.ticket, key)
    return RedirectResponse(f"/intake/track?ticket={row.state.ticket}", 303)


@router.post("/track/answer")
async def give_answer(
    request: Request,
    ticket: Annotated[str, Form()],
    message_id: Annotated[str, Form(max_length=60)],
    text: Annotated[str, Form(min_length=1, max_length=5000)],
    store: Reports,
    key: PseudonymKey,
) -> Response:
    row = await _own(request, ticket, store, key)
    if row.state.open_question(message_id) is None:
        raise Problem(
            "answered", 409, _("Pertanyaan ini sudah dijawab"), _("Muat ulang halaman untuk melihat pesan terbaru.")
        )
    await supplement(store, row.id, message_id, text, now())
    return RedirectResponse(f"/intake/track?ticket={row.state.ticket}", 303)


class AddForm(BaseModel):
    """What the reporter adds."""

    model_config = ConfigDict(str_strip_whitespace=True)
    ticket: str
    id: str = Field(min_length=1, max_length=60)
    kind: Literal["addition", "correction", "withdrawal", "helped", "still_calm", "recurred", "objection"]
    text: str = Field(default="", max_length=5000)

    @model_validator(mode="after")
    def _says_something(self) -> "AddForm":
        if self.kind not in _WITHOUT_WORDS and len(self.text) < 3:
            raise ValueError(_("tulis keterangannya"))
        return self


@router.post("/track/add")
async def add_something(
    request: Request, store: Reports, key: PseudonymKey, form: Annotated[AddForm, Form()]
) -> Response:
    row = await _own(request, form.ticket, store, key)
    await add_to(store, row.id, Added(id=form.id, kind=Supplement(form.kind), text=form.text, at=now()))
    request.session["notice"] = _("Terima kasih, sudah kami teruskan kepada petugas.")
    return RedirectResponse(f"/intake/track?ticket={row.state.ticket}", 303)


@router.post("/track/erase")
async def erase_identity(
    request: Request, ticket: Annotated[str, Form()], store: Reports, key: PseudonymKey
) -> Response:
    row = await _own(request, ticket, store, key)
    await withdraw_identity(store, row, now())
    return RedirectResponse(f"/intake/track?ticket={row.state.ticket}", 303)


@router.post("/track/copy")
async def take_copy(request: Request, ticket: Annotated[str, Form()], store: Reports, key: PseudonymKey) -> Response:
    row = await _own(request, ticket, store, key)
    await request.app.state.limits.take("copies", _COPIES, row.id)
    copied = await copy_for_reporter(store, row, now())
    text = json.dumps(copied, ensure_ascii=False, indent=2)
    # Neutral, as it lies in a folder of downloads that others may see.
    headers = {"Content-Disposition": 'attachment; filename="data.json"', "Cache-Control": "no-store"}
    return Response(text, media_type="application/json", headers=headers)


async def _own(request: Request, ticket: str, store: Store, key: bytes) -> Row[Report]:
    """The report with this ticket, for who has shown that it is theirs."""
    row = await find_by_ticket(store, read_ticket(ticket) or "")
    if not is_known(request, row.state.ticket, key):
        raise not_found()
    return row


@router.get("/faq", dependencies=[Seldom])
async def faq(request: Request, store: Reports, q: str = "") -> Response:
    index: Index = request.app.state.library.index
    found, few = index.look_up(q) if q.strip() else (None, [])
    if q.strip() and not found:
        await store.questions.note(q, bool(few), now())
    return show(
        request,
        "faq.html",
        title=_("Tanya jawab"),
        tab=_("Tanya jawab"),
        entries=index.articles,
        marked=marked,
        q=q[:200],
        found=found,
        few=few,
    )
