"""Integration's collections: partners, redacted cases, the feed, deliveries, alerts for CAP."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from chassis.aggregates import Aggregates
from chassis.database import DUPLICATE, Collection, Document, insert_new
from chassis.deliveries.delivery import Delivery, Status
from chassis.foundation import Foundation
from chassis.quarantine import READABLE, Documents
from chassis.steps import in_steps, once
from services.integration.model import (
    DELIVERIES,
    PAUSED,
    PAUSES,
    Partner,
    PublicAlert,
    PublicCase,
    Subscription,
    upgrade_case_to_2,
)

_NUMBERED_AT_ONCE = 500
_QUARTER = 90 * 24 * 3600


@dataclass
class Store:
    """Integration's collections."""

    partners: Documents[Partner]
    cases: Aggregates[PublicCase]
    feed: Collection
    feed_waiting: Collection
    deliveries: Aggregates[Delivery]
    alerts: Documents[PublicAlert]
    deliver_soon: Callable[[list[Document]], None] = lambda documents: None
    """New deliveries were queued."""

    async def all_partners(self) -> dict[str, Partner]:
        """Every partner by id."""
        return {id: each async for id, each in self.partners.scan({})}

    async def subscription(self, id: str) -> Subscription | None:
        """A subscription, whoever's it is."""
        found = await self.partners.get({"subscriptions.id": id})
        return next((each for each in found.subscriptions if each.id == id), None) if found else None

    async def pause(self, id: str, because: str, at: datetime) -> None:
        """A subscription gets nothing for now; one that is paused already stays as it is."""
        running = {"subscriptions": {"$elemMatch": {"id": id, "paused_at": None}}}
        change = {"subscriptions.$.paused_at": at, "subscriptions.$.paused_because": because}
        await self.partners.collection.update_one(running, {"$set": change})

    async def has_taken(self, partner_id: str, subscription_id: str, since: datetime) -> bool:
        """Whether an endpoint took anything that was made since a moment."""
        taken = {"state.about": partner_id, "state.status": Status.SENT.value, "state.created_at": {"$gte": since}}
        found = await self.deliveries.collection.find_one({**taken, "state.recipient": subscription_id}, {"_id": 1})
        return found is not None

    async def resume(self, id: str) -> None:
        """A subscription gets what comes again."""
        change = {"subscriptions.$.paused_at": None, "subscriptions.$.paused_because": ""}
        await self.partners.collection.update_one({"subscriptions.id": id}, {"$set": change})

    async def missed(self, partner_id: str, subscription_id: str, limit: int = 0) -> list[str]:
        """Deliveries that wait for a paused subscription, the oldest first."""
        reasons = {"$in": [PAUSED, *PAUSES, "subscription_inactive"]}
        # By the index of a partner's log.
        own = {"state.about": partner_id, "state.recipient": subscription_id, **READABLE}
        wanted = {**own, "state.status": Status.FAILED.value, "state.reason": reasons}
        found = self.deliveries.collection.find(wanted, {"_id": 1}).sort("state.created_at", 1).limit(limit)
        return [each["_id"] async for each in found]

    async def number_feed(self) -> bool:
        """Give the oldest waiting entries their positions; False when there are none.

        Positions are handed out one by one without gaps, guarded by a unique index: a reader at position n has seen
        everything up to n, and nothing can appear behind a cursor. An entry is inserted with its position, then it
        leaves the waiting ones: after a crash between, or when its event is delivered again, it is found numbered.
        """
        waiting = await self.feed_waiting.find().sort("_id").limit(_NUMBERED_AT_ONCE).to_list()
        if not waiting:
            return False
        ids = [each["_id"] for each in waiting]
        known = {each["_id"] async for each in self.feed.find({"_id": {"$in": ids}}, {"_id": 1})}
        last = await self.feed.find_one({"position": {"$type": "number"}}, {"position": 1}, sort=[("position", -1)])
        fresh = [each for each in waiting if each["_id"] not in known]
        numbered = [{**each, "position": n} for n, each in enumerate(fresh, start=last["position"] + 1 if last else 1)]
        try:
            if numbered:
                await self.feed.insert_many(numbered)  # in order: it stops at the first number that is taken
        except BulkWriteError as error:
            if error.details["writeErrors"][0]["code"] != DUPLICATE:
                raise
            return True  # another replica numbered, too: the next look finds what is left
        await self.feed_waiting.delete_many({"_id": {"$in": ids}})
        return True

    async def upgrade(self) -> None:
        """Entries that release 0.1 left without a position wait apart now."""
        await once(self.feed.database, "feed waits apart", self._set_waiting_apart)

    async def _set_waiting_apart(self) -> None:
        async for ids in in_steps(self.feed):
            async for each in self.feed.find({"_id": {"$in": ids}, "waiting": True}):
                await insert_new(self.feed_waiting, [{key: value for key, value in each.items() if key != "waiting"}])
                await self.feed.delete_one({"_id": each["_id"], "waiting": True})

    async def newest_alerts(self, query: Document, limit: int) -> list[PublicAlert]:
        """Alerts of areas, and of cases that somebody confirmed, the newest first."""
        real = {**query, "exercise": {"$ne": True}}  # a release before this one stored exercises as well
        found = [each for _id, each in await self.alerts.find(real, sort=[("at", -1)], limit=5 * limit)]
        cases = {each.case_id for each in found if each.case_id}
        shared = {"_id": {"$in": list(cases)}, "state.shared": True}
        known = {each["_id"] async for each in self.cases.collection.find(shared, {"_id": 1})}
        return [each for each in found if each.case_id is None or each.case_id in known][:limit]

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
        partners=foundation.documents(
            "partners",
            Partner,
            [
                IndexModel("token_hash", unique=True),
                IndexModel("previous.hash"),
                IndexModel("subscriptions.id"),
            ],
        ),
        cases=foundation.aggregates("cases", PublicCase, upgrades=[upgrade_case_to_2]),
        feed=foundation.collection(
            "feed",
            [
                IndexModel("position", unique=True, partialFilterExpression=numbered),
                IndexModel([("jurisdiction", 1), ("position", 1)]),
                # No expiry: an emptied feed would count from 1 again, behind every partner's cursor.
            ],
        ),
        feed_waiting=foundation.collection("feed_waiting"),
        deliveries=foundation.aggregates(
            DELIVERIES,
            Delivery,
            [
                IndexModel([("state.about", 1), ("state.created_at", -1)]),
                IndexModel([("state.about", 1), ("state.status", 1), ("state.created_at", -1)]),
                IndexModel("state.created_at", expireAfterSeconds=_QUARTER),
            ],
        ),
        alerts=foundation.documents("alerts", PublicAlert, [IndexModel([("jurisdiction", 1), ("at", -1)])]),
    )
