"""Which reports somebody has shown to be their own, remembered in their cookie without its telling which."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from fastapi import Request

_NAME = "proofs"
_REMEMBERED = 5


def remember(request: Request, ticket: str, key: bytes) -> None:
    """Remember that the secret code of this ticket was right; the newest five."""
    known = request.session.get(_NAME, [])
    request.session[_NAME] = [*known, _proof(ticket, key)][-_REMEMBERED:]


def is_known(request: Request, ticket: str, key: bytes) -> bool:
    """Whether it was."""
    return _proof(ticket, key) in request.session.get(_NAME, [])


def _proof(ticket: str, key: bytes) -> str:
    made = hmac.new(key, f"proof:{ticket}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made[:12]).decode()
