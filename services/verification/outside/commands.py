"""Opening a case of another region, reading it while that holds, reviewing it."""

from datetime import datetime, timedelta

from chassis.aggregates import Aggregate, Row
from chassis.clock import new_id
from chassis.identity import Person
from chassis.language import _
from chassis.masking import mask
from chassis.problems import Problem, not_found
from contracts.base import Event
from kemenag.permissions import Action, may, office_of, require
from services.verification.commands import record_reading
from services.verification.model import By, Case, Loaded
from services.verification.outside.model import (
    LASTS,
    Access,
    OpenForm,
    ReviewForm,
    is_withheld,
    note_opening,
    note_review,
    offices_of,
    review,
)
from services.verification.store import Store

_SHOWN = 50
_REMEMBERED = timedelta(days=30)


def _require_office(person: Person) -> None:
    """Somebody without a place answers for none, and would read as nobody."""
    require(person, Action.BREAK_GLASS)
    if not person.regions:
        raise Problem("no-office", 403, _("Akun Anda tanpa wilayah"), _("Hubungi administrator."))


async def _is_withheld(store: Store, row: Row[Case], person: Person) -> bool:
    """The case, or a report in it: one that was merged into it may be about an office that the case is not."""
    return is_withheld(row.state, person) or await store.has_report_about(row.id, offices_of(person))


async def open_case(store: Store, person: Person, who: str, form: OpenForm, at: datetime) -> str:
    """Let somebody read a case for four hours; the id of that. What is not there and what is withheld from their own
    office look the same."""
    _require_office(person)
    found = await store.cases.rows({"state.number": form.number.upper()}, limit=1)
    if not found or await _is_withheld(store, found[0], person):
        detail = _("Periksa lagi nomornya, misalnya K-1A2B3C4D.")
        raise Problem("case-unknown", 404, _("Kasus tidak ditemukan"), detail)
    row, reason = found[0], mask(form.reason)
    by = By(office_of(person), at, store.audit.seal(person.sub))

    def decide(loaded: Loaded) -> list[Event]:
        note_opening(loaded, reason, by)
        return []

    # First the trace, then the right: who crashes in between has been noted and has read nothing.
    await store.cases.update(row.id, decide)
    access = Access(
        case_id=row.id,
        number=row.state.number,
        jurisdiction=row.state.jurisdiction,
        who=who,
        actor=by.actor,
        office=by.office,
        reason=reason,
        at=at,
        until=at + LASTS,
    )
    made = Aggregate(new_id(), access)
    await store.outside.insert(made, [])
    return made.id


async def read(store: Store, access_id: str, person: Person, who: str, at: datetime) -> tuple[Access, Row[Case]]:
    """The case, while it may be read; that it was read is recorded before."""
    _require_office(person)
    access = await store.outside.get(access_id)
    if access is None or access.state.who != who:
        raise not_found()
    if access.state.until <= at:
        detail = _("Hubungi kantor yang menangani kasusnya, atau buka lagi dengan alasan baru.")
        raise Problem("access-over", 403, _("Waktu membaca kasus ini sudah habis"), detail)
    row = await store.cases.get(access.state.case_id)
    # Withheld since: what was learnt meanwhile of their office.
    if row is None or await _is_withheld(store, row, person):
        raise not_found()
    await record_reading(store, row.id, person, at)
    return access.state, row


async def finish_review(store: Store, access_id: str, person: Person, who: str, form: ReviewForm, at: datetime) -> None:
    """Somebody who answers for the place, or for personal data, says whether it was needed."""
    found = await store.outside.get(access_id)
    if found is None:
        raise not_found()
    require(person, Action.REVIEW_OUTSIDE, found.state.jurisdiction)
    form.note = mask(form.note)
    by = By(office_of(person), at, store.audit.seal(person.sub))

    def decide(access: Aggregate[Access]) -> list[Event]:
        review(access.state, form, who, by)
        return []

    done = await store.outside.update(access_id, decide)

    def note(loaded: Loaded) -> list[Event]:
        note_review(loaded, done.state, by)
        return []

    await store.cases.update(done.state.case_id, note)


async def own(store: Store, who: str, at: datetime) -> list[Row[Access]]:
    """What somebody may still read."""
    return await store.outside.rows({"state.who": who, "state.until": {"$gt": at}}, sort=[("_id", -1)], limit=_SHOWN)


async def to_review(store: Store, person: Person, at: datetime) -> list[Row[Access]]:
    """What waits for a review in the person's regions, and what was reviewed lately; what waits first."""
    if not may(person, Action.REVIEW_OUTSIDE):
        return []
    here = {"state.jurisdiction": {"$in": list(person.regions)}}
    waits = await store.outside.rows({**here, "state.reviewed_at": None}, sort=[("_id", 1)], limit=_SHOWN)
    lately = {**here, "state.reviewed_at": {"$gt": at - _REMEMBERED}}
    return [*waits, *await store.outside.rows(lately, sort=[("state.reviewed_at", -1)], limit=_SHOWN)]


async def waiting(store: Store, regions: tuple[str, ...]) -> int:
    """How many openings wait for a review in these regions, at most fifty."""
    query = {"state.jurisdiction": {"$in": list(regions)}, "state.reviewed_at": None}
    return int(await store.outside.collection.count_documents(query, limit=_SHOWN))
