"""Sealing: what the database, its log and its backups must not tell is encrypted before it is written.

Two ways under one sealing key. `close` gives a secret a key of its own, wrapped: destroying the wrapped key erases the
secret, whatever copies of the sealed text exist. `hide` is for what is soon deleted by itself.

What is encrypted begins with the format, one byte, and the id of the key, four: several keys may open, the newest
seals, and what an older one wrapped is wrapped anew (`docs/runbooks/keys.md`).
"""

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = b"\x02"
_HEAD = 1 + 4
_SHORTEST = 12 + 16
"""Nonce and tag."""


class Key:
    """One sealing key: what wraps, what hides, and a name that tells nothing of it."""

    def __init__(self, secret: str) -> None:
        self.id = _derive(secret, "id", 4)
        self.wrapping = AESGCM(_derive(secret, "wrap"))
        self.hiding = AESGCM(_derive(secret, "hide"))
        self.earlier_wrapping = AESGCM(hashlib.sha256(secret.encode()).digest())
        """Of release 0.2 and before."""


class Seal:
    """Seals under the first key and opens under each. What is sealed opens only for the same `bound_to`: nobody who can
    write to the database gains by putting it somewhere else."""

    def __init__(self, secret: str, others: Sequence[str] = ()) -> None:
        self._keys = {key.id: key for key in map(Key, (*reversed(others), secret))}
        self._key = self._keys[_derive(secret, "id", 4)]

    @property
    def key_id(self) -> str:
        """The name of the key that seals now, as documents bear it."""
        return self._key.id.hex()

    def close(self, secret: dict[str, Any], bound_to: str) -> tuple[bytes, bytes]:
        """The sealed secret and its wrapped key."""
        return self.close_bytes(json.dumps(secret).encode(), bound_to)

    def close_bytes(self, secret: bytes, bound_to: str) -> tuple[bytes, bytes]:
        """The same for a file."""
        key = AESGCM.generate_key(256)
        return _encrypt(AESGCM(key), secret, bound_to), self._wrap(key, bound_to)

    def open(self, sealed: bytes, wrapped: bytes, bound_to: str) -> dict[str, Any]:
        """What was sealed. Errors: `InvalidTag` for another key or another `bound_to`."""
        opened: dict[str, Any] = json.loads(self.open_bytes(sealed, wrapped, bound_to))
        return opened

    def open_bytes(self, sealed: bytes, wrapped: bytes, bound_to: str) -> bytes:
        """The same for a file."""
        return _decrypt(AESGCM(self._unwrap(wrapped, bound_to)), sealed, bound_to)

    def rewrap(self, wrapped: bytes, bound_to: str) -> bytes:
        """A wrapped key, wrapped by the key that seals now. Errors: as `open`."""
        return self._wrap(self._unwrap(wrapped, bound_to), bound_to)

    def hide(self, plain: dict[str, Any], bound_to: str) -> bytes:
        """The document, sealed."""
        return _FORMAT + self._key.id + _encrypt(self._key.hiding, json.dumps(plain).encode(), bound_to)

    def show(self, hidden: bytes, bound_to: str) -> dict[str, Any]:
        """What was hidden. Errors: `InvalidTag` for another key or another `bound_to`."""
        ways = [(key, key.hiding, key.hiding) for key in self._keys.values()]
        shown: dict[str, Any] = json.loads(_decrypt_by(ways, hidden, bound_to))
        return shown

    def is_newest(self, hidden: bytes) -> bool:
        """Whether the key that seals now hid it."""
        return hidden.startswith(_FORMAT + self._key.id)

    def _wrap(self, key: bytes, bound_to: str) -> bytes:
        return _FORMAT + self._key.id + _encrypt(self._key.wrapping, key, bound_to)

    def _unwrap(self, wrapped: bytes, bound_to: str) -> bytes:
        ways = [(key, key.wrapping, key.earlier_wrapping) for key in self._keys.values()]
        return _decrypt_by(ways, wrapped, bound_to)


def _decrypt_by(ways: list[tuple[Key, AESGCM, AESGCM]], sealed: bytes, bound_to: str) -> bytes:
    """By the key that is named at its beginning; what an earlier release sealed names none, and each key is tried."""
    if not isinstance(sealed, bytes) or len(sealed) < _SHORTEST:  # half a document, or none of ours
        raise InvalidTag
    for key, cipher, _earlier in ways:
        if sealed.startswith(_FORMAT + key.id):
            return _decrypt(cipher, sealed[_HEAD:], bound_to)
    for _key, _cipher, earlier in ways:
        try:
            return _decrypt(earlier, sealed, bound_to)
        except InvalidTag:
            continue
    raise InvalidTag


def _derive(secret: str, purpose: str, size: int = 32) -> bytes:
    return HKDF(SHA256(), size, None, f"rukun:intake:{purpose}".encode()).derive(secret.encode())


def _encrypt(cipher: AESGCM, plain: bytes, bound_to: str) -> bytes:
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    return cipher.decrypt(sealed[:12], sealed[12:], bound_to.encode())
