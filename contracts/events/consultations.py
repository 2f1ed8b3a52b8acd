"""What people ask officers that is no report."""

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Event
from contracts.vocabulary import Rung


class ConsultationWaiting(Event):
    """Somebody asked the officers of an area something, and waits for an answer. Nobody is named, and no word of it is
    here: the office reads it in intake."""

    type: ClassVar[str] = "rukun.consultation.waiting"
    topic: ClassVar[str] = "rukun.consultations.v1"
    consultation_id: str
    region: str
    jurisdiction: tuple[str, ...]
    rung: Rung
    """Whose office is to answer: the kecamatan's at first, the kabupaten's as well when that is overdue."""
    answer_by: AwareDatetime

    @property
    def subject(self) -> str:
        """The consultation."""
        return self.consultation_id

    @property
    def key(self) -> str:
        """The region."""
        return self.region
