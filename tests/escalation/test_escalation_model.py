"""Levels of cases."""

from datetime import UTC, datetime

import pytest

from contracts.events import CaseOpened, CaseStatusChanged, CaseVerified, JoinedReport, ReportsJoined
from contracts.examples import example
from contracts.vocabulary import Act, Level, Stage, Status, Verdict
from services.escalation import model
from services.escalation.model import CaseWatch

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def watched(*reports: tuple[str, str]) -> CaseWatch:
    case = model.watch(example(CaseOpened))
    joined = tuple(
        JoinedReport(report_id=str(n), source=source, reporter_kind="anonymous", acts=(act,), received_at=AT)
        for n, (source, act) in enumerate(reports)
    )
    model.apply(case, example(ReportsJoined).model_copy(update={"reports": joined}))
    model.assess(case)
    return case


def verified(case: CaseWatch, verdict: Verdict, *acts: Act) -> CaseWatch:
    model.apply(case, example(CaseVerified).model_copy(update={"verdict": verdict, "acts": acts}))
    model.assess(case)
    return case


@pytest.mark.parametrize("act", list(Act))
def test_one_unverified_report_raises_by_one_step_at_most(act: Act) -> None:
    assert watched(("a", act)).level <= Level.WASPADA


def test_violence_by_two_sources_goes_to_the_top_for_a_person_to_confirm() -> None:
    case = watched(("a", Act.PEMBAKARAN), ("b", Act.PERUSAKAN))
    assert (case.level, case.needs_confirmation) == (Level.AWAS, True)


def test_violence_by_one_source_twice_does_not() -> None:
    assert watched(("a", Act.PEMBAKARAN), ("a", Act.PERUSAKAN)).level is Level.WASPADA


@pytest.mark.parametrize(
    ("act", "level"),
    [
        (Act.RUMOR, Level.WASPADA),
        (Act.PROTES_TERBUKA, Level.WASPADA),
        (Act.ANCAMAN, Level.SIAGA),
        (Act.PERUSAKAN, Level.AWAS),
    ],
)
def test_verified_act_gives_its_level(act: Act, level: Level) -> None:
    case = verified(watched(("a", act)), Verdict.TERVERIFIKASI, act)
    assert case.level is level
    assert case.needs_confirmation is (level is Level.AWAS)


def test_level_only_rises_until_an_officer_lowers_it() -> None:
    case = verified(watched(("a", Act.ANCAMAN)), Verdict.TERVERIFIKASI, Act.ANCAMAN)
    verified(case, Verdict.SEBAGIAN, Act.RUMOR)
    assert case.level is Level.SIAGA
    model.set_level(case, Level.WASPADA, "Sudah tenang", "Kepala KUA Gambir", AT)
    model.assess(case)
    assert case.level is Level.WASPADA
    assert "Sudah tenang" in case.sentence


def test_closed_case_is_normal() -> None:
    case = verified(watched(("a", Act.ANCAMAN)), Verdict.TERVERIFIKASI, Act.ANCAMAN)
    model.apply(case, example(CaseStatusChanged))
    model.assess(case)
    assert (case.level, case.status) == (Level.NORMAL, Status.DITUTUP)


def test_sentence_names_place_stage_and_acts() -> None:
    case = watched(("a", Act.ANCAMAN))
    assert case.sentence.startswith("Di Gambir: tahap 3 (ancaman atau mobilisasi), ancaman; belum diperiksa")
    assert case.stage is Stage.ANCAMAN_MOBILISASI
