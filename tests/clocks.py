"""The clock that tests set. Tests of pure models run at four moments that have broken others before; what runs on
real parts takes its dates from now. No test knows what day it is today.

A module of pure tests says `pytestmark = pytest.mark.usefixtures("set_clock")` and reads `clock.at`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chassis.clock import now
from contracts.base import Event, Part
from contracts.examples import example

E = TypeVar("E", bound=Event)
_JAKARTA = ZoneInfo("Asia/Jakarta")

MOMENTS = {
    "monday": datetime(2026, 11, 23, 8, tzinfo=UTC),
    "leap day": datetime(2028, 2, 29, 8, tzinfo=UTC),
    "last minute of the year": datetime(2026, 12, 31, 23, 59, tzinfo=_JAKARTA).astimezone(UTC),
    "half a year ahead": now() + timedelta(days=182),
}


class Clock:
    """The present of the test that runs."""

    def __init__(self) -> None:
        self.at = MOMENTS["monday"]

    def example(self, kind: type[E], **more: Any) -> E:
        """The committed example as if it happened now."""
        return dated(kind, self.at, **more)


clock = Clock()


def recent(kind: type[E], **more: Any) -> E:
    """The committed example as if it happened now, by the real clock."""
    return dated(kind, now(), **more)


def dated(kind: type[E], at: datetime, **more: Any) -> E:
    """The committed example, all its times moved so that it happens at a moment."""
    found = example(kind)
    shift = at - found.at
    fields = {name: _moved(value, shift) for name, value in found}
    return kind.model_validate({**fields, **more})


def _moved(value: Any, shift: timedelta) -> Any:
    if isinstance(value, datetime):
        return value + shift
    if isinstance(value, tuple):
        return tuple(_moved(each, shift) for each in value)
    if isinstance(value, Part):
        return type(value).model_validate({name: _moved(each, shift) for name, each in value})
    return value
