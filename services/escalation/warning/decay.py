"""Sums that halve with age, brought up to date only for areas whose counts changed."""

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.escalation.warning.counts import Counts

Array = NDArray[np.float64]


class Decayed:
    """Decayed sums of daily counts, one for each half-life; of no more than `most_a_day`, if that is given."""

    def __init__(self, counts: Counts, half_lives_weeks: tuple[float, ...], most_a_day: int | None = None) -> None:
        self._counts = counts
        self._most = most_a_day
        self._half_lives = 7 * np.array(half_lives_weeks)
        self._sums = np.zeros((len(half_lives_weeks), counts.table.shape[0]))
        self._version = np.full(counts.table.shape[0], -1)
        self._as_of: tuple[date, date | None] | None = None
        self._weights = np.zeros((len(half_lives_weeks), 0))

    def sums(self, day: date) -> Array:
        """Sums as of the end of a day, [half-lives, areas]; an event of that day weighs one."""
        self._counts.reach(day)
        if (day, self._counts.since) != self._as_of:
            self._as_of = day, self._counts.since
            self._version[:] = -1
            self._weights = _weights(self._half_lives, (day - self._counts.first).days + 1)
            unseen = (self._counts.since - self._counts.first).days if self._counts.since else 0
            self._weights[:, : max(unseen, 0)] = 0
        stale = np.flatnonzero(self._version != self._counts.version)
        columns = self._weights.shape[1]
        for row in stale:
            # One area at a time, in one order of additions: the bytes do not depend on what else changed.
            counts = self._counts.table[row, :columns]
            days = np.flatnonzero(counts)
            number = counts[days] if self._most is None else np.minimum(counts[days], self._most)
            self._sums[:, row] = (self._weights[:, days] * number).sum(axis=1)
        self._version[stale] = self._counts.version[stale]
        return self._sums


@lru_cache(maxsize=64)
def exposure(half_lives_weeks: tuple[float, ...], days: int) -> Array:
    """Decayed weeks that so many days are, [half-lives]: what sums are divided by to give rates a week."""
    return np.asarray(_weights(7 * np.array(half_lives_weeks), days).sum(axis=1) / 7)


def _weights(half_lives_days: Array, days: int) -> Array:
    """[half-lives, days], oldest first."""
    ages = np.arange(days - 1, -1, -1)
    return np.asarray(0.5 ** (ages / half_lives_days[:, None]))
