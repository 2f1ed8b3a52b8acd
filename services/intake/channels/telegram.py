"""Telegram's Bot API: updates of every shape, and messages out. Knows no dialogue.

Only what a person writes to the bot alone is a conversation: in a group everybody would read the answers.
"""

import secrets
from typing import Any

from chassis.deliveries.channel import Limits
from chassis.deliveries.telegram import Bot
from contracts.events import Point
from contracts.vocabulary import AttachmentKind
from services.intake.attachments.cleaning import kind_of_document
from services.intake.channels.plain import choices, unmarked
from services.intake.dialogue.model import Inbound

NAME = "telegram"
_FILES = {"voice": AttachmentKind.VOICE, "video": AttachmentKind.VIDEO, "video_note": AttachmentKind.VIDEO}
_MEDIA = ("voice", "audio", "video", "video_note", "document", "animation", "sticker")


def genuine(header: str | None, secret: str) -> bool:
    """Whether Telegram sent the secret that was agreed with `setWebhook`; without one nothing is genuine."""
    return bool(secret) and secrets.compare_digest((header or "").encode(), secret.encode())


def message(update: Any) -> Inbound | None:
    """What a person wrote or tapped; None where an update is none of a person alone with the bot."""
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        return None
    tapped, edited = _object(update, "callback_query"), _object(update, "edited_message")
    written = edited or _object(tapped or update, "message")
    sender, chat = _object(tapped or written, "from"), _object(written, "chat")
    if chat.get("type") != "private" or not isinstance(sender.get("id"), int) or sender.get("is_bot"):
        return None
    base: dict[str, Any] = {
        "channel": NAME,
        "id": f"{NAME}:{update['update_id']}",
        "person": str(sender["id"]),
        "address": str(chat.get("id")),
        "ref": f"{NAME}:{chat.get('id')}:{written.get('message_id')}",
    }
    if edited and not isinstance(edited.get("message_id"), int):
        return None
    if edited:
        words = str(edited.get("text") or edited.get("caption") or "")
        return Inbound(**base, kind="edit" if words.strip() else "quiet", text=words)
    if tapped:
        return Inbound(**base, kind="choice", choice=str(tapped.get("data") or ""))
    return _written(base, written)


def _written(base: dict[str, Any], written: dict[str, Any]) -> Inbound:
    words = str(written.get("text") or written.get("caption") or "")
    if "location" in written:
        return _location(base, written)
    kind, media = _file(written)
    if kind and media:
        return Inbound(**base, kind="text" if words else kind, file=kind, text=words, media=media)
    if words:
        return Inbound(**base, kind="text", text=_command(words))
    return Inbound(**base, kind="media" if any(each in written for each in _MEDIA) else "unknown")


def _command(words: str) -> str:
    """`/start` and the like are words for us as any others."""
    return words.removeprefix("/").partition("@")[0] if words.startswith("/") and " " not in words else words


def _file(written: dict[str, Any]) -> tuple[AttachmentKind | None, str]:
    """What was sent, of what we take, and the id of it."""
    if photo := _largest(written.get("photo")):
        return AttachmentKind.PHOTO, photo
    if document := _object(written, "document"):
        return kind_of_document(str(document.get("mime_type"))), str(document.get("file_id") or "")
    for name, kind in _FILES.items():
        if found := _object(written, name):
            return kind, str(found.get("file_id") or "")
    return None, ""


def _largest(sizes: Any) -> str:
    """The id of a photo's largest size, which comes last."""
    known = [each for each in sizes if isinstance(each, dict)] if isinstance(sizes, list) else []
    return str(known[-1].get("file_id") or "") if known else ""


def _location(base: dict[str, Any], written: dict[str, Any]) -> Inbound:
    place, venue = _object(written, "location"), _object(written, "venue")
    try:
        point = Point(lat=place["latitude"], lng=place["longitude"])
    except (KeyError, ValueError):
        return Inbound(**base, kind="unknown")
    named = ", ".join(str(venue[part]) for part in ("title", "address") if venue.get(part))
    return Inbound(**base, kind="location", point=point, place=named[:300])


def _object(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def acknowledged(update: Any) -> dict[str, Any] | None:
    """The method with which a webhook's answer tells that a tap was taken; without it the button goes on turning."""
    tapped = _object(update, "callback_query") if isinstance(update, dict) else {}
    return {"method": "answerCallbackQuery", "callback_query_id": str(tapped["id"])} if tapped.get("id") else None


def outbound(address: str, body: dict[str, Any]) -> dict[str, Any]:
    """A reply as `sendMessage` takes it."""
    message: dict[str, Any] = {"chat_id": address, "text": unmarked(body["text"])[:4096]}
    if not choices(body):
        return message
    keys = [[{"text": each["title"], "callback_data": each["id"][:64]}] for each in choices(body)]
    return message | {"reply_markup": {"inline_keyboard": keys}}


class Way:
    """Replies out."""

    name = NAME
    # Telegram bears 30 a second for a bot, and one a second in a conversation.
    limits = Limits(deadline=12, at_once=32, per_second=25, destination_seconds=1, destination_burst=5, one_server=True)

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, id: str, address: str, body: dict[str, Any]) -> str | None:
        """Send one reply."""
        return await self._bot.send(outbound(address, body))
