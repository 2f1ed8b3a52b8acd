"""Is there more in an area than usual? Baseline and anomaly of weekly counts, in their simplest form. Pure.

Baseline, with shrinkage from the nation to the province to the area, over W weeks (`early-warning` design, v1):

    m_nat = (ΣS + .5) / (R·W),  m_p = (S_p + 3) / (n_p·W + 3/m_nat),  m_r = (S_r + .3) / (W + .3/m_p)

so that an area's rate is Gamma(A = S_r + .3, B = W + .3/m_p). Anomaly: the mid-p tail of the last 1, 2 and 4 weeks
under the negative binomial with mean h·A/B and variance μ + μ²/A; `s = max(−log10 p + log10(.7, .2, .1))`.
The newest two weeks are not in the baseline: an outbreak must not become the new normal.
"""

import math
from dataclasses import dataclass

PARAMETERS = "v1"
_WINDOWS = ((1, 0.7), (2, 0.2), (4, 0.1))
_MOST_TERMS = 10_000


@dataclass(frozen=True)
class History:
    """Counts that a baseline rests on: sums over `weeks` whole weeks that ended two weeks ago."""

    weeks: float
    area: int
    province: int
    nation: int
    areas_in_province: int
    areas: int


@dataclass(frozen=True)
class Anomaly:
    """What was found. `expected` is per week; `tail` the chance of so much or more; `score` is s."""

    expected: float
    window_weeks: int
    count: int
    tail: float
    score: float

    @property
    def return_years(self) -> float:
        """Once in how many years chance alone gives as much."""
        return 1 / (52 * self.tail)


def rate(history: History) -> tuple[float, float]:
    """A and B of the area's weekly rate."""
    weeks = max(history.weeks, 1.0)
    national = (history.nation + 0.5) / (history.areas * weeks)
    provincial = (history.province + 3) / (history.areas_in_province * weeks + 3 / national)
    return history.area + 0.3, weeks + 0.3 / provincial


def detect(history: History, recent: list[int]) -> Anomaly:
    """The strongest sign in the newest weeks; `recent` holds weekly counts, the newest last, at least four."""
    shape, exposure = rate(history)
    found = [_window(shape, exposure, weeks, weight, recent) for weeks, weight in _WINDOWS]
    return max(found, key=lambda each: each.score)


def _window(shape: float, exposure: float, weeks: int, weight: float, recent: list[int]) -> Anomaly:
    count = sum(recent[-weeks:])
    mean = weeks * shape / exposure
    tail = max(mid_p(count, mean, shape), 1e-12)
    return Anomaly(shape / exposure, weeks, count, tail, -math.log10(tail) + math.log10(weight))


def mid_p(count: int, mean: float, shape: float) -> float:
    """P(N > count) + P(N = count)/2 for the negative binomial with this mean and shape."""
    if count == 0:
        return 1 - _mass(0, mean, shape) / 2
    below = math.fsum(_mass(n, mean, shape) for n in range(min(count, _MOST_TERMS)))
    if below < 0.999:
        return max(1 - below - _mass(count, mean, shape) / 2, 0.0)
    # Far in the tail the complement has no digits left: add the tail itself up.
    total = _mass(count, mean, shape) / 2
    for n in range(count + 1, count + _MOST_TERMS):
        term = _mass(n, mean, shape)
        total += term
        if term < total * 1e-12:
            break
    return total


def _mass(n: int, mean: float, shape: float) -> float:
    log = math.lgamma(n + shape) - math.lgamma(shape) - math.lgamma(n + 1)
    log += shape * math.log(shape / (shape + mean)) + n * math.log(mean / (shape + mean))
    return math.exp(log)
