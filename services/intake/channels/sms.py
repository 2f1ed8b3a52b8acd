"""Short messages by any gateway that posts forms: who wrote what, whole or in pieces. Knows no dialogue."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from chassis.deliveries.channel import Limits
from chassis.deliveries.sms import Gateway
from kemenag.cells import read_phone
from services.intake.channels.plain import unmarked
from services.intake.dialogue.model import Inbound

log = structlog.get_logger(__name__)
NAME = "sms"
_MOST_PARTS = 20
_COUNTRY = "62"


@dataclass(frozen=True)
class Piece:
    """One part of a long message."""

    message: Inbound
    group: str
    number: int
    of: int


def genuine(authorization: str | None, secret: str) -> bool:
    """Whether the gateway proved itself: `Bearer SECRET`, or basic authentication with it as the password."""
    kind, _sep, given = (authorization or "").partition(" ")
    if kind.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    return bool(secret) and secrets.compare_digest(given.strip().encode(), secret.encode())


def message(form: Mapping[str, str], fields: Mapping[str, str], number: str, at: datetime) -> Inbound | Piece | None:
    """What somebody wrote; None where it came from no telephone of the country (operators' advertisements, numbers that
    cost whoever answers them) or to another number."""
    sender = _phone(form.get(fields["from"], ""))
    to = _phone(form.get(fields["to"], ""))
    if not sender.startswith(_COUNTRY) or (to and to != _phone(number)):
        reason = "another_number" if sender.startswith(_COUNTRY) else "sender"
        log.warning("short message passed over", reason=reason)
        return None
    # The same message that is posted again has the same id. A gateway that gives none posts the same form soon; the
    # same words ("ya") a minute later are another message.
    id = form.get(fields["id"]) or _print_of(form, at)
    written = Inbound(
        channel=NAME,
        id=f"{NAME}:{sender}:{id}",
        person=sender,
        address=sender,
        kind="text",
        text=form.get(fields["text"], ""),
    )
    return _piece(written, form, fields) or written


def _print_of(form: Mapping[str, str], at: datetime) -> str:
    minute = at.replace(second=0, microsecond=0).isoformat()
    return hashlib.sha256(repr([minute, *sorted(form.items())]).encode()).hexdigest()


def _piece(written: Inbound, form: Mapping[str, str], fields: Mapping[str, str]) -> Piece | None:
    """It as a part of a longer message, where the gateway does not put them together."""
    try:
        number, of = int(form.get(fields["part"], "")), int(form.get(fields["parts"], ""))
    except ValueError:
        return None
    if not 1 <= number <= of <= _MOST_PARTS or of == 1:
        return None
    return Piece(written, form.get(fields["group"], ""), number, of)


def _phone(text: str) -> str:
    """A telephone number as digits with its country; empty where it is none."""
    try:
        return (read_phone(text) or "").removeprefix("+")
    except ValueError:
        return ""


class Way:
    """Replies out. Alerts go by the same gateway, paced apart."""

    name = NAME
    limits = Limits(
        deadline=12, at_once=16, per_second=10, destination_seconds=3, destination_burst=10, one_server=True
    )

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, id: str, address: str, body: dict[str, Any]) -> str | None:
        """Send one reply."""
        return await self._gateway.send(id, f"+{address}", unmarked(body["text"]))
