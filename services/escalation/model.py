"""Levels of cases, with their reasons. Pure.

A case's stage comes from observed acts. It only rises until an officer overrides it, which holds until worse
comes up than was known. Who says so counts: what is unverified raises to Waspada at most, however many say it; two
proven, independent sources of violence raise to Siaga. Awas comes from a person who confirms it, never from here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.masking import mask
from contracts.events import (
    UNKNOWN_SOURCE,
    CaseEvent,
    CaseStatusChanged,
    CaseVerified,
    JoinedReport,
    LevelChanged,
    LookRequested,
    Reason,
    ReportsJoined,
    ReportSplit,
)
from contracts.vocabulary import (
    FOUNDED,
    STAGE_OF_ACT,
    Act,
    Category,
    Level,
    Provenance,
    ReporterKind,
    Stage,
    Status,
    Verdict,
    stage_of,
)

LEVEL_OF_STAGE: dict[Stage, Level] = {
    Stage.KETEGANGAN: Level.WASPADA,
    Stage.SENGKETA_TERBUKA: Level.WASPADA,
    Stage.ANCAMAN_MOBILISASI: Level.SIAGA,
    Stage.PERUSAKAN: Level.AWAS,
    Stage.KORBAN: Level.AWAS,
}
RULES = "v1"
"""Version of these rules: what a case's level names as its parameters."""
FAITH = frozenset(set(Category) - {Category.LAINNYA, Category.POLITIK_PEMILU, Category.HOAKS_PROVOKASI})
"""Categories that concern religion itself; reports of them are also counted apart."""


class CaseScore(BaseModel):
    """What escalation knows of a case."""

    region: str
    jurisdiction: tuple[str, ...]
    exercise: bool = False
    reports: list[JoinedReport] = []
    verdict: Verdict | None = None
    confirmed_acts: list[Act] = []
    checked_reports: list[str] = []
    """Those that the verdict is about; later ones are unverified."""
    status: Status = Status.BARU
    level: Level = Level.NORMAL
    previous: Level = Level.NORMAL
    changed_at: AwareDatetime | None = None
    stage: Stage = Stage.KETEGANGAN
    needs_confirmation: bool = False
    reasons: list[Reason] = []
    set_by_officer: str | None = None
    known_reports: list[str] = []
    """Those that an officer knew of who spoke on the case, and the stage those tell of."""
    known_stage: Stage = Stage.KETEGANGAN
    doubted: list[str] = []
    """Reports whose source had told of hoaxes lately, when they joined."""
    updated_at: AwareDatetime


