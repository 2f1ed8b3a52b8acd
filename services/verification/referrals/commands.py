"""Referrals: sent with a letter, answered, followed; each a step of the case's timeline."""

from datetime import datetime

from chassis.aggregates import Aggregate
from chassis.clock import new_id
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.base import Event
from kemenag.permissions import Action
from services.verification import model
from services.verification.commands import change, load_for
from services.verification.documents import commands as documents
from services.verification.documents.model import DocumentForm, Kind
from services.verification.model import By, Case, Loaded
from services.verification.referrals.model import (
    MOST_OPEN,
    ORGANISATIONS,
    RESULT_WITHIN,
    Answer,
    AnswerForm,
    Organisation,
    Referral,
    ReferralForm,
)
from services.verification.store import Store
from services.verification.tasks.model import is_over
from services.verification.timeline import Values

_SHORTEST = 5


async def refer(
    store: Store, case_id: str, person: Person, form: ReferralForm, address: str, at: datetime
) -> Aggregate[Case]:
    """Refer a case: the letter is issued, and an answer is waited for. `address`: where the letter's code is checked.

    The letter comes first, so that nobody waits for the answer to one that was never made; who dies in between has a
    letter that the timeline names, and refers once more."""
    row = await load_for(store, case_id, person, Action.HANDLE_CASE)
    _require_fits(row.state, form, at)
    # In the language of the house, as the letter is.
    to = form.office if form.to is Organisation.OTHER else f"{ORGANISATIONS.sources[form.to]}, {form.office}"
    letter = await documents.issue(
        store, case_id, person, DocumentForm(kind=Kind.REFERRAL, to=to, reason=form.asked), address, at
    )
    by = next((code for code in reversed(row.state.jurisdiction) if code in person.regions), row.state.region)
    referral = Referral(id=new_id(), by=by, letter=letter, sent_at=at, **form.model_dump())
    return await change(store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: put(case, referral, by))


async def answer(
    store: Store, case_id: str, person: Person, referral_id: str, form: AnswerForm, at: datetime
) -> Aggregate[Case]:
    """They answered, or we take it back."""
    return await change(
        store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: take_answer(case, referral_id, form, by)
    )


def put(loaded: Loaded, referral: Referral, by: By) -> list[Event]:
    """Wait for an answer."""
    _require_fits(loaded.state, ReferralForm.model_validate(referral.model_dump()), by.at)
    loaded.state.referrals.append(referral)
    model.add_step(loaded, by, "referred", {**_named(referral), "due": referral.due_on.isoformat()})
    return []


def take_answer(loaded: Loaded, referral_id: str, form: AnswerForm, by: By) -> list[Event]:
    """Note an answer. Of two officials who note one at once the second learns of the first."""
    case = loaded.state
    referral = next((each for each in case.referrals if each.id == referral_id), None)
    if referral is None:
        raise not_found()
    if form.answer is Answer.ACCEPTED:
        return _accept(loaded, referral, form, by)
    if len(form.note) < _SHORTEST:
        detail = _("Tulis dengan singkat apa jawaban atau hasilnya, supaya yang lain tahu.")
        raise Problem("answer-unexplained", 422, _("Apa jawabannya?"), detail)
    case.referrals = [each for each in case.referrals if each.id != referral_id]
    model.add_step(loaded, by, f"referral_{form.answer.value}", {**_named(referral), "note": form.note})
    return []


def _accept(loaded: Loaded, referral: Referral, form: AnswerForm, by: By) -> list[Event]:
    if referral.accepted:
        detail = _("Muat ulang halaman; yang ditunggu kini hasilnya.")
        raise Problem("accepted-already", 409, _("Rujukan ini sudah diterima"), detail)
    due = form.due_on or (by.at + RESULT_WITHIN).date()
    if is_over(due, by.at):
        raise _past()
    referral.accepted, referral.due_on = True, due
    values: Values = {**_named(referral), "due": due.isoformat(), "note": form.note}
    model.add_step(loaded, by, "referral_accepted", values)
    return []


def _require_fits(case: Case, form: ReferralForm, at: datetime) -> None:
    if is_over(form.due_on, at):
        raise _past()
    if not case.open or case.going_to or case.went_to:
        raise Problem("case-closed", 409, _("Kasus ini sudah ditutup"), _("Buka kembali kasusnya dahulu."))
    if any((each.to, each.office) == (form.to, form.office) for each in case.referrals):
        detail = _("Catat dahulu jawabannya, atau tarik rujukan itu.")
        raise Problem("referred-already", 409, _("Rujukan ke kantor itu masih menunggu"), detail)
    if len(case.referrals) >= MOST_OPEN:
        detail = _("Catat dahulu jawaban dari sebagian rujukan yang masih menunggu.")
        raise Problem("too-many-referrals", 409, _("Terlalu banyak rujukan yang menunggu"), detail)


def _past() -> Problem:
    return Problem("due-in-the-past", 422, _("Batas waktu sudah lewat"), _("Pilih hari ini atau sesudahnya."))


def _named(referral: Referral) -> Values:
    return {"to": referral.to.value, "office": referral.office}
