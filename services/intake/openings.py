"""Opening an identity: a request that nobody can change, approved by somebody of another office, opened once."""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate, Aggregates, Row
from chassis.clock import new_id
from chassis.database import Document
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from chassis.quarantine import Documents
from contracts.base import Event
from kemenag.permissions import Action, may, require
from services.intake.identities import Identities

ACCESS_LOG = "access_log"
_WAITS_FOR = timedelta(days=1)
_OPEN_FOR = timedelta(hours=1)
_ACTS = ("requested", "approved", "opened")


class Opening(BaseModel):
    """A request to open one identity. What was asked never changes; what was done is added."""

    report_id: str
    ticket: str
    jurisdiction: tuple[str, ...]
    by: str
    offices: tuple[str, ...]
    name: str
    reason: str
    at: AwareDatetime
    expires_at: AwareDatetime
    approved_by: str | None = None
    approved_at: AwareDatetime | None = None
    opened_at: AwareDatetime | None = None


class Trace(BaseModel):
    """An entry of the access log: who did what with whose identity, and why."""

    act: str
    report_id: str
    jurisdiction: tuple[str, ...]
    at: AwareDatetime
    by: str
    role: str
    reason: str
    request: str = ""
    approved_by: str | None = None


def begin(found: Document, person: Person, reason: str, at: AwareDatetime) -> Aggregate[Opening]:
    """The first person asks, with a reason."""
    if len(reason.strip()) < 10:
        raise Problem("reason-too-short", 422, _("Alasan terlalu singkat"), _("Tulis alasan sedikitnya sepuluh huruf."))
    opening = Opening(
        report_id=found["_id"],
        ticket=found["ticket"],
        jurisdiction=tuple(found["jurisdiction"]),
        by=person.sub,
        offices=person.regions,
        name=person.name,
        reason=reason.strip(),
        at=at,
        expires_at=at + _WAITS_FOR,
    )
    asked = Aggregate(new_id(), opening)
    _trace(asked, "requested", person, at)
    return asked


def approve(asked: Aggregate[Opening], person: Person, at: AwareDatetime) -> list[Event]:
    """The second person agrees to exactly what they see: of another office, or the data protection officer."""
    opening = asked.state
    colleagues = bool(set(opening.offices) & set(person.regions))
    if opening.by == person.sub or (colleagues and not may(person, Action.READ_ACCESS_LOG)):
        raise Problem(
            "second-person",
            403,
            _("Perlu orang kedua"),
            _("Yang menyetujui harus dari kantor lain, atau pejabat pelindungan data."),
        )
    if opening.approved_by is not None or opening.expires_at <= at:
        raise Problem("no-request", 409, _("Tidak ada permintaan yang menunggu"), _("Minta pemohon mengajukan lagi."))
    _trace(asked, "approved", person, at)
    opening.approved_by, opening.approved_at = person.sub, at
    return []


def open_once(asked: Aggregate[Opening], person: Person, at: AwareDatetime) -> list[Event]:
    """The person who asked opens it: once, within an hour of the approval."""
    opening = asked.state
    approved = opening.approved_at is not None and at < opening.approved_at + _OPEN_FOR
    if not approved or opening.by != person.sub or opening.opened_at is not None:
        raise Problem(
            "not-approved",
            403,
            _("Belum disetujui"),
            _("Identitas dibuka sekali, dalam satu jam setelah orang kedua menyetujui."),
        )
    opening.opened_at = at
    _trace(asked, "opened", person, at)
    return []


def _trace(asked: Aggregate[Opening], act: str, person: Person, at: AwareDatetime) -> None:
    """The access log's entry, in the same write as what it tells of: neither stands without the other."""
    opening = asked.state
    trace = Trace(
        act=act,
        report_id=opening.report_id,
        jurisdiction=opening.jurisdiction,
        at=at,
        by=person.sub,
        role=person.role,
        reason=opening.reason,
        request=asked.id,
        approved_by=opening.approved_by,
    )
    # Each act has one entry, however often it is written; the ids keep the order of the acts.
    asked.project(ACCESS_LOG, {"_id": f"{asked.id}:{_ACTS.index(act)}", **trace.model_dump()})


class Openings:
    """The requests to open identities, and the trace of what was done with them."""

    def __init__(self, identities: Identities, requests: Aggregates[Opening], access_log: Documents[Trace]) -> None:
        self._identities = identities
        self._requests = requests
        self._log = access_log

    async def request(self, report_id: str, person: Person, reason: str, at: AwareDatetime) -> str:
        """Ask; another request stands beside it and changes nothing of it."""
        found = await self._identities.load(report_id)
        require(person, Action.REQUEST_IDENTITY, found["jurisdiction"])
        asked = begin(found, person, reason, at)
        await self._requests.insert(asked, [])
        return asked.id

    async def approve(self, request_id: str, person: Person, at: AwareDatetime) -> None:
        """Agree to a request."""
        await self._require(request_id, person, Action.APPROVE_IDENTITY)
        await self._requests.update(request_id, lambda asked: approve(asked, person, at))

    async def open(self, request_id: str, person: Person, at: AwareDatetime) -> dict[str, Any]:
        """What was sealed. It counts as opened before it is read: of two that open at once, one does."""
        await self._require(request_id, person, Action.REQUEST_IDENTITY)
        done = await self._requests.update(request_id, lambda asked: open_once(asked, person, at))
        return await self._identities.open(done.state.report_id)

    async def waiting(self, person: Person, at: AwareDatetime) -> list[Row[Opening]]:
        """Requests in the person's regions that can still be approved or opened, the newest first."""
        query = {
            "state.jurisdiction": {"$in": list(person.regions)},
            "state.expires_at": {"$gt": at - _OPEN_FOR},
            "state.opened_at": None,
        }
        return await self._requests.rows(query, sort=[("_id", -1)], limit=200)

    async def trace(self, person: Person) -> list[Trace]:
        """The newest entries of the access log in the person's regions."""
        own = {"jurisdiction": {"$in": list(person.regions)}}
        return [each for _id, each in await self._log.find(own, sort=[("at", -1), ("_id", -1)], limit=200)]

    async def _require(self, request_id: str, person: Person, action: Action) -> None:
        found = await self._requests.get(request_id)
        if found is None:
            raise not_found()
        require(person, action, found.state.jurisdiction)
