"""What integration keeps: partners, redacted cases, the feed, deliveries, alerts for CAP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from chassis.aggregates import Aggregates
from chassis.database import DUPLICATE, Collection, Document
from chassis.deliveries.delivery import Delivery
from chassis.foundation import Foundation
from services.integration.model import DELIVERIES, Partner, PublicCase, Subscription

_QUARTER = 90 * 24 * 3600


@dataclass
class Store:
    """Integration's collections."""

    partners: Collection
    cases: Aggregates[PublicCase]
    feed: Collection
    deliveries: Aggregates[Delivery]
    alerts: Collection
    deliver_soon: Callable[[list[Document]], None] = lambda documents: None
    """New deliveries were queued."""

    async def all_partners(self) -> dict[str, Partner]:
        """Every partner by id."""
        return {each["_id"]: Partner.model_validate(each) async for each in self.partners.find()}

    async def subscription(self, id: str) -> Subscription | None:
        """A subscription, whoever's it is."""
        found = await self.partners.find_one({"subscriptions.id": id}, {"subscriptions.$": 1})
        return Subscription.model_validate(found["subscriptions"][0]) if found else None

    async def switch_off(self, id: str) -> None:
        """A subscription gets nothing more."""
        await self.partners.update_one({"subscriptions.id": id}, {"$set": {"subscriptions.$.active": False}})

    async def number_feed(self) -> bool:
        """Give the oldest unnumbered entries their positions; False when there are none.

        Positions are handed out one by one without gaps, guarded by a unique index: a reader at position n has seen
        everything up to n, and nothing can appear behind a cursor.
        """
        waiting = await self.feed.find({"waiting": True}, {"_id": 1}).sort("_id").limit(200).to_list()
        if not waiting:
            return False
        last = await self.feed.find_one({"position": {"$type": "number"}}, {"position": 1}, sort=[("position", -1)])
        start = last["position"] + 1 if last else 1
        writes = [
            UpdateOne({"_id": each["_id"], "waiting": True}, {"$set": {"position": n}, "$unset": {"waiting": 1}})
            for n, each in enumerate(waiting, start=start)
        ]
        try:
            await self.feed.bulk_write(writes)  # in order: it stops at the first number that is taken
        except BulkWriteError as error:
            if error.details["writeErrors"][0]["code"] != DUPLICATE:
                raise
        return True  # where another replica numbers, too, the next look finds what is left

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
        partners=foundation.collection(
            "partners", [IndexModel("token_hash", unique=True), IndexModel("subscriptions.id")]
        ),
        cases=foundation.aggregates("cases", PublicCase),
        feed=foundation.collection(
            "feed",
            [
                IndexModel("position", unique=True, partialFilterExpression=numbered),
                IndexModel([("jurisdiction", 1), ("position", 1)]),
                # No expiry: an emptied feed would count from 1 again, behind every partner's cursor.
                IndexModel([("waiting", 1), ("_id", 1)], partialFilterExpression={"waiting": True}),
            ],
        ),
        deliveries=foundation.aggregates(
            DELIVERIES,
            Delivery,
            [
                IndexModel([("state.about", 1), ("state.created_at", -1)]),
                IndexModel("state.created_at", expireAfterSeconds=_QUARTER),
            ],
        ),
        alerts=foundation.collection("alerts", [IndexModel([("jurisdiction", 1), ("at", -1)])]),
    )
