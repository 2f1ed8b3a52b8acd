"""What every channel asks first: who gets it, where, and whether it still matters."""

from collections.abc import Callable

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Delivery
from services.notification.model import Official
from services.notification.store import Store


async def address_of(store: Store, delivery: Delivery, address: Callable[[Official], str | None]) -> str:
    """The recipient's address now. Who is no longer listed, or an alert that is over, is not called any more."""
    official = await store.official(delivery.recipient)
    found = address(official) if official else None
    if not found:
        raise Undelivered("not_listed", final=True)
    if not await store.is_true(delivery):
        raise Undelivered("alert_ended", final=True)
    return found
