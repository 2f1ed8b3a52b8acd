"""Simple detectors beside which ours is shown: EARS C1-C3 and a moving average.

EARS: Fricker, Hegler, Dunfee (2008), "Comparing syndromic surveillance detection methods: EARS' versus a CUSUM-based
methodology", with the seven-week baselines and levels (.001, .001, .025) that public-health software uses on weeks.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_BASELINE = 7
_LAG = 2
_LEAST_DEVIATION = 0.3
_Z_C1 = NormalDist().inv_cdf(1 - 0.001)
_Z_C3 = NormalDist().inv_cdf(1 - 0.025)


def ears_c1(counts: Array) -> Array:
    """Upper bounds of C1 per week, [..., weeks]; nan where there is no baseline yet. Above the bound is an alarm."""
    mean, sd = _moments(counts, _BASELINE, 0)
    return mean + _Z_C1 * sd


def ears_c2(counts: Array) -> Array:
    """Upper bounds of C2: as C1, with the newest two weeks left out of the baseline."""
    mean, sd = _moments(counts, _BASELINE, _LAG)
    return mean + _Z_C1 * sd


def ears_c3(counts: Array) -> Array:
    """Upper bounds of C3: the current count, plus what the excesses of the two weeks before leave of the threshold.

    nan where a standard deviation of zero makes an excess undefined; never below zero.
    """
    mean, sd = _moments(counts, _BASELINE, _LAG)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.maximum(0.0, (counts - mean) / sd - 1)
        bound = np.maximum(0.0, counts + sd * (_Z_C3 - _shifted(excess, 1) - _shifted(excess, 2)))
    bound[..., : _BASELINE + 2 * _LAG] = np.nan
    return np.asarray(bound)


def standardised(counts: Array, window: int, lag: int) -> Array:
    """Standard deviations above the mean of the `window` weeks that ended `lag` weeks before; 0 without a baseline.

    With (7, 0) the statistic of C1, with (7, 2) that of C2, with (26, 0) a moving average plus k sd. A silent baseline
    counts as one of .3, or any report would be infinitely far from it.
    """
    mean, sd = _moments(counts, window, lag)
    return np.asarray(np.nan_to_num((counts - mean) / np.maximum(sd, _LEAST_DEVIATION)))


def recent_excess(counts: Array) -> Array:
    """The statistic of C3: by how much the two weeks before each exceeded one standard deviation of C2's, together."""
    excess = np.maximum(0.0, standardised(counts, _BASELINE, _LAG) - 1)
    return np.asarray(np.nan_to_num(_shifted(excess, 1) + _shifted(excess, 2)))


def _moments(counts: Array, window: int, lag: int) -> tuple[Array, Array]:
    """Mean and standard deviation of the `window` weeks that ended `lag` weeks before each week."""
    mean, sd = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    if counts.shape[-1] > window + lag:
        spans = np.lib.stride_tricks.sliding_window_view(counts, window, axis=-1)
        spans = spans[..., : counts.shape[-1] - window - lag, :]
        mean[..., window + lag :] = spans.mean(axis=-1)
        sd[..., window + lag :] = spans.std(axis=-1, ddof=1)
    return mean, sd


def _shifted(values: Array, weeks: int) -> Array:
    moved = np.full(values.shape, np.nan)
    moved[..., weeks:] = values[..., :-weeks]
    return moved
