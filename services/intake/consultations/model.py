"""A question to an area's officers: when it is to be answered, whose turn it is, and the answer. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate
from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import ConsultationWaiting
from contracts.regions import level_of, timezone_of
from contracts.vocabulary import Rung

_NOON, _CLOSES = time(12), time(16)
_SATURDAY = 5


def rung_of(region: str) -> Rung:
    """Whose office is asked first: that of the very region."""
    return Rung(Rung.PUSAT - level_of(region))


class Consultation(BaseModel):
    """As it is stored. The words, and where the answer goes, are sealed."""

    region: str
    jurisdiction: tuple[str, ...]
    sealed: bytes
    asked_at: AwareDatetime
    answer_by: AwareDatetime
    rung: Rung = Rung.KECAMATAN
    told_above: bool = False
    """Whether nobody answered in time, and the office above was told: the last that is done of itself."""
    closed_at: AwareDatetime | None = None
    closed_by: str = ""
    """Office of whoever answered, or found that there is nothing to answer."""
    sealed_answer: bytes | None = None
    """None: closed without one."""
    sent: bool = False
    """Whether the answer is in the conversation."""
    undelivered: str = ""
    """Why it does not reach them: `waits`, `gone`, `stopped`."""


def due(region: str, at: datetime) -> datetime:
    """When an office that is asked at a moment has answered: by the end of the working day, or of the next one where
    half of it is over. Holidays are not known here."""
    zone = ZoneInfo(timezone_of(region)[0])
    there = at.astimezone(zone)
    day = there.date() if there.time() < _NOON else there.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, _CLOSES, zone).astimezone(at.tzinfo)


def waiting(id: str, asked: Consultation, at: datetime) -> ConsultationWaiting:
    """An office's turn begins."""
    return ConsultationWaiting(
        at=at,
        consultation_id=id,
        region=asked.region,
        jurisdiction=asked.jurisdiction,
        rung=asked.rung,
        answer_by=asked.answer_by,
    )


def climb(loaded: Aggregate[Consultation], at: datetime) -> list[Event] | None:
    """Nobody answered in time: the office above is told as well. None where somebody did, or nobody is above."""
    asked = loaded.state
    if asked.closed_at is not None or asked.answer_by > at or asked.rung > rung_of(asked.region):
        return None
    asked.rung, asked.answer_by, asked.told_above = Rung(asked.rung + 1), due(asked.region, at), True
    return [waiting(loaded.id, asked, at)]


def close(loaded: Aggregate[Consultation], answer: bytes | None, office: str, at: datetime) -> list[Event]:
    """Answered, or nothing to answer. 409 where a colleague was faster: nobody gets two answers."""
    asked = loaded.state
    if asked.closed_at is not None:
        detail = _("Muat ulang halaman ini; jawabannya terlihat di sana.")
        raise Problem("answered-already", 409, _("Pertanyaan ini sudah ditangani"), detail)
    asked.closed_at, asked.closed_by, asked.sealed_answer = at, office, answer
    asked.sent = answer is None
    return []
