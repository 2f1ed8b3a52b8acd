"""Opening an identity: a request that nobody can change, approved by somebody of another office, opened once."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate, Aggregates, Row
from chassis.audit import AuditKey, Head, hash_of, majority
from chassis.clock import new_id
from chassis.database import Document
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from chassis.quarantine import Documents
from contracts.base import Event
from kemenag.permissions import Action, may, require
from services.intake.identities import Identities
from services.intake.model import Report

ACCESS_LOG = "access_log"
_WAITS_FOR = timedelta(days=1)
_OPEN_FOR = timedelta(hours=1)
PROJECTED_WITHIN = timedelta(days=1)
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
    """An entry of the access log: who did what with whose identity or photo, and why. `by` is sealed;
    `request` is that of an opening, or the photo."""

    act: str
    report_id: str
    jurisdiction: tuple[str, ...]
    at: AwareDatetime
    by: str
    role: str
    reason: str
    request: str = ""


def begin(found: Document, person: Person, sealed: str, reason: str, at: AwareDatetime) -> Aggregate[Opening]:
    """The first person asks, with a reason. `sealed` is who it is, for the access log."""
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
    _trace(asked, "requested", person, sealed, at)
    return asked


def approve(asked: Aggregate[Opening], person: Person, sealed: str, at: AwareDatetime) -> list[Event]:
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
    _trace(asked, "approved", person, sealed, at)
    opening.approved_by, opening.approved_at = person.sub, at
    return []


def open_once(asked: Aggregate[Opening], person: Person, sealed: str, at: AwareDatetime) -> list[Event]:
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
    _trace(asked, "opened", person, sealed, at)
    return []


def _trace(asked: Aggregate[Opening], act: str, person: Person, sealed: str, at: AwareDatetime) -> None:
    """The access log's entry, in the same write as what it tells of: neither stands without the other."""
    opening = asked.state
    trace = Trace(
        act=act,
        report_id=opening.report_id,
        jurisdiction=opening.jurisdiction,
        at=at,
        by=sealed,
        role=person.role,
        reason=opening.reason,
        request=asked.id,
    )
    # Each act has one entry, however often it is written; the ids keep the order of the acts.
    asked.project(ACCESS_LOG, {"_id": f"{asked.id}:{_ACTS.index(act)}", **trace.model_dump()})


class Openings:
    """The requests to open identities, and the trace of what was done with them."""

    def __init__(
        self, identities: Identities, requests: Aggregates[Opening], access_log: Documents[Trace], audit: AuditKey
    ) -> None:
        self._identities = identities
        self._audit = audit
        self._requests = requests
        self.log = access_log
        """What was done with identities and photos."""

    async def request(self, report_id: str, person: Person, reason: str, at: AwareDatetime) -> str:
        """Ask; another request stands beside it and changes nothing of it."""
        found = await self._identities.load(report_id)
        require(person, Action.REQUEST_IDENTITY, found["jurisdiction"])
        asked = begin(found, person, self._audit.seal(person.sub), reason, at)
        await self._requests.insert(asked, [])
        return asked.id

    async def approve(self, request_id: str, person: Person, at: AwareDatetime) -> None:
        """Agree to a request."""
        await self._require(request_id, person, Action.APPROVE_IDENTITY)
        sealed = self._audit.seal(person.sub)
        await self._requests.update(request_id, lambda asked: approve(asked, person, sealed, at))

    async def open(self, request_id: str, person: Person, at: AwareDatetime) -> dict[str, Any]:
        """What was sealed. It counts as opened before it is read: of two that open at once, one does."""
        await self._require(request_id, person, Action.REQUEST_IDENTITY)
        sealed = self._audit.seal(person.sub)
        done = await self._requests.update(request_id, lambda asked: open_once(asked, person, sealed, at))
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
        """What officials did with identities in the person's regions, and what was destroyed; the newest first."""
        own = {
            "jurisdiction": {"$in": list(person.regions)},
            "act": {"$nin": ["photo", "copied"]},
        }
        return [each for _id, each in await self.log.find(own, sort=[("at", -1), ("_id", -1)], limit=200)]

    async def record_reading(self, row: Row[Report], person: Person, at: AwareDatetime) -> None:
        """Somebody is about to read what a reporter wrote, word for word."""
        trace = Trace(
            act="read",
            report_id=row.id,
            jurisdiction=row.state.jurisdiction,
            at=at,
            by=self._audit.seal(person.sub),
            role=person.role,
            reason="",
        )
        await self.log.collection.insert_one({"_id": new_id(), **trace.model_dump()})

    async def record_look(self, attachment: Document, person: Person, at: AwareDatetime) -> None:
        """Somebody is about to see or hear a file. Each part that a player asks for is noted: one may be all of it."""
        trace = Trace(
            act="photo",
            report_id="",
            request=attachment["_id"],
            jurisdiction=tuple(attachment["jurisdiction"]),
            at=at,
            by=self._audit.seal(person.sub),
            role=person.role,
            reason="",
        )
        await self.log.collection.insert_one({"_id": new_id(), **trace.model_dump()})

    async def heads(self, since: datetime) -> AsyncIterator[Head]:
        """The entries of the access log, each for itself. They may have waited for the projector, hence the margin."""
        async for each in majority(self.log.collection).find({"at": {"$gte": since - PROJECTED_WITHIN}}):
            yield Head(id=each["_id"], count=1, hash=hash_of(each))

    async def _require(self, request_id: str, person: Person, action: Action) -> None:
        found = await self._requests.get(request_id)
        if found is None:
            raise not_found()
        require(person, action, found.state.jurisdiction)
