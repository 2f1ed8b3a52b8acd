"""Alerts by e-mail."""

from email.message import EmailMessage

from chassis.deliveries.channel import Limits
from chassis.deliveries.delivery import Delivery
from services.notification.channels.recipient import prepare
from services.notification.messages import Message
from services.notification.model import Official
from services.notification.settings import NotificationSettings
from services.notification.store import Store

NAME = "email"
LABEL = "E-mail"


def address(official: Official) -> str | None:
    """The mail address."""
    return official.email


class Sender:
    """By the configured mail server."""

    name = NAME
    # Paced, so that a directive to all the country (eight minutes for 50,000) stands before an alert neither in the
    # server's own queue nor at this process's turn.
    limits = Limits(
        deadline=15, at_once=16, per_second=240, reserved_per_second=120, ordinary_per_second=105, one_server=True
    )

    def __init__(self, store: Store, settings: NotificationSettings) -> None:
        self._store = store
        self._settings = settings
        self._server = settings.mail_server()

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send one mail; the same delivery always has the same Message-ID, so one sent twice is recognised."""
        to, content = await prepare(self._store, self._settings, id, delivery, address)
        message_id = f"<{id.replace(':', '.')}@rukun>"
        await self._server.send(self._message(to, message_id, content))
        return message_id

    def _message(self, to: str, message_id: str, content: Message) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._settings.mail_from, to
        message["Subject"] = content.subject
        message["Message-ID"] = message_id
        message.set_content(content.text)
        return message
