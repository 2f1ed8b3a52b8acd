"""Alerts by e-mail."""

from email.message import EmailMessage

from chassis.deliveries.channel import Limits, Undelivered
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
    # Paced, so that a directive to all the country does not stand in the server's own queue before an alert.
    limits = Limits(deadline=15, at_once=16, per_second=240, reserved_per_second=120, one_server=True)

    def __init__(self, store: Store, settings: NotificationSettings) -> None:
        self._store = store
        self._settings = settings

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send one mail; the same delivery always has the same Message-ID, so one sent twice is recognised."""
        # Loaded with the first mail: a service that sends none does not pay for the library.
        import aiosmtplib

        to, content = await prepare(self._store, self._settings, id, delivery, address)
        message_id = f"<{id.replace(':', '.')}@rukun>"
        settings = self._settings
        try:
            await aiosmtplib.send(
                self._message(to, message_id, content),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                start_tls=True if settings.smtp_start_tls else None,
                username=settings.smtp_user or None,
                password=settings.smtp_password.get_secret_value() or None,
                timeout=self.limits.deadline,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise Undelivered("address_refused", final=True) from error
        except aiosmtplib.SMTPResponseException as error:
            # The server answers: it is about this mail, for now (4xx) or for good (5xx).
            raise Undelivered(f"smtp_{error.code}", final=error.code >= 500) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered("mail_server_away", channel_wide=True) from error
        return message_id

    def _message(self, to: str, message_id: str, content: Message) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._settings.mail_from, to
        message["Subject"] = content.subject
        message["Message-ID"] = message_id
        message.set_content(content.text)
        return message
