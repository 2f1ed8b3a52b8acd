"""Steps of a timeline as sentences for people."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.regions import region
from contracts.vocabulary import LEVEL_LABELS, RUNG_LABELS, Level, Rung, label
from services.verification.model import REPORTER, SYSTEM

_BY = {SYSTEM: "Sistem", REPORTER: "Pelapor"}
Values = Mapping[str, Any]


def by(step: Mapping[str, Any]) -> str:
    """Who did it."""
    who = str(step["by"])
    return _BY.get(who, who)


def text(step: Mapping[str, Any]) -> str:
    """What happened; steps of release 0.1 carry their sentence."""
    if "text" in step:
        return str(step["text"])
    write = _SENTENCES.get(step["kind"])
    return write(step["values"]) if write else str(step["kind"])


def _joined(values: Values) -> str:
    named = ", ".join(values["tickets"])
    more = values["count"] - len(values["tickets"])
    return f"{values['count']} laporan masuk: {named}" + (f" dan {more} lagi" if more > 0 else "")


def _ended(sentence: str, note: str) -> str:
    return f"{sentence}. {note}".rstrip(". ") + "."


def _level(values: Values) -> str:
    level = Level(values["level"])
    return f"Tingkat {int(level)} {LEVEL_LABELS[level]}: {values['text']}"


def _rung(values: Values) -> str:
    return RUNG_LABELS[Rung(values["rung"])]


_SENTENCES: dict[str, Callable[[Values], str]] = {
    "opened": lambda v: f"Kasus dibuka: {label(v['category'])} di {region(v['region']).name}",
    "joined": _joined,
    "split": lambda v: "Satu laporan dipisahkan menjadi kasus sendiri",
    "assigned": lambda v: f"Ditugaskan kepada {v['to']}",
    "verified": lambda v: _ended(f"Hasil pemeriksaan: {label(v['verdict'])} ({v['grading']})", v["note"]),
    "asked": lambda v: f"Pertanyaan kepada pelapor: {v['text']}",
    "informed": lambda v: f"Pesan kepada pelapor: {v['text']}",
    "answered": lambda v: f"Jawaban pelapor: {v['text']}",
    "acted": lambda v: f"Tindakan: {v['text']}",
    "closed": lambda v: _ended(f"Kasus ditutup: {label(v['outcome'])}", v["note"]),
    "reopened": lambda v: f"Kasus dibuka kembali: {v['text']}",
    "level": _level,
    "alert_raised": lambda v: f"Peringatan dikirim kepada tingkat {_rung(v)}",
    "alert_climbed": lambda v: f"Belum ada tanggapan; peringatan naik ke tingkat {_rung(v)}",
    "alert_acknowledged": lambda v: "Peringatan diterima dan ditangani",
}
