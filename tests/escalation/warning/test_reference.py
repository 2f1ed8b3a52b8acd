"""The vectorised method agrees with the slow one, on histories of every kind."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.parameter_file import read_parameters
from services.escalation.warning import detector, forecast
from services.escalation.warning.counts import Counts
from services.escalation.warning.forecast import Setting
from services.escalation.warning.hierarchy import hierarchy
from services.escalation.warning.rates import Rates
from tests.escalation.warning import reference

SET = read_parameters()
DAY = date(2026, 11, 21)
PROVINCES = ["31", "31", "32", "32", "32", "91"]
POINTS = [(-6.2, 106.8), (-6.3, 106.9), (-6.9, 107.6), (-6.6, 106.8), (-7.3, 108.2), (-2.5, 140.7)]
SIZE = [8.0, 10.0, 31.0, 36.0, 39.0, 5.0]
PLACES = hierarchy(
    [(f"a{n}", province) for n, province in enumerate(PROVINCES)], {f"a{n}": p for n, p in enumerate(POINTS)}, SIZE
)

histories = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 900), st.sampled_from([1, 1, 1, 2, 7, 400])), min_size=1, max_size=60
)


def counted(history: list[tuple[int, int, int]]) -> tuple[Counts, reference.Events]:
    counts, events = Counts(6, DAY - timedelta(days=1500)), [[] for _ in range(6)]
    for area, ago, number in history:
        day = DAY - timedelta(days=ago)
        counts.add(area, day, number)
        events[area].append((day, number))
    counts.since = min(when for each in events for when, _ in each)
    return counts, events


@settings(max_examples=40, deadline=None)
@given(histories)
def test_forecast_agrees_with_the_slow_one(history: list[tuple[int, int, int]]) -> None:
    counts, events = counted(history)
    parts = Rates(counts, Setting.of(PLACES, SET), SET).at(DAY)
    for horizon in (SET.week, SET.month):
        fast = forecast.terms(parts, horizon)
        slow = reference.forecast_terms(events, PROVINCES, POINTS, list(PLACES.size), DAY, SET, horizon)
        np.testing.assert_allclose(fast, slow, rtol=1e-9, atol=1e-12)
        for count in (1, 2, 5):
            chance = forecast.chance(fast.sum(axis=1), horizon, count)
            expected = [reference.at_least(sum(row), horizon, count) for row in slow]
            np.testing.assert_allclose(chance, expected, rtol=1e-7, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 5, 60]), min_size=40, max_size=40), min_size=1, max_size=4),
    st.integers(0, 3000),
)
def test_detector_agrees_with_the_slow_one(weekly: list[list[int]], first: int) -> None:
    fast = detector.run(np.array(weekly, dtype=np.float64), SET.detector, first)
    slow = reference.detector_scores(weekly, SET.detector, first)
    np.testing.assert_allclose(fast, slow, rtol=1e-6, atol=1e-8)


def test_tail_of_a_huge_burst_is_tiny_and_not_nan() -> None:
    counts = np.array([0.0, 1.0, 1e5, 1e7])
    tail = detector.upper_tail(counts, np.full(4, 0.3), np.full(4, 0.35))
    assert tail[0] == 1
    assert (np.diff(tail) <= 0).all()
    assert np.isfinite(tail).all()


@pytest.mark.parametrize("mean", [1e-9, 0.2, 5.0, 500.0])
@pytest.mark.parametrize("spread", [1.01, 1.5, 3.0])
def test_upper_tail_is_the_sum_of_masses(mean: float, spread: float) -> None:
    for count in (1, 2, 10):
        below = sum(np.exp(reference.log_mass(n, mean, spread * mean)) for n in range(count))
        found = detector.upper_tail(np.array([float(count)]), np.array([mean]), np.array([spread * mean]))[0]
        assert found == pytest.approx(1 - below, abs=1e-8)
