"""Some weeks after a report ended, its reporter is asked whether it came back: once an end, where they may be asked."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate, Conflict, NotThere, Row
from chassis.clock import now
from chassis.leases import Lease
from chassis.quarantine import Unreadable
from contracts.base import Event
from contracts.vocabulary import Outcome, Supplement
from services.intake.model import Report, no_contact
from services.intake.reporter_messages import ask_back
from services.intake.store import Store

log = structlog.get_logger(__name__)
AFTER = timedelta(weeks=4)
_UNTIL = timedelta(weeks=8)
"""Later nobody is asked any more: after a long outage they would all be at once, and nobody would remember."""
_FOUNDED = (Outcome.MEREDA, Outcome.DISEPAKATI, Outcome.DIRUJUK)
_SAYS = (Supplement.STILL_CALM, Supplement.RECURRED)
_LOOK_SECONDS = 600
_BATCH = 200


def is_asked_back(report: Report, at: datetime) -> bool:
    """Whether its page asks: after that time, of an end about which nothing was said of it."""
    ended = report.ended_at
    if report.outcome not in _FOUNDED or ended is None or ended > at - AFTER:
        return False
    return not any(each.kind in _SAYS and each.at > ended for each in report.added)


class FollowUps:
    """Asks whose report ended so long ago."""

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    async def ask_always(self) -> None:
        """Ask, until cancelled."""
        while True:
            await self._lease.wait_held()
            try:
                await self.ask_due(now())
            except PyMongoError as error:
                log.warning("follow-ups wait", reason=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def ask_due(self, at: datetime) -> None:
        """Ask all who are due; a crash between asking and the mark asks nobody twice, as a conversation knows it."""
        passed: list[str] = []
        while found := await self._due(at, passed):
            for row in found:
                try:
                    await self._ask(row, at)
                except (Conflict, NotThere, Unreadable) as error:  # it alone
                    passed.append(row.id)
                    log.warning("not asked", report=row.id, reason=type(error).__name__)

    async def _due(self, at: datetime, passed: list[str]) -> list[Row[Report]]:
        ended = {"$gt": at - _UNTIL, "$lt": at - AFTER}
        query: dict[str, Any] = {
            "state.outcome": {"$in": list(_FOUNDED), "$type": "string"},
            "state.ended_at": ended,
            "state.conversation": {"$gt": ""},
            "state.form.exercise": {"$ne": True},
            "_id": {"$nin": passed},
            "$or": [
                {"state.asked_back_at": None},
                {"$expr": {"$lt": ["$state.asked_back_at", "$state.ended_at"]}},
            ],
        }
        return await self._store.reports.rows(query, sort=[("state.ended_at", 1), ("_id", 1)], limit=_BATCH)

    async def _ask(self, row: Row[Report], at: datetime) -> None:
        if not no_contact(row.state):
            await ask_back(self._store, row.id, row.state, at)

        def mark(report: Aggregate[Report]) -> list[Event]:
            report.state.asked_back_at = at
            return []

        await self._store.reports.update(row.id, mark)
