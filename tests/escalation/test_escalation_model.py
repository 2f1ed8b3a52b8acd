"""Levels of cases."""

from datetime import timedelta

import pytest

from contracts.events import CaseOpened, CaseStatusChanged, CaseVerified, JoinedReport, ReportsJoined
from contracts.vocabulary import Act, Level, Provenance, Stage, Status, Verdict
from kemenag.levels import sentence
from services.escalation import model
from services.escalation.model import CaseScore, Looks
from services.escalation.reliability import weight
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")


def watched(*reports: tuple[str, str]) -> CaseScore:
    return joined(model.begin(clock.example(CaseOpened)), *reports)


def joined(case: CaseScore, *reports: tuple[str, str]) -> CaseScore:
    more = tuple(
        JoinedReport(
            report_id=str(n),
            source=source,
            reporter_kind="anonymous" if source.startswith("nameless") else "citizen",
            provenance=Provenance.UNPROVEN if source.startswith("x") else Provenance.PERSON,
            acts=(act,),
            received_at=clock.at,
        )
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


def test_violence_by_two_proven_sources_is_siaga_and_awas_waits_for_a_person() -> None:
    case = watched(("a", Act.PEMBAKARAN), ("b", Act.PERUSAKAN))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)
    assert "belum diperiksa petugas" in sentence(case.region, case.reasons)
    model.set_level(case, Level.AWAS, "Benar terjadi", "Kepala KUA Gambir", clock.at)
    assert (case.level, case.needs_confirmation) == (Level.AWAS, False)


@pytest.mark.parametrize("other", ["a", "nameless-2"])
def test_one_phone_without_a_name_on_two_days_or_beside_its_name_is_not_two_people(other: str) -> None:
    case = watched(("nameless-1", Act.PEMBAKARAN), (other, Act.KORBAN_LUKA))
    assert (case.level, case.needs_confirmation) == (Level.WASPADA, False)
    joined(lowered(case), ("nameless-3", Act.PEMBAKARAN), ("nameless-4", Act.PEMBAKARAN))
    assert case.level is Level.NORMAL


def test_siaga_that_an_officer_set_does_not_mute_that_awas_waits_for_a_person() -> None:
    case = watched(("a", Act.PENOLAKAN_LISAN))
    model.set_level(case, Level.SIAGA, "Banyak yang marah", "Kepala KUA Gambir", clock.at)
    joined(case, ("b", Act.KORBAN_LUKA), ("c", Act.KORBAN_LUKA))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)


def test_invented_sources_are_waspada_at_most_however_many() -> None:
    case = watched(
        *[(f"x{n}", act) for n in range(300) for act in (Act.PEMBAKARAN, Act.KORBAN_JIWA)], ("a", Act.PERUSAKAN)
    )
    assert (case.level, case.needs_confirmation) == (Level.WASPADA, False)


def test_invented_sources_do_not_undo_what_an_officer_set() -> None:
    case = joined(lowered(watched(("x1", Act.RUMOR))), *[(f"x{n}", Act.KORBAN_JIWA) for n in range(2, 9)])
    assert case.level is Level.NORMAL


def joined_by_doubted_source(case: CaseScore) -> None:
    more = JoinedReport(
        report_id="9",
        source="b",
        reporter_kind="citizen",
        provenance=Provenance.PERSON,
        acts=(Act.PEMBAKARAN,),
        received_at=clock.at,
    )
    model.apply(case, clock.example(ReportsJoined).model_copy(update={"reports": (more,)}), {"9"})
    model.assess(case)


def test_word_of_a_doubted_source_raises_nothing_alone_and_the_case_says_so() -> None:
    case = watched(("a", Act.PEMBAKARAN))
    joined_by_doubted_source(case)
    assert (case.level, case.needs_confirmation) == (Level.WASPADA, False)
    assert "1 pelapor tidak ikut menaikkan tingkat" in sentence(case.region, case.reasons)
    assert joined(case, ("c", Act.PERUSAKAN)).level is Level.SIAGA


def test_doubted_source_does_not_undo_what_an_officer_set() -> None:
    case = lowered(watched(("a", Act.ANCAMAN)))
    joined_by_doubted_source(case)
    assert case.level is Level.NORMAL


def test_hoaxes_weigh_less_with_time() -> None:
    ago = [clock.at - timedelta(days=days) for days in (0, 30, 60)]
    assert [round(weight([found], clock.at), 2) for found in ago] == [1, 0.5, 0.25]
    assert weight([ago[1], ago[2]], clock.at) == 0.75
    assert weight([clock.at + timedelta(days=1)], clock.at) == 0


def test_violence_by_one_source_twice_does_not() -> None:
    assert watched(("a", Act.PEMBAKARAN), ("a", Act.PERUSAKAN)).level is Level.WASPADA


