"""The WhatsApp Cloud API: signatures, webhook payloads of every shape, and messages out. Knows no dialogue.

A person is known by the business-scoped `user_id`; the phone number may be missing. An unknown type of message
becomes an `unknown` one, never an error.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import structlog

from chassis.deliveries.channel import Limits
from chassis.deliveries.graph import Graph
from chassis.language import SOURCE
from contracts.events import Point
from contracts.vocabulary import AttachmentKind
from services.intake.attachments.cleaning import kind_of_document
from services.intake.dialogue import texts
from services.intake.dialogue.model import Inbound
from services.intake.reporter_messages import KNOCK

log = structlog.get_logger(__name__)
NAME = "whatsapp"
ANSWER = "answer"
"""With which the payload of a button begins that another service made: `answer:<service>:<verb>:<token>`."""
_LONGEST_ANSWER = 200
_QUIET = {"reaction", "system"}
_MEDIA = {"image", "video", "audio", "document", "sticker"}


def genuine(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether Meta signed these very bytes."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={made}".encode(), (signature or "").encode())


def messages(payload: Any, number_id: str) -> Iterator[Inbound]:
    """Every message to our number in a webhook's payload; whatever is not as expected is passed over."""
    for value in _values(payload):
        if _is_anothers(value, number_id):
            # Said aloud: with a mistyped WHATSAPP_NUMBER_ID this is everybody.
            log.warning("message to another WhatsApp number passed over", ours=number_id)
            continue
        people = {
            str(each.get("wa_id")): str(each.get("user_id"))
            for each in _dicts(value.get("contacts"))
            if each.get("wa_id") and each.get("user_id")
        }
        only = [each.get("user_id") for each in _dicts(value.get("contacts")) if each.get("user_id")]
        for message in _dicts(value.get("messages")):
            sender = str(message.get("from") or "")
            known = message.get("from_user_id") or people.get(sender) or (only[0] if len(only) == 1 else None)
            person = str(known or sender)
            if person and message.get("id"):
                yield read_message(message, person, sender or person)


def answers(found: list[Inbound]) -> tuple[list[Inbound], list[tuple[str, str, str, str]]]:
    """What belongs to a conversation; and answers to messages of other services, by their buttons: service, verb, token
    and a hash of the tap's own id. Who tapped is named by the token alone, and their number goes no further."""
    talk, others = [], []
    for each in found:
        parts = each.choice.split(":", 3)
        if len(parts) == 4 and parts[0] == ANSWER and len(each.choice) <= _LONGEST_ANSWER:
            others.append((parts[1], parts[2], parts[3], hashlib.sha256(each.id.encode()).hexdigest()[:16]))
        else:
            talk.append(each)
    return talk, others


def statuses(payload: Any) -> list[dict[str, Any]]:
    """Every status in a webhook's payload."""
    return [each for value in _values(payload) for each in _dicts(value.get("statuses"))]


def _is_anothers(value: dict[str, Any], number_id: str) -> bool:
    """Whether it came to another number of the same business account, which others answer."""
    metadata = value.get("metadata")
    named = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    return named is not None and str(named) != number_id


def _values(payload: Any) -> Iterator[dict[str, Any]]:
    for entry in _dicts(payload.get("entry") if isinstance(payload, dict) else None):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if isinstance(value, dict):
                yield value


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def read_message(message: dict[str, Any], person: str, address: str) -> Inbound:
    """One message in our own shape."""
    kind = str(message.get("type") or "unknown")
    given = message.get(kind)
    content: dict[str, Any] = given if isinstance(given, dict) else {}
    base = {"id": str(message["id"]), "person": person, "address": address, "ref": str(message["id"])}
    if kind == "text":
        return Inbound(**base, kind="text", text=str(content.get("body") or ""))
    if kind == "interactive":
        reply = content.get(str(content.get("type"))) or {}
        reply = reply if isinstance(reply, dict) else {}
        return Inbound(**base, kind="choice", choice=str(reply.get("id") or ""), text=str(reply.get("title") or ""))
    if kind == "button":
        return Inbound(
            **base,
            kind="choice",
            choice=str(content.get("payload") or ""),
            text=str(content.get("text") or ""),
        )
    if kind == "location":
        return _location(base, content)
    if kind in ("edit", "revoke"):
        return _taken_back(base, kind, content)
    if kind in _QUIET:
        return Inbound(**base, kind="quiet")
    caption = str(content.get("caption") or "")
    if content.get("id") and (file := _file(kind, content)):
        # Not the name of a document: people name files after people.
        return Inbound(**base, kind="text" if caption else file, file=file, text=caption, media=str(content["id"]))
    if kind in _MEDIA:
        return Inbound(**base, kind="text" if caption else "media", text=caption)
    return Inbound(**base, kind="unknown")


