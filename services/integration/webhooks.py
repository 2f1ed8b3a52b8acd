"""The channel to partners' endpoints, and the numbering of the feed."""

import asyncio

import httpx2
import structlog

from chassis import webhooks
from chassis.clock import now
from chassis.deliveries.channel import Limits, Undelivered
from chassis.deliveries.delivery import Delivery
from chassis.leases import Lease
from services.integration.model import PAUSED, Subscription
from services.integration.settings import IntegrationSettings
from services.integration.store import Store

log = structlog.get_logger(__name__)
_POLL_SECONDS = 1.0
_PATIENCE = 10
"""Attempts of one delivery that may fail before the endpoint counts as broken: some eight hours of the first pause's
multiples."""


class Sender:
    """Posts one delivery to its subscription, signed as Standard Webhooks asks. What the endpoint answered stands where
    other channels have their provider's id of the message."""

    name = "webhook"
    limits = Limits(deadline=10, at_once=64)

    def __init__(self, store: Store, settings: IntegrationSettings) -> None:
        self._store = store
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send once. An endpoint that answers 410, or has taken nothing for half a day, is paused; what it missed is
        sent when somebody resumes it."""
        subscription = await self._store.subscription(delivery.recipient)
        if subscription is None:
            raise Undelivered("subscription_gone", final=True)
        if subscription.paused_at:
            raise Undelivered(PAUSED, final=True)
        try:
            return str(await self._post(id, delivery, subscription))
        except Undelivered as error:
            because = await self._broken(delivery, error)
            if not because:
                raise
            log.error("subscription paused", subscription=subscription.id, because=because, reason=error.reason)
            await self._store.pause(subscription.id, because, now())
            raise Undelivered(because, final=True) from error

    async def _post(self, id: str, delivery: Delivery, subscription: Subscription) -> int:
        client = self._client = self._client or webhooks.new_client(self.limits.deadline)
        body, allow_private = delivery.content["body"], self._settings.allow_private_addresses
        try:
            # Shorter than the engine's own deadline, which would end this before it could tell what it means.
            async with asyncio.timeout(self.limits.deadline - 1):
                return await webhooks.deliver(
                    client, subscription.url, subscription.secrets, id, body, now(), allow_private
                )
        except TimeoutError as error:
            raise Undelivered("timeout") from error

    async def _broken(self, delivery: Delivery, error: Undelivered) -> str:
        """Why the endpoint counts as gone or broken; empty where it took another since."""
        if error.reason == "gone":
            return "gone"
        if delivery.attempts < _PATIENCE:
            return ""
        took = await self._store.has_taken(delivery.about, delivery.recipient, delivery.created_at)
        return "" if took else "failing"


class FeedNumbers:
    """Numbers the feed; one replica does, so numbers are given without gaps and without races."""

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    async def run(self) -> None:
        """Number what waits, until cancelled."""
        while True:
            await self._lease.wait_held()
            if not await self._store.number_feed():
                await asyncio.sleep(_POLL_SECONDS)
