"""A document that was issued, and how it is numbered. Pure."""

import os
from base64 import b32encode
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from chassis.language import N_, Labels

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


class Kind(StrEnum):
    """What is issued."""

    MINUTES = "berita-acara"
    """Of a verification; for a case that has a verdict."""
    REPORT = "laporan"
    REFERRAL = "rujukan"


KIND_LABELS: Labels[str] = Labels(
    {
        Kind.MINUTES.value: N_("Berita acara pemeriksaan"),
        Kind.REPORT.value: N_("Laporan kasus"),
        Kind.REFERRAL.value: N_("Surat rujukan"),
    }
)
_SHORT = {Kind.MINUTES: "BA", Kind.REPORT: "LAP", Kind.REFERRAL: "RUJ"}


class Issued(BaseModel):
    """One copy, as it was given out. Its id is the code that stands on it."""

    case_id: str
    n: int = 0
    """Its place in the case's file; no two have the same, but those that were issued before there was one (0)."""
    kind: Kind
    number: str
    by: str
    actor: str
    """Who issued it, sealed."""
    at: AwareDatetime
    sha256: str
    steps: int
    head: str
    """How many steps the case had, and the hash of the last: what the document rests on."""
    exercise: bool = False
    content: bytes


class DocumentForm(BaseModel):
    """Which document, and for a referral to whom and why."""

    kind: Kind
    to: str = ""
    reason: str = ""


class Wanted(BaseModel):
    """Which document somebody asks for. A letter of referral comes with its referral."""

    kind: Literal[Kind.MINUTES, Kind.REPORT]


def number_of(kind: Kind, count: int, case_number: str, month: int, year: int) -> str:
    """The number for the office's file: `003/BA/K-1A2B3C4D/XI/2026`."""
    return f"{count:03d}/{_SHORT[kind]}/{case_number}/{_ROMAN[month - 1]}/{year}"


def new_code() -> str:
    """What proves a copy: nobody guesses one (75 bits), and it can be read out."""
    return b32encode(os.urandom(10)).decode()[:15]


def spoken(code: str) -> str:
    """A code in groups."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def read_code(text: str) -> str:
    """A code as it was typed."""
    return "".join(each for each in text.upper() if each.isalnum())[:30]