def _file(kind: str, content: dict[str, Any]) -> AttachmentKind | None:
    """What was sent, of what we take; a picture that comes as a document is a picture."""
    if kind == "audio":
        return AttachmentKind.VOICE if _is_voice(content) else None
    if kind == "document":
        return kind_of_document(str(content.get("mime_type")))
    return {"image": AttachmentKind.PHOTO, "video": AttachmentKind.VIDEO}.get(kind)


def _is_voice(audio: dict[str, Any]) -> bool:
    """Whether it was spoken into the phone: other recordings are files, which bear more than a voice."""
    return audio.get("voice") is True or str(audio.get("mime_type")).startswith(("audio/ogg", "audio/amr"))


def _taken_back(base: dict[str, str], kind: str, content: dict[str, Any]) -> Inbound:
    """An edit or revocation of an earlier message; of an edit that is no text, nothing is known."""
    about, whole = str(content.get("original_message_id") or ""), content.get("message")
    words = whole.get(str(whole.get("type"))) if isinstance(whole, dict) else None
    text = str(words.get("body") or words.get("caption") or "") if isinstance(words, dict) else ""
    if not about or (kind == "edit" and not text.strip()):
        return Inbound(**base, kind="quiet")
    return Inbound(**{**base, "ref": about}, kind=kind, text=text)


def _location(base: dict[str, str], content: dict[str, Any]) -> Inbound:
    try:
        point = Point(lat=content["latitude"], lng=content["longitude"])
    except (KeyError, ValueError):
        return Inbound(**base, kind="unknown")
    place = ", ".join(str(content[part]) for part in ("name", "address") if content.get(part))
    return Inbound(**base, kind="location", point=point, place=place[:300])


def outbound(address: str, body: dict[str, Any], knock: str = "") -> dict[str, Any]:
    """A reply as the Graph API takes it. `knock`: the template that asks for a word where nothing else may be sent."""
    to = {"to": address} if address.isdigit() else {"recipient": address}
    message: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", **to}
    if body.get(KNOCK):
        button = {"type": "button", "sub_type": "quick_reply", "index": "0"}
        components = [{**button, "parameters": [{"type": "payload", "payload": texts.READ}]}]
        template = {"name": knock, "language": {"code": SOURCE}, "components": components}
        return message | {"type": "template", "template": template}
    if "buttons" in body:
        action: dict[str, Any] = {"buttons": [{"type": "reply", "reply": each} for each in body["buttons"]]}
        shown = {"type": "button", "body": {"text": body["text"][:1024]}, "action": action}
        return message | {"type": "interactive", "interactive": shown}
    if "rows" in body:
        rows = [{name: value for name, value in each.items() if value} for each in body["rows"]]
        action = {"button": body["button"], "sections": [{"title": body["button"], "rows": rows}]}
        shown = {"type": "list", "body": {"text": body["text"][:4096]}, "action": action}
        return message | {"type": "interactive", "interactive": shown}
    return message | {"type": "text", "text": {"body": body["text"][:4096], "preview_url": False}}


class Way:
    """Replies out."""

    name = NAME
    # The number bears 80 a second for the whole house; alerts have the larger part.
    limits = Limits(
        deadline=12, at_once=32, per_second=30, destination_seconds=6, destination_burst=45, one_server=True
    )

    def __init__(self, graph: Graph, knock: str) -> None:
        self._graph = graph
        self._knock = knock

    async def send(self, id: str, address: str, body: dict[str, Any]) -> str | None:
        """Send one reply."""
        return await self._graph.send(id, outbound(address, body, self._knock))
