"""Levels of cases and areas, with their reasons. Pure.

A case's stage comes from observed acts. It only rises until an officer says otherwise; what is unverified raises by
one step at most, unless two independent sources speak of violence: then it goes to the top at once, for a person to
confirm.
"""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel

from chassis.masking import mask
from contracts.events import (
    CaseEvent,
    CaseStatusChanged,
    CaseVerified,
    JoinedReport,
    LevelChanged,
    Reason,
    ReportsJoined,
    ReportSplit,
)
from contracts.regions import ancestry, region
from contracts.vocabulary import (
    FOUNDED,
    LEVEL_LABELS,
    STAGE_LABELS,
    STAGE_OF_ACT,
    Act,
    Level,
    Stage,
    Status,
    Verdict,
    label,
    stage_of,
)
from services.escalation.anomaly import PARAMETERS, Anomaly

LEVEL_OF_STAGE: dict[Stage, Level] = {
    Stage.KETEGANGAN: Level.WASPADA,
    Stage.SENGKETA_TERBUKA: Level.WASPADA,
    Stage.ANCAMAN_MOBILISASI: Level.SIAGA,
    Stage.PERUSAKAN: Level.AWAS,
    Stage.KORBAN: Level.AWAS,
}
WASPADA_AT = 2.0
SIAGA_AT = 3.4
QUIET = timedelta(days=14)


class CaseWatch(BaseModel):
    """What escalation knows of a case."""

    region: str
    jurisdiction: tuple[str, ...]
    exercise: bool = False
    reports: list[JoinedReport] = []
    verdict: Verdict | None = None
    confirmed_acts: list[Act] = []
    status: Status = Status.BARU
    level: Level = Level.NORMAL
    stage: Stage = Stage.KETEGANGAN
    needs_confirmation: bool = False
    reasons: list[Reason] = []
    sentence: str = ""
    set_by_officer: str | None = None
    updated_at: AwareDatetime


class AreaWatch(BaseModel):
    """The state of a kabupaten or kota."""

    jurisdiction: tuple[str, ...]
    level: Level = Level.NORMAL
    expected: float = 0.0
    this_week: int = 0
    score: float = 0.0
    weekly: list[int] = []
    sentence: str = ""
    coverage: float = 0.0
    last_hot_at: AwareDatetime | None = None
    updated_at: AwareDatetime


def watch(event: CaseEvent) -> CaseWatch:
    """The beginning of watching a case."""
    return CaseWatch(region=event.region, jurisdiction=event.jurisdiction, exercise=event.exercise, updated_at=event.at)


def apply(case: CaseWatch, event: CaseEvent) -> None:
    """Take in what happened to the case."""
    case.jurisdiction, case.updated_at = event.jurisdiction, event.at
    if isinstance(event, ReportsJoined):
        known = {each.report_id for each in case.reports}
        case.reports += [each for each in event.reports if each.report_id not in known]
    elif isinstance(event, ReportSplit):
        case.reports = [each for each in case.reports if each.report_id != event.report_id]
    elif isinstance(event, CaseVerified):
        case.verdict, case.confirmed_acts = event.verdict, list(event.acts)
    elif isinstance(event, CaseStatusChanged):
        case.status = event.status
        if event.status is Status.DIPERIKSA and event.previous is Status.DITUTUP:
            case.verdict, case.set_by_officer = None, None


def assess(case: CaseWatch) -> None:
    """Find stage, level and reasons anew."""
    if not case.reports:
        return
    acts = _acts(case)
    stage = stage_of(acts)
    if case.status is Status.DITUTUP:
        _set(case, Level.NORMAL, case.stage, False, [], "Kasus sudah ditutup.")
        return
    if case.set_by_officer:
        case.stage = max(case.stage, stage)
        return
    level, confirm = _level(case, stage)
    if level < case.level:
        level, confirm = case.level, case.needs_confirmation
    stage = max(case.stage, stage)
    reasons = _reasons(case, acts, stage)
    _set(case, level, stage, confirm, reasons, _sentence(case, acts, stage, confirm))


def _acts(case: CaseWatch) -> list[Act]:
    if case.verdict in FOUNDED:
        return case.confirmed_acts
    return sorted({act for each in case.reports for act in each.acts})


def _level(case: CaseWatch, stage: Stage) -> tuple[Level, bool]:
    if case.verdict in FOUNDED:
        level = LEVEL_OF_STAGE[stage]
        return level, level is Level.AWAS
    if violence_sources(case) >= 2:
        return Level.AWAS, True
    return min(LEVEL_OF_STAGE[stage], Level.WASPADA), False


def violence_sources(case: CaseWatch) -> int:
    """How many different sources speak of destruction or victims; all unknown senders count as one."""
    return len({each.source for each in case.reports if any(STAGE_OF_ACT[act] >= Stage.PERUSAKAN for act in each.acts)})


