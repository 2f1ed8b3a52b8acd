"""What names a message in its own link, so that nobody else can make one. Pure.

    base64url( 12 bytes of HMAC-SHA-256 ‖ "u" alert's UUID, number of the message  |  "r" id of the message )

Short, as it stands in an SMS; whose it is and how long it holds is looked up by the message.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

_PROOF = 12
ACKNOWLEDGE, REFUSE = "acknowledge", "refuse"
LINK, BUTTON = "link", "button"
"""What a token is for. That of a button travels through another service and the bus, and opens no page."""


def buttons_of(token: str) -> tuple[str, str]:
    """What the two buttons of a message by WhatsApp send back, through intake."""
    return f"answer:notification:{ACKNOWLEDGE}:{token}", f"answer:notification:{REFUSE}:{token}"


def token_of(delivery_id: str, key: bytes, of: str = LINK) -> str:
    """The token of a message."""
    packed = _pack(delivery_id)
    return urlsafe_b64encode(_proof(packed, key, of) + packed).decode().rstrip("=")


def read_token(token: str, key: bytes, of: str = LINK) -> str | None:
    """The message that a token names; None where it is none of ours."""
    try:
        raw = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    proof, packed = raw[:_PROOF], raw[_PROOF:]
    return _unpack(packed) if hmac.compare_digest(proof, _proof(packed, key, of)) else None


def _proof(packed: bytes, key: bytes, of: str) -> bytes:
    return hmac.digest(key, of.encode() + b":" + packed, "sha256")[:_PROOF]


def _pack(delivery_id: str) -> bytes:
    alert, _sep, number = delivery_id.rpartition(":")
    try:
        return b"u" + UUID(alert).bytes + number.encode()
    except ValueError:
        return b"r" + delivery_id.encode()


def _unpack(packed: bytes) -> str:
    kind, rest = packed[:1], packed[1:]
    return f"{UUID(bytes=rest[:16])}:{rest[16:].decode()}" if kind == b"u" else rest.decode()
