"""A case: its state, and what may happen to it when. Pure.

The steps, in one place:

    baru ──assign──▶ diperiksa ──verify──▶ terverifikasi ──act──▶ ditangani ──close──▶ ditutup
      └────verify────────┘  └─verify (unfounded)──────────────────────────────▶ ditutup
                              ditutup ──reopen, or its reporter has more to say──▶ diperiksa
    open ──merge, move──▶ ditutup: its reports are in another case
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from chassis.aggregates import Aggregate
from chassis.audit import START
from chassis.language import _
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
    Reason,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
    ReportSubmitted,
)
from contracts.regions import office_name
from contracts.vocabulary import (
    FOUNDED,
    Act,
    Category,
    Level,
    Outcome,
    Stage,
    Status,
    Supplement,
    Verdict,
    stage_of,
)
from kemenag.labels import label, move_label
from services.verification import feedback
from services.verification.grouping import Sample, sample_of
from services.verification.referrals.model import Referral
from services.verification.tasks.model import Task
from services.verification.timeline import EarlierStep, Values, document_of, step_after

TIMELINE = "timeline"
MEMBERS = "members"
"""Read models: the steps of a case, and which reports it has taken."""
SYSTEM, REPORTER = "system", "reporter"
_SAMPLES = 4
MOST_RECENT = 200
_NAMED_TICKETS = 5
_SHORTEST_ENDING = 10
_OPEN = frozenset({Status.BARU, Status.DIPERIKSA, Status.TERVERIFIKASI, Status.DITANGANI})

MOVES: dict[str, frozenset[Status]] = {
    "assign": frozenset({Status.BARU, Status.DIPERIKSA}),
    "verify": frozenset({Status.BARU, Status.DIPERIKSA}),
    "ask": _OPEN,
    "split": frozenset({Status.BARU, Status.DIPERIKSA}),
    "act": frozenset({Status.TERVERIFIKASI, Status.DITANGANI}),
    "close": frozenset({Status.TERVERIFIKASI, Status.DITANGANI}),
    "reopen": frozenset({Status.DITUTUP}),
    "merge": _OPEN,
    "move": _OPEN,
}
"""Command → the statuses in which it may be given."""


class Case(BaseModel):
    """A case as verification stores it. It does not grow: steps and members are documents of their own."""

    number: str
    region: str
    jurisdiction: tuple[str, ...]
    status: Status = Status.BARU
    open: bool = True
    verdict: Verdict | None = None
    source_grade: str | None = None
    information_grade: int | None = None
    outcome: Outcome | None = None
    categories: list[Category] = []
    acts: list[Act] = []
    level: Level = Level.NORMAL
    stage: Stage = Stage.KETEGANGAN
    reasons: list[Reason] = []
    """What the level rests on."""
    assigned_to: str | None = None
    report_count: int = 0
    recent_reports: list[str] = []
    """Those taken last; older ones are known by their member documents."""
    samples: list[Sample] = []
    messages_waiting: int = 0
    steps: int = 0
    head: str = START
    """Number of steps and the hash of the last: the end of the chain."""
    earlier_steps: list[EarlierStep] = []
    """Steps that release 0.1 wrote into the case itself."""
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    last_report_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    exercise: bool = False
    going_to: str | None = None
    """The id of the case that its reports are being carried to: nothing else is done with it meanwhile."""
    went_to: str | None = None
    """The number of the case that its reports are in now, where it was merged or moved."""
    came_from: str | None = None
    """The number of the case that was moved here."""
    tasks: list[Task] = []
    """What is still to be done for it."""
    referrals: list[Referral] = []
    """Whom it was referred to, as long as an answer or a result is waited for."""


def upgrade_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: the timeline stays in the case, what follows it does not; report ids become recent ones."""
    if "report_ids" not in state:
        return state
    earlier = state.get("timeline", [])
    gone = ("timeline", "report_ids", "title", "sentence")
    rest = {name: value for name, value in state.items() if name not in gone}
    sentence = state.get("sentence")
    return {
        **rest,
        "open": state["status"] != Status.DITUTUP,
        "earlier_steps": earlier,
        "steps": len(earlier),
        "head": earlier[-1]["hash"] if earlier else START,
        "report_count": len(state.get("report_ids", [])),
        "recent_reports": state.get("report_ids", []),
        "reasons": [Reason(code="sentence", value=0, text=sentence).model_dump()] if sentence else [],
    }


