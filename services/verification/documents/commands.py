"""Documents: issued, given out again as they were, and checked by their code."""

import asyncio
import hashlib
import json
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from chassis.database import insert_new
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.regions import timezone_of
from kemenag.permissions import Action, office_of
from services.verification import model
from services.verification.commands import change, load_for, read_case
from services.verification.documents import worker
from services.verification.documents.content import REPORTS, STEPS, content_of
from services.verification.documents.model import DocumentForm, Issued, Kind, new_code, number_of, spoken
from services.verification.model import Case
from services.verification.store import Store
from services.verification.timeline import Values

log = structlog.get_logger(__name__)
_SECONDS = 30.0
_ONE_AT_A_TIME = asyncio.Semaphore(1)
_MOST = 100_000


async def issue(store: Store, case_id: str, person: Person, form: DocumentForm, address: str, at: datetime) -> str:
    """Make a document and remember the copy; its code. `address`: where a code is checked.

    The copy is stored before the case's timeline tells of it: who dies in between has a document that no step names,
    never a step without its document. Its place in the case's file is taken with it: of two that are made at once one
    is made again, with the next number."""
    row = await load_for(store, case_id, person, Action.HANDLE_CASE)
    _require_sense(form, row.state)
    there, code = at.astimezone(ZoneInfo(timezone_of(row.state.region)[0])), new_code()
    reports = await store.reports_of(case_id, REPORTS)
    steps = [each for each in await store.newest_steps(case_id, STEPS) if each["n"] <= row.state.steps]
    verified = await store.newest_step(row, "verified") if form.kind is Kind.MINUTES else None
    for n in range(await store.next_document(case_id), _MOST):
        number = number_of(form.kind, n, row.state.number, there.month, there.year)
        about = {"number": number, "code": code, "office": office_of(person), "check": address}
        made = await _compile(content_of(form, row.state, reports, steps, verified, about, at))
        issued = Issued(
            case_id=case_id,
            n=n,
            kind=form.kind,
            number=number,
            by=office_of(person),
            actor=store.audit.seal(person.sub),
            at=at,
            sha256=hashlib.sha256(made).hexdigest(),
            steps=row.state.steps,
            head=row.state.head,
            exercise=row.state.exercise,
            content=made,
        )
        if not await insert_new(store.documents.collection, [{"_id": code, **issued.model_dump()}]):
            break
    values: Values = {"document": form.kind.value, "number": number, "code": spoken(code), "sha256": issued.sha256}
    await change(store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: _note(case, values, by))
    return code


def _note(loaded: model.Loaded, values: Values, by: model.By) -> list[Any]:
    model.add_step(loaded, by, "document_issued", values, news=False)
    return []


def _require_sense(form: DocumentForm, case: Case) -> None:
    if form.kind is Kind.MINUTES and case.verdict is None:
        detail = _("Catat hasil pemeriksaan dahulu; berita acara memuat hasil itu.")
        raise Problem("no-verdict", 409, _("Belum ada hasil pemeriksaan"), detail)


async def read(store: Store, code: str, person: Person, at: datetime) -> Issued:
    """A copy as it was given out, for who may see its case."""
    found = await store.documents.get({"_id": code})
    if found is None:
        raise not_found()
    await read_case(store, found.case_id, person, at)  # it is the case, whole: that they read it is recorded
    return found


async def check(store: Store, code: str) -> Issued | None:
    """What was given out under a code; None where nothing was."""
    return await store.documents.get({"_id": code}) if code else None


async def _compile(content: dict[str, Any]) -> bytes:
    pipe = asyncio.subprocess.PIPE
    async with _ONE_AT_A_TIME:
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", worker.__name__, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            async with asyncio.timeout(_SECONDS):
                document, errors = await made.communicate(json.dumps(content, ensure_ascii=False).encode())
        except TimeoutError:
            document, errors = b"", b"took too long"
        finally:
            if made.returncode is None:
                made.kill()
                await made.wait()
    if made.returncode != 0 or not document:
        log.error("document not made", reason=errors.decode(errors="replace")[-500:])
        detail = _("Coba lagi sebentar lagi; bila tetap gagal, beri tahu operator.")
        raise Problem("document-failed", 503, _("Dokumen tidak dapat dibuat"), detail, retry_after=30)
    return document
