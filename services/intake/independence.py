"""Whether an anonymous report comes of a hand that reported the same place today already: yes or no, and nothing more.

The answer needs a memory, and a memory could be asked for a name. So it lies in this process alone, under a key that is
made new each day and written nowhere: a dump of the database, of the bus or of a backup joins no two reports. A
restart or a second replica forgets, which lets one hand count as two at most as often as intake was restarted; no level
rests on that, as levels take all anonymous reports of a case for one voice.
"""

import hashlib
import hmac
import os
from datetime import date

from pydantic import AwareDatetime

from contracts.events import UNKNOWN_SOURCE
from services.intake.model import random_source


class Independence:
    """The hands of today."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._key = b""
        self._hands: dict[bytes, str] = {}

    def source(self, report_id: str, sender: str | None, region: str, at: AwareDatetime) -> str:
        """A source that no other report has; `UNKNOWN_SOURCE` for a hand that was here today, or that nobody knows."""
        if sender is None:
            return UNKNOWN_SOURCE
        if at.date() != self._day:
            self._day, self._key, self._hands = at.date(), os.urandom(32), {}
        # Between the look and the mark there is no await: of two reports at once only one is the first.
        hand = hmac.new(self._key, f"{region} {sender}".encode(), hashlib.sha256).digest()
        if self._hands.setdefault(hand, report_id) != report_id:
            return UNKNOWN_SOURCE
        return random_source()

    def forget(self, report_id: str) -> None:
        """The report was not stored: its hand has not reported yet."""
        self._hands = {hand: first for hand, first in self._hands.items() if first != report_id}
