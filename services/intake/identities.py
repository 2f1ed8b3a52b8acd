"""Reporters' identities: each sealed with a key of its own.

Each identity has its own AES-256-GCM key, wrapped by the service's sealing key. Destroying the wrapped key erases
the identity for good, whatever copies of the sealed text exist.
"""

from typing import Any

from cryptography.exceptions import InvalidTag
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
            "key_id": self._seal.key_id,
            "at": at,
        }
        return Projection(self._identities.name, document)

    async def open(self, report_id: str) -> dict[str, Any]:
        """What was sealed. Who may ask for it is decided in `openings.py`; beside it only the reporter's own copy
        (`privacy/copies.py`) calls this, and shows a part."""
        found = await self.load(report_id)
        return self._seal.open(found["sealed"], found["key"], report_id)

    async def erase(self, report_id: str) -> bool:
        """Destroy the key: what was sealed can never be read again. Answers whether there was an identity.

        The database's own log still knows the wrapped key for as long as that log goes back; it is worthless when the
        sealing key changes, as only what was not erased is wrapped by the new one.
        """
        # It may still wait in the report: destroyed in one place, it would come back from the other.
        await self._projected(report_id)
        done = await self._identities.update_one({"_id": report_id}, {"$set": {"key": None, "sealed": b""}})
        return bool(done.matched_count)

    async def exists(self, report_id: str) -> bool:
        """Whether there is an identity of this report, erased or not."""
        return bool(await self._projected(report_id))

    async def rewrap(self) -> int:
        """Wrap by the present key what an older one wrapped. Answers how many could not be: their key is missing."""
        failed = 0
        left = {"key_id": {"$ne": self._seal.key_id}, "key": {"$ne": None}}
        async for each in self._identities.find(left, {"key": 1}):
            try:
                key = self._seal.rewrap(each["key"], each["_id"])
            except InvalidTag:
                failed += 1
                continue
            # Compared with what was read: an identity that was erased meanwhile stays erased.
            same = {"_id": each["_id"], "key": each["key"]}
            await self._identities.update_one(same, {"$set": {"key": key, "key_id": self._seal.key_id}})
        return failed

    async def load(self, report_id: str) -> Document:
        """A sealed identity that has not been erased; 404 where there is none."""
        found = await self._projected(report_id)
        if found is None or found["key"] is None:
            raise not_found()
        return found

    async def _projected(self, report_id: str) -> Document | None:
        """An identity in its place; one that still waits in its report to be projected is brought there now.

        The report is read first. The relay inserts the identity before it takes it from the report, so what is in
        neither at those two moments, read in this order, does not exist; in the other order it could slip through.
        """
        report = await self._reports.find_one({"_id": report_id}, {"projections": 1}) or {}
        sealed = [each["document"] for each in report.get("projections", ()) if each["document"]["_id"] == report_id]
        await insert_new(self._identities, sealed)
        return await self._identities.find_one({"_id": report_id})
