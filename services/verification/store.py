"""What verification stores: cases, the reports with the decision that put each into its case, and read models."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field
from pymongo import IndexModel
from pymongo.errors import ExecutionTimeout

from chassis.aggregates import Aggregates, Row
from chassis.audit import AuditKey, Head, hash_of, majority
from chassis.clock import first_id
from chassis.database import Collection, Document, insert_new, inside
from chassis.foundation import Foundation
from chassis.language import _
from chassis.problems import Problem
from chassis.quarantine import Documents
from chassis.steps import once, update_in_steps
from contracts.events.reports import Point
from contracts.vocabulary import Category, Status
from services.verification.documents.model import Issued
from services.verification.feedback import FEEDBACK, LABELS, WITHIN
from services.verification.floods import Flood, Floods
from services.verification.grouping import Sample, cells_around
from services.verification.model import MEMBERS, TIMELINE, Case, member_id, upgrade_to_2
from services.verification.outside.model import Access
from services.verification.referrals.model import Referral
from services.verification.tasks.model import Task
from services.verification.timeline import step_id

READS = "reads"
_OPEN = [each.value for each in Status if each is not Status.DITUTUP]
COUNTED = 2000
"""Counts are exact up to here; a page says "more than" beyond."""
_ORDER = [("state.level", -1), ("state.updated_at", -1), ("_id", -1)]
_CANDIDATES = 30
LAST_STEP = 99_999_999
_AT_ONCE = 300


@dataclass(frozen=True)
class Page:
    """A page of the queue and the cursor of the next one."""

    cases: list[Row[Case]]
    next: str | None


class Open(BaseModel):
    """What grouping looks at of an open case."""

    region: str
    categories: set[Category]
    samples: list[Sample]
    jurisdiction: tuple[str, ...]
    exercise: bool = False


class OpenCase(BaseModel):
    """An open case as a candidate for reports: of a big one, too, only what grouping looks at is read."""

    id: str = Field(alias="_id")
    state: Open


_NEAR = 20
_FOUND, _WORDS, _LOOKS_MS = 50, 8, 3000
_REPORT_INDEXES = [
    IndexModel([("case_id", 1), ("_id", -1)]),
    IndexModel("report.ticket"),
    IndexModel("case_id", name="similar", partialFilterExpression={"similar.case_id": {"$exists": True}}),
    IndexModel("similar.case_id", partialFilterExpression={"similar.case_id": {"$exists": True}}),
    # Words as they are written, of no language; a report has no field that could name one.
    IndexModel(
        [("report.narrative", "text"), ("report.place", "text")],
        name="words",
        default_language="none",
        language_override="no_language",
    ),
]
_DOCUMENT_INDEXES = [
    IndexModel("case_id"),
    # Of those that have a place: two of a case that have none must not stop the start.
    IndexModel([("case_id", 1), ("n", 1)], name="place", unique=True, partialFilterExpression={"n": {"$gt": 0}}),
]
_FEEDBACK_INDEXES = [
    IndexModel([("jurisdiction", 1), ("kind", 1), ("at", 1)]),
    IndexModel("at", name="forgotten", expireAfterSeconds=400 * 86_400),
]
_OUTSIDE_INDEXES = [
    IndexModel([("state.who", 1), ("state.until", -1)]),
    IndexModel([("state.jurisdiction", 1), ("state.reviewed_at", -1)]),
]


@dataclass
class Store:
    """Verification's collections."""

    cases: Aggregates[Case]
    open_cases: Documents[OpenCase]
    reports: Collection
    timeline: Collection
    reads: Collection
    """Who looked at which case when."""
    audit: AuditKey
    members: Collection
    documents: Documents[Issued]
    floods: Floods
    feedback: Collection
    outside: Aggregates[Access]
    grouping_days: int = 14

    async def decided(self, ids: Iterable[str]) -> dict[str, str]:
        """Case ids of the reports that were put into a case before."""
        found = self.reports.find({"_id": {"$in": list(ids)}}, {"case_id": 1})
        return {each["_id"]: each["case_id"] async for each in found}

    async def store_reports(self, documents: list[Document]) -> dict[str, str]:
        """Store reports with their decisions; whoever decided first wins. The decisions that hold."""
        known = await insert_new(self.reports, documents)
        held = {each["_id"]: each["case_id"] for each in documents}
        return held | (await self.decided(each["_id"] for each in known) if known else {})

    async def has_report_about(self, case_id: str, offices: list[str]) -> bool:
        """Whether a report of a case is withheld from one of these offices, or names it though it lies elsewhere."""
        about: list[Document] = [
            {"report.region": inside(each), "report.jurisdiction": {"$ne": each}} for each in offices
        ]
        query = {"case_id": case_id, "$or": [*about, {"report.concerns_office": {"$in": offices}}]}
        return await self.reports.find_one(query, {"_id": 1}) is not None

    async def taken(self, groups: dict[str, list[str]]) -> dict[str, set[str]]:
        """Which of these reports (by case) the cases have taken, as far as their member documents are written."""
        wanted = [member_id(case_id, each) for case_id, ids in groups.items() for each in ids]
        found: dict[str, set[str]] = {case_id: set() for case_id in groups}
        async for each in self.members.find({"_id": {"$in": wanted}}, {"_id": 1}):
            case_id, _, report_id = each["_id"].partition(":")
            found[case_id].add(report_id)
        return found

    async def candidates(self, regions: set[str], since: datetime) -> list[OpenCase]:
        """Open cases of these regions with a recent report, the newest of each. One query where they are few."""
        limit = max(_AT_ONCE, 3 * len(regions))
        found = await self._candidates({"$in": sorted(regions)}, since, limit)
        if len(found) < limit:
            return found
        # A busy region would take the others' places: then each is asked for its own.
        return [each for region in sorted(regions) for each in await self._candidates(region, since, _CANDIDATES)]

    async def near(self, points: list[Point], since: datetime) -> list[OpenCase]:
        """Open cases with a recent report whose points lie around some points, in whatever kecamatan."""
        cells = sorted({cell for each in points for cell in cells_around(each)})
        limit = max(_AT_ONCE, 3 * len(points))
        return await self._open({"state.samples.cell": {"$in": cells}}, since, limit) if cells else []

    async def _candidates(self, region: Any, since: datetime, limit: int) -> list[OpenCase]:
        return await self._open({"state.region": region}, since, limit)

    async def _open(self, where: Document, since: datetime, limit: int) -> list[OpenCase]:
        query = {**where, "state.open": True, "state.last_report_at": {"$gte": since}, "state.going_to": None}
        names = ("region", "categories", "samples", "jurisdiction", "exercise")
        fields = {"schema": 1, **{f"state.{name}": 1 for name in names}}
        newest = [("state.last_report_at", -1)]
        return [each for _id, each in await self.open_cases.find(query, fields=fields, sort=newest, limit=limit)]

    async def others_near(self, case: Row[Case]) -> list[Row[Case]]:
        """Other open cases of the same region that the same offices see, the newest first: what a case may be the same
        event as."""
        same = {"state.region": case.state.region, "state.jurisdiction": list(case.state.jurisdiction)}
        query = {**same, "state.open": True, "_id": {"$ne": case.id}}
        return await self.cases.rows(query, sort=[("state.last_report_at", -1)], limit=_NEAR)

    async def reports_of(self, case_id: str, limit: int = 50, before: str | None = None) -> list[Document]:
        """The newest reports of a case, or those before one; without the cases that they may belong to, which not
        everybody who sees this one may see."""
        query: Document = {"case_id": case_id, **({"_id": {"$lt": before}} if before else {})}
        return await self.reports.find(query, {"similar": 0}).sort("_id", -1).limit(limit).to_list()

    async def steps_of(self, case_id: str, after: int = 0, limit: int = 1000) -> list[Document]:
        """Steps of a case from a number on, in their order; those not projected yet are among them."""
        query = _steps(case_id, after)
        found = await self.timeline.find(query, {"_id": 0, "case_id": 0}).sort("_id", 1).limit(limit).to_list()
        return found + await self._unprojected(case_id, after, found) if len(found) < limit else found

    async def newest_steps(self, case_id: str, limit: int = 100) -> list[Document]:
        """The newest steps, the newest first."""
        found = (
            await self.timeline.find(_steps(case_id, 0), {"_id": 0, "case_id": 0})
            .sort("_id", -1)
            .limit(limit)
            .to_list()
        )
        waiting = await self._unprojected(case_id, 0, found)
        return sorted([*found, *waiting], key=lambda each: -each["n"])[:limit]

    async def _unprojected(self, case_id: str, after: int, known: list[Document]) -> list[Document]:
        """Steps that still wait in the case: so a page shows its own change at once."""
        case = await self.cases.collection.find_one({"_id": case_id}, {"projections": 1}) or {}
        numbers = {each["n"] for each in known}
        waiting = [each["document"] for each in case.get("projections", ()) if each["collection"] == TIMELINE]
        fresh = [each for each in waiting if each["n"] > after and each["n"] not in numbers]
        return [{key: value for key, value in each.items() if key not in ("_id", "case_id")} for each in fresh]

    async def queue(
        self, regions: tuple[str, ...], status: Status | None, area: str, limit: int, cursor: str | None = None
    ) -> Page:
        """The most urgent cases in these regions, open ones or those of a status, behind a cursor."""
        query = self._wanted(regions, status, area)
        if cursor:
            query["$or"] = _behind(cursor)
        found = await self.cases.rows(query, sort=_ORDER, limit=limit + 1)
        return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None)

    async def said(self, regions: tuple[str, ...], at: datetime) -> dict[str, int]:
        """How often reporters lately said each thing of how cases of these regions ended, exactly up to a bound."""
        where = {"jurisdiction": {"$in": list(regions)}, "at": {"$gte": at - WITHIN}}
        found = (self.feedback.count_documents({**where, "kind": kind}, limit=10 * COUNTED) for kind in LABELS)
        return dict(zip(LABELS, await asyncio.gather(*found), strict=True))

    async def issued(self, case_id: str) -> list[Document]:
        """The newest documents of a case, without their content."""
        fields = {"kind": 1, "number": 1, "at": 1, "by": 1}
        return await self.documents.collection.find({"case_id": case_id}, fields).sort("n", -1).limit(20).to_list()

    async def next_document(self, case_id: str) -> int:
        """The next place in a case's file, as far as is known now."""
        last = await self.documents.collection.find_one({"case_id": case_id}, {"n": 1}, sort=[("n", -1)])
        if last is None or "n" in last:
            return int(last["n"]) + 1 if last else 1
        return int(await self.documents.collection.count_documents({"case_id": case_id})) + 1

    async def newest_step(self, case: Row[Case], kind: str) -> Document | None:
        """The newest step of a kind; None where there is none, or release 0.1 wrote it."""
        waiting = [each for each in await self._unprojected(case.id, 0, []) if each["kind"] == kind]
        query = {**_steps(case.id, 0), "kind": kind}
        found = await self.timeline.find_one(query, {"_id": 0, "case_id": 0}, sort=[("_id", -1)])
        return max([*waiting, *([found] if found else [])], key=lambda each: int(each["n"]), default=None)

    async def tasks_of(self, offices: tuple[str, ...], limit: int) -> list[tuple[Row[Case], Task]]:
        """What is still to be done by some offices, the most pressing first."""
        found = await self._due("tasks", "office", offices, limit)
        return [(row, Task.model_validate(each)) for row, each in found]

    async def referrals_of(self, offices: tuple[str, ...], limit: int) -> list[tuple[Row[Case], Referral]]:
        """What some offices wait for from others, the most pressing first."""
        found = await self._due("referrals", "by", offices, limit)
        return [(row, Referral.model_validate(each)) for row, each in found]

    async def _due(
        self, what: str, whose: str, offices: tuple[str, ...], limit: int
    ) -> list[tuple[Row[Case], Document]]:
        """The elements of a list in cases that are some offices', by the day when they are due."""
        mine = {"$in": list(offices)}
        steps: list[Document] = [
            {"$match": {f"state.{what}.{whose}": mine, "state.jurisdiction": mine}},
            {"$project": {"each": f"$state.{what}"}},
            {"$unwind": "$each"},
            {"$match": {f"each.{whose}": mine}},
            {"$sort": {"each.due_on": 1, "_id": 1}},
            {"$limit": limit},
        ]
        found = [each async for each in await self.cases.collection.aggregate(steps)]
        rows = {row.id: row for row in await self.cases.rows({"_id": {"$in": [each["_id"] for each in found]}})}
        return [(rows[each["_id"]], each["each"]) for each in found if each["_id"] in rows]

    async def search(self, regions: tuple[str, ...], asked: str) -> list[Row[Case]]:
        """Cases in these regions by their number, a ticket, or words of what was reported (all of them, as written),
        the newest report first; 503 where the words are so common that looking takes too long."""
        ids = await self._found(regions, asked.strip()[:200])
        query: Document = {"_id": {"$in": ids}, "state.jurisdiction": {"$in": list(regions)}}
        found = {each.id: each for each in await self.cases.rows(query)}
        return [found[id] for id in ids if id in found]

    async def _found(self, regions: tuple[str, ...], asked: str) -> list[str]:
        numbered = self.cases.collection.find({"state.number": asked.upper()}, {"_id": 1})
        if found := [each["_id"] async for each in numbered.limit(_FOUND)]:
            return found
        seen: Document = {"report.jurisdiction": {"$in": list(regions)}}
        ticket = {"report.ticket": asked.upper(), **seen}
        words = " ".join(f'"{word}"' for word in re.findall(r"\w+", asked)[:_WORDS])
        for query in (ticket, {"$text": {"$search": words}, **seen}):
            # By id is by time: the newest come first.
            reports = self.reports.find(query, {"case_id": 1}).sort("_id", -1).limit(_FOUND * 4).max_time_ms(_LOOKS_MS)
            try:
                ids = list(dict.fromkeys([each["case_id"] async for each in reports]))[:_FOUND]
            except ExecutionTimeout:
                detail = _("Tambahkan kata lain, misalnya nama jalan atau kampung.")
                raise Problem("search-too-wide", 503, _("Terlalu banyak yang cocok"), detail) from None
            if ids or not words:
                return ids
        return []

    async def counts(self, regions: tuple[str, ...], area: str = "") -> dict[str, int]:
        """How many cases of each status there are, exactly up to `COUNTED`: the cost of a page has a bound."""
        cases = self.cases.collection
        found = (cases.count_documents(self._wanted(regions, each, area), limit=COUNTED + 1) for each in Status)
        return dict(zip((each.value for each in Status), await asyncio.gather(*found), strict=True))

    def _wanted(self, regions: tuple[str, ...], status: Status | None, area: str) -> Document:
        query: Document = {"state.jurisdiction": {"$in": list(regions)}}
        query["state.status"] = status.value if status else {"$in": _OPEN}
        return query | ({"state.region": inside(area)} if area else {})

    async def heads(self, since: datetime) -> AsyncIterator[Head]:
        """The chains that changed since: of steps, and who read."""
        fields = {"state.steps": 1, "state.head": 1}
        # What a release before this one wrote has no `writer`: it is in the first checkpoint, which asks for all.
        changed = {"writer": {"$gte": first_id(since)}} if since.timestamp() > 0 else {}
        async for each in majority(self.cases.collection).find(changed, fields):
            if each["state"].get("steps") and "head" in each["state"]:
                yield Head(id=each["_id"], count=each["state"]["steps"], hash=each["state"]["head"])
        async for each in majority(self.reads).find({"at": {"$gte": since}}):
            yield Head(id=each["_id"], count=1, hash=hash_of(each))

    async def upgrade(self) -> None:
        """What queries need of cases that release 0.1 wrote; the rest is brought up to date on reading."""
        closed = {"$ne": ["$state.status", Status.DITUTUP.value]}
        cases, old = self.cases.collection, {"state.open": {"$exists": False}}
        change = [{"$set": {"state.open": closed}}]
        await once(cases.database, "cases are open", lambda: update_in_steps(cases, old, change))

    @property
    def within(self) -> timedelta:
        """How recent a case's last report must be for another one to join."""
        return timedelta(days=self.grouping_days)


