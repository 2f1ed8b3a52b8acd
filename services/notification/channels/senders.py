"""E-mail, WhatsApp template, webhook: each sends one delivery, or says why it could not."""

import json
from email.message import EmailMessage

import aiosmtplib
import httpx2

from chassis import webhooks
from contracts.regions import region
from contracts.vocabulary import LEVEL_LABELS
from services.notification.model import Alert, Delivery, Official
from services.notification.settings import NotificationSettings


class Undelivered(Exception):
    """It did not arrive; `final` where trying again is pointless."""

    def __init__(self, reason: str, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class Senders:
    """The channels that leave the house."""

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=10)

    async def send(self, alert_id: str, alert: Alert, delivery: Delivery, to: Official) -> None:
        """Send by the delivery's channel; `Undelivered` if it did not work."""
        await {"email": self._email, "whatsapp": self._whatsapp, "webhook": self._webhook}[delivery.channel](
            alert_id, alert, delivery, to
        )

    def _link(self, alert_id: str) -> str:
        return f"{self._settings.public_url}/notification/alerts/{alert_id}"

    async def _email(self, alert_id: str, alert: Alert, delivery: Delivery, to: Official) -> None:
        message = EmailMessage()
        exercise = "[LATIHAN] " if alert.exercise else ""
        level = f"{int(alert.level)} {LEVEL_LABELS[alert.level]}"
        message["From"], message["To"] = self._settings.mail_from, to.email
        message["Subject"] = f"{exercise}Rukun: tingkat {level} di {region(alert.region).name}"
        # The same delivery always has the same id, so that a mail sent twice is recognised.
        message["Message-ID"] = f"<{delivery.id.replace(':', '.')}@rukun>"
        message.set_content(
            f"{exercise}Peringatan tingkat {level}\n{region(alert.region).path}\n\n{alert.sentence}\n\n"
            f"Buka dan tekan “Saya terima”: {self._link(alert_id)}\n"
        )
        settings = self._settings
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                start_tls=True if settings.smtp_start_tls else None,
                username=settings.smtp_user or None,
                password=settings.smtp_password.get_secret_value() or None,
                timeout=15,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise Undelivered("alamat e-mail ditolak", final=True) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered(f"server e-mail: {type(error).__name__}") from error

    async def _whatsapp(self, alert_id: str, alert: Alert, delivery: Delivery, to: Official) -> None:
        level = f"{int(alert.level)} {LEVEL_LABELS[alert.level]}"
        words = [level, region(alert.region).path, self._link(alert_id)]
        body = {
            "messaging_product": "whatsapp",
            "to": to.whatsapp,
            "type": "template",
            "template": {
                "name": self._settings.whatsapp_template,
                "language": {"code": "id"},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": each} for each in words]}],
            },
        }
        token = self._settings.whatsapp_token.get_secret_value()
        address = f"{self._settings.graph_url}/{self._settings.whatsapp_number_id}/messages"
        try:
            answer = await self._client.post(address, json=body, headers={"Authorization": f"Bearer {token}"})
        except httpx2.HTTPError as error:
            raise Undelivered(f"WhatsApp: {type(error).__name__}") from error
        if not answer.is_success:
            raise Undelivered(f"WhatsApp menolak ({answer.status_code})", final=answer.status_code == 400)

    async def _webhook(self, alert_id: str, alert: Alert, delivery: Delivery, to: Official) -> None:
        data = {
            "alert_id": alert_id,
            "level": int(alert.level),
            "region": alert.region,
            "sentence": alert.sentence,
            "exercise": alert.exercise,
            "link": self._link(alert_id),
        }
        body = json.dumps({"type": "rukun.alert", "timestamp": delivery.due.isoformat(), "data": data})
        secrets = [self._settings.webhook_secret.get_secret_value()]
        try:
            status = await webhooks.post(
                self._client,
                to.webhook or "",
                secrets,
                delivery.id,
                body,
                delivery.due,
                self._settings.allow_private_addresses,
            )
        except webhooks.Refused as error:
            raise Undelivered(str(error), final=True) from error
        except httpx2.HTTPError as error:
            raise Undelivered(f"webhook: {type(error).__name__}") from error
        if status >= 300:
            raise Undelivered(f"webhook menjawab {status}", final=status == 410)
