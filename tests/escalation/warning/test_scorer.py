"""The national state under everything that happens to it: late, twice, withdrawn, far away, silent, in a burst."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.vocabulary import Level
from kemenag import levels
from kemenag.figures import odds, rarity, shares
from kemenag.levels import NOTABLE
from services.escalation.area import faith_range, faith_surge, reasons_of
from services.escalation.country import indonesia
from services.escalation.parameter_file import read_parameters
from services.escalation.rounds import Entry, Override, Round, Score
from services.escalation.scorer import Scorer
from services.escalation.scoring import HISTORY
from services.escalation.warning.parameters import Parameters

COUNTRY = indonesia()
SET = read_parameters()
DAY = date(2026, 11, 21)
BEGAN = DAY - timedelta(days=700)
PLACES = ("31.71.01", "31.71.02", "31.72.01", "32.71.01", "33.72.01", "91.71.01")

entries = st.lists(
    st.builds(
        lambda place, ago, faith, voice, number: Entry(
            report=f"{place}{ago}",
            received=BEGAN,
            day=DAY - timedelta(days=ago),
            area=place[:5],
            kecamatan=place,
            faith=faith,
            voice=voice and hash((voice, place, ago)),
            number=number,
        ),
        st.sampled_from(PLACES),
        st.integers(0, 700),
        st.booleans(),
        st.sampled_from([None, None, 1, 2]),
        st.sampled_from([1, 1, 1, 3, 900]),
    ),
    max_size=40,
)


def sentence(score: Score) -> str:
    return levels.sentence(score.area, reasons_of(score))


def scorer() -> Scorer:
    return Scorer(COUNTRY, SET, DAY - HISTORY)


def played(
    state: Scorer,
    number: int,
    day: date,
    *found: Entry,
    full: bool = True,
    words: tuple[Override, ...] = (),
    burn_in_weeks: int = 0,
) -> Round:
    at = datetime.combine(day, time(5), UTC)
    made = Round(
        number=number,
        at=at,
        day=day,
        parameters=SET.version,
        burn_in_weeks=burn_in_weeks,
        full=full,
        entries=found,
        words=words,
    )
    return state.play(made)


def different(one: Round, other: Round) -> list[str]:
    """Areas whose scores are not the same bytes."""
    pairs = zip(one.scores, other.scores, strict=True)
    return [Score.model_validate_json(ours).area for ours, theirs in pairs if ours != theirs]


def score_of(made: Round, area: str) -> Score:
    return next(each for each in map(Score.model_validate_json, made.scores) if each.area == area)


def report(place: str, day: date = DAY, number: int = 1) -> Entry:
    return Entry(report="r", day=day, received=min(day, BEGAN), area=place[:5], kecamatan=place, number=number)


@settings(max_examples=12, deadline=None)
@given(entries, st.randoms())
def test_order_of_arrival_changes_no_byte(found: list[Entry], random: object) -> None:
    other = list(found)
    random.shuffle(other)  # type: ignore[attr-defined]
    one, two = scorer(), scorer()
    one.observe(BEGAN)
    two.observe(BEGAN)
    two.take(other[: len(other) // 2])
    played(two, 1, DAY - timedelta(days=30))
    assert different(played(one, 2, DAY, *found), played(two, 2, DAY, *other[len(other) // 2 :])) == []


@settings(max_examples=10, deadline=None)
@given(entries, entries)
def test_what_is_withdrawn_leaves_no_trace(found: list[Entry], hoaxes: list[Entry]) -> None:
    never, withdrawn = scorer(), scorer()
    never.observe(BEGAN)
    withdrawn.observe(BEGAN)
    withdrawn.take(hoaxes)
    played(withdrawn, 1, DAY - timedelta(days=8))
    withdrawn.take(hoaxes, sign=-1)
    assert different(played(withdrawn, 2, DAY, *found), played(never, 2, DAY, *found)) == []


@settings(max_examples=8, deadline=None)
@given(entries)
def test_few_areas_score_as_they_do_among_all(found: list[Entry]) -> None:
    whole, some = scorer(), scorer()
    some.take(found)
    part = played(some, 1, DAY, report("31.71.01"), full=False)
    everything = played(whole, 1, DAY, *found, report("31.71.01"))
    assert part.scores[0] in everything.scores


def test_days_that_pass_one_by_one_give_the_bytes_of_one_leap() -> None:
    slow, fast = scorer(), scorer()
    found = [report("31.71.01", DAY - timedelta(days=n * 9)) for n in range(60)]
    slow.take(found)
    fast.take(found)
    for n in range(120, 0, -7):
        played(slow, 200 - n, DAY - timedelta(days=n))
    assert different(played(slow, 300, DAY), played(fast, 300, DAY)) == []


def test_late_report_of_a_settled_week_is_as_if_it_had_been_in_time() -> None:
    late, timely = scorer(), scorer()
    base = [report("31.71.01", DAY - timedelta(days=n * 20)) for n in range(20)]
    missing = report("31.71.01", DAY - timedelta(weeks=9), 6)
    late.take(base)
    played(late, 1, DAY - timedelta(days=1))
    assert different(played(late, 2, DAY, missing), played(timely, 2, DAY, *base, missing)) == []


def test_empty_country_says_nothing_and_fails_nothing() -> None:
    made = played(scorer(), 1, DAY)
    assert len(made.scores) == len(COUNTRY.areas.codes)
    assert {score_of(made, code).level for code in ("31.71", "91.71")} == {Level.NORMAL}


def test_huge_burst_rings_and_is_finite() -> None:
    state = scorer()
    state.take([report("31.71.01", DAY - timedelta(days=n * 15)) for n in range(1, 40)])
    score = score_of(played(state, 1, DAY, report("31.71.01", number=200_000)), "31.71")
    assert score.level is Level.SIAGA
    assert 0 <= score.tail < 1e-6
    assert score.chance28 <= 1
    assert "kurang dari sekali dalam 20 tahun" in sentence(score)


def test_burst_does_not_become_the_new_normal() -> None:
    state = scorer()
    state.take([report("31.71.01", DAY - timedelta(days=n * 15)) for n in range(1, 40)])
    before = score_of(played(state, 1, DAY), "31.71").expected
    state.take([report("31.71.01", number=5000)])
    after = score_of(played(state, 2, DAY + timedelta(weeks=6)), "31.71").expected
    assert after < before * 3


def test_year_of_silence_fades_and_still_notices_the_next() -> None:
    state = scorer()
    state.take([report("31.71.01", DAY - timedelta(days=n * 3), 2) for n in range(100)])
    busy = score_of(played(state, 1, DAY), "31.71")
    silent = score_of(played(state, 2, DAY + timedelta(days=364)), "31.71")
    again = score_of(
        played(state, 3, DAY + timedelta(days=364), report("31.71.01", DAY + timedelta(days=364), 15)), "31.71"
    )
    assert silent.chance28 < busy.chance28
    assert silent.expected < busy.expected
    assert again.score > 2


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 28)])
def test_ends_of_months_and_years_are_days_like_others(day: date) -> None:
    state = Scorer(COUNTRY, SET, day - HISTORY)
    state.take([report("31.71.01", day - timedelta(days=n)) for n in range(0, 300, 10)])
    assert score_of(played(state, 1, day), "31.71").count >= 1


@settings(max_examples=8, deadline=None)
@given(entries)
def test_merged_areas_add_up_and_a_split_one_leaves_its_past_to_one_part(found: list[Entry]) -> None:
    """31.71 merges into 31.72, and 32.71 is split: 32.72 continues it, 32.73 begins anew."""
    renamed = {"31.71": "31.72", "32.71": "32.72"}
    later = Scorer(dataclasses.replace(COUNTRY, successor=renamed), SET, DAY - HISTORY)
    as_now = [
        each.model_copy(update={"area": renamed.get(each.area or "", each.area), "kecamatan": None}) for each in found
    ]
    before = [each.model_copy(update={"kecamatan": None}) for each in found]
    today = scorer()
    for state in (later, today):
        state.observe(BEGAN)
    assert different(played(later, 1, DAY, *before), played(today, 1, DAY, *as_now)) == []
    assert (later.weekly("31.71", DAY, 104), later.weekly("32.73", DAY, 104)) == ([0] * 104, [0] * 104)


def test_area_that_is_no_more_and_has_no_successor_is_left_out() -> None:
    state = scorer()
    assert played(state, 1, DAY, report("99.99.99"), full=False).scores == ()
    assert state.take([report("91.01.01")]) == {"93.01"}


def test_terms_sum_to_the_forecast_and_shares_to_one() -> None:
    state = scorer()
    state.take([report(place, DAY - timedelta(days=n * 11)) for n in range(50) for place in PLACES])
    for text in played(state, 1, DAY).scores:
        score = Score.model_validate_json(text)
        assert sum(score.terms28.values()) == pytest.approx(score.mean28, abs=1e-9)
        assert sum(share for _, share in shares(score.terms28)) == pytest.approx(1, abs=1e-9)


def test_sentence_says_what_is_usual_what_is_now_and_how_likely_more_is() -> None:
    state = scorer()
    state.take([report("31.71.01", DAY - timedelta(days=n * 21)) for n in range(1, 40)])
    said = sentence(score_of(played(state, 1, DAY, report("31.71.01", number=4)), "31.71"))
    assert said.startswith("Di Kota Administrasi Jakarta Pusat biasanya ada satu laporan dalam")
    assert "minggu ini ada 4, lonjakan yang secara kebetulan hanya muncul" in said
    assert "% dari tingkat dasar wilayah" in said


@pytest.mark.parametrize(("before", "now", "told"), [(9, 4, False), (0, 7, True)])
def test_surge_on_religion_is_told_unless_few_reports_would_show(before: int, now: int, told: bool) -> None:
    state = scorer()
    old = [report("31.71.01", DAY - timedelta(weeks=20 + n)).model_copy(update={"faith": True}) for n in range(before)]
    elsewhere = [report("32.71.01", DAY - timedelta(weeks=9 * n)).model_copy(update={"faith": True}) for n in range(9)]
    new = report("31.71.01", number=now).model_copy(update={"faith": True})
    score = score_of(played(state, 1, DAY, *old, *elsewhere, new), "31.71")
    assert score.faith_score > NOTABLE
    assert faith_surge(score).startswith("; minggu ini melonjak") is told


def test_withheld_from_an_office_is_withheld_from_its_counts() -> None:
    state = scorer()
    hidden = Entry(report="r", day=DAY, area=None, kecamatan=None)
    assert played(state, 1, DAY, hidden, full=False).scores == ()
    from_kecamatan = Entry(report="s", day=DAY, area="31.71", kecamatan=None)
    played(state, 2, DAY, from_kecamatan, full=False)
    assert state.kecamatan("31.71", DAY) == {"31.71": 1}
    assert state.weekly("31.71", DAY, 4)[-1] == 1


def test_officer_lowers_for_two_weeks_and_a_new_finding_breaks_it() -> None:
    state = scorer()
    base = [report("31.71.01", DAY - timedelta(days=n * 15)) for n in range(1, 40)]
    state.settle(played(state, 1, DAY, *base, report("31.71.01", number=9)))
    assert state.standings["31.71"].level is Level.SIAGA
    word = Override(id="w", area="31.71", level=Level.NORMAL, reason="Sudah dicek", office="Kasi Jakarta Pusat")
    state.settle(played(state, 2, DAY, full=False, words=(word,)))
    assert state.standings["31.71"].level is Level.NORMAL
    state.settle(played(state, 3, DAY + timedelta(days=1)))
    assert state.standings["31.71"].level is Level.NORMAL


def test_officer_raises_to_awas_until_the_next_word() -> None:
    state = scorer()
    word = Override(id="w", area="31.71", level=Level.AWAS, reason="Ada massa besar", office="Kasi Jakarta Pusat")
    state.settle(played(state, 1, DAY, words=(word,)))
    state.settle(played(state, 2, DAY + timedelta(days=40)))
    assert state.standings["31.71"].level is Level.AWAS
    calm = word.model_copy(update={"level": Level.NORMAL, "reason": "Massa sudah pulang"})
    state.settle(played(state, 3, DAY + timedelta(days=41), words=(calm,)))
    assert state.standings["31.71"].level is Level.NORMAL


def test_statistics_alone_never_reach_awas() -> None:
    state = scorer()
    made = played(state, 1, DAY, *[report(place, number=100_000) for place in PLACES])
    assert max(Score.model_validate_json(each).level for each in made.scores) <= Level.SIAGA


def test_report_of_something_long_ago_does_not_begin_the_record() -> None:
    told, untold = scorer(), scorer()
    old = Entry(report="o", day=DAY - timedelta(days=2000), received=DAY - timedelta(days=60), area="31.71")
    recent = Entry(report="n", day=DAY - timedelta(days=60), received=DAY - timedelta(days=60), area="32.71")
    assert different(played(told, 1, DAY, old, recent), played(untold, 1, DAY, recent)) == []
    assert told.began == DAY - timedelta(days=60)


def test_first_weeks_of_a_new_record_do_not_ring_over_the_whole_country() -> None:
    state = scorer()
    state.take([Entry(report="o", day=DAY - timedelta(days=3600), received=DAY, area="31.71")])
    levels: list[Level] = []
    for week in range(20):
        day = DAY + timedelta(weeks=week)
        found = [Entry(report="n", day=day, received=day, area=code) for code in COUNTRY.areas.codes[week::4]]
        made = played(state, week + 1, day, *found, burn_in_weeks=8)
        levels += [each.level for each in state.settle(made)]
    assert sum(level is Level.SIAGA for level in levels) <= 5


def test_set_that_gives_no_numbers_is_refused_before_it_is_stored() -> None:
    broken = SET.model_copy(update={"month": SET.month.model_copy(update={"weights": (float("nan"),) * 7})})
    state = Scorer(COUNTRY, broken, DAY - HISTORY)
    with pytest.raises(ValueError, match="chance28"):
        played(state, 1, DAY, report("31.71.01"))
    with pytest.raises(ValueError, match="finite"):
        Parameters.model_validate(broken.model_dump())


def test_areas_that_join_one_after_another_do_not_ring_for_their_first_reports() -> None:
    state = scorer()
    joined = {"31.71": 90, "32.71": 60, "33.72": 3}
    state.take(
        [report(f"{area}.01", DAY - timedelta(weeks=ago)) for area, weeks in joined.items() for ago in range(1, weeks)]
    )
    made = played(state, 1, DAY, *[report(f"{area}.01", number=2) for area in joined], report("91.71.01"))
    scores = {area: score_of(made, area) for area in (*joined, "91.71")}
    assert max(score.score for score in scores.values()) < NOTABLE
    assert [score.has_reported for score in scores.values()] == [True, True, True, False]
    assert "belum pernah ada laporan sebelum minggu ini; minggu ini ada 1" in sentence(scores["91.71"])
    assert "belum pernah ada laporan; peluang ada laporan dalam 28 hari" in sentence(score_of(made, "51.71"))


def test_record_that_is_too_short_to_judge_by_says_so() -> None:
    state = scorer()
    many = report("31.71.01", number=30).model_copy(update={"received": DAY - timedelta(weeks=9)})
    score = score_of(played(state, 1, DAY, many, burn_in_weeks=8), "31.71")
    assert (score.ready, score.judged) == (True, False)
    assert "apakah itu luar biasa belum dapat dinilai" in sentence(score)


@pytest.mark.parametrize(
    ("chance", "said"),
    [(0.0, "di bawah 1\u00a0%"), (0.004, "di bawah 1\u00a0%"), (0.5, "50\u00a0%"), (1.0, "di atas 99\u00a0%")],
)
def test_nothing_is_certain(chance: float, said: str) -> None:
    assert odds(chance) == said


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        (0.05, "beberapa kali setahun"),
        (1 / 52 / 7, "sekali dalam 7 tahun"),
        (1e-9, "kurang dari sekali dalam 20 tahun"),
    ],
)
def test_rarity_is_told_as_far_as_it_was_measured(tail: float, said: str) -> None:
    assert rarity(tail) == said


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((0,), "tidak ada"),
        ((4,), "kurang dari 5"),
        ((4, 3), "sedikit"),
        ((5,), "5 sampai 9"),
        ((6,), "5 sampai 9"),
        ((6, 3), "sekurangnya 5"),
        ((30, 40), "50 sampai 99"),
    ],
)
def test_reports_on_religion_are_told_in_steps(counts: tuple[int, ...], told: str) -> None:
    score = score_of(played(scorer(), 1, DAY), "31.71")
    assert faith_range([score.model_copy(update={"faith_year": count}) for count in counts]) == told
