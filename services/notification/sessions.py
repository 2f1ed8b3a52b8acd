"""Ends sessions, here and in every service: at sign-out, at the identity provider's word, and when a post ends."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate, Aggregates
from chassis.clock import new_id
from chassis.sessions import ENDED, Sessions
from contracts.events import SessionsEnded


class Ending(BaseModel):
    """Sessions that were ended."""

    who: str
    before: AwareDatetime


class Endings:
    """The one place that ends sessions."""

    def __init__(self, endings: Aggregates[Ending], sessions: Sessions) -> None:
        self._endings = endings
        self._sessions = sessions

    async def end(self, who: str, at: datetime) -> None:
        """End them. This service knows by the same write by which the others are told, and at once."""
        ended = SessionsEnded(at=at, ending_id=new_id(), who=who, before=at)
        made = Aggregate(ended.ending_id, Ending(who=who, before=at))
        document = self._sessions.document(ended)
        made.project(ENDED, document)
        await self._endings.insert(made, [ended])
        await self._sessions.remember(document)
