"""Scores areas soon after something happened in them, and all of them once a day.

    log ──▶ round n: what is new, scores, levels (one document) ──▶ log marked, areas saved with what they say

A round is the truth once it is stored. Whoever crashes after that finds it again and does the rest; whoever is second
to make round n gives up and follows the first.
"""

import asyncio
from datetime import date, datetime, timedelta

import structlog

from chassis.clock import now
from chassis.concurrency import for_each
from chassis.store import Conflict, Kept
from services.escalation.area import SHOWN_WEEKS, AreaWatch, begin, level_changed, take_score
from services.escalation.country import indonesia
from services.escalation.rounds import Round, Score
from services.escalation.scorer import Scorer
from services.escalation.store import Store, day_of
from services.escalation.warning.parameters import Parameters

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 60.0
HISTORY = timedelta(weeks=416)
"""How far before the first round reports may have been received: a log that is read again from its beginning."""
_SEQUENCE = "rounds"
_CLOCKS_AGREE = timedelta(minutes=10)


class Areas:
    """The scorer of areas: one at a time makes a round, any replica may."""

    def __init__(self, store: Store, parameters: Parameters, burn_in_weeks: int) -> None:
        self._store = store
        self._parameters = parameters
        self._burn_in = burn_in_weeks
        self._bell = asyncio.Event()
        self._scorer: Scorer | None = None
        self._number = 0
        self._day: date | None = None
        self._at: datetime | None = None
        self._new_set = False

    def ring(self) -> None:
        """There is something new in the log."""
        self._bell.set()

    async def run(self) -> None:
        """Score until cancelled."""
        self._scorer = None
        while True:
            self._bell.clear()
            busy = await self._try(now())
            await (asyncio.sleep(_PAUSE_SECONDS) if busy else self._wait())

    async def _try(self, at: datetime) -> bool:
        if abs(at - await self._store.clock()) > _CLOCKS_AGREE:
            # A round dated ahead would hold up all that come after it.
            log.error("no scoring: the clocks of service and database differ", service=at)
            return False
        try:
            return await self.once(at)
        except Conflict:
            log.info("another replica made the round", number=self._number + 1)
            return True

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            return

    async def once(self, at: datetime) -> bool:
        """Make a round if there is anything to take in, or a new day; whether there was."""
        scorer = await self._current(at)
        at = max(at, self._at or at)
        day = day_of(at)
        full = self._day is None or day > self._day or self._new_set
        entries, words = await self._store.waiting(day), await self._store.spoken()
        if not (entries or words or full):
            return False
        made = Round(
            number=self._number + 1,
            at=at,
            day=day,
            parameters=self._parameters.version,
            burn_in_weeks=self._burn_in,
            full=full,
            entries=tuple(entries),
            words=tuple(words),
        )
        began = scorer.began
        made = await asyncio.to_thread(scorer.play, made)
        try:
            await self._store.append(made)
        except Conflict:
            scorer.forget(made.entries, began)
            raise
        self._new_set = False
        await self._follow(made)
        return True

    async def _current(self, at: datetime) -> Scorer:
        """The state after the newest round, whoever made it."""
        if self._scorer is None:
            self._scorer = await self._load(at)
        async for made in self._store.rounds_from(self._number + 1):
            self._scorer.take(made.entries)
            await self._follow(made)
        return self._scorer

    async def _load(self, at: datetime) -> Scorer:
        """The state before the newest round: that one may not have been followed to its end."""
        self._new_set = await self._store.keep_parameters(self._parameters)
        newest = await self._store.newest_round()
        before = newest.number - 1 if newest else 0
        first = await self._store.first_day() or day_of(at)
        scorer = Scorer(indonesia(), self._parameters, first - HISTORY)
        scorer.take(await self._store.entries_until(before))
        for foreseen in await self._store.foreseen_until(before):
            scorer.remember(foreseen)
        async for made in self._store.rounds_from(await self._store.last_full(before)):
            if made.number <= before:
                self._settle(scorer, made)
        self._number = before
        return scorer

    def _settle(self, scorer: Scorer, made: Round) -> list[Score]:
        self._number, self._at = made.number, made.at
        if made.full:
            self._day = made.day
        return scorer.settle(made)

    async def _follow(self, made: Round) -> None:
        """Do what a stored round asks for. Doing it again changes nothing."""
        if self._scorer is None:
            raise RuntimeError("there is no state to follow a round with")
        scorer = self._scorer
        await self._store.finish(made)
        scores = self._settle(scorer, made)
        wanted = {"_id": {"$in": [score.area for score in scores]}}
        known = {kept.id: kept for kept in await self._store.areas.find(wanted, limit=len(scores))} if scores else {}
        await for_each(scores, lambda score: self._save(scorer, score, made, known.get(score.area)))

    async def _save(self, scorer: Scorer, score: Score, made: Round, kept: Kept[AreaWatch] | None) -> None:
        kept = kept or Kept(score.area, begin(score.area, made.at))
        if kept.knows(_SEQUENCE, made.number):
            return
        previous = kept.state.level
        weekly = scorer.weekly(score.area, made.day, SHOWN_WEEKS)
        take_score(kept.state, score, weekly, scorer.kecamatan(score.area, made.day), made.at)
        kept.digest(_SEQUENCE, made.number)
        changed = score.level is not previous
        try:
            await self._store.areas.save(kept, [level_changed(score, previous, made.at)] if changed else [])
        except Conflict:
            log.info("area saved elsewhere", area=score.area, round=made.number)
