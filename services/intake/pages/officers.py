"""For officers: the import of files, and the opening of identities by two people."""

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from chassis.problems import Problem
from chassis.signin import Guarded, SignedIn
from contracts.regions import covers, jurisdiction, region
from contracts.vocabulary import Channel, Provenance, ReporterKind
from kemenag.permissions import Action, may, require
from services.intake.api import PseudonymKey, Reports
from services.intake.commands import Accepted, Sender, accept_report, find_by_ticket
from services.intake.model import digest_of, read_ticket
from services.intake.pages.rendering import show
from services.intake.pages.uploads import read_upload
from services.intake.spreadsheet import COLUMNS, Row, WrongRow, form_of, rows
from services.intake.store import Store

_LARGEST_FILE = 5 * 1024 * 1024


@dataclass(frozen=True)
class RowResult:
    """What became of a row."""

    number: int
    text: str
    ticket: str | None = None
    reason: str | None = None


router = APIRouter(prefix="/intake", include_in_schema=False)


@router.get("/import")
async def import_form(request: Request, person: SignedIn) -> Response:
    require(person, Action.IMPORT_REPORTS)
    return show(request, "import.html", title=_("Impor laporan"), columns=COLUMNS, results=None)


@router.post("/import", dependencies=[Guarded])
async def import_file(
    request: Request, person: SignedIn, file: Annotated[UploadFile, File()], store: Reports, key: PseudonymKey
) -> Response:
    require(person, Action.IMPORT_REPORTS)
    content = await read_upload(file, _LARGEST_FILE)
    table = await asyncio.to_thread(rows, file.filename or "", content)
    keys = row_keys(table, person.sub)
    results = await asyncio.gather(
        *(_import_row(store, key, each, id, person.sub, person.regions) for each, id in zip(table, keys, strict=True))
    )
    return show(request, "import.html", title=_("Impor laporan"), columns=COLUMNS, results=results)


@router.get("/identities")
async def identities(request: Request, person: SignedIn, store: Reports) -> Response:
    if not (may(person, Action.APPROVE_IDENTITY) or may(person, Action.REQUEST_IDENTITY)):
        raise Problem(
            "forbidden", 403, _("Tidak berwenang"), _("Halaman ini untuk pejabat yang menyetujui pembukaan identitas.")
        )
    trace = await store.openings.trace(person) if may(person, Action.READ_ACCESS_LOG) else None
    waiting = await store.openings.waiting(person, now())
    return show(
        request,
        "identities.html",
        title=_("Identitas pelapor"),
        waiting=waiting,
        trace=trace,
        me=person,
        opened=None,
    )


@router.post("/identities/request", dependencies=[Guarded])
async def ask_identity(
    person: SignedIn, ticket: Annotated[str, Form()], reason: Annotated[str, Form(max_length=1000)], store: Reports
) -> Response:
    row = await find_by_ticket(store, read_ticket(ticket) or "")
    require(person, Action.REQUEST_IDENTITY, row.state.jurisdiction)
    await store.openings.request(row.id, person, reason, now())
    return RedirectResponse("/intake/identities", 303)


@router.post("/identities/{request_id}/approve", dependencies=[Guarded])
async def approve(request_id: str, person: SignedIn, store: Reports) -> Response:
    await store.openings.approve(request_id, person, now())
    return RedirectResponse("/intake/identities", 303)


@router.post("/identities/{request_id}/open", dependencies=[Guarded])
async def open_identity(request: Request, request_id: str, person: SignedIn, store: Reports) -> Response:
    opened = await store.openings.open(request_id, person, now())
    waiting = await store.openings.waiting(person, now())
    return show(
        request,
        "identities.html",
        title=_("Identitas pelapor"),
        waiting=waiting,
        trace=None,
        me=person,
        opened=opened,
    )


async def _import_row(
    store: Store, key: bytes, row: Row, identity: str, who: str, regions: tuple[str, ...]
) -> RowResult:
    text = row.cells.get("uraian", "")[:80]
    try:
        form = await asyncio.to_thread(form_of, row, {"kind": ReporterKind.OFFICER.value})
    except WrongRow as wrong:
        return RowResult(row.number, text, reason=str(wrong))
    if not covers(regions, jurisdiction(form.region)):
        return RowResult(
            row.number, text, reason=_("{name} di luar wilayah tugas Anda").format(name=region(form.region).name)
        )
    by = Sender(
        channel=Channel.IMPORT,
        digest=digest_of(identity.encode()),
        idempotency=identity,
        sender=f"account:{who}",
        provenance=Provenance.OFFICER,
    )
    try:
        accepted: Accepted = await accept_report(store, key, form, by, now())
    except Problem as problem:
        return RowResult(row.number, text, reason=f"{problem.title}: {problem.detail}")
    return RowResult(row.number, text, ticket=accepted.ticket)


def row_keys(table: list[Row], who: str) -> list[str]:
    """A key for each row by its content: a file that is mended and sent again brings only the mended rows."""
    counted: Counter[str] = Counter()
    keys = []
    for row in table:
        content = json.dumps([who, *sorted(row.cells.items())], ensure_ascii=False)
        counted[content] += 1
        keys.append(f"import:{hashlib.sha256(f'{content}{counted[content]}'.encode()).hexdigest()}")
    return keys
