"""Directives: issued to every office in some regions, received, read, carried out; counted soon after."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate, Row
from chassis.clock import new_id, now
from chassis.concurrency import wait_for_wake
from chassis.database import insert_new
from chassis.identity import Person
from chassis.leases import Lease
from chassis.messaging.outbox import new_document
from chassis.problems import not_found
from contracts.base import Event
from contracts.regions import ancestry
from kemenag.permissions import Action, office_of, require
from services.notification.directives import model
from services.notification.directives.model import Directive, Progress, Receipt, receipt_id
from services.notification.store import Store

log = structlog.get_logger(__name__)
_BATCH = 1000
_POLL_SECONDS = 2.0
_COUNT_SECONDS = 0.5
_RECOUNTED = timedelta(days=60)
_STEPS = list(Progress)


class Directives:
    """What happens to directives beside the requests: receipts are made, and receipts are counted."""

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store = store
        self._lease = lease
        self._issued = asyncio.Event()
        self._changed: set[str] = set()
        self._to_count = asyncio.Event()

    async def issue(self, person: Person, title: str, text: str, regions: tuple[str, ...], at: datetime) -> str:
        """Send a directive to every office within the regions; its id. The offices get it in the background."""
        for code in regions:
            require(person, Action.ISSUE_DIRECTIVE, ancestry(code))
        offices = await self._store.offices.collection.count_documents(self._store.offices_in(regions))
        made, events = model.issue(new_id(), title, text, office_of(person), regions, offices, at)
        await self._store.directives.insert(made, events)
        self._issued.set()
        return made.id

    async def expand(self) -> None:
        """Make the receipts of directives that do not have them all, until cancelled."""
        while True:
            await self._lease.wait_held()
            self._issued.clear()
            for row in await self._store.directives.rows(
                {"state.expanded": {"$ne": True}}, sort=[("_id", 1)], limit=20
            ):
                await self._expand(row)
            await wait_for_wake(self._issued, _POLL_SECONDS)

    async def _expand(self, row: Row[Directive]) -> None:
        """Begun again after a crash it changes nothing: a receipt's id is made of directive and office."""
        store, last, count = self._store, "", 0
        while True:
            wanted = store.offices_in(row.state.regions)
            query = {"$and": [wanted, {"_id": {"$gt": last}}]}
            found = await store.offices.collection.find(query, {"_id": 1}).sort("_id").limit(_BATCH).to_list()
            if not found:
                break
            documents = [self._receipt(row, each["_id"]) for each in found]
            await insert_new(store.receipts.collection, documents)
            last, count = found[-1]["_id"], count + len(found)

        def decide(directive: Aggregate[Directive]) -> list[Event]:
            directive.state.expanded, directive.state.offices = True, count
            return []

        await store.directives.update(row.id, decide)
        self._count_soon([row.id])

    def _receipt(self, row: Row[Directive], office: str) -> dict[str, object]:
        receipt = model.new_receipt(row.id, office, row.state.at)
        return new_document(receipt_id(row.id, office), receipt.model_dump(), [], row.state.at)

    async def receive(self, person: Person, at: datetime, limit: int = 50) -> list[Row[Directive]]:
        """The newest directives of the person's offices; showing the list delivers them."""
        require(person, Action.SEE_ALERTS)
        mine = {"state.office": {"$in": list(person.regions)}}
        receipts = await self._store.receipts.rows(mine, sort=[("state.issued_at", -1)], limit=limit)
        waiting = [each.id for each in receipts if each.state.progress is Progress.ISSUED]
        await self._record(waiting, Progress.DELIVERED, at)
        ids = list(dict.fromkeys(each.state.directive_id for each in receipts))
        found = {each.id: each for each in await self._store.directives.rows({"_id": {"$in": ids}})}
        return [found[id] for id in ids if id in found]

    async def mark(self, directive_id: str, person: Person, progress: Progress, at: datetime) -> None:
        """The person's offices have read it, or carried it out."""
        await self._record([each.id for each in await self.receipts_of(directive_id, person)], progress, at)

    async def receipts_of(self, directive_id: str, person: Person) -> list[Row[Receipt]]:
        """The receipts of the person's own offices."""
        ids = [receipt_id(directive_id, office) for office in person.regions]
        return await self._store.receipts.rows({"_id": {"$in": ids}})

    async def _record(self, receipts: list[str], progress: Progress, at: datetime) -> None:
        if receipts:
            await self._store.receipts.update_many(receipts, lambda each: model.receive(each, progress, at))
            self._count_soon({each.partition(":")[0] for each in receipts})

    async def load(self, directive_id: str, person: Person) -> Row[Directive]:
        """A directive, for an office that got it or one above such an office."""
        require(person, Action.SEE_ALERTS)
        row = await self._store.directives.get(directive_id)
        if row is None:
            raise not_found()
        if not await self.receipts_of(directive_id, person):
            require(person, Action.SEE_ALERTS, row.state.jurisdiction)
        return row

    def _count_soon(self, directives: Iterable[str]) -> None:
        self._changed |= set(directives)
        self._to_count.set()

    async def count(self) -> None:
        """Bring the counts up to date, until cancelled. What a crash left uncounted is counted at the start."""
        recent = {"state.at": {"$gte": now() - _RECOUNTED}}
        async for row in self._store.directives.scan(recent):
            self._count_soon([row.id])
        while True:
            await wait_for_wake(self._to_count, 60)
            self._to_count.clear()
            changed, self._changed = self._changed, set()
            try:
                await self._recount(changed)
            except PyMongoError as error:
                log.warning("receipts not counted yet", reason=type(error).__name__)
                self._count_soon(changed)
            await asyncio.sleep(_COUNT_SECONDS)

    async def _recount(self, changed: set[str]) -> None:
        counted: dict[str, dict[str, int]] = {}

        async def read(loaded: Mapping[str, Aggregate[Directive]]) -> None:
            # Counted after the directive was loaded: whoever counted later has written it, and this save is refused.
            counted.update(await self._store.count_receipts(loaded))

        def decide(directive: Aggregate[Directive]) -> list[Event] | None:
            at_step = counted.get(directive.id, {})
            counts = {
                each.value: sum(at_step.get(later.value, 0) for later in _STEPS[_STEPS.index(each) :])
                for each in _STEPS[1:]
            }
            if directive.state.counts == counts:
                return None
            directive.state.counts = counts
            return []

        if changed:
            await self._store.directives.update_many(changed, decide, after_load=read)
