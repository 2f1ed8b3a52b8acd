"""What integration keeps: partners, redacted cases, the feed, deliveries, alerts for CAP."""

from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chassis.foundation import Foundation
from chassis.store import Aggregates, Collection, Document
from services.integration.model import Partner, PublicCase

_DUPLICATE = 11000


@dataclass
class Store:
    """Integration's collections."""

    partners: Collection
    cases: Aggregates[PublicCase]
    feed: Collection
    deliveries: Collection
    alerts: Collection

    async def all_partners(self) -> dict[str, Partner]:
        """Every partner by id."""
        return {each["_id"]: Partner.model_validate(each) async for each in self.partners.find()}

    async def insert_new(self, collection: Collection, documents: list[Document]) -> None:
        """Insert what is not there yet."""
        if not documents:
            return
        try:
            await collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
                raise

    async def number_feed(self) -> bool:
        """Give the oldest unnumbered entries their positions; False when there are none.

        Positions are handed out one by one without gaps, guarded by a unique index: a reader at position n has seen
        everything up to n, and nothing can appear behind a cursor.
        """
        waiting = await self.feed.find({"position": None}, {"_id": 1}).sort("_id").limit(200).to_list()
        last = await self.feed.find_one({"position": {"$ne": None}}, {"position": 1}, sort=[("position", -1)])
        position = last["position"] if last else 0
        for each in waiting:
            position += 1
            try:
                await self.feed.update_one({"_id": each["_id"], "position": None}, {"$set": {"position": position}})
            except DuplicateKeyError:
                return True
        return bool(waiting)

    async def read_feed(self, regions: list[str], after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Entries behind a cursor that the regions cover, and the next cursor."""
        query = {"position": {"$gt": after}, "jurisdiction": {"$in": regions}}
        found = await self.feed.find(query).sort("position").limit(limit).to_list()
        return [{"position": each["position"], **each["body"]} for each in found], (
            found[-1]["position"] if found else after
        )


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    numbered = {"position": {"$type": "number"}}
    return Store(
        partners=foundation.collection("partners", [IndexModel("token_hash", unique=True)]),
        cases=foundation.aggregates("cases", PublicCase),
        feed=foundation.collection(
            "feed",
            [
                IndexModel("position", unique=True, partialFilterExpression=numbered),
                IndexModel([("jurisdiction", 1), ("position", 1)]),
            ],
        ),
        deliveries=foundation.collection(
            "deliveries", [IndexModel([("status", 1), ("due", 1)]), IndexModel([("partner", 1), ("at", -1)])]
        ),
        alerts=foundation.collection("alerts", [IndexModel([("jurisdiction", 1), ("at", -1)])]),
    )
