"""Scores areas soon after something happened in them, and all of them now and then, as quiet lowers levels too."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import structlog

from chassis.clock import now
from chassis.store import Conflict, Kept
from contracts.regions import ancestry, children
from contracts.vocabulary import Level
from services.escalation.anomaly import History, detect
from services.escalation.model import AreaWatch, area_level_changed, score_area
from services.escalation.store import Store

log = structlog.get_logger(__name__)

WEEK = timedelta(weeks=1)
SHOWN_WEEKS = 26
_BASE_WEEKS = 52
_LAG_WEEKS = 2
_ALL_AREAS = 514
_PAUSE_SECONDS = 1.0
_ALL_EVERY = timedelta(hours=1)


class Areas:
    """The scorer of areas."""

    def __init__(self, store: Store, burn_in_weeks: int) -> None:
        self._store = store
        self._burn_in = burn_in_weeks
        self._touched: set[str] = set()
        self._bell = asyncio.Event()

    def touch(self, areas: set[str]) -> None:
        """Something happened there."""
        self._touched |= areas
        self._bell.set()

    async def run(self) -> None:
        """Score until cancelled."""
        rounds = now() - _ALL_EVERY
        while True:
            if now() - rounds >= _ALL_EVERY:
                rounds = now()
                self._touched |= {kept.id for kept in await self._store.areas.find({}, limit=1000)}
                self._touched |= set(await self._store.log.distinct("area"))
            areas, self._touched = self._touched, set()
            self._bell.clear()
            if areas:
                await self.score(areas, now())
            await asyncio.sleep(_PAUSE_SECONDS)
            if not self._touched:
                await self._wait(_ALL_EVERY.total_seconds())

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return

    async def score(self, areas: set[str], at: datetime) -> None:
        """Score these areas as of a time."""
        first = await self._store.first()
        if first is None:
            return
        until = at - _LAG_WEEKS * WEEK
        since = max(until - _BASE_WEEKS * WEEK, first)
        weeks = max((until - since) / WEEK, 0.0)
        ready = (at - first) / WEEK >= self._burn_in
        base = Counter(await self._store.counts(since, until)) if weeks > 0 else Counter[str]()
        provinces: Counter[str] = Counter()
        for area, count in base.items():
            provinces[area[:2]] += count
        for area in areas:
            if "." in area:
                await self._score_one(area, weeks, base, provinces, ready, at)

    async def _score_one(
        self, area: str, weeks: float, base: Counter[str], provinces: Counter[str], ready: bool, at: datetime
    ) -> None:
        history = History(
            weeks=weeks,
            area=base[area],
            province=provinces[area[:2]],
            nation=base.total(),
            areas_in_province=max(len(children(area[:2])), 1),
            areas=_ALL_AREAS,
        )
        counts, reporting = await self._store.weekly(area, at, _BASE_WEEKS)
        weekly = [counts.get(ago, 0) for ago in reversed(range(SHOWN_WEEKS))]
        coverage = reporting / max(len(children(area)), 1)
        kept = await self._store.areas.load(area)
        if kept is None:
            kept = Kept(area, AreaWatch(jurisdiction=ancestry(area), updated_at=at))
        previous: Level = kept.state.level
        score_area(kept.state, area, detect(history, weekly), weekly, min(coverage, 1.0), ready, at)
        changed = kept.state.level is not previous
        events = [area_level_changed(area, kept.state, previous, at)] if changed else []
        try:
            await self._store.areas.save(kept, events)
        except Conflict:
            log.info("area scored elsewhere", area=area)
