"""What verification keeps: cases, and beside them the reports with the decision that put each into its case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import DESCENDING, IndexModel

from chassis.foundation import Foundation
from chassis.permissions import Person, within
from chassis.store import Aggregates, Collection, Document, Kept, insert_new
from contracts.vocabulary import Status
from services.verification.model import Case

_QUEUE_FIELDS = {"outbox": 0, "state.timeline": 0, "state.samples": 0}


@dataclass
class Store:
    """Verification's collections."""

    cases: Aggregates[Case]
    reports: Collection

    async def decided(self, ids: list[str]) -> dict[str, str]:
        """Case ids of the reports that were put into a case before."""
        found = self.reports.find({"_id": {"$in": ids}}, {"case_id": 1})
        return {each["_id"]: each["case_id"] async for each in found}

    async def keep_reports(self, documents: list[Document]) -> None:
        """Keep reports with their decisions; whoever decided first wins."""
        await insert_new(self.reports, documents)

    async def reports_of(self, case_id: str, most: int = 100) -> list[Document]:
        """The newest reports of a case."""
        return await self.reports.find({"case_id": case_id}).sort("at", -1).limit(most).to_list()

    async def queue(
        self, person: Person, wanted: Mapping[str, Any], limit: int = 50, skip: int = 0
    ) -> tuple[list[Kept[Case]], int]:
        """The most urgent cases in the person's regions and how many there are."""
        query = {**wanted, **within(person)}
        cursor = self.cases.collection.find(query, _QUEUE_FIELDS)
        order = [("state.level", DESCENDING), ("state.updated_at", DESCENDING)]
        found = await cursor.sort(order).skip(skip).limit(limit).to_list()
        total = await self.cases.collection.count_documents(query, limit=10_000)
        return [_brief(each) for each in found], total

    async def counts(self, person: Person) -> dict[str, int]:
        """How many cases of each status there are in the person's regions."""
        steps: list[dict[str, Any]] = [
            {"$match": within(person)},
            {"$group": {"_id": "$state.status", "count": {"$sum": 1}}},
        ]
        found = {each["_id"]: each["count"] async for each in await self.cases.collection.aggregate(steps)}
        return {status.value: found.get(status.value, 0) for status in Status}


def _brief(found: Document) -> Kept[Case]:
    return Kept(found["_id"], Case.model_validate(found["state"]), found["version"], found["said"])


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    queue = [("state.jurisdiction", 1), ("state.status", 1), ("state.level", -1), ("state.updated_at", -1)]
    return Store(
        cases=foundation.aggregates(
            "cases",
            Case,
            [
                IndexModel(queue),
                IndexModel([("state.region", 1), ("state.status", 1), ("state.last_report_at", -1)]),
            ],
        ),
        reports=foundation.collection("reports", [IndexModel([("case_id", 1), ("at", -1)])]),
    )
