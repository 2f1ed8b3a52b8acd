"""Whether the identity provider still knows who signed in, and in which roles.

    request ──▶ confirmed less than 30 s ago? ──▶ the person
                    │ no
                    ▼
    refresh token ──▶ provider ──▶ its claims now ──▶ the person, as they are now
                    │ refused: the session is over
                    │ away: the person as last confirmed, for an hour

The refresh token travels in the session's cookie, encrypted: every service asks by itself and stores nothing. It must
be usable more than once, as several services hold it (Keycloak: "Revoke Refresh Token" off, its default).
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.clock import now
from chassis.identity import Person

log = structlog.get_logger(__name__)
_EVERY_SECONDS = 30.0
_AGAIN_SECONDS = 10.0
"""How long a provider that is away is not asked again for a session: its timeouts would slow every page."""
_AWAY_SECONDS = 3600.0
_MOST_SESSIONS = 20_000
_LONGEST_TOKEN = 1700
"""A cookie that is longer than 4 kB is dropped by browsers."""

Session = MutableMapping[str, Any]


class Refused(Exception):
    """The provider no longer knows the session or the person."""


class Away(Exception):
    """The provider does not answer."""


Ask = Callable[[str], Awaitable[tuple[Person, str]]]
"""A refresh token to the person as the provider sees them now, and the token to use next time."""


class _Known:
    """What this process knows of one session."""

    def __init__(self, person: Person, token: str, confirmed: datetime) -> None:
        self.person = person
        self.token = token
        self.confirmed = confirmed
        self.ask_after = 0.0
        self.lock = asyncio.Lock()

    @property
    def age(self) -> float:
        return (now() - self.confirmed).total_seconds()


class Confirmations:
    """Asks the provider again about those who are signed in, for one service."""

    def __init__(self, ask: Ask, secret: bytes) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"rukun refresh token").derive(secret)
        self._box = Fernet(base64.urlsafe_b64encode(key))
        self._ask = ask
        self._known: dict[str, _Known] = {}

    def begin(self, session: Session, token: str | None, at: datetime) -> None:
        """Note the refresh token in a session that begins. Without one its roles hold until it ends by itself."""
        if not token or len(token) > _LONGEST_TOKEN:
            log.warning("sign-in without a usable refresh token: roles hold until the session ends")
            return
        session.update(renew=self._box.encrypt(token.encode()).decode(), confirmed=at.isoformat())

    async def person(self, session: Session) -> Person | None:
        """The person of a session as the provider last knew them, at most half a minute ago; None where it is over.

        Raises `Away` when the provider has not answered for an hour.
        """
        if "renew" not in session:
            return Person.model_validate(session["person"])
        known = self._of(session)
        if known is None:
            return None
        # One request asks; those that come meanwhile wait for its answer instead of asking as well.
        async with known.lock:
            if known.age > _EVERY_SECONDS and time.monotonic() >= known.ask_after:
                try:
                    person, known.token = await self._ask(known.token)
                    if person.sub != known.person.sub:
                        raise Refused
                    known.person, known.confirmed = person, now()
                except Refused:
                    self._known.pop(session["id"], None)
                    return None
                except Away:
                    known.ask_after = time.monotonic() + _AGAIN_SECONDS
            if known.age > _AWAY_SECONDS:
                raise Away
        self._note(session, known)
        return known.person

    def _of(self, session: Session) -> _Known | None:
        """What is known of a session: of this process or of its cookie, whichever was confirmed later."""
        known = self._known.get(session["id"])
        try:
            confirmed = datetime.fromisoformat(session["confirmed"])
            if known is None or confirmed > known.confirmed:
                token = self._box.decrypt(session["renew"]).decode()
                known = _Known(Person.model_validate(session["person"]), token, confirmed)
        except (InvalidToken, KeyError, TypeError, ValueError):
            return None
        self._known.pop(session["id"], None)
        self._known[session["id"]] = known
        while len(self._known) > _MOST_SESSIONS:
            del self._known[next(iter(self._known))]  # the one that was used longest ago: its cookie knows it, too
        return known

    def _note(self, session: Session, known: _Known) -> None:
        if session["confirmed"] != known.confirmed.isoformat():
            self.begin(session, known.token, known.confirmed)
            session["person"] = known.person.model_dump(mode="json")
