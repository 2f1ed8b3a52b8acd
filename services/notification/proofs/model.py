"""A way that is proven, and the message that asks whether it is. Pure."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel

from chassis.deliveries.delivery import Delivery

CHECK = "check"
ASKED = ("email", "whatsapp", "sms")
"""Channels that a person reads: behind a webhook there is a machine."""
HOLDS = timedelta(days=365)
"""How long a proof is one: numbers are given to other people."""
ANSWERED_WITHIN = timedelta(days=7)


class Proof(BaseModel):
    """Somebody answered a question that was sent to them by a channel. `address`: of which, as a keyed hash; another
    one is not proven by it."""

    official: str
    channel: str
    address: str
    at: AwareDatetime


def id_of(official: str, channel: str) -> str:
    """There is one proof of a channel: the newest."""
    return f"{official}:{channel}"


def hash_of(address: str, key: bytes) -> str:
    """An address, so that two can be compared and none is read."""
    return hmac.digest(key, b"proof:" + address.encode(), "sha256").hex()[:32]


def proven(proof: Proof | None, address: str, key: bytes, at: datetime) -> bool:
    """Whether it proves this address now."""
    return proof is not None and proof.address == hash_of(address, key) and proof.at > at - HOLDS


def check_of(official: str, channel: str, address: str, key: bytes, at: datetime) -> Delivery:
    """A message that asks whether it came, at an address: said of another one later, it proves nothing."""
    return Delivery(
        channel=channel,
        destination=official,
        recipient=official,
        content={"kind": CHECK, "address": hash_of(address, key)},
        created_at=at,
        due_at=at,
    )


Ways = Mapping[str, Mapping[str, bool]]
"""By official and channel, whether it is proven."""
