"""Directives: written, approved by a second official, received, read, carried out, withdrawn."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chassis.aggregates import Row
from chassis.clock import new_id
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.regions import ancestry
from kemenag.permissions import Action, may, office_of, require, within
from services.notification.directives import model
from services.notification.directives.counting import Counting
from services.notification.directives.model import Author, Directive, Draft, Progress, Receipt, Step, receipt_id
from services.notification.directives.reach import reach_of
from services.notification.directives.spreading import Spreading
from services.notification.store import Store


class Directives:
    """What people do with directives; what follows is done in the background."""

    def __init__(self, store: Store, spreading: Spreading, counting: Counting) -> None:
        self._store = store
        self._spreading = spreading
        self._counting = counting

    async def propose(self, person: Person, draft: Draft, regions: tuple[str, ...], at: datetime) -> str:
        """Write a directive for every office within the regions; its id. It goes out when a second official says so."""
        _require_over(person, regions)
        reach = await reach_of(self._store, regions, draft.roles)
        by = Author(person.sub, office_of(person), tuple(person.regions))
        made = model.propose(new_id(), draft, by, regions, reach.offices, at)
        await self._store.directives.insert(made, [])
        return made.id

    async def approve(self, directive_id: str, person: Person, at: datetime) -> None:
        """Let it go out. The offices get it in the background."""
        row = await self.load(directive_id, person)
        _require_above(person, row.state)
        by = office_of(person)
        await self._store.directives.update(directive_id, lambda each: model.approve(each, person.sub, by, at))
        self._spreading.wake()

    async def withdraw(self, directive_id: str, person: Person, reason: str, at: datetime) -> None:
        """It holds no more, and everybody who got it is told."""
        row = await self.load(directive_id, person)
        _require_above(person, row.state)
        by = office_of(person)
        await self._store.directives.update(directive_id, lambda each: model.withdraw(each, by, reason, at))
        self._spreading.wake()

    async def issued(self, person: Person, after: str = "", limit: int = 50) -> list[Row[Directive]]:
        """The newest directives in the person's regions, or those before one."""
        wanted: dict[str, Any] = {**within(person), "state.step": {"$ne": Step.PROPOSED.value}}
        if after:
            wanted["_id"] = {"$lt": after}
        if not may(person, Action.ISSUE_DIRECTIVE):
            wanted["$or"] = [{"state.approved_by": {"$nin": ["", None]}}, {"state.written_by": {"$in": ["", None]}}]
        return await self._store.directives.rows(wanted, sort=[("_id", -1)], limit=limit)

    async def waiting(self, person: Person, limit: int = 50) -> list[Row[Directive]]:
        """Those that wait for a second official, for whoever may issue directives there; the oldest first."""
        if not may(person, Action.ISSUE_DIRECTIVE):
            return []
        wanted = {**within(person), "state.step": Step.PROPOSED.value}
        return await self._store.directives.rows(wanted, sort=[("_id", 1)], limit=limit)

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

    async def mark(self, directive_id: str, person: Person, progress: Progress, at: datetime, note: str = "") -> None:
        """The person's offices have read it, or carried it out."""
        if (await self.load(directive_id, person)).state.step is not Step.ISSUED:
            raise model.not_possible(_("Arahan ini sudah dicabut."))
        await self._record([each.id for each in await self.receipts_of(directive_id, person)], progress, at, note)

    async def receipts_of(self, directive_id: str, person: Person) -> list[Row[Receipt]]:
        """The receipts of the person's own offices."""
        ids = [receipt_id(directive_id, office) for office in person.regions]
        return await self._store.receipts.rows({"_id": {"$in": ids}})

    async def _record(self, receipts: list[str], progress: Progress, at: datetime, note: str = "") -> None:
        if receipts:
            await self._store.receipts.update_many(receipts, lambda each: model.receive(each, progress, at, note))
            self._counting.count_soon({each.partition(":")[0] for each in receipts})

    async def load(self, directive_id: str, person: Person) -> Row[Directive]:
        """A directive, for an office that got it or one above such an office; before that, for who may issue some."""
        require(person, Action.SEE_ALERTS)
        row = await self._store.directives.get(directive_id)
        if row is None or not (row.state.went_out or may(person, Action.ISSUE_DIRECTIVE)):
            raise not_found()
        if not await self.receipts_of(directive_id, person):
            require(person, Action.SEE_ALERTS, row.state.jurisdiction)
        return row


def _require_above(person: Person, directive: Directive) -> None:
    """Who approves or withdraws has the right over all its regions, and is not below its author: the office that an
    order goes to does not take it back."""
    _require_over(person, directive.regions)
    above = [code for each in directive.written_in or directive.regions for code in ancestry(each)]
    if not set(person.regions).intersection(above):
        detail = _("Arahan ini ditulis kantor di atas Anda; hanya kantor itu yang menyetujui atau mencabutnya.")
        raise Problem("written-above", 403, _("Tidak berwenang atas arahan ini"), detail)


def _require_over(person: Person, regions: Iterable[str]) -> None:
    for code in regions:
        require(person, Action.ISSUE_DIRECTIVE, ancestry(code))
