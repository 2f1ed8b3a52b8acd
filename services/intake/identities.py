"""Reporters' identities: sealed with a key of their own, opened by two people together, for a reason, with a trace.

Each identity has its own AES-256-GCM key, wrapped by the service's sealing key. Destroying the wrapped key erases
the identity for good, whatever copies of the sealed text exist.
"""

import hashlib
import json
import os
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AwareDatetime

from chassis.database import Collection, Document, insert_new
from chassis.identity import Person
from chassis.language import _
from chassis.messaging.outbox import Projection
from chassis.problems import Problem, not_found
from kemenag.permissions import Action, require

_OPEN_FOR = timedelta(hours=1)


class Seal:
    """Seals and opens small secrets under one wrapping key."""

    def __init__(self, key: str) -> None:
        self._wrapping = AESGCM(hashlib.sha256(key.encode()).digest())

    def close(self, secret: dict[str, Any], bound_to: str) -> tuple[bytes, bytes]:
        """The sealed secret and its wrapped key; both open only for the same `bound_to`."""
        key = AESGCM.generate_key(256)
        return self._encrypt(AESGCM(key), json.dumps(secret).encode(), bound_to), self._encrypt(
            self._wrapping, key, bound_to
        )

    def open(self, sealed: bytes, wrapped: bytes, bound_to: str) -> dict[str, Any]:
        """What was sealed."""
        key = self._decrypt(self._wrapping, wrapped, bound_to)
        opened: dict[str, Any] = json.loads(self._decrypt(AESGCM(key), sealed, bound_to))
        return opened

    def _encrypt(self, cipher: AESGCM, plain: bytes, bound_to: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + cipher.encrypt(nonce, plain, bound_to.encode())

    def _decrypt(self, cipher: AESGCM, sealed: bytes, bound_to: str) -> bytes:
        return cipher.decrypt(sealed[:12], sealed[12:], bound_to.encode())


class Identities:
    """The sealed identities and the trace of who asked for them."""

    def __init__(self, identities: Collection, reports: Collection, access_log: Collection, seal: Seal) -> None:
        self._identities = identities
        self._reports = reports
        self._log = access_log
        self._seal = seal

    def sealed(
        self,
        report_id: str,
        ticket: str,
        jurisdiction: tuple[str, ...],
        identity: dict[str, Any],
        at: AwareDatetime,
    ) -> Projection:
        """A sealed identity, to be stored with the report in one write: a request that is repeated seals nothing."""
        sealed, wrapped = self._seal.close(identity, report_id)
        document = {
            "_id": report_id,
            "ticket": ticket,
            "jurisdiction": list(jurisdiction),
            "sealed": sealed,
            "key": wrapped,
            "at": at,
            "request": None,
        }
        return Projection(self._identities.name, document)

    async def request(self, report_id: str, person: Person, reason: str, at: AwareDatetime) -> None:
        """The first person asks, with a reason."""
        found = await self._load(report_id)
        require(person, Action.REQUEST_IDENTITY, found["jurisdiction"])
        if len(reason.strip()) < 10:
            raise Problem(
                "reason-too-short", 422, _("Alasan terlalu singkat"), _("Tulis alasan sedikitnya sepuluh huruf.")
            )
        asked = {"by": person.sub, "name": person.name, "reason": reason.strip(), "at": at, "approved_by": None}
        await self._trace("requested", found, person, at, reason.strip())
        await self._identities.update_one({"_id": report_id}, {"$set": {"request": asked}})

    async def approve(self, report_id: str, person: Person, at: AwareDatetime) -> None:
        """The second person agrees; never the one who asked."""
        found = await self._load(report_id)
        require(person, Action.APPROVE_IDENTITY, found["jurisdiction"])
        asked = found["request"]
        if asked is None or asked["approved_by"]:
            raise Problem(
                "no-request", 409, _("Tidak ada permintaan yang menunggu"), _("Minta pemohon mengajukan lagi.")
            )
        if asked["by"] == person.sub:
            raise Problem(
                "second-person", 403, _("Perlu orang kedua"), _("Pemohon tidak dapat menyetujui permintaannya sendiri.")
            )
        change = {"request.approved_by": person.sub, "request.approved_at": at}
        await self._trace("approved", found, person, at, asked["reason"])
        # Only this very request: another one, made meanwhile, is not approved by it.
        which = {"_id": report_id, "request.by": asked["by"], "request.at": asked["at"]}
        await self._identities.update_one(which, {"$set": change})

    async def open(self, report_id: str, person: Person, at: AwareDatetime) -> dict[str, Any]:
        """The person who asked reads it, within an hour of the approval."""
        found = await self._load(report_id)
        require(person, Action.REQUEST_IDENTITY, found["jurisdiction"])
        asked = found["request"]
        allowed = asked and asked["by"] == person.sub and asked["approved_by"]
        if not allowed or at - asked["approved_at"] > _OPEN_FOR:
            raise Problem(
                "not-approved",
                403,
                _("Belum disetujui"),
                _("Identitas dibuka setelah orang kedua menyetujui, selama satu jam."),
            )
        await self._trace("opened", found, person, at)
        return self._seal.open(found["sealed"], found["key"], report_id)

    async def erase(self, report_id: str) -> None:
        """Destroy the key: what was sealed can never be read again."""
        await self._identities.update_one({"_id": report_id}, {"$set": {"key": None, "request": None}})

    async def waiting(self, person: Person) -> list[Document]:
        """Requests in the person's regions."""
        query = {"request": {"$ne": None}, "jurisdiction": {"$in": list(person.regions)}}
        return await self._identities.find(query, {"sealed": 0, "key": 0}).sort("request.at", -1).to_list(200)

    async def trace(self, person: Person) -> list[Document]:
        """The newest entries of the access log in the person's regions."""
        own = {"jurisdiction": {"$in": list(person.regions)}}
        return await self._log.find(own).sort("_id", -1).to_list(200)

    async def _load(self, report_id: str) -> Document:
        found = await self._identities.find_one({"_id": report_id}) or await self._waiting_in_report(report_id)
        if found is None or found["key"] is None:
            raise not_found()
        return found

    async def _waiting_in_report(self, report_id: str) -> Document | None:
        """An identity that still waits in its report to be projected: it is brought to its place now."""
        report = await self._reports.find_one({"_id": report_id}, {"projections": 1}) or {}
        sealed = [each["document"] for each in report.get("projections", ()) if each["document"]["_id"] == report_id]
        await insert_new(self._identities, sealed)
        return sealed[0] if sealed else None

    async def _trace(self, act: str, found: Document, person: Person, at: AwareDatetime, reason: str = "") -> None:
        entry = {"act": act, "report_id": found["_id"], "jurisdiction": found["jurisdiction"], "at": at}
        await self._log.insert_one({**entry, "by": person.sub, "role": person.role, "reason": reason})
