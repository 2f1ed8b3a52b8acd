"""Levels of cases, and anomalies of areas."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import CaseOpened, CaseStatusChanged, CaseVerified, JoinedReport, ReportsJoined
from contracts.examples import example
from contracts.vocabulary import Act, Level, Stage, Status, Verdict
from services.escalation import model
from services.escalation.anomaly import Anomaly, History, detect, mid_p
from services.escalation.model import AreaWatch, CaseWatch, score_area

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


QUIET = History(weeks=52, area=2, province=30, nation=600, areas_in_province=6, areas=514)


def test_usual_count_is_no_anomaly() -> None:
    assert detect(QUIET, [0, 0, 0, 0]).score < 1


def test_surge_is_found_and_rare() -> None:
    found = detect(QUIET, [0, 0, 0, 4])
    assert found.score > model.SIAGA_AT
    assert found.return_years > 5


@given(st.integers(0, 200), st.floats(0.001, 50), st.floats(0.1, 100))
def test_tail_is_a_probability_and_falls(count: int, mean: float, shape: float) -> None:
    assert 0 <= mid_p(count + 1, mean, shape) <= mid_p(count, mean, shape) + 1e-12 <= 1 + 1e-9


@given(st.integers(0, 20), st.integers(0, 20))
def test_more_history_makes_a_surge_less_surprising(few: int, more: int) -> None:
    one = History(52, few, 30, 600, 6, 514)
    other = History(52, few + more, 30, 600, 6, 514)
    assert detect(other, [0, 0, 0, 3]).tail >= detect(one, [0, 0, 0, 3]).tail - 1e-12


def test_empty_country_gives_numbers() -> None:
    found = detect(History(0, 0, 0, 0, 1, 514), [0, 0, 0, 0])
    assert found.expected > 0


def area_after(*scores: tuple[float, timedelta]) -> AreaWatch:
    area = AreaWatch(jurisdiction=("ID", "31", "31.71"), updated_at=AT)
    for score, later in scores:
        found = Anomaly(expected=0.3, window_weeks=1, count=4, tail=10**-score, score=score)
        score_area(area, "31.71", found, [0, 0, 0, 4], 0.5, True, AT + later)
    return area


def test_area_is_raised_at_once_and_lowered_after_two_quiet_weeks() -> None:
    assert area_after((3.5, timedelta())).level is Level.SIAGA
    assert area_after((3.5, timedelta()), (0.0, timedelta(days=13))).level is Level.SIAGA
    assert area_after((3.5, timedelta()), (0.0, timedelta(days=14))).level is Level.NORMAL


def test_no_statistical_alarm_before_there_is_history() -> None:
    area = AreaWatch(jurisdiction=("ID",), updated_at=AT)
    score_area(area, "31.71", Anomaly(0.01, 1, 9, 1e-9, 9.0), [0, 0, 0, 9], 0.1, False, AT)
    assert area.level is Level.NORMAL
    assert "belum cukup" in area.sentence
