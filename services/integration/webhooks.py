"""Sends what is queued to partners, tries again with growing pauses, and numbers the feed."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx2
import structlog

from chassis import webhooks
from chassis.clock import now
from chassis.store import Document
from services.integration.model import Partner, Subscription, next_try
from services.integration.settings import IntegrationSettings
from services.integration.store import Store

log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.25
_AT_ONCE = 20
_GONE = 410
_LEASE = timedelta(seconds=60)


class Webhooks:
    """The sender."""

    def __init__(self, store: Store, settings: IntegrationSettings) -> None:
        self._store = store
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=10)

    async def number(self) -> None:
        """Number the feed, until cancelled."""
        while True:
            if not await self._store.number_feed():
                await asyncio.sleep(_POLL_SECONDS)

    async def deliver(self) -> None:
        """Send, until cancelled."""
        while True:
            due = {"status": "queued", "due": {"$lte": now()}}
            found = await self._store.deliveries.find(due).sort("due").limit(_AT_ONCE).to_list()
            if found:
                partners = await self._store.all_partners()
                await asyncio.gather(*(self._deliver(each, partners) for each in found))
            else:
                await asyncio.sleep(_POLL_SECONDS)

    async def _deliver(self, delivery: Document, partners: dict[str, Partner]) -> None:
        at = now()
        # Whoever moves its time by a lease sends it; another replica passes it over.
        claim = {"_id": delivery["_id"], "status": "queued", "due": delivery["due"]}
        if (await self._store.deliveries.update_one(claim, {"$set": {"due": at + _LEASE}})).matched_count == 0:
            return
        subscription = _subscription(delivery, partners)
        if subscription is None or not subscription.active:
            await self._write(delivery, at, "dropped", "langganan tidak aktif lagi")
            return
        try:
            status = await webhooks.post(
                self._client,
                subscription.url,
                subscription.secrets,
                delivery["_id"],
                delivery["body"],
                at,
                self._settings.allow_private_addresses,
            )
        except webhooks.Refused as error:
            await self._again(delivery, at, str(error))
            return
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
            await self._again(delivery, at, "alamat mitra tidak menjawab")
            return
        if status == _GONE:
            await self._switch_off(subscription)
            await self._write(delivery, at, "failed", "mitra menjawab 410; langganan dimatikan")
        elif status >= 300:
            await self._again(delivery, at, f"mitra menjawab {status}")
        else:
            await self._write(delivery, at, "sent", str(status))

    async def _again(self, delivery: Document, at: datetime, reason: str) -> None:
        due = next_try(delivery["tries"] + 1, self._settings.retry_seconds, at)
        await self._write(delivery, at, "queued" if due else "failed", reason, due)

    async def _write(
        self, delivery: Document, at: datetime, status: str, words: str, due: datetime | None = None
    ) -> None:
        entry = {"at": at, "status": status, "words": words}
        fields: dict[str, Any] = {"status": status, "due": due or at}
        change = {"$set": fields, "$inc": {"tries": 1}, "$push": {"log": {"$each": [entry], "$slice": -20}}}
        await self._store.deliveries.update_one({"_id": delivery["_id"]}, change)
        if status == "failed":
            log.error("webhook given up", reason=words)

    async def _switch_off(self, subscription: Subscription) -> None:
        which = {"subscriptions.id": subscription.id}
        await self._store.partners.update_one(which, {"$set": {"subscriptions.$.active": False}})


def _subscription(delivery: Document, partners: dict[str, Partner]) -> Subscription | None:
    partner = partners.get(delivery["partner"])
    found = partner.subscriptions if partner else []
    return next((each for each in found if each.id == delivery["subscription"]), None)
