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
from chassis.database import Document
from chassis.leases import Lease
from chassis.quarantine import Unreadable
from contracts.base import Event
from services.intake.commands import destroy_identity
from services.intake.model import Report, drop_originals
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
        for kind in Kind:
            await self._run(kind, at, run)
        held = {"state.hold.until": {"$gt": at}}
        run.on_hold = await self._store.reports.collection.count_documents(held, limit=100_000)
        run.ended_at = now()
        await self._store.retention_runs.collection.insert_one({"_id": new_id(), **run.model_dump()})
        log.info("retention has run", **{kind: count for kind, count in run.destroyed.items()}, failed=run.failed)
        return run

    async def _run(self, kind: Kind, at: datetime, run: Run) -> None:
        last = ""
        while found := await self._due(kind, at, last):
            last = found[-1].id
            for row in found:
                try:
                    some = await self._destroy(kind, row, at)
                    run.destroyed[kind.value] = run.destroyed.get(kind.value, 0) + some
                except (PyMongoError, NotThere, Unreadable, Conflict) as error:
                    # It alone waits for the next run.
                    run.failed += 1
                    log.warning("not destroyed", report=row.id, kind=kind.value, reason=type(error).__name__)

    async def _due(self, kind: Kind, at: datetime, after: str) -> list[Row[Report]]:
        """The next reports whose time is over, by their ids. Those of an earlier release do not know when they ended:
        for them the moment counts at which they came."""
        before = at - timedelta(days=self.days[kind])
        ended: list[Document] = [
            {"state.ended_at": {"$lt": before}},
            {"state.ended_at": None, "state.received_at": {"$lt": before}},
        ]
        query: dict[str, Any] = {
            "_id": {"$gt": after},
            "state.outcome": {"$type": "string"},
            f"state.destroyed.{kind.value}": None,
            "$or": ended,
            "$nor": [{"state.hold.until": {"$gt": at}}],
        }
        return await self._store.reports.rows(query, sort=[("_id", 1)], limit=_BATCH)

    async def _destroy(self, kind: Kind, row: Row[Report], at: datetime) -> bool:
        """Whether there was something."""
        some = True
        if kind is Kind.IDENTITY:
            some = await destroy_identity(self._store, row.id, "retention", at)
        elif kind is Kind.PHOTOS:
            photos = {"_id": {"$in": list(row.state.attachments)}}
            some = bool((await self._store.attachments.delete_many(photos)).deleted_count)

        def decide(report: Aggregate[Report]) -> list[Event] | None:
            if kind is Kind.TEXT:
                drop_originals(report.state)
            report.state.destroyed[kind.value] = at
            return []

        await self._store.reports.update(row.id, decide)
        return some