Loaded = Aggregate[Case]


class Check(BaseModel):
    """A verifier's finding."""

    verdict: Verdict
    source_grade: str = Field(pattern="^[A-F]$")
    information_grade: int = Field(ge=1, le=6)
    acts: list[Act] = []
    note: str = Field(default="", max_length=5_000)


@dataclass(frozen=True)
class By:
    """Who does something: named in the timeline by office; the person is sealed."""

    office: str
    at: datetime
    actor: str = ""
    """The person, sealed."""


def possible(case: Case) -> list[str]:
    """What may be done now."""
    stays = not (case.went_to or case.going_to)
    return [name for name, statuses in MOVES.items() if case.status in statuses and stays]


def require_possible(case: Case, move: str) -> None:
    """Refuse what cannot be done now, naming what can."""
    if case.going_to:
        detail = _("Muat ulang halaman sebentar lagi.")
        raise Problem("case-leaving", 409, _("Kasus ini sedang digabungkan atau dipindahkan"), detail)
    if case.went_to:
        detail = _("Laporan-laporannya kini ada di kasus {number}.").format(number=case.went_to)
        raise Problem("case-elsewhere", 409, _("Kasus ini sudah digabungkan atau dipindahkan"), detail)
    if case.status not in MOVES[move]:
        detail = _("Langkah “{step}” tidak bisa sekarang. Yang bisa: {possible}.").format(
            step=move_label(move), possible=", ".join(move_label(each) for each in possible(case))
        )
        raise Problem(
            "case-status",
            409,
            _("Kasus berstatus “{status}”").format(status=label(case.status)),
            detail,
            possible=possible(case),
        )


def number_of(case_id: str) -> str:
    """The case's number for people, from the random end of its id."""
    return f"K-{case_id[-8:].upper()}"


def begin(case_id: str, report: ReportSubmitted) -> Case:
    """A new case, begun by a report; the report itself joins afterwards."""
    return Case(
        number=number_of(case_id),
        region=report.region,
        jurisdiction=report.jurisdiction,
        opened_at=report.at,
        updated_at=report.at,
        last_report_at=report.at,
        exercise=report.exercise,
    )


def join(
    loaded: Loaded, reports: list[ReportSubmitted], known: Collection[str], at: datetime, because: str = ""
) -> list[Event]:
    """Reports join; those that belong to it already (`known` among them) change nothing."""
    case = loaded.state
    fresh = [each for each in reports if each.report_id not in known and each.report_id not in case.recent_reports]
    if not fresh:
        return []
    events = _open(loaded, fresh[0]) if loaded.version == 0 else []
    for each in fresh:
        _take_over(loaded, each)
    case.updated_at = at
    tickets = [each.ticket for each in fresh[:_NAMED_TICKETS]]
    add_step(loaded, By(SYSTEM, at), "joined", {"count": len(fresh), "tickets": tickets})
    _forget_projected(loaded)
    taken = tuple(_joined(each) for each in fresh)
    joined = ReportsJoined(**_place(loaded), at=at, reports=taken, status=case.status, because=because)
    return [*events, joined]


def _open(loaded: Loaded, report: ReportSubmitted) -> list[Event]:
    case = loaded.state
    add_step(loaded, By(SYSTEM, report.at), "opened", {"category": report.categories[0], "region": case.region})
    opened = CaseOpened(**_place(loaded), at=report.at, number=case.number, categories=report.categories)
    return [opened]


