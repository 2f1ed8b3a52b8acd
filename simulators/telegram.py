"""Telegram's Bot API and the people behind it: updates to intake's webhook, `sendMessage` and `getFile` from it."""

import itertools
import time
from typing import Any
from uuid import uuid4

import httpx2

from simulators.screens import Bubble, Screens
from simulators.settings import SimulatorSettings


class Telegram(Screens):
    """The people who chat with the bot; a person is known by a number of Telegram's own."""

    label = "Telegram"

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__()
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=10)
        self._numbers = itertools.count(int(time.time() * 1000))
        self.files: dict[str, bytes] = {}
        self.acknowledged: list[str] = []

    async def write(self, number: str, text: str) -> int:
        """A text."""
        self.talks[number].append(Bubble(True, text))
        return await self._message(number, {"text": text})

    async def send_photo(self, number: str, content: bytes, caption: str) -> int:
        """A photo, in two sizes as Telegram makes them."""
        id = self._uploaded(number, content, f"[foto] {caption}")
        photo = [{"file_id": "small", "width": 90, "height": 60}, {"file_id": id, "width": 1280, "height": 853}]
        return await self._message(number, {"photo": photo} | ({"caption": caption} if caption else {}))

    async def send_voice(self, number: str, content: bytes) -> int:
        """A voice."""
        id = self._uploaded(number, content, "[suara]")
        return await self._message(number, {"voice": {"file_id": id, "duration": 3, "mime_type": "audio/ogg"}})

    async def send_video(self, number: str, content: bytes, caption: str) -> int:
        """A video."""
        id = self._uploaded(number, content, f"[video] {caption}")
        video = {"file_id": id, "width": 320, "height": 240, "duration": 3, "mime_type": "video/mp4"}
        return await self._message(number, {"video": video} | ({"caption": caption} if caption else {}))

    async def send_document(self, number: str, content: bytes, media_type: str, caption: str) -> int:
        """A file as it is."""
        id = self._uploaded(number, content, f"[dokumen] {caption}")
        document = {"file_id": id, "file_name": "berkas", "mime_type": media_type}
        return await self._message(number, {"document": document} | ({"caption": caption} if caption else {}))

    def _uploaded(self, number: str, content: bytes, shown: str) -> str:
        id = uuid4().hex
        self.files[id] = content
        self.talks[number].append(Bubble(True, shown.strip()))
        return id

    async def tap(self, number: str, choice: str) -> int:
        """A button of an inline keyboard."""
        self.talks[number].append(Bubble(True, self.offered(number, choice)["title"]))
        message = {"message_id": next(self._numbers), "date": int(time.time()), "chat": self._chat(number)}
        query = {"id": uuid4().hex, "from": self._person(number), "message": message, "data": choice}
        return await self.deliver({"callback_query": query})

    async def _message(self, number: str, content: dict[str, Any]) -> int:
        message = {
            "message_id": next(self._numbers),
            "date": int(time.time()),
            "from": self._person(number),
            "chat": self._chat(number),
            **content,
        }
        return await self.deliver({"message": message})

    async def deliver(self, update: dict[str, Any]) -> int:
        """Post an update, as Telegram does."""
        headers = {"x-telegram-bot-api-secret-token": self._settings.telegram_secret.get_secret_value()}
        address = f"{self._settings.intake_url}/intake/v1/channels/telegram"
        numbered = {"update_id": next(self._numbers), **update}
        try:
            answer = await self._client.post(address, json=numbered, headers=headers)
        except httpx2.HTTPError:
            return 0
        if answer.content and answer.json().get("method") == "answerCallbackQuery":
            self.acknowledged.append(answer.json()["callback_query_id"])
        return answer.status_code

    def _person(self, number: str) -> dict[str, Any]:
        return {"id": int(number), "is_bot": False, "first_name": "Warga"}

    def _chat(self, number: str) -> dict[str, Any]:
        return {"id": int(number), "type": "private", "first_name": "Warga"}

    def call(self, method: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """A method of the Bot API; its result, or None where it is refused."""
        if method == "sendMessage" and content.get("chat_id") and content.get("text"):
            keys = [key for row in content.get("reply_markup", {}).get("inline_keyboard", []) for key in row]
            choices = [{"id": each["callback_data"], "title": each["text"], "kind": "tap"} for each in keys]
            self.talks[str(content["chat_id"])].append(Bubble(False, content["text"], choices))
            return {"message_id": next(self._numbers)}
        if method == "getFile" and content.get("file_id") in self.files:
            return {"file_id": content["file_id"], "file_path": f"photos/{content['file_id']}.jpg"}
        return None