def upgrade_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1, which stored a sentence and knew fewer reasons."""
    rest = {name: value for name, value in state.items() if name != "sentence"}
    sentence = state.get("sentence")
    return {**rest, "reasons": [Reason(code="sentence", value=0, text=sentence).model_dump()]} if sentence else rest


def begin(event: CaseEvent) -> CaseScore:
    """The beginning of watching a case."""
    return CaseScore(region=event.region, jurisdiction=event.jurisdiction, exercise=event.exercise, updated_at=event.at)


def apply(case: CaseScore, event: CaseEvent, doubted: Collection[str] = ()) -> None:
    """Take in what happened to the case. `doubted`: reports whose source is doubted now (`reliability.py`)."""
    case.jurisdiction, case.updated_at = event.jurisdiction, event.at
    if isinstance(event, ReportsJoined):
        known = {each.report_id for each in case.reports}
        fresh = [each for each in event.reports if each.report_id not in known]
        case.reports += fresh
        case.doubted += [each.report_id for each in fresh if each.report_id in doubted]
    elif isinstance(event, ReportSplit):
        case.reports = [each for each in case.reports if each.report_id != event.report_id]
    elif isinstance(event, CaseVerified):
        case.verdict, case.confirmed_acts = event.verdict, list(event.acts)
        # All that joined before the verdict: events of a case come in their order.
        case.checked_reports = list({*event.report_ids, *(each.report_id for each in case.reports)})
        if event.verdict in FOUNDED:
            # What was found on the spot is newer than what an officer set before.
            case.set_by_officer = None
    elif isinstance(event, CaseStatusChanged):
        case.status = event.status
        if event.status is Status.DIPERIKSA and event.previous is Status.DITUTUP:
            case.verdict, case.set_by_officer = None, None


def assess(case: CaseScore) -> None:
    """Find stage, level and reasons anew."""
    if not case.reports:
        return
    acts = _acts(case)
    stage = stage_of(acts)
    if case.status is Status.DITUTUP:
        _set(case, Level.NORMAL, case.stage, False, [Reason(code="closed", value=1.0)])
        return
    level, confirm = _level(case, stage)
    graver = (level, confirm) > (case.level, case.needs_confirmation)
    if case.set_by_officer and not (graver and _is_news(case, stage)):
        case.stage = max(case.stage, stage)
        return
    case.set_by_officer = None
    if level < case.level:
        level, confirm = case.level, case.needs_confirmation
    stage = max(case.stage, stage)
    _set(case, level, stage, confirm, _reasons(case, acts, stage, confirm))


def _is_news(case: CaseScore, stage: Stage) -> bool:
    """Whether something graver came up than an officer knew of: a further stage, or other violence by others. Only
    proven sources and verdicts are news: anybody could undo an officer's override otherwise."""
    known = [each for each in case.reports if each.report_id in case.known_reports]
    acts, voices = {act for each in known for act in each.acts}, {_voice(each) for each in known}
    fresh = [each for each in case.reports if each.report_id not in case.known_reports and counts(case, each)]
    proven = max((stage_of(each.acts) for each in fresh), default=Stage.KETEGANGAN)
    if case.verdict in FOUNDED:
        proven = max(proven, stage)
    violence: dict[str, set[Act]] = defaultdict(set)
    for each in fresh:
        violence[_voice(each)] |= _violence(each.acts)
    others = _distinct(voice for voice, found in violence.items() if found and voice not in voices)
    return proven > case.known_stage or len(others) >= 2 or any(violence[voice] - acts for voice in others)


def _acts(case: CaseScore) -> list[Act]:
    if case.verdict in FOUNDED:
        return case.confirmed_acts
    return sorted({act for each in case.reports for act in each.acts})


def _level(case: CaseScore, stage: Stage) -> tuple[Level, bool]:
    """The level, and whether it should be Awas if a person confirms it."""
    level = LEVEL_OF_STAGE[stage]
    if case.verdict not in FOUNDED:
        level = min(level, Level.WASPADA)
    if violence_sources(case) >= 2:
        level = Level.AWAS
    return min(level, Level.SIAGA), level is Level.AWAS


def violence_sources(case: CaseScore) -> int:
    """How many proven sources speak, unverified, of destruction or victims. Who is not proven may be anybody, twice."""
    return len(_distinct(_voice(each) for each in _unverified(case) if _is_violent(each) and counts(case, each)))


def _voice(report: JoinedReport) -> str:
    return UNKNOWN_SOURCE if report.reporter_kind is ReporterKind.ANONYMOUS else report.source


def _distinct(voices: Iterable[str]) -> set[str]:
    """Voices that are certainly different people. Who wants no name has another pseudonym each time, and may be one
    who gave a name elsewhere: all of them are one, and none beside somebody with a name."""
    found = set(voices)
    return found - {UNKNOWN_SOURCE} if len(found) > 1 else found


def is_proven(report: JoinedReport) -> bool:
    """Whether it is known to be one person, office or program, and no other."""
    return report.provenance is not Provenance.UNPROVEN


def counts(case: CaseScore, report: JoinedReport) -> bool:
    """Whether a report's unverified word counts as a proven one: not while its source is doubted."""
    return is_proven(report) and report.report_id not in case.doubted


def alarming(event: ReportsJoined) -> tuple[int, set[Act]]:
    """How many of the reports tell of threats or worse, proven or not, and what they tell."""
    found = [each for each in event.reports if stage_of(each.acts) >= Stage.ANCAMAN_MOBILISASI]
    return len(found), {act for each in found for act in each.acts if STAGE_OF_ACT[act] >= Stage.ANCAMAN_MOBILISASI}


