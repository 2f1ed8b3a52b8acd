"""Alerts by short message: for telephones without the internet, and for hours in which it is away."""

from chassis.deliveries.channel import Limits, Undelivered
from chassis.deliveries.delivery import Delivery
from services.notification.channels.recipient import prepare
from services.notification.model import Official
from services.notification.settings import NotificationSettings
from services.notification.store import Store

NAME = "sms"
LABEL = "SMS"


def address(official: Official) -> str | None:
    """The number."""
    return official.sms


class Sender:
    """By the configured gateway, which intake's replies use as well."""

    name = NAME
    limits = Limits(
        deadline=12,
        at_once=16,
        per_second=20,
        reserved_per_second=10,
        destination_seconds=3,
        destination_burst=10,
        one_server=True,
    )

    def __init__(self, store: Store, settings: NotificationSettings) -> None:
        self._store = store
        self._settings = settings
        self._gateway = settings.sms_gateway("notification")

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send one short message: what, where, and where to answer."""
        to, content = await prepare(self._store, self._settings, id, delivery, address)
        if self._gateway is None:
            raise Undelivered("no_gateway", final=True)
        return await self._gateway.send(id, f"+{to}", content.short)
