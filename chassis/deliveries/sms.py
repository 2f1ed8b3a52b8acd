"""An SMS gateway as a sender. No standard rules them: nearly all take and give forms, with names of their own for the
same few fields, so the names are a setting (`SMS_FIELDS`)."""

from collections.abc import Mapping
from datetime import datetime

import httpx2

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Status
from chassis.deliveries.statuses import Reported

FIELDS = ("from", "to", "text", "id", "ref", "status", "group", "part", "parts")
"""What we call them: sender, recipient, words, the gateway's id of the message, our own reference; the state of a
delivery report; and of a long message that comes in pieces which message, which piece, of how many."""
_FROM_TYPESET = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})
"""What the alphabet of short messages (GSM 7 bit) has not: one of them halves the room for all letters."""
_DELIVERED = {"delivered", "delivrd", "success", "read"}
_FAILED = {"failed", "undelivered", "undeliv", "rejected", "rejectd", "expired", "deleted", "error"}


def names(setting: str) -> dict[str, str]:
    """Our name of each field to the gateway's, from `text=message,from=msisdn`. Errors: `ValueError`."""
    given = {}
    for each in filter(None, (part.strip() for part in setting.split(","))):
        ours, sep, theirs = (part.strip() for part in each.partition("="))
        if not sep or ours not in FIELDS or not theirs:
            raise ValueError(f"{each!r}: one of {', '.join(FIELDS)}, then = and the gateway's name of it")
        given[ours] = theirs
    return {each: given.get(each, each) for each in FIELDS}


class Gateway:
    """One gateway and our number there; `service` is whose deliveries it sends."""

    def __init__(self, url: str, token: str, number: str, fields: Mapping[str, str], service: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._number = number
        self._fields = fields
        self._service = service
        self._client: httpx2.AsyncClient | None = None

    async def send(self, delivery_id: str, to: str, text: str) -> str | None:
        """The gateway's id of the message; `Undelivered` where it was not taken. Its report bears our reference."""
        client = self._client = self._client or httpx2.AsyncClient(timeout=10)
        given = {
            "from": self._number,
            "to": to,
            "text": text.translate(_FROM_TYPESET),
            "ref": f"{self._service}:{delivery_id}",
        }
        form = {self._fields[name]: value for name, value in given.items()}
        try:
            answer = await client.post(self._url, data=form, headers=self._headers)
        except httpx2.HTTPError as error:
            raise Undelivered("sms_away", channel_wide=True) from error
        if answer.is_success:
            return self._id(answer)
        # 400 and 422 are about this message; whatever else is wrong (token, credit, pace) holds for all.
        about_it = answer.status_code in (400, 422)
        raise Undelivered(f"status_{answer.status_code}", final=about_it, channel_wide=not about_it)

    def _id(self, answer: httpx2.Response) -> str | None:
        try:
            found = answer.json()[self._fields["id"]]
        except (ValueError, KeyError, TypeError):
            return None
        return str(found)


def reported(form: Mapping[str, str], fields: Mapping[str, str], at: datetime) -> tuple[str, Reported] | None:
    """A delivery report, with the service whose delivery it is; None where it is none of ours or says nothing new."""
    service, _sep, delivery_id = form.get(fields["ref"], "").partition(":")
    said = form.get(fields["status"], "").strip().lower()
    status = Status.DELIVERED if said in _DELIVERED else Status.FAILED if said in _FAILED else None
    if not delivery_id or status is None:
        return None
    return service, Reported(delivery_id, status, at, "undelivered" if status is Status.FAILED else "")
