"""Is there more than usual? A scan for fresh outbreaks over a gamma-Poisson baseline, one step a week. Pure.

Baseline. An area's weekly count has mean mu = g·a/b, where a and b are decayed sums of (capped) counts and exposure
plus a prior of some events at the national rate, and g is a yearly wave learned with shrinkage towards none. Its
variance is phi·mu + mu²/a: overdispersion, and what is not known of the rate. A week enters two weeks late and capped
at its 99 % predictive quantile: an outbreak must not become the new normal. Only areas that have reported count, from
their first report on: where nobody reports yet, silence is no sign of peace.

Scan. An outbreak that began this week, last week or the week before adds x events in its first week and less in each
that follows. The likelihood ratio of that against "as usual", averaged over the three onsets and three sizes x, is the
evidence. `s = slope·log10(ratio) + shift` is calibrated so that 10^-s is the chance of so much in a week as usual: a
return period is 1/(52·10^-s) years.

All arrays are [areas]; rates are per week. Every area's numbers depend on its own counts and on national sums alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

from services.escalation.warning.counts import ALL, Rows
from services.escalation.warning.parameters import Detector

Array = NDArray[np.float64]
Numbers = NDArray[np.float64] | NDArray[np.signedinteger]
_WEEKS_IN_YEAR = 365.25 / 7
_RATE_BEFORE_DATA = 0.3


@dataclass(frozen=True)
class Expected:
    """What a week should bring: mean, variance, dispersion, seasonal factor; each [areas]."""

    mean: Array
    variance: Array
    dispersion: Array
    season: Array


@dataclass(frozen=True)
class Week:
    """A week as it was seen: its counts, what was expected, and its number on the calendar."""

    counts: Array
    expected: Expected
    number: int


@dataclass(frozen=True)
class Memory:
    """What is remembered after some weeks. Nothing is changed in place: an older memory stays valid."""

    events: Array
    exposure: Array
    squares: Array
    predicted: Array
    wave: Array
    information: Array
    waiting: tuple[Week, ...] = ()
    recent: tuple[Week, ...] = ()
    weeks: int = 0


@dataclass(frozen=True)
class Surprise:
    """How unusual the newest week is: `score` s, and what was usual; each [areas].

    Where the record is too short to tell, nothing is `judged` and the score is zero.
    """

    score: Array
    expected: Expected
    judged: bool = True

    @property
    def tail(self) -> Array:
        """The chance of so much in a week as usual."""
        return np.minimum(10.0**-self.score, 1.0)


def fresh(areas: int, constants: Detector) -> Memory:
    """The memory before the first week."""
    sure = 1 / constants.season_deviation**2
    zeros = np.zeros(areas)
    information = np.tile([sure, sure, 0.0], (areas, 1))
    return Memory(zeros, zeros, zeros, zeros, np.zeros((areas, 2)), information)


def look(memory: Memory, counts: Numbers, number: int, constants: Detector, rows: Rows = ALL) -> Surprise:
    """How surprising a week is, that may still be filling, for some areas; nothing is learned from it."""
    week = Week(counts.astype(np.float64), expect(memory, number, constants, rows), number)
    if memory.weeks < constants.warm_up_weeks:
        return Surprise(np.zeros(counts.shape), week.expected, judged=False)
    recent = [_of(each, rows) for each in memory.recent]
    return Surprise(_scan((*recent, week), constants), week.expected)


def _of(week: Week, rows: Rows) -> Week:
    expected = week.expected
    cut = Expected(expected.mean[rows], expected.variance[rows], expected.dispersion[rows], expected.season[rows])
    return Week(week.counts[rows], cut, week.number)


def close(memory: Memory, counts: Numbers, number: int, constants: Detector) -> Memory:
    """The memory after a whole week: it waits its turn, and the week that waited longest is learned from."""
    week = Week(counts.astype(np.float64), expect(memory, number, constants), number)
    waiting = (*memory.waiting, week)
    if len(waiting) > constants.lag_weeks - 1:
        memory = _learn(memory, waiting[0], constants)
        waiting = waiting[1:]
    recent = (*memory.recent, week)[-(constants.onsets - 1) :] if constants.onsets > 1 else ()
    return replace(memory, waiting=waiting, recent=recent, weeks=memory.weeks + 1)


def expect(memory: Memory, number: int, constants: Detector, rows: Rows = ALL) -> Expected:
    """What a week should bring; `number` counts weeks on a calendar, for the season."""
    exposure, squares, predicted = memory.exposure.sum(), memory.squares.sum(), memory.predicted.sum()
    national = (memory.events.sum() + 0.5) / exposure if exposure > 0 else _RATE_BEFORE_DATA
    shape = memory.events[rows] + constants.prior_events
    wave = memory.wave[rows]
    turn = 2 * np.pi * number / _WEEKS_IN_YEAR
    # The last term makes the factor's mean over a year one.
    season = np.exp(wave[:, 0] * np.cos(turn) + wave[:, 1] * np.sin(turn) - (wave**2).sum(axis=1) / 4)
    mean = shape / (memory.exposure[rows] + constants.prior_events / national) * season
    weight, most = constants.phi_national_events, constants.phi_most
    common = np.clip((constants.phi_start * weight + squares) / (weight + predicted), 1, most)
    weight = constants.phi_areal_events
    phi = np.clip((weight * common + memory.squares[rows]) / (weight + memory.predicted[rows]), 1, most)
    return Expected(mean, phi * mean + mean**2 / shape, phi, season)


def _learn(memory: Memory, week: Week, constants: Detector) -> Memory:
    """Let a week into the baseline, capped; the season learns by one step of Fisher scoring."""
    keep = 0.5 ** (1 / constants.half_life_weeks)
    expected = week.expected
    count = np.minimum(week.counts, np.maximum(_cap(week.counts, expected, constants), constants.cap_least))
    reporting = (memory.events > 0) | (count > 0)
    residual = np.where(reporting, count - expected.mean, 0.0)
    turn = 2 * np.pi * week.number / _WEEKS_IN_YEAR
    cosine, sine = np.cos(turn), np.sin(turn)
    gain = reporting * expected.mean / expected.dispersion
    information = memory.information + gain[:, None] * np.array([cosine**2, sine**2, cosine * sine])
    xx, yy, xy = information.T
    pull = residual / expected.dispersion / (xx * yy - xy**2)
    move = np.stack([pull * (yy * cosine - xy * sine), pull * (xx * sine - xy * cosine)], axis=1)
    return replace(
        memory,
        events=memory.events * keep + count,
        exposure=memory.exposure * keep + reporting * expected.season,
        squares=memory.squares * keep + residual**2,
        predicted=memory.predicted * keep + reporting * expected.mean,
        wave=np.clip(memory.wave + move, -1, 1),
        information=information,
    )


def upper_tail(count: Array, mean: Array, variance: Array) -> Array:
    """P(N >= count) of the negative binomial with this mean and variance (greater than the mean)."""
    variance = np.maximum(variance, mean * 1.0001)
    shape, chance = mean**2 / (variance - mean), 1 - mean / variance
    return np.where(count > 0, betainc(np.maximum(count, 1.0), shape, chance), 1.0)


def _cap(counts: Array, expected: Expected, constants: Detector) -> Array:
    """The smallest count with no more than `cap_tail` above it, where the count is beyond; else the count itself."""
    capped = counts.copy()
    beyond = (counts > 0) & (upper_tail(counts, expected.mean, expected.variance) <= constants.cap_tail)
    rows = np.flatnonzero(beyond)
    low, high = np.zeros(rows.size), counts[rows]
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        above = upper_tail(middle + 1, expected.mean[rows], expected.variance[rows])
        enough = above <= constants.cap_tail
        low, high = np.where(enough, low, middle + 1), np.where(enough, middle, high)
    capped[rows] = high
    return capped


def _scan(weeks: Sequence[Week], constants: Detector) -> Array:
    """s of the newest week; zero where it brought no more than usual, as nothing is fresh then."""
    count = np.array([week.counts for week in weeks])
    mean = np.array([week.expected.mean for week in weeks])
    spread = constants.phi_margin * np.array([week.expected.variance for week in weeks]) / mean
    onsets = range(len(weeks))
    # Every way an outbreak may have gone: where it began, how far it is, how large it was.
    ways = [(first, first + age, extra * constants.decay**age) for extra in constants.extra for first in onsets
            for age in range(len(weeks) - first)]  # fmt: skip
    week, more = np.array([way[1] for way in ways]), np.array([way[2] for way in ways])[:, None]
    ratios = _ratio(count[week], mean[week], spread[week], more)
    starts = [n for n, way in enumerate(ways) if way[0] == way[1]]
    evidence = np.add.reduceat(ratios, starts, axis=0)
    top = evidence.max(axis=0)
    average = np.exp(evidence - top).sum(axis=0) / (len(constants.extra) * constants.onsets)
    score = np.maximum(constants.slope * (top + np.log(average)) / np.log(10) + constants.shift, 0)
    return np.where(count[-1] > mean[-1], score, 0.0)


def _ratio(count: Array, mean: Array, spread: Array, extra: Array) -> Array:
    """Log likelihood ratio of weeks with `extra` events more against as usual, at the same overdispersion."""
    shape, more = mean / (spread - 1), extra / (spread - 1)
    gained = gammaln(count + shape + more) - gammaln(shape + more) - gammaln(count + shape) + gammaln(shape)
    return np.asarray(gained - more * np.log(spread))


def run(weekly: Numbers, constants: Detector, first: int = 0) -> Array:
    """s of every week, [areas, weeks], each from what was known in it."""
    memory = fresh(weekly.shape[0], constants)
    scores = np.zeros(weekly.shape)
    for week in range(weekly.shape[1]):
        scores[:, week] = look(memory, weekly[:, week], first + week, constants).score
        memory = close(memory, weekly[:, week], first + week, constants)
    return scores
