"""Signing in once more before what is grave, such as giving out a key. Pure.

A session lasts a working day; who finds it open on somebody's desk must not be able to do this with it. The provider is
asked to ask again (`prompt=login`, `max_age=0`; OpenID Connect Core 1.0, 3.1.2.1), and must say in `auth_time` that it
did. That holds for some minutes (`STEP_UP_MINUTES`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

PROVED = "proved_at"
"""When, as the provider says, the person of a session last gave their password."""
_LEEWAY = timedelta(seconds=60)


def proved_at(claims: Mapping[str, Any]) -> str | None:
    """When the person last proved who they are; None where the provider does not say."""
    try:
        return datetime.fromtimestamp(float(claims["auth_time"]), UTC).isoformat()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def is_fresh(session: Mapping[str, Any], minutes: float, at: datetime) -> bool:
    """Whether that was within so many minutes. What lies ahead is no proof, but for clocks that differ a little."""
    try:
        age = at - datetime.fromisoformat(session[PROVED])
    except (KeyError, TypeError, ValueError):
        return False
    return -_LEEWAY <= age <= timedelta(minutes=minutes)