@pytest.mark.parametrize(
    ("act", "level"),
    [
        (Act.RUMOR, Level.WASPADA),
        (Act.PROTES_TERBUKA, Level.WASPADA),
        (Act.ANCAMAN, Level.SIAGA),
        (Act.PERUSAKAN, Level.SIAGA),
    ],
)
def test_verified_act_gives_its_level(act: Act, level: Level) -> None:
    case = verified(watched(("a", act)), Verdict.TERVERIFIKASI, act)
    assert case.level is level
    assert case.needs_confirmation is (act is Act.PERUSAKAN)


def test_violence_that_a_check_did_not_find_does_not_ring_and_what_comes_after_it_does() -> None:
    case = verified(watched(("a", Act.ANCAMAN), ("b", Act.PEMBAKARAN)), Verdict.SEBAGIAN, Act.ANCAMAN)
    joined(case, ("c", Act.KORBAN_LUKA))
    assert case.level is Level.SIAGA
    assert not case.needs_confirmation
    joined(case, ("d", Act.KORBAN_LUKA))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)
    assert "laporan sesudahnya, belum diperiksa: " in sentence(case.region, case.reasons)


def test_level_only_rises_until_an_officer_lowers_it() -> None:
    case = verified(watched(("a", Act.ANCAMAN)), Verdict.TERVERIFIKASI, Act.ANCAMAN)
    verified(case, Verdict.SEBAGIAN, Act.RUMOR)
    assert case.level is Level.SIAGA
    model.set_level(case, Level.WASPADA, "Sudah tenang", "Kepala KUA Gambir", clock.at)
    model.assess(case)
    assert case.level is Level.WASPADA
    assert "Sudah tenang" in sentence(case.region, case.reasons)


def test_override_does_not_mute_what_is_worse_than_was_known() -> None:
    case = joined(lowered(watched(("a", Act.RUMOR))), ("b", Act.KORBAN_LUKA))
    assert case.level is Level.WASPADA
    assert "Hanya rumor" not in sentence(case.region, case.reasons)
    joined(case, ("c", Act.PEMBAKARAN))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)


def test_override_on_violence_yields_to_other_violence_by_others() -> None:
    case = joined(lowered(watched(("a", Act.KORBAN_LUKA), ("b", Act.PEMBAKARAN))), ("a", Act.KORBAN_JIWA))
    assert case.level is Level.NORMAL
    joined(case, ("c", Act.KORBAN_JIWA))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)


def test_override_yields_to_all_that_a_new_source_reports_and_not_to_its_last_report_alone() -> None:
    case = joined(lowered(watched(("a", Act.KORBAN_JIWA))), ("c", Act.PEMBAKARAN), ("c", Act.KORBAN_JIWA))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)


def test_override_on_violence_yields_to_two_sources_that_are_new() -> None:
    case = joined(lowered(watched(("a", Act.PEMBAKARAN), ("b", Act.PEMBAKARAN))), ("a", Act.PEMBAKARAN))
    joined(case, ("c", Act.PEMBAKARAN))
    assert case.level is Level.NORMAL
    joined(case, ("d", Act.PEMBAKARAN))
    assert (case.level, case.needs_confirmation) == (Level.SIAGA, True)


def test_override_before_the_check_yields_to_what_is_found_on_the_spot() -> None:
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


def told(*acts: Act, minutes: int = 0, **more: object) -> ReportsJoined:
    report = JoinedReport(report_id="1", source="x", reporter_kind="anonymous", acts=acts, received_at=clock.at)
    at = clock.at + timedelta(minutes=minutes)
    return clock.example(ReportsJoined).model_copy(update={"reports": (report,), "at": at, **more})


def test_officer_is_asked_to_look_at_once_and_once_an_hour_with_the_count() -> None:
    looks, asked = Looks(), []
    for minutes in (0, 1, 2, 59, 60, 61, 180):
        asked.append(model.request_look("p", looks, [told(Act.ANCAMAN, Act.RUMOR, minutes=minutes)]))
    assert [[each.reports for each in found] for found in asked] == [[1], [], [], [], [4], [], [2]]
    assert asked[0][0].acts == (Act.ANCAMAN,)


def test_graver_acts_do_not_wait_for_the_hour() -> None:
    looks = Looks()
    told_of = [Act.ANCAMAN, Act.ANCAMAN, Act.PEMBAKARAN, Act.ANCAMAN, Act.KORBAN_JIWA, Act.KORBAN_JIWA]
    asked = [model.request_look("p", looks, [told(act, minutes=n)]) for n, act in enumerate(told_of)]
    assert [[each.reports for each in found] for found in asked] == [[1], [], [2], [], [2], []]


def test_nobody_can_make_others_wait_by_naming_an_office_or_an_exercise() -> None:
    here = told(Act.ANCAMAN)
    places = {model.place_of(each) for each in (here, told(exercise=True), told(jurisdiction=("ID", "31")))}
    assert len(places) == 3


def test_rumours_ask_nobody_to_look() -> None:
    assert model.alarming(told(Act.RUMOR, Act.PROTES_TERBUKA)) == (0, set())
