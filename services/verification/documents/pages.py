"""Documents: asked for on the page of a case, downloaded, and checked by anybody who holds a copy."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from chassis.problems import Problem
from chassis.signin import Guarded, SignedIn
from services.verification.api import Cases
from services.verification.documents import commands
from services.verification.documents.model import KIND_LABELS, DocumentForm, Wanted, read_code, spoken

_LARGEST = 5 * 1024 * 1024
OFTEN = "20/minute"
"""Documents that one person issues."""
CHECK = "/verification/dokumen"

router = APIRouter(prefix="/verification", include_in_schema=False)


async def seldom(request: Request) -> None:
    """Anybody may ask: not more often than a person does."""
    await request.app.state.limits.take_for(request, "documents", request.app.state.settings.checks_rate)


@router.post("/cases/{case_id}/documents", dependencies=[Guarded])
async def issue(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[Wanted, Form()]
) -> Response:
    """Issue one, and give it out."""
    await request.app.state.limits.take("issue", OFTEN, person.sub)
    address = f"{request.app.state.settings.public_url}{CHECK}"
    code = await commands.issue(store, case_id, person, DocumentForm(kind=form.kind), address, now())
    return RedirectResponse(f"/verification/documents/{code}", 303)


@router.get("/documents/{document_code}")
async def download(document_code: str, person: SignedIn, store: Cases) -> Response:
    """A copy, as it was given out."""
    found = await commands.read(store, read_code(document_code), person, now())
    name = f"{found.kind.value}-{read_code(document_code)[:5]}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(found.content, media_type="application/pdf", headers=headers)


@router.get("/dokumen", dependencies=[Depends(seldom)])
async def check(request: Request, store: Cases, code: Annotated[str, Query(max_length=60)] = "") -> Response:
    """Whether a document with this code was given out: number, kind, office and day, and nothing of the case."""
    return await _shown(request, store, code, None)


@router.post("/dokumen", dependencies=[Depends(seldom)])
async def compare(
    request: Request, store: Cases, code: Annotated[str, Form(max_length=60)], file: Annotated[UploadFile, File()]
) -> Response:
    """Whether a file is that document, letter by letter."""
    content = await file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise Problem("body-too-large", 413, _("Kiriman terlalu besar"), _("Dokumen dari sini paling besar 5 MB."))
    return await _shown(request, store, code, hashlib.sha256(content).hexdigest())


async def _shown(request: Request, store: Cases, code: str, sha256: str | None) -> Response:
    read = read_code(code)
    found = await commands.check(store, read)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "document_check.html",
        title=_("Periksa dokumen"),
        code=spoken(read) if read else "",
        found=found,
        same=None if sha256 is None or found is None else sha256 == found.sha256,
        kinds=KIND_LABELS,
    )