def _steps(case_id: str, after: int) -> Document:
    return {"_id": {"$gt": step_id(case_id, after), "$lte": step_id(case_id, LAST_STEP)}}


def _cursor(row: Row[Case]) -> str:
    place = [int(row.state.level), row.state.updated_at.isoformat(), row.id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _behind(cursor: str) -> list[Document]:
    """The condition of what comes after a case in the order of the queue."""
    try:
        level, moment, id = json.loads(base64.urlsafe_b64decode(cursor))
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise Problem("cursor", 422, _("Halaman tidak dikenal"), _("Mulai lagi dari awal daftar.")) from error
    return [
        {"state.level": {"$lt": level}},
        {"state.level": level, "state.updated_at": {"$lt": at}},
        {"state.level": level, "state.updated_at": at, "_id": {"$lt": id}},
    ]


def build(foundation: Foundation, audit: AuditKey, grouping_days: int, flood_reports: int) -> Store:
    """The collections with their indexes."""
    order = [("state.level", -1), ("state.updated_at", -1), ("_id", -1)]
    indexes = [
        # One index serves every queue: open cases are those of four statuses, merged in this order.
        IndexModel([("state.jurisdiction", 1), ("state.status", 1), *order]),
        IndexModel("state.number"),
        IndexModel("state.tasks.office", partialFilterExpression={"state.tasks.office": {"$exists": True}}),
        IndexModel("state.referrals.by", partialFilterExpression={"state.referrals.by": {"$exists": True}}),
        IndexModel("writer"),  # by when they were written: checkpoints ask
        IndexModel([("state.region", 1), ("state.open", 1), ("state.last_report_at", -1)]),
        IndexModel([("state.samples.cell", 1), ("state.last_report_at", -1)]),
    ]
    cases = foundation.aggregates("cases", Case, indexes, upgrades=[upgrade_to_2])
    return Store(
        cases=cases,
        open_cases=Documents(cases.collection, OpenCase, foundation.quarantine, cases.schema),
        reports=foundation.collection("reports", _REPORT_INDEXES),
        timeline=foundation.collection(TIMELINE),
        reads=foundation.collection(READS, [IndexModel("at")]),
        audit=audit,
        members=foundation.collection(MEMBERS),
        documents=foundation.documents("documents", Issued, _DOCUMENT_INDEXES),
        outside=foundation.aggregates("outside_accesses", Access, _OUTSIDE_INDEXES),
        feedback=foundation.collection(FEEDBACK, _FEEDBACK_INDEXES),
        floods=Floods(foundation.documents("floods", Flood, Floods.indexes()), flood_reports),
        grouping_days=grouping_days,
    )
