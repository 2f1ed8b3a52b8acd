"""Alerts by WhatsApp: an approved template, as an official's last message is usually more than a day old."""

from typing import Any

import structlog

from chassis.deliveries.channel import Limits, Undelivered
from chassis.deliveries.delivery import Delivery
from chassis.deliveries.graph import Graph
from chassis.language import SOURCE
from services.notification.channels.recipient import prepare
from services.notification.messages import REPLY, Message
from services.notification.model import Official
from services.notification.settings import NotificationSettings
from services.notification.store import Store

log = structlog.get_logger(__name__)
NAME = "whatsapp"
LABEL = "WhatsApp"


def address(official: Official) -> str | None:
    """The number."""
    return official.whatsapp


class Sender:
    """By the Graph API."""

    name = NAME
    # The number bears 80 a second for the whole house: 30 are intake's replies, 20 of these are for alerts alone.
    limits = Limits(
        deadline=12,
        at_once=32,
        per_second=50,
        reserved_per_second=20,
        destination_seconds=6,
        destination_burst=45,
        one_server=True,
    )

    def __init__(self, store: Store, settings: NotificationSettings) -> None:
        self._store = store
        self._settings = settings
        token = settings.whatsapp_token.get_secret_value()
        self._graph = Graph(settings.graph_url, settings.whatsapp_number_id, token, "notification")

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send one template. One that is not approved in the recipient's language goes in the house's. Who has just
        tapped a button is replied to in words."""
        to, content = await prepare(self._store, self._settings, id, delivery, address)
        if content.kind == REPLY:
            text = {"type": "text", "text": {"body": content.text, "preview_url": False}}
            return await self._graph.send(id, {"messaging_product": "whatsapp", "to": to, **text})
        try:
            return await self._send(id, to, content)
        except Undelivered as error:
            if error.reason not in ("template_missing", "template_fault") or content.language == SOURCE:
                raise
        log.warning("template not approved in this language", template=content.template, language=content.language)
        _, content = await prepare(self._store, self._settings, id, delivery, address, SOURCE)
        return await self._send(id, to, content)

    async def _send(self, id: str, to: str, content: Message) -> str | None:
        """With its buttons; without them where the template was approved before it had any."""
        try:
            return await self._graph.send(id, _template(to, content, content.buttons))
        except Undelivered as error:
            # Which code it is depends on what of the buttons does not fit; what is about the recipient has others.
            if error.reason not in ("template_fault", "status_400") or not error.final or not content.buttons:
                raise
        log.warning("template approved without buttons", template=content.template)
        return await self._graph.send(id, _template(to, content, ()))


def _template(to: str, content: Message, buttons: tuple[str, ...]) -> dict[str, Any]:
    body = {"type": "body", "parameters": [{"type": "text", "text": each} for each in content.parameters]}
    taps = [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(n),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for n, payload in enumerate(buttons)
    ]
    template = {
        "name": content.template,
        "language": {"code": content.language},
        "components": [body, *taps],
    }
    return {"messaging_product": "whatsapp", "to": to, "type": "template", "template": template}
