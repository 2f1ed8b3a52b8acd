"""What every channel asks first: who gets it, where, whether it still matters, and what it says."""

from collections.abc import Callable

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Delivery
from chassis.language import SOURCE, use
from services.notification.consultations import messages as consultations
from services.notification.directives.messages import KIND, WITHDRAWN
from services.notification.directives.model import Directive, Step
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

_MESSAGES = {
    replies.KIND: reply_message,
    CHECK: check_message,
    consultations.KIND: consultation_message,
    duty.KIND: duty_message,
}
"""By what a delivery tells; an alert or a request to look where it is none of these, and no directive."""


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
    kind = delivery.content.get("kind")
    directive = await _directive(store, delivery) if kind == KIND else None
    if directive is None and not await store.is_true(delivery):
        raise Undelivered("alert_ended", moot=True)
    with use(language or (official.language if official else SOURCE)):
        if directive is not None:
            return found, directive_message(settings, delivery, directive)
        return found, _MESSAGES.get(str(kind), message_of)(settings, id, delivery)


async def _directive(store: Store, delivery: Delivery) -> Directive:
    """The directive, unless it was withdrawn and this does not tell of that. One read: there are fifty thousand."""
    row = await store.directives.get(delivery.about)
    withdrawn = row is not None and row.state.step is Step.WITHDRAWN
    if row is None or (withdrawn and delivery.content["purpose"] != WITHDRAWN):
        raise Undelivered("alert_ended", moot=True)
    return row.state
