"""Conversations at rest: whatever tells who wrote what is sealed, so that the database joins nobody to a report.

A conversation is found by a keyed pseudonym of the person; what is remembered of it, messages that wait and replies
that go out are sealed under intake's key; the report that comes of it has an id, a ticket and a key of repetition that
stand nowhere else in the clear. All of it is deleted some days after the person last wrote; where a report with a name
leads back to it, the address is left (`privacy/addresses.py`).
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag
from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate, Aggregates, NotThere
from chassis.clock import new_id, now
from chassis.database import Document
from chassis.deliveries.delivery import Delivery, document_of
from chassis.quarantine import READABLE, Unreadable
from chassis.steps import in_steps, once
from contracts.base import Event
from services.intake.dialogue.model import Conversation, Inbound
from services.intake.model import pseudonym
from services.intake.sealing import Seal

log = structlog.get_logger(__name__)
REPLIES = "replies"
REMEMBERED = timedelta(days=8)
"""Longer than Meta repeats a message (7 days) or bears replies (one)."""

Reply = tuple[str, dict[str, Any]]
"""An id that is the same when it is queued again, and the content."""
Change = Callable[[Conversation], Iterable[Reply] | None]
"""Changes a conversation and returns what is replied; None where nothing is to be written. May be called again."""


class SealedConversation(BaseModel):
    """A conversation as it is stored."""

    sealed: bytes = b""
    forget_on: AwareDatetime | None = None
    """A day, no moment: the moment would tell which report was made then."""
    plain: Document | None = None
    """What a release before this one left unsealed."""


def upgrade_to_3(state: Document) -> Document:
    """From release 0.1: unsealed until it is written again, at the latest when intake starts."""
    return state if "sealed" in state else {"plain": state}


class _LeftPlain(Exception):
    """Some could not be sealed."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Talks:
    """The conversations, opened for as long as something is decided about them."""

    def __init__(self, conversations: Aggregates[SealedConversation], seal: Seal, key: bytes) -> None:
        self._conversations = conversations
        self._seal = seal
        self._key = key

    def id_of(self, channel: str, person: str) -> str:
        """The conversation of a person of a channel."""
        return pseudonym(f"conversation:{channel}:{person}", self._key)

    def repetition_of(self, message_id: str) -> str:
        """What a report is recognised by that came of a message, which tells nothing of the message."""
        return pseudonym(f"report-of:{message_id}", self._key)

    def codes_of(self, of: str, choices: Sequence[str]) -> dict[str, str]:
        """Four digits for each choice that nobody can know before they are sent; `of`: what they stand for."""
        made = int.from_bytes(hmac.new(self._key, f"code:{of}".encode(), hashlib.sha256).digest())
        return {choice: str((made + n * 1237) % 9000 + 1000) for n, choice in enumerate(choices)}

    async def get(self, id: str) -> Conversation | None:
        """What is remembered, to read."""
        row = await self._conversations.get(id)
        return self._open(id, row.state) if row else None

    async def update(self, id: str, change: Change, begin: Callable[[], Conversation] | None = None) -> None:
        """Change a conversation and queue what is replied, in one write. Errors: `NotThere` without `begin`."""

        def decide(loaded: Aggregate[SealedConversation]) -> list[Event] | None:
            talk = self._open(loaded.id, loaded.state) if loaded.version else begin()  # type: ignore[misc]
            replies = change(talk)
            if replies is None:
                return None
            for reply in replies:
                self._queue(loaded, talk, reply)
            loaded.state = self._close(loaded.id, talk)
            return []

        await self._conversations.update(id, decide, (lambda _: SealedConversation()) if begin else None)

    async def forgotten_before(self, moment: datetime, at_once: int) -> AsyncIterator[list[str]]:
        """Ids of the conversations that are forgotten by then, so many at once."""
        query = {"state.forget_on": {"$lt": moment}, **READABLE}
        found = self._conversations.collection.find(query, {"_id": 1}).sort("state.forget_on", 1)
        ids: list[str] = []
        async for each in found:
            ids.append(each["_id"])
            if len(ids) == at_once:
                yield ids
                ids = []
        if ids:
            yield ids

    async def seal_plain(self) -> None:
        """Seal what a release before this one left unsealed."""
        try:
            await once(self._conversations.collection.database, "conversations sealed", self._seal_plain)
        except _LeftPlain as left:
            # By a key that is not here, or broken: the next start tries again.
            log.error("conversations left unsealed", count=left.count)

    async def _seal_plain(self) -> None:
        count = 0
        async for ids in in_steps(self._conversations.collection):
            await self._seal_these(ids)
            unsealed = {"_id": {"$in": ids}, "state.sealed": {"$exists": False}}
            count += await self._conversations.collection.count_documents(unsealed)
        if count:
            raise _LeftPlain(count)

    async def _seal_these(self, ids: list[Any]) -> None:
        for row in await self._conversations.rows({"_id": {"$in": ids}, "state.sealed": {"$exists": False}}):
            try:
                await self.update(row.id, lambda _: [])
            except (NotThere, Unreadable):
                continue
            except (InvalidTag, KeyError, TypeError, ValueError) as error:
                # Sealed under another key, or broken: it alone is set aside, and nobody waits for it.
                await self._conversations.set_aside(row.id, error)

    def hide_message(self, message: Inbound, at: datetime) -> Document:
        """A message as it waits to be processed."""
        plain = {"message": message.model_dump(mode="json"), "at": at.isoformat()}
        # The whole minute: the moment itself is what the report of it bears.
        due = at.replace(second=0, microsecond=0)
        waits = {"order": new_id(), "due": due, "done": False, "tries": 0}
        return {"_id": message.id, **waits, "sealed": self._seal.hide(plain, message.id)}

    def show_message(self, document: Document) -> tuple[Inbound, datetime]:
        """A message that waited, and when it came."""
        if "message" in document:  # of a release before this one
            return Inbound.model_validate(document["message"]), document["at"]
        shown = self._seal.show(document["sealed"], document["_id"])
        return Inbound.model_validate(shown["message"]), datetime.fromisoformat(shown["at"])

    def show_reply(self, id: str, delivery: Delivery) -> Document:
        """What a queued reply says."""
        return self._seal.show(delivery.content["sealed"], id) if "sealed" in delivery.content else delivery.content

    def _open(self, id: str, state: SealedConversation) -> Conversation:
        if state.plain is None:
            return Conversation.model_validate(self._seal.show(state.sealed, id))
        plain = state.plain
        address = self._seal.open(plain["sealed_address"], plain["address_key"], id)["address"]
        return Conversation.model_validate({**plain, "address": address})

    def _close(self, id: str, talk: Conversation) -> SealedConversation:
        day = datetime.combine(talk.last_received_at.astimezone(UTC).date(), time(), UTC)
        sealed = self._seal.hide(talk.model_dump(mode="json"), id)
        forget_on = day + REMEMBERED + timedelta(days=1)
        return SealedConversation(sealed=sealed, forget_on=max(forget_on, talk.remember_until or forget_on))

    def _queue(self, loaded: Aggregate[Any], talk: Conversation, reply: Reply) -> None:
        """Let a reply go out, in the order of the conversation, with the change that caused it."""
        talk.replies += 1
        # Its own moment, and none of the message's: equal moments would join it to the report that came of that.
        at = now()
        id = f"{loaded.id}:{pseudonym(f'reply:{reply[0]}', self._key)}"
        delivery = Delivery(
            channel=talk.channel,
            destination=loaded.id,
            recipient=loaded.id,
            content={"sealed": self._seal.hide(reply[1], id)},
            about=loaded.id,
            # A knock may have to wait a day for its leave; what is replied meanwhile must not wait behind it.
            order=None if reply[1].get("knock") else talk.replies,
            created_at=at,
            due_at=at,
        )
        loaded.project(REPLIES, document_of(id, delivery))
