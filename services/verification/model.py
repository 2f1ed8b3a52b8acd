"""A case: its state, and what may happen to it when. Pure.

The steps, in one place:

    baru ──assign──▶ diperiksa ──verify──▶ terverifikasi ──act──▶ ditangani ──close──▶ ditutup
      └────verify────────┘  └─verify (unfounded)──────────────────────────────▶ ditutup
                                                                ditutup ──reopen──▶ diperiksa
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field

from chassis.masking import mask
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import (
    CaseActionRecorded,
    CaseOpened,
    CaseStateRecorded,
    CaseStatusChanged,
    CaseVerified,
    JoinedReport,
    LevelChanged,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
    ReportSubmitted,
)
from contracts.regions import region
from contracts.vocabulary import (
    FOUNDED,
    LEVEL_LABELS,
    Act,
    Category,
    Level,
    Outcome,
    Stage,
    Status,
    Verdict,
    label,
    stage_of,
)
from services.verification import timeline
from services.verification.grouping import Sample, sample_of
from services.verification.timeline import Entry

_SAMPLES = 4
_OPEN = frozenset({Status.BARU, Status.DIPERIKSA, Status.TERVERIFIKASI, Status.DITANGANI})

MOVES: dict[str, frozenset[Status]] = {
    "assign": frozenset({Status.BARU, Status.DIPERIKSA}),
    "verify": frozenset({Status.BARU, Status.DIPERIKSA}),
    "ask": _OPEN,
    "split": frozenset({Status.BARU, Status.DIPERIKSA}),
    "act": frozenset({Status.TERVERIFIKASI, Status.DITANGANI}),
    "close": frozenset({Status.TERVERIFIKASI, Status.DITANGANI}),
    "reopen": frozenset({Status.DITUTUP}),
}
"""Command → the statuses in which it may be given."""

MOVE_LABELS = {
    "assign": "tugaskan",
    "verify": "verifikasi",
    "ask": "tanya pelapor",
    "split": "pisahkan laporan",
    "act": "catat tindakan",
    "close": "tutup",
    "reopen": "buka kembali",
}


class Case(BaseModel):
    """A case as verification keeps it."""

    number: str
    title: str
    region: str
    jurisdiction: tuple[str, ...]
    status: Status = Status.BARU
    verdict: Verdict | None = None
    source_grade: str | None = None
    information_grade: int | None = None
    outcome: Outcome | None = None
    categories: list[Category] = []
    acts: list[Act] = []
    level: Level = Level.NORMAL
    stage: Stage = Stage.KETEGANGAN
    sentence: str = ""
    assigned_to: str | None = None
    report_ids: list[str] = []
    samples: list[Sample] = []
    messages_waiting: int = 0
    timeline: list[Entry] = []
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    last_report_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    exercise: bool = False


class Check(BaseModel):
    """A verifier's finding."""

    verdict: Verdict
    source_grade: str = Field(pattern="^[A-F]$")
    information_grade: int = Field(ge=1, le=6)
    acts: list[Act] = []
    note: str = Field(default="", max_length=5_000)


@dataclass(frozen=True)
class By:
    """Who does something: named in the timeline by office, never by person."""

    office: str
    at: datetime


def possible(case: Case) -> list[str]:
    """What may be done now."""
    return [name for name, statuses in MOVES.items() if case.status in statuses]


def _allow(case: Case, move: str) -> None:
    if case.status not in MOVES[move]:
        words = ", ".join(MOVE_LABELS[each] for each in possible(case))
        raise Problem(
            409,
            f"Kasus berstatus “{label(case.status)}”",
            f"Langkah “{MOVE_LABELS[move]}” tidak bisa sekarang. Yang bisa: {words}.",
            possible=possible(case),
        )


def number_of(case_id: str) -> str:
    """The case's number for people, from the random end of its id."""
    return f"K-{case_id[-8:].upper()}"


