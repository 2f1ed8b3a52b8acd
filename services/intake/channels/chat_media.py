"""Files that come by chat (photos, voices, videos, documents): fetched apart from the conversation, so that a story
never waits for its picture.

    message with a file  ──▶ conversation takes the attachment's id into the draft ──▶ report names it
                        └──▶ `chat_photos`, sealed ──▶ fetch, check ──▶ `attachments`

Report and picture may be first in either order: each adds its part to the same document.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from chassis.clock import now
from chassis.concurrency import wait_for_wake
from chassis.database import Collection, Document, insert_new
from chassis.deliveries.channel import Undelivered
from chassis.leases import Lease
from chassis.problems import Problem
from contracts.vocabulary import attachment_kind
from services.intake.attachments.cleaning import LARGEST, cleaned
from services.intake.attachments.store import Attachments
from services.intake.sealing import Seal
from services.intake.talks import REMEMBERED

log = structlog.get_logger(__name__)
_MOST_TRIES = 10


class Source(Protocol):
    """Where a channel has the files that people send."""

    async def media(self, id: str, most: int) -> bytes:
        """A file of at most so many bytes; `Undelivered` where it is not to be had."""
        ...


class ChatMedia:
    """The files that wait at their channels, and those that came."""

    def __init__(
        self, waiting: Collection, attachments: Attachments, sources: Mapping[str, Source], seal: Seal, lease: Lease
    ) -> None:
        self._waiting = waiting
        self._attachments = attachments
        self._sources = sources
        self._seal = seal
        self._lease = lease
        self._arrived = asyncio.Event()

    async def expect(self, id: str, channel: str, media: str, at: datetime) -> None:
        """Have a file fetched; one that comes again is fetched once."""
        sealed = self._seal.hide({"channel": channel, "media": media}, id)
        # The whole minute, as of messages that wait: the moment itself is what the report of it bears.
        due = at.replace(second=0, microsecond=0)
        await insert_new(self._waiting, [{"_id": id, "sealed": sealed, "due": due, "tries": 0}])
        self._arrived.set()

    async def forget(self, ids: set[str]) -> None:
        """Their sender deleted them before a report was sent with them."""
        for id in ids:
            await self._waiting.delete_one({"_id": id})
            await self._attachments.collection.delete_one({"_id": id, "jurisdiction": []})

    async def belong(self, ids: tuple[str, ...], jurisdiction: tuple[str, ...]) -> None:
        """A report was sent with these files: who may see it may see them, and they stay."""
        for id in ids:
            change = {"$set": {"jurisdiction": list(jurisdiction)}, "$unset": {"forget_at": ""}}
            change["$setOnInsert"] = {"at": now()}
            await self._attachments.collection.update_one({"_id": id}, change, upsert=True)

    async def fetch_always(self) -> None:
        """Fetch what waits, the oldest first, until cancelled. One replica does, one file at a time."""
        while True:
            await self._lease.wait_held()
            self._arrived.clear()
            found = await self._waiting.find_one({"due": {"$lte": now()}}, sort=[("due", 1)])
            if found is None:
                await wait_for_wake(self._arrived, 0.2 if self._lease.contended else 5.0)
                continue
            await self._fetch(found)

    async def _fetch(self, waiting: Document) -> None:
        id, tries = waiting["_id"], waiting["tries"] + 1
        try:
            shown = self._seal.show(waiting["sealed"], id)
            source = self._sources[shown.get("channel", "whatsapp")]  # a release before this one named none
            kind = attachment_kind(id)
            came = self._attachments.sealed(id, *await cleaned(kind, await source.media(shown["media"], LARGEST[kind])))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a file is its own: it waits alone
            final = isinstance(error, Problem) or (isinstance(error, Undelivered) and error.final)
            log.warning("file not fetched", reason=type(error).__name__, tries=tries, final=final)
            if isinstance(error, Undelivered) and error.channel_wide:
                tries = waiting["tries"]  # the channel, or our token: no fault of this file, which waits
            if not final and tries < _MOST_TRIES:
                later = {"due": now() + timedelta(seconds=min(30 * 2**tries, 3600)), "tries": tries}
                await self._waiting.update_one({"_id": id}, {"$set": later})
                return
            await self._came(id, {"missing": True})
        else:
            await self._came(id, came)
        # Last: who dies before it fetches once more and stores the same.
        await self._waiting.delete_one({"_id": id})

    async def _came(self, id: str, what: Document) -> None:
        """Store it. Until a report names it nobody may see it, and it is forgotten with the conversation."""
        # Who deletes it between this look and the write has a file that no report names: nobody sees it, and it goes.
        if await self._waiting.find_one({"_id": id}, {"_id": 1}) is None:
            return  # its sender deleted it while it was fetched
        at = now()
        # One write: the report's part is there already and stays as it is, or it comes later and takes the end away.
        fresh = {"jurisdiction": [], "forget_at": at + REMEMBERED, "at": at}
        await self._attachments.collection.update_one({"_id": id}, {"$set": what, "$setOnInsert": fresh}, upsert=True)
