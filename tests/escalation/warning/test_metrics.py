"""Figures against their definitions, counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.escalation.warning import metrics

cases = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=2, max_size=40)


@given(cases)
def test_auroc_is_the_share_of_pairs_in_order(pairs: list[tuple[float, bool]]) -> None:
    chance, came = np.array([p for p, _ in pairs]), np.array([c for _, c in pairs])
    yes, no = chance[came], chance[~came]
    found = metrics.auroc(chance, came)
    if not yes.size or not no.size:
        assert np.isnan(found)
        return
    pairs_in_order = sum((a > b) + (a == b) / 2 for a in yes for b in no)
    assert found == pytest.approx(pairs_in_order / (yes.size * no.size))


@given(cases)
def test_average_precision_steps_down_the_distinct_chances(pairs: list[tuple[float, bool]]) -> None:
    chance, came = np.array([p for p, _ in pairs]), np.array([c for _, c in pairs])
    total, before, expected = came.sum(), 0, 0.0
    for limit in sorted(set(chance), reverse=True):
        called = chance >= limit
        hits = (called & came).sum()
        expected += (hits - before) / max(total, 1) * hits / called.sum()
        before = hits
    found = metrics.average_precision(chance, came)
    assert np.isnan(found) if not total else found == pytest.approx(expected)


def test_brier_and_calibration_by_hand() -> None:
    chance, came = np.array([0.5, 1.0, 0.0]), np.array([True, False, False])
    assert metrics.brier(chance, came) == pytest.approx((0.25 + 1 + 0) / 3)
    assert metrics.calibration(chance, came) == pytest.approx(1.5)


def test_reliability_bins_hold_everything() -> None:
    chance = np.linspace(0, 1, 101)
    found = metrics.reliability(chance, chance > 0.5)
    assert sum(number for _, _, number in found) == 101
    assert found[0][1] == 0
    assert found[-1][1] == 1
