"""Alerts to an official's own system, signed as Standard Webhooks asks."""

import json

import httpx2

from chassis import webhooks
from chassis.clock import now
from chassis.deliveries.channel import Limits
from chassis.deliveries.delivery import Delivery
from services.notification.channels.recipient import prepare
from services.notification.model import Official
from services.notification.settings import NotificationSettings
from services.notification.store import Store

NAME = "webhook"
LABEL = "Webhook"


def address(official: Official) -> str | None:
    """The endpoint."""
    return official.webhook


class Sender:
    """By HTTP."""

    name = NAME
    limits = Limits(deadline=10, at_once=64)

    def __init__(self, store: Store, settings: NotificationSettings) -> None:
        self._store = store
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Post one alert."""
        url, content = await prepare(self._store, self._settings, id, delivery, address)
        self._client = self._client or webhooks.new_client(self.limits.deadline)
        secrets = [self._settings.webhook_secret.get_secret_value()]
        body = json.dumps({"type": content.kind, "timestamp": delivery.created_at.isoformat(), "data": content.data})
        await webhooks.deliver(self._client, url, secrets, id, body, now(), self._settings.allow_private_addresses)
        return None
