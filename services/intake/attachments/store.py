"""Files of reports: sealed, each with a key of its own, and opened for who handles the case alone.

A voice tells who it is as surely as a name does, and a photo may: neither the database nor its backups show them.
"""

from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag

from chassis.database import Collection, Document
from chassis.steps import update_in_steps
from services.intake.sealing import Seal

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
PHOTO_TYPE = "image/jpeg"


class Attachments:
    """The sealed files."""

    def __init__(self, collection: Collection, seal: Seal) -> None:
        self.collection = collection
        self._seal = seal

    def sealed(self, id: str, content: bytes, media_type: str) -> Document:
        """The fields of a file that came. No hash of it stands beside: it would join equal files of different reports.
        That it is what came is proven by opening it (AES-GCM)."""
        sealed, key = self._seal.close_bytes(content, f"attachment:{id}")
        return {"sealed": sealed, "key": key, "key_id": self._seal.key_id, "media_type": media_type}

    def open(self, found: Document) -> tuple[bytes, str] | None:
        """Content and media type; None where it has not come. Errors: `InvalidTag` for a key that is not here."""
        if "content" in found:  # of a release before this one, until it is sealed
            return found["content"], PHOTO_TYPE
        if "sealed" not in found:
            return None
        return self._seal.open_bytes(found["sealed"], found["key"], f"attachment:{found['_id']}"), found["media_type"]

    async def seal_plain(self) -> None:
        """Seal what a release before this one stored in the clear."""
        # The moment is asked for as the index that holds these alone is by it.
        async for found in self.collection.find({"content": {"$exists": True}, "at": {"$gt": _BEGINNING}}):
            fields = self.sealed(found["_id"], bytes(found["content"]), PHOTO_TYPE)
            # What was destroyed meanwhile is not there any more, and nothing is written.
            await self.collection.update_one(
                {"_id": found["_id"]}, {"$set": fields, "$unset": {"content": "", "sha256": ""}}
            )

    async def forget_hashes(self) -> None:
        """Earlier releases stored a hash of each file beside it, which joins equal files of different reports."""
        await update_in_steps(self.collection, {"sha256": {"$exists": True}}, {"$unset": {"sha256": ""}})

    async def rewrap(self) -> int:
        """Wrap by the present key what an older one wrapped. Answers how many could not be: their key is missing."""
        failed = 0
        old = {"key_id": {"$exists": True, "$ne": self._seal.key_id}}
        async for each in self.collection.find(old, {"key": 1}):
            try:
                key = self._seal.rewrap(each["key"], f"attachment:{each['_id']}")
            except InvalidTag:
                failed += 1
                continue
            same = {"_id": each["_id"], "key": each["key"]}
            await self.collection.update_one(same, {"$set": {"key": key, "key_id": self._seal.key_id}})
        return failed