def _take_over(loaded: Loaded, report: ReportSubmitted) -> None:
    case = loaded.state
    case.report_count += 1
    case.recent_reports.append(report.report_id)
    member = {"_id": member_id(loaded.id, report.report_id), "case_id": loaded.id, "at": report.at}
    loaded.project(MEMBERS, member)
    case.categories += [each for each in report.categories if each not in case.categories]
    case.acts += [each for each in report.acts if each not in case.acts]
    case.last_report_at = max(case.last_report_at, report.at)
    if len(case.samples) < _SAMPLES:
        case.samples.append(sample_of(report))
    else:
        case.samples[-1] = sample_of(report)


def _forget_projected(loaded: Loaded) -> None:
    """Let go of older report ids, but only when every member document of earlier changes is written: until then the
    list is what recognises a report that is delivered again."""
    case = loaded.state
    if len(case.recent_reports) > 2 * MOST_RECENT and not loaded.unprojected:
        mine = {each.document["_id"] for each in loaded.projections}
        older = case.recent_reports[:-MOST_RECENT]
        waiting = [each for each in older if member_id(loaded.id, each) in mine]
        case.recent_reports = waiting + case.recent_reports[-MOST_RECENT:]


def member_id(case_id: str, report_id: str) -> str:
    """The id of a member document: once per case and report."""
    return f"{case_id}:{report_id}"


def _joined(report: ReportSubmitted) -> JoinedReport:
    return JoinedReport(
        report_id=report.report_id,
        source=report.source,
        reporter_kind=report.reporter_kind,
        provenance=report.provenance,
        acts=report.acts,
        received_at=report.at,
        attachments=report.attachments,
    )


def split(loaded: Loaded, report_id: str, by: By) -> list[Event]:
    """Take a report out again."""
    case = loaded.state
    require_possible(case, "split")
    if case.report_count < 2:
        raise Problem(
            "last-report",
            409,
            _("Laporan tidak bisa dipisahkan"),
            _("Kasus harus tetap memiliki sedikitnya satu laporan."),
        )
    case.report_count -= 1
    case.recent_reports = [each for each in case.recent_reports if each != report_id]
    add_step(loaded, by, "split", {})
    return [ReportSplit(**_place(loaded), at=by.at, report_id=report_id)]


def offices_of(case: Case) -> list[str]:
    """The offices that a case can be given to, the nearest first."""
    return [office_name(code) for code in reversed(case.jurisdiction)]


def assign(loaded: Loaded, to: str, by: By, instead_of: str | None = None) -> list[Event]:
    """Give the case to an office on duty for it. `instead_of`: whose it was for who decides, so that of two who decide
    at once the second learns of the first."""
    require_possible(loaded.state, "assign")
    offices, holder = offices_of(loaded.state), loaded.state.assigned_to
    if to not in offices:
        detail = _("Pilih salah satu: {offices}.").format(offices=", ".join(offices))
        raise Problem(
            "office-unknown", 422, _("Kantor “{office}” tidak bertugas di kasus ini").format(office=to), detail
        )
    if instead_of is not None and instead_of != (holder or ""):
        detail = _("Muat ulang halaman, lalu putuskan lagi.")
        now_holds = _("Sementara itu kasus ini sudah diberikan kepada {office}").format(office=holder)
        raise Problem("assigned-meanwhile", 409, now_holds, detail)
    loaded.state.assigned_to = to
    add_step(loaded, by, "assigned", {"to": to})
    return set_status(loaded, Status.DIPERIKSA, by.at)