def open_case(case_id: str, report: ReportSubmitted) -> tuple[Case, list[Event]]:
    """A new case, begun by a report; the report itself joins afterwards."""
    title = f"{label(report.categories[0])} di {region(report.region).name}"
    case = Case(
        number=number_of(case_id),
        title=title,
        region=report.region,
        jurisdiction=report.jurisdiction,
        opened_at=report.at,
        updated_at=report.at,
        last_report_at=report.at,
        exercise=report.exercise,
    )
    timeline.add(case.timeline, report.at, "opened", "Sistem", f"Kasus dibuka: {title}")
    opened = CaseOpened(
        **_place(case_id, case), at=report.at, number=case.number, title=title, categories=report.categories
    )
    return case, [opened]


def join(case_id: str, case: Case, reports: list[ReportSubmitted], at: datetime) -> list[Event]:
    """Reports join; those that belong to it already change nothing."""
    known = set(case.report_ids)
    fresh = [each for each in reports if each.report_id not in known]
    if not fresh:
        return []
    for each in fresh:
        _take_over(case, each)
    case.updated_at = at
    named = ", ".join(each.ticket for each in fresh[:5])
    more = f" dan {len(fresh) - 5} lagi" if len(fresh) > 5 else ""
    timeline.add(case.timeline, at, "joined", "Sistem", f"{len(fresh)} laporan masuk: {named}{more}")
    return [
        ReportsJoined(
            **_place(case_id, case), at=at, reports=tuple(_joined(each) for each in fresh), status=case.status
        )
    ]


def _take_over(case: Case, report: ReportSubmitted) -> None:
    case.report_ids.append(report.report_id)
    case.categories += [each for each in report.categories if each not in case.categories]
    case.acts += [each for each in report.acts if each not in case.acts]
    case.last_report_at = max(case.last_report_at, report.at)
    if len(case.samples) < _SAMPLES:
        case.samples.append(sample_of(report))
    else:
        case.samples[-1] = sample_of(report)


def _joined(report: ReportSubmitted) -> JoinedReport:
    return JoinedReport(
        report_id=report.report_id,
        source=report.source,
        reporter_kind=report.reporter_kind,
        acts=report.acts,
        received_at=report.at,
    )


def split(case_id: str, case: Case, report_id: str, by: By) -> list[Event]:
    """Take a report out again."""
    _allow(case, "split")
    if report_id not in case.report_ids or len(case.report_ids) < 2:
        raise Problem(409, "Laporan tidak bisa dipisahkan", "Kasus harus tetap memiliki sedikitnya satu laporan.")
    case.report_ids.remove(report_id)
    _note(case, by, "split", "Satu laporan dipisahkan menjadi kasus sendiri")
    return [ReportSplit(**_place(case_id, case), at=by.at, report_id=report_id)]


def assign(case_id: str, case: Case, to: str, by: By) -> list[Event]:
    """Give the case to an office."""
    _allow(case, "assign")
    case.assigned_to = to
    _note(case, by, "assigned", f"Ditugaskan kepada {to}")
    return _move(case_id, case, Status.DIPERIKSA, by.at)


def verify(case_id: str, case: Case, check: Check, by: By) -> list[Event]:
    """Record a verdict; an unfounded one ends the case."""
    _allow(case, "verify")
    case.verdict = check.verdict
    case.source_grade, case.information_grade = check.source_grade, check.information_grade
    case.acts = check.acts or case.acts
    words = f"Hasil pemeriksaan: {label(check.verdict)} ({check.source_grade}{check.information_grade})"
    _note(case, by, "verified", f"{words}. {check.note}".rstrip(". ") + ".")
    verified = CaseVerified(
        **_place(case_id, case),
        at=by.at,
        verdict=check.verdict,
        source_grade=check.source_grade,
        information_grade=check.information_grade,
        acts=tuple(case.acts),
        report_ids=tuple(case.report_ids),
    )
    if check.verdict in FOUNDED:
        return [verified, *_move(case_id, case, Status.TERVERIFIKASI, by.at)]
    case.outcome, case.closed_at = Outcome.TIDAK_TERBUKTI, by.at
    return [verified, *_move(case_id, case, Status.DITUTUP, by.at)]


