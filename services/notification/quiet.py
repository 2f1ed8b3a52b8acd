"""Quiet hours: what can wait rings nobody's telephone at night. Alerts and requests to look go out at once. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.regions import timezone_of
from services.notification.model import Official
from services.notification.proofs.model import ASKED

NONE = "-"
"""What somebody has who wants none."""
_TIMES = re.compile(r"(?P<begins>\d{1,2}([.:]\d\d)?)\s*(-|–|sampai|s/d|to)\s*(?P<ends>\d{1,2}([.:]\d\d)?)")
_NO = frozenset({NONE, "tidak", "tidak ada", "no", "none"})


@dataclass(frozen=True)
class Quiet:
    """From one time of the day to another, over midnight where it ends earlier than it begins."""

    begins: time
    ends: time

    def __str__(self) -> str:
        """As it is stored, and read again."""
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    def until(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When something may be sent that could be sent at this moment."""
        there = at.astimezone(zone)
        clock = there.time()
        over_midnight = self.begins > self.ends
        inside = (clock >= self.begins) or (clock < self.ends) if over_midnight else self.begins <= clock < self.ends
        if not inside:
            return at
        day = there.date() + timedelta(days=1 if over_midnight and clock >= self.begins else 0)
        return datetime.combine(day, self.ends, zone)


def parse(text: str) -> Quiet | None:
    """Of `21-05`, `21.00–05.00` or the like; None where there are none. Errors: `ValueError`."""
    words = text.strip().lower()
    if not words or words in _NO:
        return None
    found = _TIMES.fullmatch(words)
    if found is None:
        raise ValueError(f"{text!r}: 21:00-05:00, say")
    begins, ends = (_time(found[each]) for each in ("begins", "ends"))
    if begins == ends:
        raise ValueError(f"{text!r}: no hours at all, or all of them")
    return Quiet(begins, ends)


def _time(text: str) -> time:
    hour, _sep, minute = text.replace(".", ":").partition(":")
    return time(int(hour), int(minute or 0))


def _own(official: Official) -> Quiet | None:
    try:
        return parse(official.quiet)
    except ValueError:  # a half-broken document: a message too early is better than none
        return None


def due(official: Official, channel: str, house: Quiet | None, at: datetime) -> datetime:
    """When a message that can wait is sent to somebody: in their own quiet hours, or the house's where they have said
    nothing, after them. Behind a webhook there is a machine."""
    quiet = _own(official) if official.quiet else house
    if quiet is None or channel not in ASKED:
        return at
    return quiet.until(at, ZoneInfo(timezone_of(next(iter(official.regions), ""))[0]))
