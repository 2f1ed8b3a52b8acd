"""Sessions of people who signed in: begun by the identity provider's word, over when one of several things says so.

The cookie carries who it is, when the session began and a random id; what it does not carry is whether the session
is over. That every service looks up in its own database at each request: endings arrive as events, whoever of the
services was told first.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel

from chassis.clock import now
from chassis.database import Collection, Document, insert_new
from chassis.identity import Person
from contracts.envelope import Received
from contracts.events import SessionsEnded

ENDED = "ended_sessions"
COOKIE = "rukun_session"


class Sessions:
    """What one service knows of sessions."""

    def __init__(self, ended: Collection, secret: bytes, hours: int) -> None:
        self._ended = ended
        self._secret = secret
        self._lasts = timedelta(hours=hours)

    @staticmethod
    def indexes() -> list[IndexModel]:
        """Endings by whom they are of, forgotten when no such session could live."""
        return [IndexModel([("who", 1), ("before", -1)]), IndexModel("forget_at", expireAfterSeconds=0)]

    def begin(self, person: Person, at: datetime) -> dict[str, Any]:
        """What the cookie of a new session holds."""
        return {
            "id": secrets.token_urlsafe(18),
            "began": at.isoformat(),
            "person": person.model_dump(mode="json"),
            "csrf": secrets.token_urlsafe(16),
        }

    def of_session(self, session: Mapping[str, Any]) -> str:
        """How an ending names this session."""
        return hashlib.sha256(str(session.get("id", "")).encode()).hexdigest()

    def of_person(self, sub: str) -> str:
        """How an ending names all sessions of an account: keyed, as accounts can be guessed."""
        return hmac.new(self._secret, f"sessions-of:{sub}".encode(), hashlib.sha256).hexdigest()

    async def holds(self, session: Mapping[str, Any]) -> bool:
        """Whether somebody is signed in by this cookie. Its age counts from the sign-in: a copy that is used does not
        get younger."""
        try:
            began = datetime.fromisoformat(session["began"])
            this, all_of_them = self.of_session(session), self.of_person(session["person"]["sub"])
        except (KeyError, TypeError, ValueError):
            return False  # of a release before this one, or no session at all
        if now() - began > self._lasts:
            return False
        # A session's id is its own: no clock is asked whether its ending is meant. An account's sessions begin again.
        over = {"$or": [{"who": this}, {"who": all_of_them, "before": {"$gte": began}}]}
        return await self._ended.find_one(over, {"_id": 1}) is None

    def document(self, ended: SessionsEnded) -> Document:
        """An ending as it is stored."""
        forget_at = ended.before + self._lasts + timedelta(hours=1)
        return {"_id": ended.ending_id, "who": ended.who, "before": ended.before, "forget_at": forget_at}

    async def take(self, messages: Sequence[Received[SessionsEnded]]) -> None:
        """Endings that another service was told of; one that comes again is there already."""
        await insert_new(self._ended, [self.document(each.event) for each in messages])

    async def remember(self, document: Document) -> None:
        """An ending of this service, before its projection comes."""
        await insert_new(self._ended, [document])
