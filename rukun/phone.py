"""A phone that writes to the bot: payloads signed as Meta signs them, replies read from the simulated Graph API."""

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

from rukun.client import Away, Visitor

_PATIENCE_SECONDS = 90


class Phone:
    """One WhatsApp user."""

    def __init__(self, visitor: Visitor, number: str, app_secret: str) -> None:
        self._visitor = visitor
        self.number = number
        self._secret = app_secret.encode()
        self._read = len(self._talk())

    def write(self, text: str, expected: str = "") -> str:
        """Write a text; what the bot answers until it answers `expected`."""
        return self._send({"type": "text", "text": {"body": text}}, expected)

    def choose(self, choice: str, expected: str = "") -> str:
        """Tap a button or a row; what the bot answers until it answers `expected`."""
        reply = {"type": "button_reply", "button_reply": {"id": choice, "title": choice}}
        return self._send({"type": "interactive", "interactive": reply}, expected)

    def _send(self, message: dict[str, Any], expected: str) -> str:
        stamped = {
            "from": self.number,
            "id": f"wamid.{uuid4().hex}",
            "timestamp": str(int(time.time())),
            **message,
        }
        contact = {"wa_id": self.number, "user_id": f"ID.{self.number[-8:]}", "profile": {"name": "Warga"}}
        value = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [stamped]}
        entry = {"id": "0", "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}
        self._visitor.post("/intake/v1/channels/whatsapp", content=body, headers=headers).raise_for_status()
        return self.receive(expected)

    def receive(self, expected: str = "") -> str:
        """Wait until the bot answers something with this text; all it answered meanwhile."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            talk = self._talk()
            fresh = "\n".join(talk[self._read :])
            if len(talk) > self._read and expected in fresh:
                self._read = len(talk)
                return fresh
            time.sleep(0.05)
        raise Away(f"no “{expected}” on the phone {self.number[-4:]}")

    def _talk(self) -> list[str]:
        answer = self._visitor.get(f"/simulator/chat/{self.number}")
        return [each["text"] for each in answer.json() if not each["mine"]]