def verify(loaded: Loaded, check: Check, by: By) -> list[Event]:
    """Record a verdict; an unfounded one ends the case."""
    case = loaded.state
    require_possible(case, "verify")
    if check.verdict is Verdict.DUPLIKAT:
        detail = _("Sebutkan kasus aslinya: gabungkan kasus ini dengan kasus itu.")
        raise Problem("duplicate-of-what", 422, _("Duplikat dari kasus yang mana?"), detail)
    case.verdict = check.verdict
    case.source_grade, case.information_grade = check.source_grade, check.information_grade
    case.acts = check.acts or case.acts
    grading = f"{check.source_grade}{check.information_grade}"
    add_step(loaded, by, "verified", {"verdict": check.verdict, "grading": grading, "note": check.note})
    verified = CaseVerified(
        **_place(loaded),
        at=by.at,
        verdict=check.verdict,
        source_grade=check.source_grade,
        information_grade=check.information_grade,
        acts=tuple(case.acts),
        report_ids=tuple(case.recent_reports),
    )
    if check.verdict in FOUNDED:
        return [verified, *set_status(loaded, Status.TERVERIFIKASI, by.at)]
    case.outcome, case.closed_at = Outcome.TIDAK_TERBUKTI, by.at
    return [verified, *set_status(loaded, Status.DITUTUP, by.at)]


def ask(loaded: Loaded, report_id: str, message_id: str, text: str, expects_answer: bool, by: By) -> list[Event]:
    """Ask or tell the reporter of one report something."""
    require_possible(loaded.state, "ask")
    text = mask(text)
    loaded.state.messages_waiting += expects_answer
    add_step(loaded, by, "asked" if expects_answer else "informed", {"text": text})
    message = ReporterMessageRequested(
        at=by.at,
        message_id=message_id,
        case_id=loaded.id,
        report_id=report_id,
        text=text,
        expects_answer=expects_answer,
    )
    return [message]


TRANSCRIPT = "transcript"
SUPPLEMENT_STEPS: dict[str, str] = {
    TRANSCRIPT: "transcribed",
    Supplement.ANSWER: "answered",
    Supplement.ADDITION: "added",
    Supplement.CORRECTION: "corrected",
    Supplement.WITHDRAWAL: "withdrawn",
    Supplement.NO_CONTACT: "no_contact",
    Supplement.CONTACT_AGAIN: "contact_again",
    Supplement.UNDELIVERED: "undelivered",
    Supplement.HELPED: "helped",
    Supplement.STILL_CALM: "still_calm",
    Supplement.RECURRED: "recurred",
    Supplement.OBJECTION: "objected",
}
_OPENS = {
    Supplement.ANSWER, Supplement.ADDITION, Supplement.CORRECTION, Supplement.RECURRED, Supplement.OBJECTION
}  # fmt: skip
"""With which a closed case is open again."""


def supplemented(loaded: Loaded, kind: Supplement, text: str, at: datetime) -> list[Event]:
    """The reporter answered, or added something by themselves. Where the case was closed it is open again: whoever
    warns that they come back tomorrow reaches somebody."""
    if kind is Supplement.ANSWER:
        loaded.state.messages_waiting = max(0, loaded.state.messages_waiting - 1)
    ours = kind is Supplement.UNDELIVERED  # not by them, and no news of the case
    add_step(loaded, By(SYSTEM if ours else REPORTER, at), SUPPLEMENT_STEPS[kind], {"text": text}, news=not ours)
    case = loaded.state
    if kind in feedback.LABELS and not case.exercise:
        said = feedback.document_of(loaded.id, case.steps, kind, case.jurisdiction, at)
        loaded.project(feedback.FEEDBACK, said)
    if case.open or case.went_to or kind not in _OPENS:
        return []
    case.outcome = case.closed_at = case.verdict = None
    add_step(loaded, By(SYSTEM, at), "reopened_by_reporter", {})
    return set_status(loaded, Status.DIPERIKSA, at)


def transcribe(loaded: Loaded, text: str, by: By) -> list[Event]:
    """An officer wrote down what a voice says."""
    add_step(loaded, by, SUPPLEMENT_STEPS[TRANSCRIPT], {"text": text})
    return []


def keep_apart(loaded: Loaded, number: str, by: By) -> list[Event]:
    """An officer says that another case is not the same event."""
    add_step(loaded, by, "kept_apart", {"number": number})
    return []


