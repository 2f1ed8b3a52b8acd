"""Reporters' identities: each sealed with a key of its own.

Each identity has its own AES-256-GCM key, wrapped by the service's sealing key. Destroying the wrapped key erases
the identity for good, whatever copies of the sealed text exist.
"""

from typing import Any

from pydantic import AwareDatetime

from chassis.database import Collection, Document, insert_new
from chassis.messaging.outbox import Projection
from chassis.problems import not_found
from services.intake.sealing import Seal


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
