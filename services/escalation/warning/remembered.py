"""The detector's memory of counts that may still change: stored by weeks, and taken up again where a change begins."""

from datetime import date

import numpy as np

from services.escalation.warning.counts import Counts, monday
from services.escalation.warning.detector import Memory, close, fresh
from services.escalation.warning.parameters import Detector

_EPOCH = date(2001, 1, 1)
_ALL_STORED = 12
_EVERY = 26


class Remembered:
    """The memory before the running week, always as if computed from the beginning."""

    def __init__(self, counts: Counts, constants: Detector) -> None:
        self._counts = counts
        self._constants = constants
        self._forget()

    def _forget(self) -> None:
        areas, days = self._counts.table.shape
        self._first = self._counts.first
        self._weekly = np.zeros((areas, days * self._counts.step // 7), dtype=np.int32)
        self._version = np.full(areas, -1)
        self._stored: dict[int, Memory] = {}
        self._start = 0

    def before(self, day: date) -> Memory:
        """What is remembered when the week of a day begins."""
        self._counts.reach(day)
        if self._counts.first != self._first:
            self._forget()
        running = (monday(day) - self._first).days // 7
        self._look(running)
        known = [week for week in self._stored if week <= running]
        week = max(known, default=self._start)
        memory = self._stored.get(week) or fresh(self._weekly.shape[0], self._constants)
        for column in range(week, running):
            number = week_number(self._first) + column
            memory = close(memory, self._weekly[:, column], number, self._constants)
            self._store(column + 1, memory, running)
        return memory

    def _look(self, running: int) -> None:
        """Read what changed; forget all memories of weeks after the first one that is another now."""
        for row in np.flatnonzero(self._version != self._counts.version):
            found = self._counts.table[row].reshape(self._weekly.shape[1], -1).sum(axis=1, dtype=np.int32)
            other = np.flatnonzero(found[:running] != self._weekly[row, :running])
            if other.size:
                self._stored = {week: memory for week, memory in self._stored.items() if week <= other[0]}
            self._weekly[row] = found
            self._version[row] = self._counts.version[row]
        since = self._counts.since
        start = max((since - self._first).days // 7, 0) if since else running
        if start != self._start:
            self._stored, self._start = {}, start

    def _store(self, week: int, memory: Memory, running: int) -> None:
        self._stored[week] = memory
        old = [each for each in self._stored if each < running - _ALL_STORED and each % _EVERY]
        for each in old:
            del self._stored[each]


def week_number(day: date) -> int:
    """Weeks since a Monday that is the same for everybody: the calendar of the seasons."""
    return (monday(day) - _EPOCH).days // 7