def act(loaded: Loaded, text: str, by: By) -> list[Event]:
    """Record what was done."""
    require_possible(loaded.state, "act")
    add_step(loaded, by, "acted", {"text": text})
    recorded = CaseActionRecorded(**_place(loaded), at=by.at, action="recorded")
    return [recorded, *set_status(loaded, Status.DITANGANI, by.at)]


def close(loaded: Loaded, outcome: Outcome, note: str, by: By) -> list[Event]:
    """End the case."""
    require_possible(loaded.state, "close")
    if loaded.state.stage >= Stage.ANCAMAN_MOBILISASI and len(note.strip()) < _SHORTEST_ENDING:
        detail = _("Tulis apa yang dilakukan dan disepakati, supaya yang lain tahu bila ini terulang.")
        raise Problem("ending-unexplained", 422, _("Kasus seberat ini ditutup dengan penjelasan"), detail)
    loaded.state.outcome, loaded.state.closed_at = outcome, by.at
    add_step(loaded, by, "closed", {"outcome": outcome, "note": note})
    return set_status(loaded, Status.DITUTUP, by.at)


def reopen(loaded: Loaded, reason: str, by: By) -> list[Event]:
    """Look at it again."""
    case = loaded.state
    require_possible(case, "reopen")
    case.outcome = case.closed_at = case.verdict = None
    add_step(loaded, by, "reopened", {"text": reason})
    return set_status(loaded, Status.DIPERIKSA, by.at)


def take_level(loaded: Loaded, changed: LevelChanged) -> None:
    """Escalation found another level."""
    case = loaded.state
    case.level, case.reasons = changed.level, list(changed.rests_on)
    case.stage = changed.stage or case.stage
    values: Values = {
        "level": int(changed.level),
        "reasons": [f"{each.code}={each.value:g}" for each in changed.rests_on],
    }
    for each in changed.rests_on:
        if each.text:
            values |= {"text": each.text, "office": each.by}
    add_step(loaded, By(SYSTEM, changed.at), "level", values)


def note_alert(loaded: Loaded, kind: str, rung: int, by: str, at: datetime) -> None:
    """Something happened to an alert of this case."""
    add_step(loaded, By(by, at), kind, {"rung": rung}, news=False)


def add_step(loaded: Loaded, by: By, kind: str, values: Values, news: bool = True) -> None:
    """A step of the timeline. What is no news of the case itself does not move it up the queue."""
    case = loaded.state
    step = step_after(case.steps, case.head, by.at, kind, by.office, by.actor, values)
    case.steps, case.head = step.n, step.hash
    if news:
        case.updated_at = max(case.updated_at, by.at)
    loaded.project(TIMELINE, document_of(loaded.id, step))


def set_status(loaded: Loaded, status: Status, at: datetime) -> list[Event]:
    case = loaded.state
    previous, case.status = case.status, status
    case.open = status is not Status.DITUTUP
    if previous is status:
        return []
    changed = CaseStatusChanged(
        **_place(loaded),
        at=at,
        status=status,
        previous=previous,
        outcome=case.outcome,
        report_ids=tuple(case.recent_reports),
    )
    return [changed]


def _place(loaded: Loaded) -> dict[str, object]:
    case = loaded.state
    return {
        "case_id": loaded.id,
        "region": case.region,
        "jurisdiction": case.jurisdiction,
        "exercise": case.exercise,
    }


def whole_state(loaded: Loaded) -> CaseStateRecorded:
    """The case for those who follow it, as the change being saved leaves it: no text, no person."""
    case = loaded.state
    return CaseStateRecorded(
        at=case.updated_at,
        case_id=loaded.id,
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
        report_count=case.report_count,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        version=loaded.version + 1,
        exercise=case.exercise,
    )


def is_same(one: CaseStateRecorded, other: CaseStateRecorded) -> bool:
    """Whether two states tell the same, but for their time and version."""
    return one == other.model_copy(update={"at": one.at, "version": one.version})