def _unverified(case: CaseScore) -> list[JoinedReport]:
    """What no founded verdict covers: after one, only what came later."""
    checked = case.checked_reports if case.verdict in FOUNDED else ()
    return [each for each in case.reports if each.report_id not in checked]


def _is_violent(report: JoinedReport) -> bool:
    return bool(_violence(report.acts))


def _violence(acts: Iterable[Act]) -> set[Act]:
    return {act for act in acts if STAGE_OF_ACT[act] >= Stage.PERUSAKAN}


def _reasons(case: CaseScore, acts: list[Act], stage: Stage, confirm: bool) -> list[Reason]:
    later = sorted({act for each in _unverified(case) for act in _violence(each.acts)} - set(acts))
    doubted = len({each.source for each in _unverified(case) if each.report_id in case.doubted})
    values = {
        "stage": stage,
        "reports": len(case.reports),
        "sources": len({each.source for each in case.reports}),
        **{f"act:{act}": STAGE_OF_ACT[act] for act in acts},
        **({"checked": 1} if case.verdict in FOUNDED else {}),
        **{f"later:{act}": STAGE_OF_ACT[act] for act in later},
        **({"confirmation": 1} if confirm else {}),
        **({"doubted": doubted} if doubted else {}),
    }
    return [Reason(code=code, value=float(value)) for code, value in values.items()]


def _set(case: CaseScore, level: Level, stage: Stage, confirm: bool, reasons: list[Reason]) -> None:
    case.level, case.stage, case.needs_confirmation, case.reasons = level, stage, confirm, reasons


def set_level(case: CaseScore, level: Level, reason: str, office: str, at: datetime) -> None:
    """An officer confirms, raises or lowers, with a reason; it holds until somebody sets another, or worse happens."""
    case.set_by_officer, case.updated_at = office, at
    case.known_reports, case.known_stage = [each.report_id for each in case.reports], stage_of(_acts(case))
    spoken = Reason(code="officer", value=float(level), text=mask(reason), by=office)
    _set(case, level, case.stage, False, [spoken])


def note_change(case: CaseScore, previous: Level, at: datetime) -> None:
    """Remember what the level was before, for who asks what is new."""
    if case.level is not previous:
        case.previous, case.changed_at = previous, at


def case_level_changed(case_id: str, case: CaseScore, previous: Level, at: datetime) -> LevelChanged:
    """What is published of a case's level."""
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
        parameter_version=RULES,
        exercise=case.exercise,
    )


class Looks(BaseModel):
    """The last request to look at a place, and what has been reported there since."""

    requested_at: AwareDatetime | None = None
    stage: Stage = Stage.KETEGANGAN
    """The furthest stage in the last request."""
    reports: int = 0
    acts: list[Act] = []


_LOOK_AGAIN = timedelta(hours=1)


def request_look(place: str, looks: Looks, events: list[ReportsJoined]) -> list[LookRequested]:
    """Ask an officer to look, once an hour, and at once where something graver is reported: what comes in between is
    counted, and goes out with the next request."""
    for each in events:
        reports, acts = alarming(each)
        looks.reports += reports
        looks.acts = sorted({*looks.acts, *acts})
    last = events[-1]
    stage, recent = stage_of(looks.acts), looks.requested_at and last.at - looks.requested_at < _LOOK_AGAIN
    if recent and stage <= looks.stage:
        return []
    request = LookRequested(
        at=last.at,
        place=place,
        region=last.region,
        jurisdiction=last.jurisdiction,
        case_id=last.case_id,
        reports=looks.reports,
        acts=tuple(looks.acts),
        exercise=last.exercise,
    )
    looks.stage = max(stage, looks.stage) if recent else stage
    looks.requested_at, looks.reports, looks.acts = last.at, 0, []
    return [request]


def place_of(event: ReportsJoined) -> str:
    """What is asked about at most once an hour. Who names an office that must not know cannot make others wait."""
    return "/".join([*event.jurisdiction, *(["exercise"] if event.exercise else [])])
