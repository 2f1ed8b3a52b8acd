"""What every channel asks first: who gets it, where, whether it still matters, and what it says."""

from collections.abc import Callable

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Delivery
from chassis.language import SOURCE, use
from services.notification.consultations import messages as consultations
from services.notification.directives.messages import KIND
from services.notification.duty import messages as duty
from services.notification.links import replies
from services.notification.messages import (
    Message,
    check_message,
    consultation_message,
    directive_message,
    duty_message,
    message_of,
    reply_message,
)
from services.notification.model import Official
from services.notification.proofs.model import CHECK
from services.notification.settings import NotificationSettings
from services.notification.store import Store


async def prepare(
    store: Store,
    settings: NotificationSettings,
    id: str,
    delivery: Delivery,
    address: Callable[[Official], str | None],
    language: str = "",
) -> tuple[str, Message]:
    """The recipient's address now, and the message, in their language unless another is asked for. Who is no longer
    listed, or an alert that is over, is not called any more."""
    official = await store.official(delivery.recipient)
    found = address(official) if official else None
    if not found:
        raise Undelivered("not_listed", moot=True)
    if not await store.is_true(delivery):
        raise Undelivered("alert_ended", moot=True)
    language = language or (official.language if official else SOURCE)
    if delivery.content.get("kind") == replies.KIND:
        with use(language):
            return found, reply_message(settings, delivery)
    if delivery.content.get("kind") == CHECK:
        with use(language):
            return found, check_message(settings, id)
    if delivery.content.get("kind") == consultations.KIND:
        with use(language):
            return found, consultation_message(settings, delivery)
    if delivery.content.get("kind") == duty.KIND:
        with use(language):
            return found, duty_message(settings, delivery)
    if delivery.content.get("kind") != KIND:
        with use(language):
            return found, message_of(settings, id, delivery)
    directive = await store.directives.get(delivery.about)
    if directive is None:
        raise Undelivered("alert_ended", moot=True)
    with use(language):
        return found, directive_message(settings, delivery, directive.state)
