"""Replies to people who write by chat: to the address that the conversation has sealed, by the way they wrote."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from chassis.deliveries.channel import Limits, Undelivered
from chassis.deliveries.delivery import Delivery
from services.intake.dialogue.model import Conversation
from services.intake.reporter_messages import KNOCK
from services.intake.talks import Reply, Talks


class Way(Protocol):
    """How a channel sends."""

    name: str
    limits: Limits

    async def send(self, id: str, address: str, body: dict[str, Any]) -> str | None:
        """Send one reply to an address of the channel; the provider's id of it. `Undelivered` where it did not work."""
        ...


Failed = Callable[[str, str], Awaitable[None]]
"""What is done where an officer's message (report, message) cannot be delivered."""


def _may_knock_again(talk: Conversation) -> list[Reply]:
    """The next message that waits knocks anew: this knock did not arrive, as its template is not approved yet."""
    talk.knocked = False
    return []


class Replies:
    """A channel of replies, for the delivery engine."""

    def __init__(self, talks: Talks, way: Way, failed: Failed) -> None:
        self._talks = talks
        self._failed = failed
        self._way = way
        self.name = way.name
        self.limits = way.limits

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send one reply."""
        body = self._talks.show_reply(id, delivery)
        of = body.pop("of", None)
        try:
            talk = await self._talks.get(delivery.recipient)
            if talk is None:
                raise Undelivered("conversation_gone", final=True)
            if body.get(KNOCK) and not talk.waiting:  # they have written meanwhile
                raise Undelivered("over", moot=True)
            await self._way.send(id, talk.address, body)
        except Undelivered as error:
            if error.final and of:
                await self._failed(*of)
            if error.final and body.get(KNOCK):
                await self._talks.update(delivery.recipient, _may_knock_again)
            raise
        # The channel's own id of the message is forgotten: WhatsApp's is made of the telephone number, and would
        # join the conversation to its person. Statuses come by our id.
        return None
