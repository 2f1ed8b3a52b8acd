"""Telegram's Bot API as a sender: a message out, what its errors mean for the next try, a file that somebody sent."""

from typing import Any

import httpx2

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.reading import read_limited


class Bot:
    """One bot. Its token stands in every address, which is why no address of it is ever logged or told."""

    def __init__(self, url: str, token: str) -> None:
        self._methods = f"{url}/bot{token}"
        self._files = f"{url}/file/bot{token}"
        self._client: httpx2.AsyncClient | None = None

    async def send(self, message: dict[str, Any]) -> str | None:
        """Telegram's id of the message; `Undelivered` where it was not taken."""
        found = await self._call("sendMessage", message)
        id = found.get("message_id")
        return None if id is None else str(id)

    async def media(self, id: str, most: int) -> bytes:
        """A file that somebody sent to the bot; `Undelivered` where it is not to be had, for good or for now."""
        path = str((await self._call("getFile", {"file_id": id})).get("file_path"))
        try:
            async with self._opened().stream("GET", f"{self._files}/{path}") as answer:
                if not answer.is_success:
                    raise Undelivered(f"status_{answer.status_code}")
                return await read_limited(answer, most)
        except httpx2.HTTPError:
            raise Undelivered("telegram_away", channel_wide=True) from None  # the error would tell the address

    def _opened(self) -> httpx2.AsyncClient:
        self._client = self._client or httpx2.AsyncClient(timeout=10)
        return self._client

    async def _call(self, method: str, content: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._opened().post(f"{self._methods}/{method}", json=content)
        except httpx2.HTTPError:
            raise Undelivered("telegram_away", channel_wide=True) from None
        body = _object(answer)
        if answer.is_success and body.get("ok") is True:
            result = body.get("result")
            return result if isinstance(result, dict) else {}
        raise undelivered(answer.status_code, body)


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def undelivered(status: int, body: dict[str, Any]) -> Undelivered:
    """What an error answer means (core.telegram.org/bots/api, "Making requests")."""
    if status == 403:
        return Undelivered("blocked", final=True)
    if status == 400:
        return Undelivered("status_400", final=True)
    if status in (401, 404):
        return Undelivered("token", channel_wide=True, after=300.0)
    if status == 429:
        given = body.get("parameters")
        after = given.get("retry_after") if isinstance(given, dict) else None
        return Undelivered("channel_pace", channel_wide=True, after=float(after) if isinstance(after, int) else 30.0)
    return Undelivered(f"status_{status}", channel_wide=status >= 500)
