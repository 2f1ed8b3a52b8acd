"""What escalation keeps: the log of reports, the watched cases, the areas."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, UpdateOne

from chassis.foundation import Foundation
from chassis.store import Aggregates, Collection, Document
from contracts.events import ReportSubmitted
from services.escalation.model import AreaWatch, CaseWatch

_WEEK_MS = 7 * 24 * 3600 * 1000


@dataclass
class Store:
    """Escalation's collections. An area's counts are read off the log, so nothing can be counted twice."""

    cases: Aggregates[CaseWatch]
    areas: Aggregates[AreaWatch]
    log: Collection

    async def note(self, reports: list[ReportSubmitted]) -> None:
        """Put reports into the log; those in it change nothing."""
        writes = [_entry(each) for each in reports if not each.exercise and area_of(each.region) in each.jurisdiction]
        if writes:
            await self.log.bulk_write(writes, ordered=False)

    async def count_reports(self, report_ids: list[str], counted: bool) -> set[str]:
        """Let reports count or not (a rejected hoax does not); the areas that this touches."""
        # A verdict may be heard before the report itself: it waits here for it.
        writes = [UpdateOne({"_id": id}, {"$set": {"counted": counted}}, upsert=True) for id in report_ids]
        if writes:
            await self.log.bulk_write(writes, ordered=False)
        return set(await self.log.distinct("area", {"_id": {"$in": report_ids}}))

    async def counts(self, since: datetime, until: datetime, area: str | None = None) -> dict[str, int]:
        """Counted reports per kabupaten in a span of time."""
        match: Document = {"counted": True, "at": {"$gte": since, "$lt": until}}
        if area:
            match["area"] = area
        steps: list[dict[str, Any]] = [{"$match": match}, {"$group": {"_id": "$area", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] async for each in await self.log.aggregate(steps)}

    async def weekly(self, area: str, at: datetime, weeks: int) -> tuple[dict[int, int], int]:
        """Counted reports of an area by weeks ago, and how many of its kecamatan reported."""
        since = at - timedelta(weeks=weeks)
        ago = {"$floor": {"$divide": [{"$subtract": [at, "$at"]}, _WEEK_MS]}}
        steps: list[dict[str, Any]] = [
            {"$match": {"counted": True, "area": area, "at": {"$gt": since, "$lte": at}}},
            {"$group": {"_id": {"ago": ago, "region": "$region"}, "count": {"$sum": 1}}},
        ]
        counts: Counter[int] = Counter()
        regions = set()
        async for each in await self.log.aggregate(steps):
            counts[int(each["_id"]["ago"])] += each["count"]
            regions.add(each["_id"]["region"])
        return dict(counts), sum(code.count(".") == 2 for code in regions)

    async def first(self) -> datetime | None:
        """When the log begins."""
        found = await self.log.find_one({"at": {"$type": "date"}}, {"at": 1}, sort=[("at", 1)])
        return found["at"] if found else None


def area_of(region: str) -> str:
    """The kabupaten or kota of a region: the unit of alarms."""
    return ".".join(region.split(".")[:2])


def _entry(report: ReportSubmitted) -> UpdateOne:
    fields = {"at": report.at, "region": report.region, "area": area_of(report.region)}
    change = {"$set": fields, "$setOnInsert": {"counted": True}}
    return UpdateOne({"_id": report.report_id}, change, upsert=True)


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    places = [("state.jurisdiction", 1), ("state.level", -1)]
    return Store(
        cases=foundation.aggregates("cases", CaseWatch, [IndexModel(places)]),
        areas=foundation.aggregates("areas", AreaWatch, [IndexModel(places)]),
        log=foundation.collection("log", [IndexModel([("counted", 1), ("area", 1), ("at", 1)]), IndexModel("at")]),
    )
