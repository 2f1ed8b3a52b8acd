"""Sealing: what the database, its log and its backups must not tell is encrypted before it is written.

Two ways under one sealing key. `close` gives a secret a key of its own, wrapped: destroying the wrapped key erases the
secret for good, whatever copies of the sealed text exist. `hide` is for what is soon deleted by itself.
"""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """Seals and opens under one key. What is sealed opens only for the same `bound_to`: nobody who can write to the
    database gains by putting it somewhere else."""

    def __init__(self, key: str) -> None:
        self._wrapping = AESGCM(hashlib.sha256(key.encode()).digest())
        self._hiding = AESGCM(HKDF(SHA256(), 32, None, b"rukun:intake:hide").derive(key.encode()))

    def close(self, secret: dict[str, Any], bound_to: str) -> tuple[bytes, bytes]:
        """The sealed secret and its wrapped key."""
        key = AESGCM.generate_key(256)
        sealed = _encrypt(AESGCM(key), json.dumps(secret).encode(), bound_to)
        return sealed, _encrypt(self._wrapping, key, bound_to)

    def open(self, sealed: bytes, wrapped: bytes, bound_to: str) -> dict[str, Any]:
        """What was sealed. Errors: `InvalidTag` for another key or another `bound_to`."""
        key = _decrypt(self._wrapping, wrapped, bound_to)
        opened: dict[str, Any] = json.loads(_decrypt(AESGCM(key), sealed, bound_to))
        return opened

    def hide(self, plain: dict[str, Any], bound_to: str) -> bytes:
        """The document, sealed."""
        return _encrypt(self._hiding, json.dumps(plain).encode(), bound_to)

    def show(self, hidden: bytes, bound_to: str) -> dict[str, Any]:
        """What was hidden. Errors: `InvalidTag` for another key or another `bound_to`."""
        shown: dict[str, Any] = json.loads(_decrypt(self._hiding, hidden, bound_to))
        return shown


def _encrypt(cipher: AESGCM, plain: bytes, bound_to: str) -> bytes:
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    return cipher.decrypt(sealed[:12], sealed[12:], bound_to.encode())
