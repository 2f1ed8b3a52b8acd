"""For officers: reports from a file, shown as they were understood before anything is stored."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from chassis.language import _
from chassis.signin import Guarded, SignedIn
from kemenag.permissions import Action, require
from services.intake.imports.commands import Imports
from services.intake.imports.reading import COLUMNS, REQUIRED
from services.intake.model import ReportForm
from services.intake.pages.rendering import show
from services.intake.pages.uploads import read_upload

_LARGEST_FILE = 30 * 1024 * 1024

router = APIRouter(prefix="/intake", include_in_schema=False)


def imports_of(request: Request) -> Imports:
    """The imports."""
    return request.app.state.imports  # type: ignore[no-any-return]


Files = Annotated[Imports, Depends(imports_of)]


@router.get("/import")
async def import_form(request: Request, person: SignedIn) -> Response:
    require(person, Action.IMPORT_REPORTS)
    return show(request, "import.html", title=_("Impor laporan"), columns=COLUMNS, required=REQUIRED)


@router.post("/import", dependencies=[Guarded])
async def import_file(
    person: SignedIn, files: Files, file: Annotated[UploadFile, File()], history: Annotated[bool, Form()] = False
) -> Response:
    """Take a file; it is understood in the background, and the page shows how far that is."""
    require(person, Action.IMPORT_REPORTS)
    content = await read_upload(file, _LARGEST_FILE)
    return _there(await files.begin(person, file.filename or "", content, history))


@router.get("/import/{import_id}")
async def shown_import(request: Request, import_id: str, person: SignedIn, files: Files) -> Response:
    require(person, Action.IMPORT_REPORTS)
    found = await files.get(import_id, person)
    samples = [ReportForm.model_validate(each) for each in found.shown.samples]
    return show(request, "import_file.html", title=_("Impor laporan"), file=found, columns=COLUMNS, samples=samples)


@router.post("/import/{import_id}/columns", dependencies=[Guarded])
async def correct_columns(request: Request, import_id: str, person: SignedIn, files: Files) -> Response:
    """Say what each column is, where it was not understood."""
    require(person, Action.IMPORT_REPORTS)
    found, form = await files.get(import_id, person), await request.form()
    chosen = [str(form.get(f"column-{n}", "")) for n in range(len(found.names))]
    await files.check_again(import_id, person, [each if each in COLUMNS else None for each in chosen])
    return _there(import_id)


@router.post("/import/{import_id}/store", dependencies=[Guarded])
async def store_import(import_id: str, person: SignedIn, files: Files) -> Response:
    require(person, Action.IMPORT_REPORTS)
    await files.confirm(import_id, person)
    return _there(import_id)


def _there(import_id: str) -> Response:
    return RedirectResponse(f"/intake/import/{import_id}", 303)
