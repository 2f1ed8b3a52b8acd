"""Opening an identity: a request that nobody can change, approved by somebody of another office, opened once."""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime

from chassis.clock import new_id
from chassis.database import Collection, Document
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from kemenag.permissions import Action, may, require
from services.intake.identities import Identities

_WAITS_FOR = timedelta(days=1)
_OPEN_FOR = timedelta(hours=1)


class Openings:
    """The requests to open identities, and the trace of what was done with them."""

    def __init__(self, identities: Identities, requests: Collection, access_log: Collection) -> None:
        self._identities = identities
        self._requests = requests
        self._log = access_log

    async def request(self, report_id: str, person: Person, reason: str, at: AwareDatetime) -> str:
        """The first person asks, with a reason; another request stands beside it and changes nothing of it."""
        found = await self._identities.load(report_id)
        require(person, Action.REQUEST_IDENTITY, found["jurisdiction"])
        if len(reason.strip()) < 10:
            raise Problem(
                "reason-too-short", 422, _("Alasan terlalu singkat"), _("Tulis alasan sedikitnya sepuluh huruf.")
            )
        asked = {
            "_id": new_id(),
            "report_id": report_id,
            "ticket": found["ticket"],
            "jurisdiction": found["jurisdiction"],
            "by": person.sub,
            "offices": list(person.regions),
            "name": person.name,
            "reason": reason.strip(),
            "at": at,
            "expires_at": at + _WAITS_FOR,
            "approved_by": None,
            "approved_at": None,
            "opened_at": None,
        }
        await self._trace("requested", asked, person, at, asked["reason"])
        await self._requests.insert_one(asked)
        return str(asked["_id"])

    async def approve(self, request_id: str, person: Person, at: AwareDatetime) -> None:
        """The second person agrees to exactly what they see: of another office, or the data protection officer."""
        asked = await self._load(request_id, person, Action.APPROVE_IDENTITY)
        colleagues = bool(set(asked["offices"]) & set(person.regions))
        if asked["by"] == person.sub or (colleagues and not may(person, Action.READ_ACCESS_LOG)):
            raise Problem(
                "second-person",
                403,
                _("Perlu orang kedua"),
                _("Yang menyetujui harus dari kantor lain, atau pejabat pelindungan data."),
            )
        which = {"_id": request_id, "approved_by": None, "expires_at": {"$gt": at}}
        change = {"$set": {"approved_by": person.sub, "approved_at": at}}
        if not (await self._requests.update_one(which, change)).matched_count:
            raise Problem(
                "no-request", 409, _("Tidak ada permintaan yang menunggu"), _("Minta pemohon mengajukan lagi.")
            )
        await self._trace("approved", asked, person, at, asked["reason"])

    async def open(self, request_id: str, person: Person, at: AwareDatetime) -> dict[str, Any]:
        """The person who asked reads it: once, within an hour of the approval."""
        asked = await self._load(request_id, person, Action.REQUEST_IDENTITY)
        which = {"_id": request_id, "by": person.sub, "opened_at": None, "approved_at": {"$gt": at - _OPEN_FOR}}
        # Claimed before anything is read: of two that open at once, one does.
        if not (await self._requests.update_one(which, {"$set": {"opened_at": at}})).matched_count:
            raise Problem(
                "not-approved",
                403,
                _("Belum disetujui"),
                _("Identitas dibuka sekali, dalam satu jam setelah orang kedua menyetujui."),
            )
        await self._trace("opened", asked, person, at, asked["reason"])
        return await self._identities.open(asked["report_id"])

    async def waiting(self, person: Person, at: AwareDatetime) -> list[Document]:
        """Requests in the person's regions that can still be approved or opened, the newest first."""
        query = {
            "jurisdiction": {"$in": list(person.regions)},
            "expires_at": {"$gt": at - _OPEN_FOR},
            "opened_at": None,
        }
        return await self._requests.find(query).sort("_id", -1).to_list(200)

    async def trace(self, person: Person) -> list[Document]:
        """The newest entries of the access log in the person's regions."""
        own = {"jurisdiction": {"$in": list(person.regions)}}
        return await self._log.find(own).sort("_id", -1).to_list(200)

    async def _load(self, request_id: str, person: Person, action: Action) -> Document:
        found = await self._requests.find_one({"_id": request_id})
        if found is None:
            raise not_found()
        require(person, action, found["jurisdiction"])
        return found

    async def _trace(self, act: str, asked: Document, person: Person, at: AwareDatetime, reason: str) -> None:
        entry = {"act": act, "report_id": asked["report_id"], "jurisdiction": asked["jurisdiction"], "at": at}
        # Who approved stands with the opening, too: a crash between an approval and its entry leaves nobody unnamed.
        who = {"by": person.sub, "role": person.role, "reason": reason, "request": asked["_id"]}
        who["approved_by"] = asked["approved_by"]
        await self._log.insert_one({**entry, **who})
