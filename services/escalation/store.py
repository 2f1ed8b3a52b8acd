"""What escalation keeps: the log of reports, the watched cases, the areas."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from chassis.foundation import Foundation
from chassis.store import Aggregates, Collection, Document
from contracts.events import ReportSubmitted
from services.escalation.model import AreaWatch, CaseWatch

_DUPLICATE = 11000


@dataclass
class Store:
    """Escalation's collections. An area's counts are read off the log, so nothing can be counted twice."""

    cases: Aggregates[CaseWatch]
    areas: Aggregates[AreaWatch]
    log: Collection

    async def note(self, reports: list[ReportSubmitted]) -> None:
        """Put reports into the log; those in it change nothing."""
        documents = [_entry(each) for each in reports if not each.exercise]
        if not documents:
            return
        try:
            await self.log.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
                raise

    async def count_reports(self, report_ids: list[str], counted: bool) -> set[str]:
        """Let reports count or not (a rejected hoax does not); the areas that this touches."""
        which = {"_id": {"$in": report_ids}}
        await self.log.update_many(which, {"$set": {"counted": counted}})
        return {each async for each in _values(self.log, "area", which)}

    async def counts(self, since: datetime, until: datetime, area: str | None = None) -> dict[str, int]:
        """Counted reports per kabupaten in a span of time."""
        match: Document = {"counted": True, "at": {"$gte": since, "$lt": until}}
        if area:
            match["area"] = area
        steps: list[dict[str, Any]] = [{"$match": match}, {"$group": {"_id": "$area", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] async for each in await self.log.aggregate(steps)}

    async def moments(self, area: str, since: datetime) -> list[tuple[datetime, str]]:
        """Time and kecamatan of the counted reports of an area."""
        found = self.log.find({"counted": True, "area": area, "at": {"$gte": since}}, {"at": 1, "region": 1})
        return [(each["at"], each["region"]) async for each in found]

    async def first(self) -> datetime | None:
        """When the log begins."""
        found = await self.log.find_one({}, {"at": 1}, sort=[("at", 1)])
        return found["at"] if found else None


async def _values(collection: Collection, field: str, query: Document) -> Any:
    for value in await collection.distinct(field, query):
        yield value


def _entry(report: ReportSubmitted) -> Document:
    area = ".".join(report.region.split(".")[:2])
    return {"_id": report.report_id, "at": report.at, "region": report.region, "area": area, "counted": True}


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    places = [("state.jurisdiction", 1), ("state.level", -1)]
    return Store(
        cases=foundation.aggregates("cases", CaseWatch, [IndexModel(places)]),
        areas=foundation.aggregates("areas", AreaWatch, [IndexModel(places)]),
        log=foundation.collection("log", [IndexModel([("counted", 1), ("area", 1), ("at", 1)]), IndexModel("at")]),
    )
