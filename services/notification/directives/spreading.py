"""Brings a directive to its offices: a receipt for each, and a message to each person by each of their channels.

    approved ──▶ receipts ──▶ messages `new` ──deadline──▶ `reminder` to offices that have not carried it out
                                   └──withdrawn──▶ `withdrawn` to all

Begun again after a crash it changes nothing: receipts and deliveries have ids that are made of what they are for, so a
person of two offices gets one message by each channel, and so does an address that several share.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from chassis.aggregates import Row
from chassis.clock import now
from chassis.concurrency import wait_for_wake
from chassis.database import Document, insert_new
from chassis.deliveries.delivery import Delivery, document_of
from chassis.leases import Lease
from chassis.messaging.outbox import new_document
from services.notification.directives import model
from services.notification.directives.counting import Counting
from services.notification.directives.messages import KIND, NEW, REMINDER, WITHDRAWN
from services.notification.directives.model import Directive, Progress, Step, receipt_id
from services.notification.model import Official
from services.notification.store import Store, is_inside

_BATCH = 200
_POLL_SECONDS = 2.0


class Spreading:
    """What directives have still to bring to their offices. One replica does it."""

    def __init__(self, store: Store, counting: Counting, lease: Lease) -> None:
        self._store = store
        self._counting = counting
        self._lease = lease
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """A directive was approved or withdrawn."""
        self._changed.set()

    async def run(self) -> None:
        """Bring what is due, until cancelled."""
        while True:
            await self._lease.wait_held()
            self._changed.clear()
            for row in await self._store.directives.rows(_due(now()), sort=[("_id", 1)], limit=20):
                await self._spread(row, now())
            await wait_for_wake(self._changed, _POLL_SECONDS)

    async def _spread(self, row: Row[Directive], at: datetime) -> None:
        if not row.state.expanded and row.state.step is Step.ISSUED:
            await self._expand(row)
        if (purpose := model.due_message(row.state, at)) is not None:
            await self._tell(row, purpose, at)
            await self._store.directives.update(row.id, lambda each: model.note_queued(each, purpose))

    async def _expand(self, row: Row[Directive]) -> None:
        """A receipt for every office that has somebody whom it is for."""
        offices: set[str] = set()
        async for _, official in self._store.officials_in(row.state.regions, row.state.roles):
            offices.update(code for code in official.regions if is_inside(code, row.state.regions))
        made = [_receipt(row, office) for office in sorted(offices)]
        for start in range(0, len(made), _BATCH):
            await insert_new(self._store.receipts.collection, made[start : start + _BATCH])
        await self._store.directives.update(row.id, lambda each: model.expanded(each, len(made)))
        self._counting.count_soon([row.id])

    async def _tell(self, row: Row[Directive], purpose: str, at: datetime) -> None:
        """Queue a message for everybody whom it concerns; one for an address, whoever shares it or stands twice in the
        directory. Begun again it meets them in the same order, and queues the same."""
        unsent: set[str] = set()
        if purpose == WITHDRAWN:
            await self._store.drop_waiting(row.id, at)
            unsent = await self._store.dropped_unsent(row.id)
        late = await self._late_offices(row.id) if purpose == REMINDER else None
        addresses: set[tuple[str, str]] = set()
        batch: list[Document] = []
        async for id, official in self._store.officials_in(row.state.regions, row.state.roles):
            if late is None or late.intersection(official.regions):
                made = self._messages(row, purpose, id, official, at, addresses)
                batch += [each for each in made if _first_of(each) not in unsent]
            if len(batch) >= _BATCH:
                await insert_new(self._store.deliveries.collection, batch)
                batch = []
        await insert_new(self._store.deliveries.collection, batch)
        self._store.deliveries.wake()

    def _awake(self, directive: Directive, purpose: str, official: Official, channel: str, at: datetime) -> datetime:
        """When somebody is told: after their quiet hours, but for what would be too late to be carried out then."""
        awake = self._store.due(official, channel, at)
        end = model.end_of(directive.due_on)
        return at if purpose == NEW and end is not None and awake >= end else awake

    async def _late_offices(self, directive_id: str) -> set[str]:
        late = {"state.directive_id": directive_id, "state.progress": {"$ne": Progress.DONE.value}}
        return {
            each["state"]["office"] async for each in self._store.receipts.collection.find(late, {"state.office": 1})
        }

    def _messages(
        self,
        row: Row[Directive],
        purpose: str,
        id: str,
        official: Official,
        at: datetime,
        addresses: set[tuple[str, str]],
    ) -> Iterator[Document]:
        # What it says stands in the directive and is read when it is sent: not in each of fifty thousand messages.
        content = {"kind": KIND, "purpose": purpose}
        for address in self._store.addresses(official).items():
            if address in addresses:
                continue
            addresses.add(address)
            channel = address[0]
            delivery = Delivery(
                channel=channel,
                destination=id,
                recipient=id,
                content=content,
                about=row.id,
                created_at=at,
                due_at=at if row.state.urgent else self._awake(row.state, purpose, official, channel, at),
            )
            yield document_of(f"{row.id}:{purpose}:{id}:{channel}", delivery)


def _first_of(message: Document) -> str:
    """The id of the message that told the same person by the same channel first."""
    directive, _purpose, *rest = message["_id"].split(":")
    return ":".join([directive, NEW, *rest])


def _due(at: datetime) -> Document:
    """Directives that have something to bring; those of a release before this one that are not in all offices yet."""
    before = {"state.expanded": {"$ne": True}, "state.step": {"$nin": [Step.PROPOSED.value, Step.WITHDRAWN.value]}}
    return {"$or": [{"state.spread_at": {"$lte": at}}, before]}


def _receipt(row: Row[Directive], office: str) -> Document:
    receipt = model.new_receipt(row.id, office, row.state.at)
    return new_document(receipt_id(row.id, office), receipt.model_dump(), [], row.state.at)
