"""WhatsApp's Graph API as a sender: a message out, what its errors mean for the next try, what it reports later."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx2

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Status
from chassis.deliveries.reading import read_limited
from chassis.deliveries.statuses import Reported

_FINAL = {131047: "window_closed", 131026: "not_on_whatsapp", 131051: "unsupported_type", 131030: "not_allowed"}
_LATER = {131049: ("not_soon", 24 * 3600.0), 131056: ("recipient_pace", 10.0)}
_CHANNEL = {
    130429: ("channel_pace", 60.0),
    131048: ("account_restricted", 3600.0),
    131031: ("account_restricted", 3600.0),
    368: ("account_restricted", 3600.0),
    190: ("token", 300.0),
}
"""Error codes of the Cloud API: for this message for good, for this recipient later, for everything."""


_NOT_TRANSLATED = 132001
"""The template is not approved in this language."""


class Graph:
    """One sending number. `url` has the API's version in it; `service` is whose deliveries it sends."""

    def __init__(self, url: str, number_id: str, token: str, service: str) -> None:
        self._service = service
        self._url = url
        self._address = f"{url}/{number_id}/messages"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client: httpx2.AsyncClient | None = None

    async def media(self, id: str, most: int) -> bytes:
        """A file that somebody sent to the number; `Undelivered` where it is not to be had, for good or for now.

        Its address is asked for first and lives some minutes. The token goes only where the API itself is, or by TLS.
        """
        client = self._client = self._client or httpx2.AsyncClient(timeout=10)
        try:
            described = await client.get(f"{self._url}/{id}", headers=self._headers)
            if not described.is_success:
                raise undelivered(described.status_code, _code(described))
            address = str(described.json()["url"])
            if not address.startswith(("https://", self._url.partition("://")[0] + "://")):
                raise Undelivered("media_address", final=True)
            async with client.stream("GET", address, headers=self._headers) as answer:
                if not answer.is_success:
                    raise Undelivered(f"status_{answer.status_code}")
                return await read_limited(answer, most)
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise Undelivered("whatsapp_away", channel_wide=True) from error

    async def send(self, delivery_id: str, message: dict[str, Any]) -> str | None:
        """Meta's id of the message (`wamid`); `Undelivered` where it was not taken. What it reports of the message
        later bears the service and the delivery."""
        self._client = self._client or httpx2.AsyncClient(timeout=10)
        tagged = {**message, "biz_opaque_callback_data": f"{self._service}:{delivery_id}"}
        try:
            answer = await self._client.post(self._address, json=tagged, headers=self._headers)
        except httpx2.HTTPError as error:
            raise Undelivered("whatsapp_away", channel_wide=True) from error
        if answer.is_success:
            return _wamid(answer)
        raise undelivered(answer.status_code, _code(answer))


def reported(statuses: Iterable[Mapping[str, Any]], at: datetime) -> Iterator[tuple[str, Reported]]:
    """What a webhook's `statuses` say of our deliveries, with the service whose they are; the rest is passed over."""
    for each in statuses:
        service, _sep, delivery_id = str(each.get("biz_opaque_callback_data") or "").partition(":")
        status = str(each.get("status"))
        if delivery_id and status in ("sent", "delivered", "read", "failed"):
            yield service, Reported(delivery_id, Status(status), at, _reason(each) if status == "failed" else "")


def _reason(status: Mapping[str, Any]) -> str:
    errors = status.get("errors")
    try:
        return undelivered(0, int(errors[0]["code"])).reason  # type: ignore[index]
    except (ValueError, KeyError, TypeError, IndexError):
        return "error"


def undelivered(status: int, code: int) -> Undelivered:
    """What an error answer means."""
    if code in _FINAL:
        return Undelivered(_FINAL[code], final=True)
    if code == _NOT_TRANSLATED:
        return Undelivered("template_missing", moot=True)
    if 132000 <= code < 133000:
        return Undelivered("template_fault", moot=True)
    if code in _LATER:
        reason, after = _LATER[code]
        return Undelivered(reason, after=after)
    if code in _CHANNEL:
        reason, after = _CHANNEL[code]
        return Undelivered(reason, channel_wide=True, after=after)
    return Undelivered(f"status_{status}", final=status == 400 and code != 0, channel_wide=status in (401, 429))


def _code(answer: httpx2.Response) -> int:
    try:
        return int(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return 0


def _wamid(answer: httpx2.Response) -> str | None:
    try:
        return str(answer.json()["messages"][0]["id"])
    except (ValueError, KeyError, TypeError, IndexError):
        return None
