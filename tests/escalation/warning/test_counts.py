"""Whole numbers by area and day, over windows that move and areas that change."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.escalation.warning.counts import Counts, monday
from services.escalation.warning.decay import Decayed, exposure

FIRST = date(2020, 1, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5000)), max_size=30))
def test_weeks_hold_what_their_days_hold(events: list[tuple[int, int]]) -> None:
    counts = Counts(3, FIRST)
    for area, ago in events:
        counts.add(area, FIRST + timedelta(days=ago))
    end = FIRST + timedelta(days=5000)
    weekly = counts.weekly(end)
    kept = [ago for _, ago in events if FIRST + timedelta(days=ago) >= counts.first]
    assert weekly.sum() == counts.until(end).sum() == len(kept)
    assert weekly[:, -1].sum() == sum(FIRST + timedelta(days=ago) >= monday(end) for ago in kept)


def test_window_moves_and_forgets_only_what_fell_out() -> None:
    counts = Counts(1, FIRST)
    counts.add(0, FIRST)
    counts.add(0, FIRST + timedelta(days=3000), 2)
    counts.add(0, FIRST + timedelta(days=3700), 4)
    assert counts.until(FIRST + timedelta(days=3700)).sum() == 6
    counts.add(0, FIRST + timedelta(days=40_000))
    assert counts.until(FIRST + timedelta(days=40_000)).sum() == 1


def test_decayed_sum_halves_with_its_half_life() -> None:
    counts = Counts(1, FIRST)
    counts.add(0, FIRST, 8)
    sums = Decayed(counts, (1.0, 4.0))
    assert sums.sums(FIRST).ravel().tolist() == [8, 8]
    assert np.allclose(sums.sums(FIRST + timedelta(days=28)).ravel(), [0.5, 4])


def test_exposure_is_the_weeks_that_were_lived() -> None:
    assert np.allclose(exposure((1e9,), 70), 10)
    assert exposure((1.0,), 700)[0] < 2


def test_monday_begins_the_week() -> None:
    assert monday(date(2026, 11, 22)) == date(2026, 11, 16)
    assert monday(date(2027, 1, 1)) == date(2026, 12, 28)
