"""What ends people's sessions."""

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Event


class SessionsEnded(Event):
    """Sessions that are over: one, by sign-out, or all of a person, who left an office or was signed out elsewhere.

    Nobody is named: `who` is a hash of the session, or a keyed hash of the account.
    """

    type: ClassVar[str] = "rukun.sessions.ended"
    topic: ClassVar[str] = "rukun.sessions.v1"
    ending_id: str
    who: str
    before: AwareDatetime
    """Sessions that began up to here are over; who signs in again afterwards is in."""

    @property
    def subject(self) -> str:
        """The ending's id."""
        return self.ending_id
