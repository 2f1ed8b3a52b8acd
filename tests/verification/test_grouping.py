"""Reports of one rumour meet; others do not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import ReportSubmitted
from contracts.examples import example
from contracts.vocabulary import SPOKEN, Category
from services.verification import wording
from services.verification.grouping import Candidate, Match, group, sample_of
from services.verification.likeness.contradictions import contradicts, named_in
from services.verification.likeness.evidence import similarity, trigrams

FIRST = example(ReportSubmitted)
HERE = Candidate("case", set(FIRST.categories), [sample_of(FIRST)], FIRST.jurisdiction)


def match(report: ReportSubmitted, candidates: list[Candidate]) -> Match | None:
    return group(report, candidates).joins


def report(**more: object) -> ReportSubmitted:
    return FIRST.model_copy(update=more)


def test_same_words_join_and_are_called_nearly_the_same() -> None:
    found = match(report(report_id="2"), [HERE])
    assert found is not None
    assert found.nearly_the_same
    assert wording.grouped(found.reasons).startswith("kata-kata mirip 100\xa0%, kategori sama: Rumah ibadat")


def test_two_voices_are_not_alike_by_what_stands_for_them() -> None:
    spoken = report(narrative=SPOKEN, place=None)
    heard = Candidate("c", {Category.RUMAH_IBADAT}, [sample_of(spoken)], FIRST.jurisdiction)
    other = report(report_id="2", narrative=SPOKEN, place=None, categories=(Category.PENGERAS_SUARA,))
    assert match(other, [heard]) is None
    same = match(report(report_id="3", narrative=SPOKEN, place=None, categories=(Category.RUMAH_IBADAT,)), [heard])
    assert same is None or not same.nearly_the_same


def test_other_words_on_the_same_day_about_the_same_join() -> None:
    found = match(report(narrative="Warga resah, ada yang mau menutup tempat itu.", place=None), [HERE])
    assert found is not None
    assert not found.nearly_the_same


def test_other_category_and_other_words_begin_a_case_of_their_own() -> None:
    assert (
        match(report(categories=("pengeras_suara",), narrative="Suara terlalu keras pagi hari.", place=None), [HERE])
        is None
    )


def test_same_category_long_after_with_other_words_does_not_join() -> None:
    later = FIRST.at + timedelta(days=9)
    assert match(report(narrative="Suara terlalu keras.", place=None, at=later, occurred_at=later), [HERE]) is None


def test_exercise_that_is_played_again_is_another_case() -> None:
    first = report(exercise=True)
    played = Candidate("c", set(first.categories), [sample_of(first)], first.jurisdiction, exercise=True)
    assert match(report(exercise=True, at=first.at + timedelta(minutes=2)), [played]) is not None
    assert match(report(exercise=True, at=first.at + timedelta(minutes=11)), [played]) is None


def test_exercise_never_mixes_with_reality() -> None:
    assert match(report(exercise=True), [HERE]) is None


def test_report_about_an_office_never_joins_what_that_office_sees() -> None:
    assert match(report(jurisdiction=("ID", "31", "31.71")), [HERE]) is None


def test_best_fit_wins() -> None:
    far = Candidate("far", {"lainnya"}, [sample_of(report(narrative="x", place=None))], FIRST.jurisdiction)  # type: ignore[arg-type]
    found = match(FIRST, [far, HERE])
    assert found is not None
    assert found.case_id == "case"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Massa menolak musala di kampung kami", "Spanduk penolakan gereja dipasang warga"),
        ("Warga menutup vihara malam ini", "Warga menutup masjid malam ini"),
        ("Pura dilempar batu", "Kelenteng dilempar batu"),
        ("Spanduk penolakan dipasang di Jalan Melati", "Spanduk penolakan dipasang di Jl. Kenanga 4"),
        ("Ada massa di gang Mawar", "Ada massa di gg. Anggrek"),
    ],
)
def test_what_names_another_house_or_street_is_another_event(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        known = report(narrative=first, place=None)
        here = Candidate("case", set(known.categories), [sample_of(known)], known.jurisdiction)
        assert match(report(report_id="2", narrative=second, place=None), [here]) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Massa menolak musala di kampung kami", "Warga menolak surau itu"),
        ("Massa dari masjid mendatangi gereja", "Gereja didatangi massa malam ini"),
        ("Spanduk di Jalan Melati 3", "Spanduk di jln melati no. 9"),
        ("Massa di jalan raya", "Massa di Jalan Kenanga"),
        ("Mereka pura-pura berjaga di depan gereja", "Gereja dijaga orang"),
        ("Spanduk penolakan gereja", "Ada spanduk penolakan di sini"),
        ("Warga jalan kaki ke balai", "Warga di Jalan Kenanga"),
        ("Ratusan orang turun ke jalan sambil membawa parang", "Ratusan orang turun ke jalan bawa parang"),
        ("Massa di Jl. Jenderal Sudirman", "Massa di Jl Sudirman"),
        ("Massa di Jl Imam Bonjol", "Massa di Jalan Tuanku Imam Bonjol"),
        ("Jemaat Ahmadiyah ditolak warga", "Masjid itu ditolak warga"),
    ],
)
def test_what_may_be_the_same_still_meets(one: str, other: str) -> None:
    known = report(narrative=one, place=None)
    here = Candidate("case", set(known.categories), [sample_of(known)], known.jurisdiction)
    found = group(report(report_id="2", narrative=other, place=None), [here])
    assert found.joins or found.similar


@given(st.text(max_size=200), st.text(max_size=200))
def test_contradiction_is_symmetric_and_nothing_contradicts_itself(one: str, other: str) -> None:
    a, b = named_in(one), named_in(other)
    assert contradicts(a, b) == contradicts(b, a)
    assert not contradicts(a, a)


@given(st.text(max_size=200), st.text(max_size=200))
def test_similarity_is_symmetric_and_bounded(one: str, other: str) -> None:
    a, b = trigrams(one), trigrams(other)
    assert 0 <= similarity(a, b) == similarity(b, a) <= 1
    assert not a or similarity(a, a) == 1
