"""The forms of tasks and notes, on the page of their case."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from chassis.signin import Guarded, SignedIn
from services.verification.api import Cases, Note
from services.verification.tasks import commands
from services.verification.tasks.model import DoneForm, TaskForm

router = APIRouter(prefix="/verification/cases", include_in_schema=False)


@router.post("/{case_id}/tasks", dependencies=[Guarded])
async def set_task(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[TaskForm, Form()]
) -> Response:
    """Set a task."""
    await commands.set_task(store, case_id, person, form, now())
    return _back(request, case_id, _("Tugas tercatat."))


@router.post("/{case_id}/tasks/{task_id}/done", dependencies=[Guarded])
async def finish_task(
    request: Request, case_id: str, task_id: str, person: SignedIn, store: Cases, form: Annotated[DoneForm, Form()]
) -> Response:
    """A task is done."""
    await commands.finish_task(store, case_id, person, task_id, form.note, now())
    return _back(request, case_id, _("Tugas selesai."))


@router.post("/{case_id}/notes", dependencies=[Guarded])
async def write_note(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[Note, Form()]
) -> Response:
    """Write a note."""
    await commands.write_note(store, case_id, person, form.text, now())
    return _back(request, case_id, _("Catatan tersimpan."))


def _back(request: Request, case_id: str, words: str) -> Response:
    request.session["notice"] = words
    return RedirectResponse(f"/verification/cases/{case_id}", 303)
