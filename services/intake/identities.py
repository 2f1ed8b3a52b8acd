"""Reporters' identities: each sealed with a key of its own.

Each identity has its own AES-256-GCM key, wrapped by the service's sealing key. Destroying the wrapped key erases
the identity for good, whatever copies of the sealed text exist.
"""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AwareDatetime

from chassis.database import Collection, Document, insert_new
from chassis.messaging.outbox import Projection
from chassis.problems import not_found


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
    """The sealed identities."""

    def __init__(self, identities: Collection, reports: Collection, seal: Seal) -> None:
        self._identities = identities
        self._reports = reports
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
        }
        return Projection(self._identities.name, document)

    async def open(self, report_id: str) -> dict[str, Any]:
        """What was sealed. Who may ask for it is decided in `openings.py`, and nowhere else calls this."""
        found = await self.load(report_id)
        return self._seal.open(found["sealed"], found["key"], report_id)

    async def erase(self, report_id: str) -> None:
        """Destroy the key: what was sealed can never be read again."""
        await self._identities.update_one({"_id": report_id}, {"$set": {"key": None}})

    async def load(self, report_id: str) -> Document:
        """A sealed identity that has not been erased; 404 where there is none."""
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
