"""What notification stores: the directory, alerts, deliveries, directives with their receipts."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel

from chassis.aggregates import Aggregates
from chassis.clock import now
from chassis.database import Collection, Document, literal
from chassis.deliveries.delivery import Delivery, Status
from chassis.foundation import Foundation
from chassis.quarantine import READABLE, Documents
from contracts.regions import NATIONAL
from services.notification.absences import Absence, Absences, Substitute, stand_in
from services.notification.directives import model as directives
from services.notification.directives.messages import WITHDRAWN
from services.notification.directives.model import Directive, Receipt
from services.notification.duty.model import Roster, on_duty
from services.notification.model import (
    DELIVERIES,
    Alert,
    Contact,
    Directory,
    Office,
    Official,
    State,
    holds,
    upgrade_alert_to_2,
)
from services.notification.policies.model import Ladder
from services.notification.policy import FIELD, Policies
from services.notification.proofs.model import HOLDS, Proof
from services.notification.quiet import Quiet, due
from services.notification.sessions import Ending, Endings

_HELD = timedelta(minutes=10)
"""What is due later than this waits for morning; what is due sooner, for its channel."""
_TWO_DAYS = 2 * 24 * 3600


@dataclass(frozen=True)
class Links:
    """By what the links of messages are proven, and how long they hold."""

    key: bytes
    within: timedelta


@dataclass
class Store:
    """Notification's collections."""

    officials: Documents[Official]
    offices: Aggregates[Office]
    alerts: Aggregates[Alert]
    deliveries: Aggregates[Delivery]
    directives: Aggregates[Directive]
    receipts: Aggregates[Receipt]
    imports: Collection
    subjects: Collection
    """The newest level change and request to look of each subject."""
    endings: Endings
    absences: Absences
    rosters: Aggregates[Roster]
    """Who is on duty, by office."""
    proofs: Documents[Proof]
    """By which channels officials have answered, the newest of each."""
    ladders: Aggregates[Ladder]
    """The one ladder that officials wrote."""
    policies: Policies = field(default_factory=dict)
    """The ladder, by level."""
    reachable: Callable[[Official], tuple[str, ...]] = lambda official: ()
    links: Links = Links(b"", timedelta(0))
    addresses: Callable[[Official], dict[str, str]] = lambda official: {}
    """Where an official is reached, by channel."""
    quiet: Quiet | None = None
    """The house's quiet hours."""

    async def directory(self, offices: Iterable[str]) -> Directory:
        """The contacts of some offices."""
        codes = set(offices)
        found: Directory = {}
        async for id, official in self.officials.scan({"regions": {"$in": list(codes)}}):
            contact = Contact(id, official.role, self.reachable(official))
            for code in codes.intersection(official.regions):
                found.setdefault(code, []).append(contact)
        absent = await self.absences.holding({each.id for office in found.values() for each in office}, now())
        if absent:
            substitutes = await self._substitutes(absent)
            found = {code: stand_in(code, contacts, absent, substitutes) for code, contacts in found.items()}
        return await self._on_duty(found, {id: each.substitute for id, each in absent.items()})

    async def _on_duty(self, directory: Directory, substitutes: Mapping[str, str | None]) -> Directory:
        """The same contacts, with whoever is on duty by their office's roster marked."""
        rosters = await self.rosters.rows({"_id": {"$in": list(directory)}})
        for row in rosters:
            contacts = directory[row.id]
            who = on_duty(row.state, now(), {each.id for each in contacts if each.role in FIELD}, substitutes)
            directory[row.id] = [replace(each, on_duty=each.id == who) for each in contacts]
        return directory

    async def _substitutes(self, absent: Mapping[str, Absence]) -> dict[str, Substitute]:
        ids = [each.substitute for each in absent.values() if each.substitute]
        # Of these whoever is away, too, does not stand in.
        away = await self.absences.holding(ids, now())
        return {
            id: Substitute(each.role, each.regions, self.reachable(each))
            async for id, each in self.officials.scan({"_id": {"$in": ids}})
            if id not in away
        }

    def due(self, official: Official, channel: str, at: datetime) -> datetime:
        """When a message that can wait is sent to somebody."""
        return due(official, channel, self.quiet, at)

    async def official(self, id: str) -> Official | None:
        """One official."""
        return await self.officials.get({"_id": id})

    async def is_true(self, delivery: Delivery) -> bool:
        """Whether what a delivery tells still holds; of a directive whoever reads it knows."""
        if not delivery.about:
            return True
        fields = {"state.state": 1, "state.acted_at": 1, "state.calls": 1}
        found = await self.alerts.collection.find_one({"_id": delivery.about}, fields)
        return found is None or holds(delivery.content, found["state"])

    async def wake_stuck(self, at: datetime) -> int:
        """Alerts that wait for nobody and have rung no alarm: a release before this one left them so at the top."""
        stuck = {"state.state": State.RAISED.value, "state.deadline": None, "state.unanswered_at": None}
        change = {"$set": {"state.deadline": at}, "$inc": {"version": 1}}
        return (await self.alerts.collection.update_many(stuck, change)).modified_count

    async def deliveries_of(self, alert_id: str) -> list[tuple[str, Delivery]]:
        """The deliveries of an alert, in the order in which they were queued; those not projected yet among them."""
        found = {each.id: each.state for each in await self.deliveries.rows({"state.about": alert_id})}
        alert = await self.alerts.collection.find_one({"_id": alert_id}, {"projections": 1}) or {}
        for each in alert.get("projections", ()):
            document = each["document"]
            found.setdefault(document["_id"], Delivery.model_validate(document["state"]))
        return sorted(found.items(), key=lambda each: int(each[0].rpartition(":")[2]))

    async def count_offices(self, codes: Iterable[str]) -> dict[str, tuple[int, list[str]]]:
        """How many officials offices have, and their roles."""
        wanted = list(codes)
        steps: list[Document] = [
            {"$match": {"regions": {"$in": wanted}}},
            {"$unwind": "$regions"},
            {"$match": {"regions": {"$in": wanted}}},
            {"$group": {"_id": "$regions", "officials": {"$sum": 1}, "roles": {"$addToSet": "$role"}}},
        ]
        counted = await self.officials.collection.aggregate(steps)
        found = {each["_id"]: (each["officials"], sorted(each["roles"])) async for each in counted}
        return {code: found.get(code, (0, [])) for code in wanted}

    async def officials_in(self, regions: Iterable[str], roles: tuple[str, ...]) -> AsyncIterator[tuple[str, Official]]:
        """Everybody of the offices within some regions, in some roles (none named: all that offices have)."""
        codes = list(regions)
        wanted: dict[str, Any] = {"role": {"$in": list(roles or FIELD)}}
        if NATIONAL not in codes:
            wanted["regions"] = {"$regex": rf"^({'|'.join(literal(each) for each in codes)})(\.|$)"}
        async for each in self.officials.collection.find({**wanted, **READABLE}).sort("_id", 1):
            # Not read as a whole: of fifty thousand that would hold the alerts of this process up for seconds.
            ways: dict[str, Any] = {name: each.get(name) for name in ("email", "whatsapp", "sms", "webhook")}
            # What is broken of one must not hold up the fifty thousand others.
            theirs = tuple(code for code in each.get("regions") or () if isinstance(code, str))
            hours = each.get("quiet")
            quiet = hours if isinstance(hours, str) else ""
            yield each["_id"], Official.model_construct(name="", role=each["role"], regions=theirs, quiet=quiet, **ways)

    async def drop_waiting(self, directive_id: str, at: datetime) -> None:
        """What still waits of a directive that was withdrawn is not sent."""
        waiting = {
            "state.about": directive_id,
            "state.status": Status.QUEUED.value,
            "state.content.purpose": {"$ne": WITHDRAWN},
        }
        dropped = {"state.status": Status.DROPPED.value, "state.finished_at": at, "state.reason": "withdrawn"}
        await self.deliveries.collection.update_many(waiting, {"$set": dropped, "$inc": {"version": 1}})

    async def dropped_unsent(self, directive_id: str) -> set[str]:
        """The messages of a directive that were dropped before they left: who never heard of it need not hear that it
        holds no more."""
        dropped = {"state.about": directive_id, "state.status": Status.DROPPED.value, "state.attempts": 0}
        return {each["_id"] async for each in self.deliveries.collection.find(dropped, {"_id": 1})}

    async def progress_of(self, directive_id: str, letters: int) -> list[tuple[str, int, int, int]]:
        """Receipts of a directive by region (the first letters of the office's code): all, read, done."""
        steps: list[Document] = [
            {"$match": {"state.directive_id": directive_id}},
            {
                "$group": {
                    "_id": {"$substrCP": ["$state.office", 0, letters]},
                    "all": {"$sum": 1},
                    "read": _at("read", "done"),
                    "done": _at("done"),
                }
            },
        ]
        counted = await self.receipts.collection.aggregate(steps)
        return [(each["_id"], each["all"], each["read"], each["done"]) async for each in counted]

    async def count_messages(self, directive_id: str) -> dict[str, int]:
        """Messages of a directive by what became of them."""
        steps: list[Document] = [
            {"$match": {"state.about": directive_id}},
            {"$group": {"_id": "$state.status", "count": {"$sum": 1}}},
        ]
        counted = await self.deliveries.collection.aggregate(steps)
        return {each["_id"]: each["count"] async for each in counted}

    async def waits_until(self, directive_id: str, at: datetime) -> datetime | None:
        """When the last of a directive's messages will be due that wait for quiet hours to end."""
        waiting = {
            "state.about": directive_id,
            "state.status": Status.QUEUED.value,
            "state.due_at": {"$gt": at + _HELD},
            "state.attempts": 0,
        }
        found = await self.deliveries.collection.find_one(waiting, {"state.due_at": 1}, sort=[("state.due_at", -1)])
        return found["state"]["due_at"] if found else None

    def offices_in(self, regions: Iterable[str]) -> dict[str, Any]:
        """The condition of offices that have somebody, within some regions."""
        codes = list(regions)
        manned: dict[str, Any] = {"state.officials": {"$gt": 0}}
        if NATIONAL in codes:
            return manned
        return {**manned, "_id": {"$regex": rf"^({'|'.join(literal(each) for each in codes)})(\.|$)"}}

    async def count_receipts(self, directive_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """How many receipts of directives stand at each step, from the index alone."""
        steps: list[Document] = [
            {"$match": {"state.directive_id": {"$in": list(directive_ids)}}},
            {
                "$group": {
                    "_id": {"directive": "$state.directive_id", "progress": "$state.progress"},
                    "count": {"$sum": 1},
                }
            },
        ]
        found: dict[str, dict[str, int]] = {}
        async for each in await self.receipts.collection.aggregate(steps):
            found.setdefault(each["_id"]["directive"], {})[each["_id"]["progress"]] = each["count"]
        return found


def is_inside(code: str, regions: Iterable[str]) -> bool:
    """Whether a region is one of these or lies in one."""
    return any(each == NATIONAL or code == each or code.startswith(f"{each}.") for each in regions)


def _at(*steps: str) -> Document:
    """How many receipts stand at one of these steps."""
    return {"$sum": {"$cond": [{"$in": ["$state.progress", list(steps)]}, 1, 0]}}


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    newest = [("state.level", -1), ("state.raised_at", -1)]
    forgotten = IndexModel("state.before", expireAfterSeconds=_TWO_DAYS)
    return Store(
        officials=foundation.documents(
            "officials",
            Official,
            [
                IndexModel("regions"),
                IndexModel([("name", 1), ("_id", 1)]),
                IndexModel("whatsapp"),
                IndexModel("email"),
                IndexModel("sms"),
            ],
        ),
        offices=foundation.aggregates("offices", Office),
        alerts=foundation.aggregates(
            "alerts",
            Alert,
            [
                IndexModel([("state.called", 1), ("state.state", 1), *newest]),
                IndexModel([("state.called", 1), ("state.raised_at", -1)]),
                IndexModel("state.raised_at"),
                IndexModel("state.raised_at", name="exercises", partialFilterExpression={"state.exercise": True}),
                IndexModel([("state.subject", 1), ("state.state", 1)]),
                # `$gt`, as an equality implies it and does not imply `$type`: the index would never be used.
                IndexModel("state.case_id", name="case", partialFilterExpression={"state.case_id": {"$gt": ""}}),
                IndexModel("state.deadline", name="due", partialFilterExpression={"state.deadline": {"$type": "date"}}),
            ],
            upgrades=[upgrade_alert_to_2],
        ),
        deliveries=foundation.aggregates(DELIVERIES, Delivery, [IndexModel([("state.about", 1), ("state.status", 1)])]),
        directives=foundation.aggregates(
            "directives",
            Directive,
            [
                IndexModel("state.jurisdiction"),
                IndexModel("state.spread_at", partialFilterExpression={"state.spread_at": {"$type": "date"}}),
            ],
            upgrades=[directives.upgrade_to_2, directives.upgrade_to_3, directives.upgrade_to_4],
        ),
        receipts=foundation.aggregates(
            "receipts",
            Receipt,
            [
                IndexModel([("state.directive_id", 1), ("state.progress", 1)]),
                IndexModel([("state.directive_id", 1), ("_id", 1)]),
                IndexModel([("state.office", 1), ("state.issued_at", -1)]),
            ],
        ),
        endings=Endings(foundation.aggregates("session_endings", Ending, [forgotten]), foundation.sessions),
        absences=Absences(
            foundation.documents("absences", Absence, [IndexModel("ends", expireAfterSeconds=24 * 3600)])
        ),
        rosters=foundation.aggregates("rosters", Roster),
        ladders=foundation.aggregates("ladders", Ladder),
        proofs=foundation.documents(
            "proofs", Proof, [IndexModel("official"), IndexModel("at", expireAfterSeconds=int(HOLDS.total_seconds()))]
        ),
        subjects=foundation.collection("subjects"),
        imports=foundation.collection("imports", [IndexModel([("open", 1), ("_id", 1)])]),
    )
