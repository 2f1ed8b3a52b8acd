"""What every channel asks first: who gets it, where, and whether it still matters."""

from collections.abc import Callable

from chassis.database import Document
from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Delivery
from chassis.language import _
from contracts.vocabulary import Level
from kemenag.labels import LEVEL_LABELS
from services.notification.model import UNANSWERED, Kind, Official
from services.notification.settings import NotificationSettings
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


def level_of_call(content: Document) -> str:
    """The level in words; that it is a request to look, where it is no more."""
    if content.get("kind") == Kind.LOOK:
        return _("minta diperiksa")
    return f"{content['level']} {LEVEL_LABELS[Level(content['level'])]}"


def link_to(settings: NotificationSettings, delivery: Delivery) -> str:
    """The page of what the delivery tells."""
    content = delivery.content
    if content.get("purpose") == UNANSWERED:  # who runs the system sees no alerts, but may see whom to telephone
        return f"{settings.public_url}/notification/coverage?region={content['region']}&level={content['level']}"
    return f"{settings.public_url}/notification/alerts/{content['alert_id']}"
