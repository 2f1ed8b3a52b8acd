"""The forms of referrals, on the page of their case."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.language import _
from chassis.signin import Guarded, SignedIn
from services.verification.api import Cases
from services.verification.documents.pages import CHECK, OFTEN
from services.verification.referrals import commands
from services.verification.referrals.model import AnswerForm, ReferralForm

router = APIRouter(prefix="/verification/cases", include_in_schema=False)


@router.post("/{case_id}/referrals", dependencies=[Guarded])
async def refer(
    request: Request, case_id: str, person: SignedIn, store: Cases, form: Annotated[ReferralForm, Form()]
) -> Response:
    """Refer the case, with a letter."""
    await request.app.state.limits.take("issue", OFTEN, person.sub)
    address = f"{request.app.state.settings.public_url}{CHECK}"
    await commands.refer(store, case_id, person, form, address, now())
    return _back(request, case_id, _("Rujukan tercatat; suratnya siap diunduh dan ditandatangani."))


@router.post("/{case_id}/referrals/{referral_id}/answer", dependencies=[Guarded])
async def answer(
    request: Request,
    case_id: str,
    referral_id: str,
    person: SignedIn,
    store: Cases,
    form: Annotated[AnswerForm, Form()],
) -> Response:
    """Note what they answered."""
    await commands.answer(store, case_id, person, referral_id, form, now())
    return _back(request, case_id, _("Jawaban tercatat."))


def _back(request: Request, case_id: str, words: str) -> Response:
    request.session["notice"] = words
    return RedirectResponse(f"/verification/cases/{case_id}#rujukan", 303)
