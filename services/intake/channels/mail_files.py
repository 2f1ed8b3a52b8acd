"""Files that came with mails, sealed until they are checked: a mail server hands them over once."""

from datetime import datetime

from chassis.clock import now
from chassis.database import Collection, insert_new
from chassis.deliveries.channel import Undelivered
from services.intake.sealing import Seal
from services.intake.talks import REMEMBERED


class MailFiles:
    """What waits to be fetched from here, as from a channel's own server."""

    def __init__(self, collection: Collection, seal: Seal) -> None:
        self._collection = collection
        self._seal = seal

    async def put(self, files: dict[str, bytes], at: datetime) -> None:
        """Store some, by id; those known already are passed over."""
        documents = []
        for id, content in files.items():
            sealed, key = self._seal.close_bytes(content, id)
            documents.append({"_id": id, "sealed": sealed, "key": key, "forget_at": at + REMEMBERED})
        await insert_new(self._collection, documents)

    async def media(self, id: str, most: int) -> bytes:
        """A file of at most so many bytes; `Undelivered` where it is not to be had."""
        found = await self._collection.find_one({"_id": id, "forget_at": {"$gt": now()}})
        if found is None:
            raise Undelivered("gone", final=True)
        content = self._seal.open_bytes(found["sealed"], found["key"], id)
        if len(content) > most:
            raise Undelivered("too_large", final=True)
        return content
