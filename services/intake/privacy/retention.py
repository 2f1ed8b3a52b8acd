"""The retention job: destroys personal data whose time is over, class by class, and reports what it did.

    ended longer ago than its class is retained, and not on hold ──▶ destroy ──▶ mark

Once a day, by one replica. Destroying comes before the mark: who dies in between destroys again, which changes nothing.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate, Conflict, NotThere, Row
from chassis.clock import new_id, now
from chassis.leases import Lease
from chassis.quarantine import Unreadable
from contracts.base import Event
from services.intake.commands import destroy_identity
from services.intake.model import Report, drop_originals
from services.intake.privacy.addresses import retain_addresses
from services.intake.privacy.model import Kind, Run
from services.intake.store import Store

log = structlog.get_logger(__name__)
_EACH = timedelta(days=1)
_LOOK_SECONDS = 600
_BATCH = 200


class Retention:
    """What is retained for how long, and the job that ends it."""

    def __init__(self, store: Store, days: Mapping[Kind, int], lease: Lease) -> None:
        self._store = store
        self._lease = lease
        self.days = days

    async def run_always(self) -> None:
        """Run once a day, until cancelled."""
        while True:
            await self._lease.wait_held()
            last = await self._store.retention_runs.find({}, sort=[("at", -1)], limit=1)
            if not last or now() - last[0][1].at >= _EACH:
                await self.run(now())
            await asyncio.sleep(_LOOK_SECONDS)

    async def run(self, at: datetime) -> Run:
        """Destroy what is due, and record it."""
        run = Run(at=at)
        await self._begin_clocks(at)
        for kind in Kind:
            await self._run(kind, at, run)
        run.failed += await retain_addresses(self._store, at)  # after those whose name is destroyed now
        held = {"state.hold.until": {"$gt": at}}
        run.on_hold = await self._store.reports.collection.count_documents(held, limit=100_000)
        run.ended_at = now()
        await self._store.retention_runs.collection.insert_one({"_id": new_id(), **run.model_dump()})
        log.info("retention has run", **{kind: count for kind, count in run.destroyed.items()}, failed=run.failed)
        return run

    async def _run(self, kind: Kind, at: datetime, run: Run) -> None:
        after: Row[Report] | None = None
        while found := await self._due(kind, at, after):
            after = found[-1]
            for row in found:
                try:
                    some = await self._destroy(kind, row.id, at)
                    run.destroyed[kind.value] = run.destroyed.get(kind.value, 0) + some
                except (PyMongoError, NotThere, Unreadable, Conflict) as error:
                    # It alone waits for the next run.
                    run.failed += 1
                    log.warning("not destroyed", report=row.id, kind=kind.value, reason=type(error).__name__)

    async def _begin_clocks(self, at: datetime) -> None:
        """A release before this one did not note when a case ended. From now on, then: later than it was, never
        earlier."""
        unknown = {"state.outcome": {"$type": "string"}, "state.ended_at": None}
        change = {"$set": {"state.ended_at": at}, "$inc": {"version": 1}}
        await self._store.reports.collection.update_many(unknown, change)

    async def _due(self, kind: Kind, at: datetime, after: Row[Report] | None) -> list[Row[Report]]:
        """The next reports whose time is over, those that ended first before the others."""
        query: dict[str, Any] = {
            "state.outcome": {"$type": "string"},
            "state.ended_at": {"$lt": at - timedelta(days=self.days[kind])},
            f"state.destroyed.{kind.value}": None,
            "$nor": [{"state.hold.until": {"$gt": at}}],
        }
        if after is not None:
            ended = after.state.ended_at
            query["$or"] = [{"state.ended_at": {"$gt": ended}}, {"state.ended_at": ended, "_id": {"$gt": after.id}}]
        return await self._store.reports.rows(query, sort=[("state.ended_at", 1), ("_id", 1)], limit=_BATCH)

    async def _destroy(self, kind: Kind, id: str, at: datetime) -> bool:
        """Whether there was something. What was found some time ago is looked at again just before: a hold may have
        been placed since, or the case opened."""
        row = await self._store.reports.get(id)
        if row is None or not self._is_due(kind, row.state, at):
            return False
        some = True
        if kind is Kind.IDENTITY:
            some = await destroy_identity(self._store, id, "retention", at)
        elif kind is Kind.PHOTOS:
            photos = {"_id": {"$in": list(row.state.attachments)}}
            some = bool((await self._store.attachments.collection.delete_many(photos)).deleted_count)

        def decide(report: Aggregate[Report]) -> list[Event] | None:
            if kind is Kind.TEXT:
                if not self._is_due(kind, report.state, at):
                    return None
                drop_originals(report.state)
            report.state.destroyed[kind.value] = at
            return []

        await self._store.reports.update(id, decide)
        return some

    def _is_due(self, kind: Kind, report: Report, at: datetime) -> bool:
        ended, joined = report.ended_at, report.joined_at
        over = report.outcome is not None and ended is not None and ended < at - timedelta(days=self.days[kind])
        # An end of before it joined the case that it is in now is another's.
        its_own = ended is not None and (joined is None or ended >= joined)
        return over and its_own and not report.is_on_hold(at)
