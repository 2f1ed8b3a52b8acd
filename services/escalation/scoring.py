"""The scoring loop: scores areas soon after something happened in them, and all of them once a day.

    log ──▶ round n: what is new, scores, levels (one document) ──▶ log marked, areas saved with their events

A round is the truth once it is stored: who crashes after that finds it again and does the rest. One replica leads, by
a lease; the others only read. Should two lead for a moment, the number of a round is unique: the second one follows.
"""

import asyncio
from datetime import date, datetime, timedelta

import structlog

from chassis.aggregates import Aggregate, Conflict
from chassis.clock import now
from chassis.concurrency import wait_for_wake
from chassis.leases import Lease
from contracts.base import Event
from services.escalation.area import SHOWN_WEEKS, AreaScore, begin, level_changed, take_score
from services.escalation.country import indonesia
from services.escalation.rounds import Round, Score
from services.escalation.scorer import Scorer
from services.escalation.store import Store, day_of
from services.escalation.warning.parameters import Parameters

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 60.0
_STANDBY_LOOK_SECONDS = 1.0
HISTORY = timedelta(weeks=416)
"""How far before the first round reports may have been received: a log that is read again from its beginning."""
_CLOCKS_AGREE = timedelta(minutes=10)


class ScoringLoop:
    """Makes rounds while it leads."""

    def __init__(self, store: Store, parameters: Parameters, burn_in_weeks: int, lease: Lease | None = None) -> None:
        self._store = store
        self._parameters = parameters
        self._burn_in = burn_in_weeks
        self._lease = lease
        self._awake = asyncio.Event()
        self._scorer: Scorer | None = None
        self._number = 0
        self._day: date | None = None
        self._at: datetime | None = None
        self._new_set = False

    def wake(self) -> None:
        """There is something new in the log."""
        self._awake.set()

    async def run(self) -> None:
        """Score until cancelled."""
        if self._lease is None:
            raise RuntimeError("a scoring loop that runs needs a lease")
        while True:
            await self._lease.wait_held()
            self._awake.clear()
            busy = await self._try(now())
            # What another replica logs wakes nobody here; its partitions are looked at a little later.
            look = _STANDBY_LOOK_SECONDS if self._lease.contended else _LOOK_SECONDS
            await (asyncio.sleep(_PAUSE_SECONDS) if busy else wait_for_wake(self._awake, look))

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

    async def once(self, at: datetime) -> bool:
        """Make a round if there is anything to take in, or a new day; whether there was."""
        scorer = await self._current(at)
        at = max(at, self._at or at)
        day = day_of(at)
        full = self._day is None or day > self._day or self._new_set
        entries, overrides = await self._store.waiting(day), await self._store.waiting_overrides()
        if not (entries or overrides or full):
            return False
        made = Round(
            number=self._number + 1,
            at=at,
            day=day,
            parameters=self._parameters.version,
            burn_in_weeks=self._burn_in,
            full=full,
            entries=tuple(entries),
            overrides=tuple(overrides),
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
        if made.full:
            await self._store.snapshots.take(made.number)
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
        self._new_set = await self._store.store_parameters(self._parameters)
        newest = await self._store.newest_round()
        before = newest.number - 1 if newest else 0
        first = await self._store.first_day() or day_of(at)
        scorer = Scorer(indonesia(), self._parameters, first - HISTORY)
        scorer.take(await self._store.snapshots.entries_until(before))
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
        scores = {score.area: score for score in self._settle(scorer, made)}
        if not scores:
            return

        def decide(area: Aggregate[AreaScore]) -> list[Event] | None:
            state, score = area.state, scores[area.id]
            if area.version and state.round >= made.number:
                return None
            previous = state.level
            weekly = scorer.weekly(score.area, made.day, SHOWN_WEEKS)
            take_score(state, score, weekly, scorer.kecamatan(score.area, made.day), made.at)
            state.round = made.number
            return [level_changed(score, previous, made.at)] if score.level is not previous else []

        await self._store.areas.update_many(scores, decide, lambda code: begin(code, made.at))
