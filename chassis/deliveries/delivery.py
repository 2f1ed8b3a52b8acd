"""A delivery and how it goes on. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from chassis.database import Document
from chassis.messaging.outbox import new_document

_MULTIPLES = (1, 3, 6, 12, 60, 180, 360, 720, 1440, 2880, 5760, 17280, 17280)
"""The one table of back-off, in multiples of the first pause: with 5 s it is 5 s, 15 s, 30 s, 1 min, 5 min … 24 h."""
_LOGGED = 20
PRIORITIES = (0, 1)
"""What cannot wait, and what can."""


class Status(StrEnum):
    """What became of a delivery, as an official can read it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    DROPPED = "dropped"


_ORDER = {Status.QUEUED: 0, Status.SENT: 1, Status.DELIVERED: 2, Status.READ: 3}


class Attempt(BaseModel):
    """One try, and how it ended."""

    at: AwareDatetime
    status: Status
    reason: str = ""


class Delivery(BaseModel):
    """A message to one recipient by one channel. Its id is the message's id, the same at every attempt."""

    channel: str
    destination: str
    """The lane: what is slow or dead together. A recipient, an endpoint, a conversation."""
    recipient: str
    """Who gets it, by an id of the service; the address is looked up when it is sent."""
    content: dict[str, Any]
    about: str = ""
    """What it tells of: an alert, a directive, a case."""
    priority: int = Field(default=1, ge=0, le=1)
    """0 goes first and has a share of the channel that nothing else may use."""
    order: int | None = None
    """Its place among those to the same destination, which leave in this order; None where any order will do."""
    status: Status = Status.QUEUED
    attempts: int = 0
    created_at: AwareDatetime
    due_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    reason: str = ""
    """A code for people's pages: `timeout`, `refused`, `status_500` …; empty where all is well."""
    provider_id: str | None = None
    log: list[Attempt] = []

    def succeed(self, at: datetime, provider_id: str | None = None) -> None:
        """It was sent. A status that came before the channel had answered is not taken back."""
        self.attempts += 1
        self.provider_id = provider_id or self.provider_id
        self._note(at, Status.SENT, "")
        if self.status is Status.QUEUED:
            self.status, self.reason, self.finished_at = Status.SENT, "", at

    def wait(self, at: datetime, reason: str, seconds: float) -> None:
        """The channel itself was away: that is no attempt of this delivery, and others go first next time."""
        if self.status is Status.QUEUED:
            self.reason, self.due_at = reason, at + timedelta(seconds=seconds)

    def fail(
        self, at: datetime, reason: str, first_pause: float, final: bool = False, after: float | None = None
    ) -> None:
        """It was not; it is tried again later, or never where that is pointless or it was tried often enough."""
        self.attempts += 1
        if self.status is not Status.QUEUED:
            return
        self.reason = reason
        if final or self.attempts > len(_MULTIPLES):
            self.status, self.finished_at = Status.FAILED, at
        else:
            pause = max(first_pause * _MULTIPLES[self.attempts - 1], after or 0.0)
            self.due_at = at + timedelta(seconds=pause)
        self._note(at, self.status, reason)

    def advance(self, status: Status, at: datetime, reason: str = "") -> bool:
        """The channel's provider reports a later status; whether that is news. It never moves backwards: what has
        arrived has not failed."""
        failed = status is Status.FAILED and self.status in (Status.QUEUED, Status.SENT)
        further = self.status in _ORDER and _ORDER.get(status, -1) > _ORDER[self.status]
        if not failed and not further:
            return False
        self.status, self.reason = status, reason
        self.finished_at = self.finished_at or at
        self._note(at, status, reason)
        return True

    def drop(self, at: datetime, reason: str) -> bool:
        """What it tells is over; whether it was still waiting."""
        if self.status is not Status.QUEUED:
            return False
        self.status, self.finished_at, self.reason = Status.DROPPED, at, reason
        self._note(at, Status.DROPPED, reason)
        return True

    def resend(self, at: datetime) -> None:
        """Somebody asks for it again."""
        self.status, self.attempts, self.due_at, self.finished_at = Status.QUEUED, 0, at, None

    def _note(self, at: datetime, status: Status, reason: str) -> None:
        self.log = [*self.log, Attempt(at=at, status=status, reason=reason)][-_LOGGED:]


def document_of(id: str, delivery: Delivery) -> Document:
    """The stored form of a new delivery, to be inserted or projected."""
    return new_document(id, delivery.model_dump(), [], delivery.created_at)
