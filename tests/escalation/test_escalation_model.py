"""Levels of cases."""

import pytest

from contracts.events import UNKNOWN_SOURCE, CaseOpened, CaseStatusChanged, CaseVerified, JoinedReport, ReportsJoined
from contracts.vocabulary import Act, Level, Stage, Status, Verdict
from kemenag.levels import sentence
from services.escalation import model
from services.escalation.model import CaseScore
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")


def watched(*reports: tuple[str, str]) -> CaseScore:
    return joined(model.begin(clock.example(CaseOpened)), *reports)


def joined(case: CaseScore, *reports: tuple[str, str]) -> CaseScore:
    more = tuple(
        JoinedReport(report_id=str(n), source=source, reporter_kind="anonymous", acts=(act,), received_at=clock.at)
        for n, (source, act) in enumerate(reports, start=len(case.reports))
    )
    model.apply(case, clock.example(ReportsJoined).model_copy(update={"reports": more}))
    model.assess(case)
    return case


def lowered(case: CaseScore) -> CaseScore:
    model.set_level(case, Level.NORMAL, "Hanya rumor", "Kepala KUA Gambir", clock.at)
    model.assess(case)
    assert case.level is Level.NORMAL
    return case


def verified(case: CaseScore, verdict: Verdict, *acts: Act) -> CaseScore:
    told = {"verdict": verdict, "acts": acts, "report_ids": tuple(each.report_id for each in case.reports)}
    model.apply(case, clock.example(CaseVerified).model_copy(update=told))
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


def test_violence_that_a_check_did_not_find_does_not_ring_and_what_comes_after_it_does() -> None:
    case = verified(watched(("a", Act.ANCAMAN), ("b", Act.PEMBAKARAN)), Verdict.SEBAGIAN, Act.ANCAMAN)
    joined(case, ("c", Act.KORBAN_LUKA))
    assert case.level is Level.SIAGA
    joined(case, ("d", Act.KORBAN_LUKA))
    assert (case.level, case.needs_confirmation) == (Level.AWAS, True)
    assert "laporan sesudahnya, belum diperiksa: " in sentence(case.region, case.reasons)


def test_level_only_rises_until_an_officer_lowers_it() -> None:
    case = verified(watched(("a", Act.ANCAMAN)), Verdict.TERVERIFIKASI, Act.ANCAMAN)
    verified(case, Verdict.SEBAGIAN, Act.RUMOR)
    assert case.level is Level.SIAGA
    model.set_level(case, Level.WASPADA, "Sudah tenang", "Kepala KUA Gambir", clock.at)
    model.assess(case)
    assert case.level is Level.WASPADA
    assert "Sudah tenang" in sentence(case.region, case.reasons)


def test_word_does_not_mute_what_is_worse_than_was_known() -> None:
    case = joined(lowered(watched(("a", Act.RUMOR))), ("b", Act.KORBAN_LUKA))
    assert case.level is Level.WASPADA
    assert "Hanya rumor" not in sentence(case.region, case.reasons)
    joined(case, ("c", Act.PEMBAKARAN))
    assert (case.level, case.needs_confirmation) == (Level.AWAS, True)


@pytest.mark.parametrize("source", ["c", UNKNOWN_SOURCE])
def test_word_on_violence_yields_to_other_violence_by_others(source: str) -> None:
    case = joined(lowered(watched(("a", Act.KORBAN_LUKA), ("b", Act.PEMBAKARAN))), ("a", Act.KORBAN_JIWA))
    assert case.level is Level.NORMAL
    joined(case, (source, Act.KORBAN_JIWA))
    assert (case.level, case.needs_confirmation) == (Level.AWAS, True)


def test_word_on_violence_yields_to_two_sources_that_are_new() -> None:
    case = joined(lowered(watched(("a", Act.PEMBAKARAN), ("b", Act.PEMBAKARAN))), ("a", Act.PEMBAKARAN))
    joined(case, ("c", Act.PEMBAKARAN))
    assert case.level is Level.NORMAL
    joined(case, ("d", Act.PEMBAKARAN))
    assert (case.level, case.needs_confirmation) == (Level.AWAS, True)


def test_word_before_the_check_yields_to_what_is_found_on_the_spot() -> None:
    case = verified(lowered(watched(("a", Act.ANCAMAN))), Verdict.TERVERIFIKASI, Act.ANCAMAN)
    assert case.level is Level.SIAGA


def test_confirmed_awas_is_not_asked_about_again() -> None:
    case = watched(("a", Act.PEMBAKARAN), ("b", Act.PEMBAKARAN))
    model.set_level(case, Level.AWAS, "Benar terjadi", "Kepala KUA Gambir", clock.at)
    joined(case, ("c", Act.PEMBAKARAN), ("d", Act.PEMBAKARAN))
    assert (case.level, case.needs_confirmation) == (Level.AWAS, False)
    assert "Benar terjadi" in sentence(case.region, case.reasons)


def test_closed_case_is_normal() -> None:
    case = verified(watched(("a", Act.ANCAMAN)), Verdict.TERVERIFIKASI, Act.ANCAMAN)
    model.apply(case, clock.example(CaseStatusChanged))
    model.assess(case)
    assert (case.level, case.status) == (Level.NORMAL, Status.DITUTUP)


def test_sentence_names_place_stage_and_acts() -> None:
    case = watched(("a", Act.ANCAMAN))
    assert sentence(case.region, case.reasons).startswith(
        "Di Gambir: tahap 3 (ancaman atau mobilisasi), ancaman; belum diperiksa"
    )
    assert case.stage is Stage.ANCAMAN_MOBILISASI
