"""What the data protection officer does: hold data back from destruction, and follow a breach to its end."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregates import Aggregate, Row
from chassis.clock import new_id
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.base import Event
from kemenag.permissions import Action, office_of, require, within
from services.intake.commands import find_by_ticket
from services.intake.model import Hold, Report, read_ticket
from services.intake.openings import ACCESS_LOG, Trace
from services.intake.privacy.model import Breach, Step, already_done, marks, require_hold, require_step
from services.intake.store import Store


async def place_hold(
    store: Store, person: Person, sealed: str, ticket: str, reason: str, until: datetime, at: datetime
) -> None:
    """Let nothing of a report be destroyed until a day; a second hold replaces the first. `sealed`: who it is."""
    require_hold(reason, until, at)
    row = await find_by_ticket(store, read_ticket(ticket) or "")
    require(person, Action.PROTECT_DATA, row.state.jurisdiction)
    hold = Hold(reason=reason.strip(), by=sealed, at=at, until=until)
    await store.reports.update(row.id, lambda report: _change(report, hold, "held", reason.strip(), person, sealed, at))


async def release_hold(store: Store, person: Person, sealed: str, report_id: str, at: datetime) -> None:
    """Let a report go the way of the others again."""
    row = await store.reports.get(report_id)
    if row is None:
        raise not_found()
    require(person, Action.PROTECT_DATA, row.state.jurisdiction)
    await store.reports.update(report_id, lambda report: _change(report, None, "released", "", person, sealed, at))


def _change(
    report: Aggregate[Report], hold: Hold | None, act: str, reason: str, person: Person, sealed: str, at: datetime
) -> list[Event] | None:
    if report.state.hold is None and hold is None:
        return None
    report.state.hold = hold
    trace = Trace(
        act=act,
        report_id=report.id,
        jurisdiction=report.state.jurisdiction,
        at=at,
        by=sealed,
        role=person.role,
        reason=reason,
    )
    report.project(ACCESS_LOG, {"_id": new_id(), **trace.model_dump()})
    return []


async def holds(store: Store, person: Person, at: datetime) -> list[Row[Report]]:
    """The reports on hold in the person's regions, those that end first before the others."""
    return await store.reports.rows(
        {"state.hold.until": {"$gt": at}, **within(person)}, sort=[("state.hold.until", 1)], limit=200
    )


async def record_breach(
    store: Store, person: Person, what: str, data: Sequence[str], people: int, discovered_at: datetime, at: datetime
) -> str:
    """Begin the record of a breach; its clock runs from the discovery. Its id."""
    if discovered_at > at:
        raise Problem("breach-time", 422, _("Waktu ditemukan ada di masa depan"), _("Periksa tanggal dan jamnya."))
    first = Step(at=at, act="recorded", text=what.strip(), by=office_of(person))
    breach = Breach(
        discovered_at=discovered_at,
        what=what.strip(),
        data=tuple(data),
        people=people,
        steps=[first],
        regions=person.regions,
    )
    id = new_id()
    await store.breaches.collection.insert_one({"_id": id, **breach.model_dump()})
    return id


async def note_breach(store: Store, person: Person, id: str, act: str, text: str, at: datetime) -> None:
    """Add what was done. Steps are only ever added."""
    breach = await store.breaches.get({"_id": id, **within(person, "regions")})
    if breach is None:
        raise not_found()
    require_step(breach, act)
    step = Step(at=at, act=act, text=text.strip(), by=office_of(person))
    # Somebody else may close it between the reading and this: what is closed takes no more steps.
    done = await store.breaches.collection.update_one(
        {"_id": id, "closed_at": None, **dict.fromkeys(marks(act, at))},
        {"$push": {"steps": step.model_dump()}, **({"$set": marks(act, at)} if marks(act, at) else {})},
    )
    if not done.modified_count:
        raise already_done()


async def breaches(store: Store, person: Person) -> list[tuple[str, Breach]]:
    """Those recorded in the person's regions, the newest first."""
    return await store.breaches.find(within(person, "regions"), sort=[("discovered_at", -1)], limit=200)
