"""The inbox: per aggregate of another service, the highest sequence that this aggregate has processed."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.envelope import Received


def inbox_key(subject: str) -> str:
    """A subject as a document's field name: without dots and dollars."""
    return base64.urlsafe_b64encode(subject.encode()).decode().rstrip("=")


@dataclass
class Inbox:
    """What an aggregate has processed; `changed` is what has to be written."""

    last: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def processed(self, message: Received[Any]) -> bool:
        """Whether the message was processed before."""
        return self.last.get(inbox_key(message.subject), 0) >= message.sequence

    def take(self, messages: Iterable[Received[Any]]) -> list[Received[Any]]:
        """The messages that are new, marked as processed."""
        fresh = []
        for message in messages:
            if not self.processed(message):
                key = inbox_key(message.subject)
                self.last[key] = self.changed[key] = message.sequence
                fresh.append(message)
        return fresh
