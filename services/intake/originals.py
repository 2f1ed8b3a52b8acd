"""What reporters wrote, word for word: sealed wherever masking took something out of it.

Everywhere else the masked text is all there is. Each text has a key of its own, wrapped by the service's sealing key;
dropping it ends the text for good.
"""

from collections.abc import Iterator
from datetime import datetime

import structlog
from cryptography.exceptions import InvalidTag

from chassis.database import Collection
from services.intake.model import Original, Report
from services.intake.sealing import Seal

log = structlog.get_logger(__name__)


class Originals:
    """The sealed texts of reports; they stand in the report, in the write that brings them."""

    def __init__(self, reports: Collection, seal: Seal) -> None:
        self._reports = reports
        self._seal = seal

    def sealed(self, report_id: str, of: str, written: str, masked: str, at: datetime) -> list[Original]:
        """A text of a report, named by `of`; nothing where masking left it as it is."""
        if written == masked:
            return []
        sealed, key = self._seal.close({"text": written}, f"{report_id}:{of}")
        return [Original(of=of, at=at, sealed=sealed, key=key, key_id=self._seal.key_id)]

    def open(self, report_id: str, report: Report) -> Iterator[tuple[Original, str]]:
        """The texts; one whose key is not here is left out and logged."""
        for each in report.originals:
            try:
                yield each, self._seal.open(each.sealed, each.key, f"{report_id}:{each.of}")["text"]
            except InvalidTag:
                log.error("text sealed by a key that is not here", report=report_id)

    async def rewrap(self) -> int:
        """Wrap by the present key what an older one wrapped. Answers how many could not be: their key is missing."""
        failed = 0
        # The first condition lets the partial index serve the second.
        known = {"state.originals.key_id": {"$exists": True}}
        old = {**known, "state.originals": {"$elemMatch": {"key_id": {"$ne": self._seal.key_id}}}}
        async for found in self._reports.find(old, {"state.originals": 1}):
            for each in found["state"]["originals"]:
                failed += not await self._rewrap(found["_id"], Original.model_validate(each))
        return failed

    async def _rewrap(self, report_id: str, each: Original) -> bool:
        if each.key_id == self._seal.key_id:
            return True
        try:
            key = self._seal.rewrap(each.key, f"{report_id}:{each.of}")
        except InvalidTag:
            return False
        # Compared with what was read: a text that was dropped meanwhile stays dropped. The version moves, so that
        # somebody who decides about the report at the same time decides again, and does not write the old key back.
        same = {"_id": report_id, "state.originals": {"$elemMatch": {"of": each.of, "key": each.key}}}
        new = {"state.originals.$.key": key, "state.originals.$.key_id": self._seal.key_id}
        await self._reports.update_one(same, {"$set": new, "$inc": {"version": 1}})
        return True
