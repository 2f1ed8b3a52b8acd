"""WhatsApp's Graph API and the phones behind it: webhooks in (signed as Meta signs), messages out, statuses."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import httpx2

from simulators.screens import Bubble, Screens
from simulators.settings import SimulatorSettings


class Phones(Screens):
    """The conversations of all simulated phones."""

    label = "WhatsApp"

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__()
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=10)
        self.media: dict[str, bytes] = {}
        self._background: set[asyncio.Task[None]] = set()

    async def say(self, number: str, message: dict[str, Any], shown: str) -> int:
        """The person with this number writes; the status that intake's webhook gave."""
        self.talks[number].append(Bubble(True, shown))
        stamped = {
            "from": number,
            "id": f"wamid.{uuid4().hex}",
            "timestamp": str(int(time.time())),
            **message,
        }
        contact = {"profile": {"name": "Warga"}, "wa_id": number, "user_id": f"ID.{number[-8:]}"}
        return await self._deliver({"contacts": [contact], "messages": [stamped]})

    async def write(self, number: str, text: str) -> int:
        """The owner writes."""
        return await self.say(number, {"type": "text", "text": {"body": text}}, text)

    async def tap(self, number: str, choice: str) -> int:
        """The owner taps a button or a row."""
        found = self.offered(number, choice)
        kind = found.get("kind", "button_reply")
        if kind == "button":
            return await self.say(
                number, {"type": "button", "button": {"payload": choice, "text": found["title"]}}, found["title"]
            )
        message = {"type": "interactive", "interactive": {"type": kind, kind: {"id": choice, "title": found["title"]}}}
        return await self.say(number, message, found["title"])

    async def send_photo(self, number: str, content: bytes, caption: str) -> int:
        """The person with this number sends a photo, with or without words."""
        image = self._uploaded(content, "image/jpeg", caption)
        return await self.say(number, {"type": "image", "image": image}, f"[foto] {caption}".strip())

    async def send_video(self, number: str, content: bytes, caption: str) -> int:
        """The person with this number sends a video."""
        video = self._uploaded(content, "video/mp4", caption)
        return await self.say(number, {"type": "video", "video": video}, f"[video] {caption}".strip())

    async def send_document(self, number: str, content: bytes, media_type: str, caption: str) -> int:
        """The person with this number sends a document, which bears a name beside."""
        document = {**self._uploaded(content, media_type, caption), "filename": "berkas"}
        return await self.say(number, {"type": "document", "document": document}, f"[dokumen] {caption}".strip())

    async def send_voice(self, number: str, content: bytes) -> int:
        """The person with this number sends a voice."""
        audio = {**self._uploaded(content, "audio/ogg; codecs=opus", ""), "voice": True}
        return await self.say(number, {"type": "audio", "audio": audio}, "[suara]")

    def _uploaded(self, content: bytes, media_type: str, caption: str) -> dict[str, Any]:
        id = uuid4().hex
        self.media[id] = content
        described = {"id": id, "mime_type": media_type, "sha256": hashlib.sha256(content).hexdigest()}
        return described | ({"caption": caption} if caption else {})

    async def _deliver(self, value: dict[str, Any]) -> int:
        whole = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": self._settings.number_id},
            **value,
        }
        change = {"field": "messages", "value": whole}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "0", "changes": [change]}]})
        address = f"{self._settings.intake_url}/intake/v1/channels/whatsapp"
        headers = {"content-type": "application/json", "x-hub-signature-256": self._sign(body.encode())}
        try:
            answer = await self._client.post(address, content=body.encode(), headers=headers)
        except httpx2.HTTPError:
            return 0
        return answer.status_code

    def _sign(self, body: bytes) -> str:
        secret = self._settings.app_secret.get_secret_value().encode()
        return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"

    def receive(self, message: dict[str, Any]) -> str:
        """A message for a phone, as the Graph API takes it; its id."""
        number = str(message.get("to") or message.get("recipient"))
        self.talks[number].append(_bubble(message))
        wamid = f"wamid.{uuid4().hex}"
        task = asyncio.create_task(self._statuses(number, wamid, message.get("biz_opaque_callback_data")))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return wamid

    async def _statuses(self, number: str, wamid: str, tag: str | None) -> None:
        for status in ("sent", "delivered", "read"):
            entry = {
                "id": wamid,
                "recipient_id": number,
                "status": status,
                "timestamp": str(int(time.time())),
                **({"biz_opaque_callback_data": tag} if tag else {}),
            }
            await self._deliver({"statuses": [entry]})


def _template(template: dict[str, Any]) -> Bubble:
    """Its text is at Meta: here its name and what fills it, and a quick reply as the button it is."""
    parameters = [each for part in template.get("components", []) for each in part.get("parameters", [])]
    words = [each["text"] for each in parameters if each["type"] == "text"]
    payloads = [each["payload"] for each in parameters if each["type"] == "payload"]
    choices = [{"id": each, "title": _title(each), "kind": "button"} for each in payloads]
    return Bubble(False, f"[{template['name']}] " + " · ".join(words), choices)


def _title(payload: str) -> str:
    """What Meta has approved as the text of a button; here by what it sends back."""
    named = {"acknowledge": "Saya terima", "refuse": "Tidak bisa"}
    return next((title for verb, title in named.items() if f":{verb}:" in payload), "Baca")


def _bubble(message: dict[str, Any]) -> Bubble:
    kind = message.get("type")
    if kind == "interactive":
        shown = message["interactive"]
        action = shown["action"]
        replies = [each["reply"] for each in action.get("buttons", [])]
        rows = [row for section in action.get("sections", []) for row in section["rows"]]
        kind_of_reply = "button_reply" if replies else "list_reply"
        choices = [{"id": e["id"], "title": e["title"], "kind": kind_of_reply} for e in (replies or rows)]
        return Bubble(False, shown["body"]["text"], choices)
    if kind == "template":
        return _template(message["template"])
    return Bubble(False, str(message.get("text", {}).get("body", "")))