def ask(
    case_id: str, case: Case, report_id: str, message_id: str, text: str, expects_answer: bool, by: By
) -> list[Event]:
    """Ask or tell the reporter of one report something."""
    _allow(case, "ask")
    if report_id not in case.report_ids:
        raise Problem(409, "Laporan bukan bagian kasus ini", "Muat ulang halaman kasus.")
    text = mask(text)
    case.messages_waiting += expects_answer
    _note(case, by, "asked", f"{'Pertanyaan' if expects_answer else 'Pesan'} kepada pelapor: {text}")
    message = ReporterMessageRequested(
        at=by.at,
        message_id=message_id,
        case_id=case_id,
        report_id=report_id,
        text=text,
        expects_answer=expects_answer,
    )
    return [message]


def answered(case: Case, text: str, at: datetime) -> None:
    """The reporter answered."""
    case.messages_waiting = max(0, case.messages_waiting - 1)
    _note(case, By("Pelapor", at), "answered", f"Jawaban pelapor: {text}")


def act(case_id: str, case: Case, text: str, by: By) -> list[Event]:
    """Record what was done."""
    _allow(case, "act")
    _note(case, by, "acted", f"Tindakan: {text}")
    recorded = CaseActionRecorded(**_place(case_id, case), at=by.at, action="recorded")
    return [recorded, *_move(case_id, case, Status.DITANGANI, by.at)]


def close(case_id: str, case: Case, outcome: Outcome, note: str, by: By) -> list[Event]:
    """End the case."""
    _allow(case, "close")
    case.outcome, case.closed_at = outcome, by.at
    _note(case, by, "closed", f"Kasus ditutup: {label(outcome)}. {note}".rstrip(". ") + ".")
    return _move(case_id, case, Status.DITUTUP, by.at)


def reopen(case_id: str, case: Case, reason: str, by: By) -> list[Event]:
    """Look at it again."""
    _allow(case, "reopen")
    case.outcome = case.closed_at = case.verdict = None
    _note(case, by, "reopened", f"Kasus dibuka kembali: {reason}")
    return _move(case_id, case, Status.DIPERIKSA, by.at)


def take_level(case: Case, changed: LevelChanged) -> None:
    """Escalation found another level."""
    case.level, case.sentence = changed.level, changed.sentence
    case.stage = changed.stage or case.stage
    text = f"Tingkat {int(changed.level)} {LEVEL_LABELS[changed.level]}: {changed.sentence}"
    _note(case, By("Sistem", changed.at), "level", text)


def note_alert(case: Case, text: str, by: str, at: datetime) -> None:
    """Something happened to an alert of this case."""
    _note(case, By(by, at), "alert", text)


def _note(case: Case, by: By, kind: str, text: str) -> None:
    timeline.add(case.timeline, by.at, kind, by.office, text)
    case.updated_at = by.at


def _move(case_id: str, case: Case, status: Status, at: datetime) -> list[Event]:
    previous, case.status = case.status, status
    if previous is status:
        return []
    changed = CaseStatusChanged(
        **_place(case_id, case),
        at=at,
        status=status,
        previous=previous,
        outcome=case.outcome,
        report_ids=tuple(case.report_ids),
    )
    return [changed]


def _place(case_id: str, case: Case) -> dict[str, object]:
    return {
        "case_id": case_id,
        "region": case.region,
        "jurisdiction": case.jurisdiction,
        "exercise": case.exercise,
    }


def whole_state(case_id: str, case: Case, version: int) -> CaseStateRecorded:
    """The case for those who follow it: no text, no person."""
    return CaseStateRecorded(
        at=case.updated_at,
        case_id=case_id,
        number=case.number,
        region=case.region,
        jurisdiction=case.jurisdiction,
        status=case.status,
        verdict=case.verdict,
        outcome=case.outcome,
        level=case.level,
        stage=max(case.stage, stage_of(case.acts)) if case.verdict in FOUNDED else case.stage,
        categories=tuple(case.categories),
        acts=tuple(case.acts),
        report_count=len(case.report_ids),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        version=version,
        exercise=case.exercise,
    )
