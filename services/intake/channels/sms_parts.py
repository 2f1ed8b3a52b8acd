"""Long short messages whose parts come one by one, in any order and more than once, until they are one message.

    part ──▶ `sms_parts`, sealed, by sender and group ──all there, or waited long enough──▶ conversation

The group's number is small and comes again: parts are known by the gateway's own ids, and only those not yet passed on
belong together.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from chassis.clock import now
from chassis.database import Collection, Document
from services.intake.channels.sms import Piece
from services.intake.dialogue.model import Inbound
from services.intake.model import pseudonym
from services.intake.sealing import Seal
from services.intake.talks import REMEMBERED

log = structlog.get_logger(__name__)
_PATIENCE, _LATER = timedelta(minutes=2), timedelta(hours=1)
_SWEEP_SECONDS = 30.0
_MISSING = "…"
_REMEMBERED_PARTS = 400
Store = Callable[[list[Inbound], datetime], Awaitable[None]]


class SmsParts:
    """The parts that wait for the others."""

    def __init__(self, waiting: Collection, seal: Seal, key: bytes, store: Store) -> None:
        self._waiting = waiting
        self._seal = seal
        self._key = key
        self._store = store

    async def add(self, piece: Piece, at: datetime) -> None:
        """Take a part in; with the last one the message goes on."""
        id = pseudonym(f"sms-parts:{piece.message.person}:{piece.group}:{piece.of}", self._key)
        part = pseudonym(f"sms-part:{piece.message.id}", self._key)
        sealed = self._seal.hide(piece.message.model_dump(mode="json"), f"{id}:{piece.number}")
        # The whole minute, as of messages that wait: the moment itself is what the report of it bears.
        minute = at.replace(second=0, microsecond=0)
        change = {
            "$set": {f"parts.{piece.number}": {"id": part, "sealed": sealed}, "of": piece.of},
            "$push": {"taken": {"$each": [part], "$slice": -_REMEMBERED_PARTS}},
            "$max": {"due": minute + _PATIENCE, "forget_at": minute + REMEMBERED},
        }
        place = {"_id": id, "taken": {"$ne": part}, f"parts.{piece.number}": {"$exists": False}}
        try:
            # One write decides: of two replicas that take the last two parts, the later one sees both.
            found = await self._waiting.find_one_and_update(
                place, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            found = await self._waiting.find_one({"_id": id})
            if found is not None and part in found["taken"]:
                return  # it has this part already
            if found is not None and str(piece.number) in found["parts"]:
                # Another message of the same group waits at this place: it goes on as it is.
                await self._pass_on(found)
            # Otherwise another part was the group's first at the same moment: its document is there now, and takes us.
            await self.add(piece, at)
            return
        if found is not None and len(found["parts"]) >= piece.of:
            await self._pass_on(found)

    async def sweep_always(self) -> None:
        """Pass on what waited long enough for the rest, until cancelled. Any number of replicas may: the message that
        comes of the same parts is the same."""
        while True:
            overdue = {"due": {"$lte": now()}}
            for found in await self._waiting.find(overdue).sort("due").limit(100).to_list():
                try:
                    await self._pass_on(found)
                except PyMongoError:
                    raise
                except Exception as error:
                    log.error("parts not put together", reason=type(error).__name__, exc_info=error)
                    later = {"$set": {"due": now() + _LATER}}
                    await self._waiting.update_one({"_id": found["_id"]}, later)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _pass_on(self, found: Document) -> None:
        """First stored as a message, then forgotten here: who dies in between stores the same once more."""
        parts: dict[str, Document] = found["parts"]
        if not parts:
            return  # another replica did, between our looking and this
        shown = {
            int(n): Inbound.model_validate(self._seal.show(each["sealed"], f"{found['_id']}:{n}"))
            for n, each in parts.items()
        }
        text = "".join(shown[n].text if n in shown else _MISSING for n in range(1, found["of"] + 1))
        of = hashlib.sha256("".join(sorted(each["id"] for each in parts.values())).encode()).hexdigest()
        whole = next(iter(shown.values())).model_copy(update={"id": f"sms:{of}", "text": text})
        await self._store([whole], now())
        # Only these: a part that came meanwhile waits for its own.
        gone = {f"parts.{n}": "" for n in parts}
        unchanged = {"_id": found["_id"], **{f"parts.{n}.id": each["id"] for n, each in parts.items()}}
        await self._waiting.update_one(unchanged, {"$unset": gone | {"due": ""}})
        left = {"_id": found["_id"], "parts": {"$ne": {}}, "due": {"$exists": False}}
        await self._waiting.update_one(left, {"$set": {"due": now() + _PATIENCE}})
