"""Counts of areas by day (or by week): the whole memory of the scorer, in whole numbers."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

YEARS_STORED = 10
"""A half-life of 52 weeks leaves a thousandth of what is older."""
_YEAR_DAYS = 364
Rows = Sequence[int] | NDArray[np.intp] | slice
ALL = slice(None)


class Counts:
    """`table` [areas, columns] of whole numbers, a column every `step` days from the Monday `first` on."""

    def __init__(self, areas: int, first: date, step: int = 1, years: int = YEARS_STORED) -> None:
        self.first = monday(first)
        self.step = step
        self.table = np.zeros((areas, years * _YEAR_DAYS // step), dtype=np.int32)
        self.version = np.zeros(areas, dtype=np.int64)
        """How often each area's counts have changed."""
        self.since: date | None = None
        """The day observation began; what happened before is not looked at, as nobody knows what was missed."""

    def add(self, area: int, day: date, number: int = 1) -> None:
        """Count (or, below zero, take back) events of a day. What is older than the first column is forgotten."""
        self.reach(day)
        column = (day - self.first).days // self.step
        if column >= 0:
            self.table[area, column] += number
            self.version[area] += 1

    def reach(self, day: date) -> None:
        """Move the window forward, by whole years of 52 weeks, so that a day fits in."""
        beyond = (day - self.first).days + 1 - self.table.shape[1] * self.step
        if beyond <= 0:
            return
        years = -(-beyond // _YEAR_DAYS)
        columns = years * _YEAR_DAYS // self.step
        moved = np.zeros_like(self.table)
        if columns < self.table.shape[1]:
            moved[:, :-columns] = self.table[:, columns:]
        self.table = moved
        self.first += timedelta(days=years * _YEAR_DAYS)
        self.version += 1

    def until(self, day: date, rows: Rows = ALL) -> NDArray[np.int32]:
        """Counts up to and with the column of a day, oldest first, [areas, columns]."""
        self.reach(day)
        return self.table[rows, : max((day - self.first).days // self.step + 1, 0)]

    def weekly(self, day: date, rows: Rows = ALL) -> NDArray[np.int32]:
        """Counts by weeks from Monday, [areas, weeks]; the last is the week of `day`, as far as it has come."""
        found = self.until(day, rows)
        per_week = 7 // self.step
        padded = np.pad(found, ((0, 0), (0, -found.shape[1] % per_week)))
        return np.asarray(padded.reshape(found.shape[0], -1, per_week).sum(axis=2, dtype=np.int32))

    def busy(self, since: date, until: date) -> int:
        """How many areas had an event from a day to another, both included."""
        begin, end = ((each - self.first).days // self.step for each in (since, until))
        return int(self.table[:, max(begin, 0) : end + 1].any(axis=1).sum()) if end >= 0 else 0


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