def _reasons(case: CaseWatch, acts: list[Act], stage: Stage) -> list[Reason]:
    sources = len({each.source for each in case.reports})
    found = [
        Reason(code="stage", value=float(stage), text=f"tahap {int(stage)}: {STAGE_LABELS[stage].lower()}"),
        Reason(code="reports", value=float(len(case.reports)), text=f"{len(case.reports)} laporan"),
        Reason(code="sources", value=float(sources), text=f"{sources} sumber berbeda"),
    ]
    return found + [Reason(code=f"act:{act}", value=float(STAGE_OF_ACT[act]), text=label(act).lower()) for act in acts]


def _sentence(case: CaseWatch, acts: list[Act], stage: Stage, confirm: bool) -> str:
    seen = ", ".join(label(act).lower() for act in acts) or "belum ada kejadian yang teramati"
    checked = "sudah diperiksa petugas" if case.verdict in FOUNDED else "belum diperiksa petugas"
    sentence = f"Di {region(case.region).name}: tahap {int(stage)} ({STAGE_LABELS[stage].lower()}), {seen}; {checked}."
    return f"{sentence} Tingkat Awas menunggu penegasan pejabat." if confirm else sentence


def _set(case: CaseWatch, level: Level, stage: Stage, confirm: bool, reasons: list[Reason], sentence: str) -> None:
    case.level, case.stage, case.needs_confirmation = level, stage, confirm
    case.reasons, case.sentence = reasons, sentence


def set_level(case: CaseWatch, level: Level, reason: str, office: str, at: datetime) -> None:
    """An officer confirms, raises or lowers, with a reason; it holds until somebody sets another."""
    case.set_by_officer, case.updated_at = office, at
    reason = mask(reason)
    text = f"{office} menetapkan tingkat {int(level)} {LEVEL_LABELS[level]}: {reason}"
    _set(case, level, case.stage, False, [Reason(code="officer", value=float(level), text=reason)], text)


def case_level_changed(case_id: str, case: CaseWatch, previous: Level, at: datetime) -> LevelChanged:
    """What the others hear of a case's level."""
    return LevelChanged(
        at=at,
        scope="case",
        scope_id=case_id,
        region=case.region,
        jurisdiction=case.jurisdiction,
        level=case.level,
        previous=previous,
        stage=case.stage,
        needs_confirmation=case.needs_confirmation,
        reasons=tuple(case.reasons),
        sentence=case.sentence,
        parameter_version=PARAMETERS,
        exercise=case.exercise,
    )


def score_area(
    area: AreaWatch, code: str, found: Anomaly, weekly: list[int], coverage: float, ready: bool, at: datetime
) -> None:
    """Take in a new score. Raised at once; lowered after two quiet weeks."""
    area.expected, area.score = found.expected, found.score
    area.weekly, area.this_week, area.coverage, area.updated_at = weekly, weekly[-1], coverage, at
    level = _area_level(found) if ready else Level.NORMAL
    if level > Level.NORMAL:
        area.last_hot_at = at
    quiet = area.last_hot_at is None or at - area.last_hot_at >= QUIET
    area.level = max(level, area.level) if not quiet else level
    area.sentence = _area_sentence(code, found, weekly[-1], ready)


def _area_level(found: Anomaly) -> Level:
    if found.score >= SIAGA_AT:
        return Level.SIAGA
    return Level.WASPADA if found.score >= WASPADA_AT else Level.NORMAL


def _area_sentence(code: str, found: Anomaly, this_week: int, ready: bool) -> str:
    name = region(code).name
    if not ready:
        return f"Di {name} minggu ini ada {this_week} laporan. Catatan belum cukup panjang untuk menilai kewajaran."
    usual = _usual(found.expected)
    window = "minggu ini" if found.window_weeks == 1 else f"dalam {found.window_weeks} minggu terakhir"
    if found.score < WASPADA_AT:
        return f"Di {name} biasanya ada {usual}; {window} ada {found.count}, tidak di luar kebiasaan."
    years = found.return_years
    rare = "beberapa kali setahun" if years < 1 else f"sekali dalam sekitar {min(years, 999):.0f} tahun"
    return f"Di {name} biasanya ada {usual}; {window} ada {found.count}, lonjakan yang secara kebetulan muncul {rare}."


def _usual(per_week: float) -> str:
    if per_week >= 0.75:
        return f"{per_week:.0f} laporan seminggu"
    return f"satu laporan dalam {min(1 / max(per_week, 1e-3), 520):.0f} minggu"


def area_level_changed(code: str, area: AreaWatch, previous: Level, at: datetime) -> LevelChanged:
    """What the others hear of an area's level."""
    reasons = (
        Reason(code="score", value=area.score, text=f"skor {area.score:.2f}"),
        Reason(code="expected", value=area.expected, text=f"biasanya {_usual(area.expected)}"),
        Reason(code="count", value=float(area.this_week), text=f"minggu ini {area.this_week} laporan"),
    )
    return LevelChanged(
        at=at,
        scope="area",
        scope_id=code,
        region=code,
        jurisdiction=ancestry(code),
        level=area.level,
        previous=previous,
        reasons=reasons,
        sentence=area.sentence,
        parameter_version=PARAMETERS,
        coverage=area.coverage,
    )
