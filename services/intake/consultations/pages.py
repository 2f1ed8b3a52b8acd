"""For officers: what people of their area ask, and the answer."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.language import _
from chassis.signin import Guarded, SignedIn
from kemenag.permissions import Action, require
from services.intake.consultations.commands import SHOWN, Consultations
from services.intake.pages.rendering import show

router = APIRouter(prefix="/intake/consultations", include_in_schema=False)


def _consultations(request: Request) -> Consultations:
    found: Consultations = request.app.state.consultations
    return found


@router.get("")
async def consultations(request: Request, person: SignedIn) -> Response:
    require(person, Action.HANDLE_CASE)
    found = await _consultations(request).of(person)
    return show(
        request,
        "consultations.html",
        title=_("Pertanyaan"),
        found=found,
        at=now(),
        undelivered=_undelivered,
        shown=SHOWN,
    )


class Answer(BaseModel):
    """What an officer writes back."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    text: str = Field(min_length=3, max_length=2000)


@router.post("/{consultation_id}/answer", dependencies=[Guarded])
async def answer(request: Request, consultation_id: str, person: SignedIn, form: Annotated[Answer, Form()]) -> Response:
    done = await _consultations(request).answer(consultation_id, person, form.text, now())
    return _back(request, _undelivered(done.undelivered) or _("Jawaban sudah dikirim."))


@router.post("/{consultation_id}/close", dependencies=[Guarded])
async def close(request: Request, consultation_id: str, person: SignedIn) -> Response:
    await _consultations(request).close(consultation_id, person, now())
    return _back(request, _("Ditutup tanpa jawaban."))


def _undelivered(why: str) -> str:
    texts = {
        "waits": _("Jawaban menunggu: WhatsApp baru dapat mengirimnya bila mereka menulis lagi."),
        "gone": _("Percakapannya sudah dihapus; jawaban tidak dapat dikirim."),
        "failed": _("Jawaban tidak sampai ke telepon mereka."),
        "stopped": _("Mereka tidak mau dihubungi lagi; jawaban tidak dikirim."),
    }
    return texts.get(why, "")


def _back(request: Request, done: str) -> Response:
    request.session["notice"] = done
    return RedirectResponse("/intake/consultations", 303)
