"""Time and ids. Called at the edges only and passed inwards, so that models stay repeatable."""

from datetime import UTC, datetime

from uuid_utils import uuid7


def now() -> datetime:
    """The present in UTC, cut to milliseconds: what the database keeps."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def first_id(at: datetime) -> str:
    """What no id made at this moment or later sorts before."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def new_id() -> str:
    """A UUIDv7: unique, and ordered by time of making."""
    return str(uuid7())
