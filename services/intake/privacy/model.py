"""Retention, holds and breaches: what they are, and when something is due. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.language import N_, Labels, _
from chassis.problems import Problem

CLOCK = timedelta(hours=72)
"""In which the people concerned and the supervisory agency are informed of a breach (UU 27/2022, Pasal 46)."""
LONGEST_HOLD = timedelta(days=5 * 366)


class Kind(StrEnum):
    """The classes of a report's personal data, each with a time of its own."""

    IDENTITY = "identity"
    PHOTOS = "photos"
    TEXT = "text"


KINDS: Labels[str] = Labels(
    {
        Kind.IDENTITY.value: N_("Nama dan kontak pelapor"),
        Kind.PHOTOS.value: N_("Foto laporan"),
        Kind.TEXT.value: N_("Nomor dan alamat dalam tulisan pelapor"),
    }
)


class Run(BaseModel):
    """One run of the retention job: how many reports it dealt with, by class, and how many it had to leave."""

    at: AwareDatetime
    ended_at: AwareDatetime | None = None
    destroyed: dict[str, int] = {}
    failed: int = 0
    on_hold: int = 0


class Step(BaseModel):
    """What was done about a breach. `by` is the office."""

    at: AwareDatetime
    act: str
    text: str
    by: str


class Breach(BaseModel):
    """Personal data that reached, or may have reached, somebody it is not for."""

    discovered_at: AwareDatetime
    what: str
    data: tuple[str, ...]
    people: int
    steps: list[Step] = []
    regions: tuple[str, ...] = ()
    """Of who recorded it."""
    agency_at: AwareDatetime | None = None
    people_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None

    @property
    def due_at(self) -> datetime:
        """Until when the agency and the people concerned are to be informed."""
        return self.discovered_at + CLOCK

    @property
    def is_informed(self) -> bool:
        """Whether both were."""
        return self.agency_at is not None and self.people_at is not None

    def hours_left(self, at: datetime) -> int:
        """Whole hours until it is due; below zero when it is over."""
        return int((self.due_at - at).total_seconds() // 3600)


STEPS: Labels[str] = Labels(
    {
        "recorded": N_("Dicatat"),
        "measure": N_("Tindakan"),
        "agency": N_("Lembaga pelindungan data diberi tahu"),
        "people": N_("Orang yang datanya terkena diberi tahu"),
        "closed": N_("Selesai"),
    }
)
_MARKS = {"agency": "agency_at", "people": "people_at", "closed": "closed_at"}


def marks(act: str, at: datetime) -> dict[str, Any]:
    """What a step changes beside being recorded."""
    return {_MARKS[act]: at} if act in _MARKS else {}


def require_step(breach: Breach, act: str) -> None:
    """Refuse what comes too early or twice."""
    if breach.closed_at is not None:
        raise Problem("breach-closed", 409, _("Insiden ini sudah selesai"), _("Catat insiden baru."))
    if any(getattr(breach, name) for name in marks(act, breach.discovered_at)):
        raise already_done()
    if act == "closed" and not breach.is_informed:
        raise Problem(
            "breach-open",
            409,
            _("Insiden ini belum dapat diselesaikan"),
            _("Beri tahu dahulu lembaga pelindungan data dan orang yang datanya terkena."),
        )


def already_done() -> Problem:
    """Somebody recorded this step before: the first moment is what counts."""
    return Problem("breach-step", 409, _("Langkah ini sudah dicatat"), _("Muat ulang halaman ini."))


def require_hold(reason: str, until: datetime, at: datetime) -> None:
    """Refuse a hold without a reason, or without an end."""
    if len(reason.strip()) < 10:
        raise Problem("reason-too-short", 422, _("Alasan terlalu singkat"), _("Tulis alasan sedikitnya sepuluh huruf."))
    if not at < until <= at + LONGEST_HOLD:
        detail = _("Pilih tanggal sesudah hari ini, paling lama lima tahun.")
        raise Problem("hold-end", 422, _("Tanggal akhir tidak sesuai"), detail)
