"""Audit: who did it, sealed; and hourly checkpoints, signed, after which no record can be changed unnoticed.

A record that goes on (the steps of one case) is a chain: each entry holds the hash of the one before. An entry that
stands alone is a chain of one. A checkpoint lists the head of every chain that changed since the one before, holds
that one's hash, and is signed (Ed25519) and published: whoever notes the hash of one holds all before it. So a tail
that is cut off, an entry that is forged, swapped or taken away, and a checkpoint that is left out are all noticed by
anybody with an export and the public key (`rukun audit verify`); what was written since the last one, is not yet.
"""

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, BaseModel
from pymongo import IndexModel
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from chassis.aggregates import Aggregate, Aggregates, Row
from chassis.clock import now
from chassis.database import Collection
from chassis.leases import Lease
from contracts.events import CheckpointSigned

log = structlog.get_logger(__name__)
CHECKPOINTS = "checkpoints"
START = "0" * 64
_MOST_HEADS = 5000
OVERLAP = timedelta(minutes=10)
"""What was written so long before a checkpoint is listed again: a write that was under way then is in the next one."""
_LOOK_SECONDS = 60
_NONCE = 12


class Head(BaseModel):
    """Where a chain stands: how many entries it has, and the hash of the last."""

    id: str
    count: int
    hash: str


class Checkpoint(BaseModel):
    """All chains that changed, at one moment."""

    service: str
    n: int
    at: AwareDatetime
    heads: list[Head]
    previous: str
    hash: str
    signature: str


Heads = Callable[[datetime], AsyncIterator[Head]]
"""The heads of the chains that changed at this moment or later."""


def majority(collection: Collection) -> Collection:
    """Read what no failover takes back: a head that is signed stays."""
    return collection.with_options(read_concern=ReadConcern("majority"))


class AuditKey:
    """What signs checkpoints and seals actors, both made of one secret."""

    def __init__(self, secret: str) -> None:
        self._signing = Ed25519PrivateKey.from_private_bytes(_derive(secret, "checkpoints"))
        self._sealing = AESGCM(_derive(secret, "actors"))

    @property
    def public(self) -> str:
        """What verifies the signatures, in hex."""
        return self._signing.public_key().public_bytes_raw().hex()

    def sign(self, hash: str) -> str:
        """The signature of a checkpoint's hash, in hex."""
        return self._signing.sign(bytes.fromhex(hash)).hex()

    def seal(self, actor: str) -> str:
        """Who did something, for those alone who have the key; twice the same person is not twice the same text."""
        nonce = os.urandom(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._sealing.encrypt(nonce, actor.encode(), b"")).decode()

    def open(self, sealed: str) -> str:
        """The actor; `ValueError` where it was sealed by another key, or is none."""
        try:
            whole = base64.urlsafe_b64decode(sealed)
            return self._sealing.decrypt(whole[:_NONCE], whole[_NONCE:], b"").decode()
        except (InvalidTag, ValueError) as error:
            raise ValueError("not sealed by this key") from error


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, None, f"rukun-audit-{purpose}".encode()).derive(secret.encode())


def hash_of(entry: Mapping[str, Any]) -> str:
    """The SHA-256 (hex) of an entry as JSON: keys sorted, no spaces, UTF-8, times as ISO 8601 in UTC with ms."""
    written = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(written.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    raise TypeError(type(value).__name__)


def checkpoint_hash(checkpoint: Checkpoint) -> str:
    """What is signed: the hash of all but itself and its signature."""
    body = checkpoint.model_dump(exclude={"hash", "signature"})
    return hash_of(body)


def is_signed(checkpoint: Checkpoint, public: str) -> bool:
    """Whether the owner of this public key (hex) signed what the checkpoint holds."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(checkpoint.signature), bytes.fromhex(checkpoint.hash))
    except (InvalidSignature, ValueError):
        return False
    return checkpoint.hash == checkpoint_hash(checkpoint)


class Overtaken(Exception):
    """Another replica signed meanwhile."""


class Checkpoints:
    """Signs what a service records, each so many minutes."""

    def __init__(
        self, service: str, stored: Aggregates[Checkpoint], heads: Heads, key: AuditKey, lease: Lease, minutes: int
    ) -> None:
        self._service = service
        self._stored = stored
        self._heads = heads
        self._key = key
        self._lease = lease
        self._every = timedelta(minutes=minutes)

    @staticmethod
    def indexes() -> list[IndexModel]:
        """The newest is asked for."""
        return [IndexModel([("state.n", -1)])]

    async def run(self) -> None:
        """Sign when it is time, until cancelled; of several replicas one."""
        while True:
            await self._lease.wait_held()
            try:
                last = await self._last()
                if last is None or now() >= last.state.at + self._every:
                    await self.sign(now())
            except (PyMongoError, Overtaken) as error:
                log.warning("no checkpoint yet", reason=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def sign(self, at: datetime) -> Checkpoint | None:
        """A checkpoint of everything that changed; None where nothing did. Many chains make several."""
        row = await self._last()
        last = row.state if row else None
        since = last.at - OVERLAP if last else datetime.fromtimestamp(0, UTC)
        made: Checkpoint | None = None
        waiting: list[Head] = []
        async for head in self._heads(since):
            waiting.append(head)
            if len(waiting) == _MOST_HEADS:
                # Dated as the last one: who dies in between begins there again, and lists some twice.
                made, waiting = await self._store(made or last, waiting, last.at if last else since), []
        if waiting or made:
            made = await self._store(made or last, waiting, at)
        return made

    async def _store(self, last: Checkpoint | None, heads: list[Head], at: datetime) -> Checkpoint:
        made = Checkpoint(
            service=self._service,
            n=last.n + 1 if last else 1,
            at=at,
            heads=heads,
            previous=last.hash if last else START,
            hash="",
            signature="",
        )
        made.hash = checkpoint_hash(made)
        made.signature = self._key.sign(made.hash)
        signed = CheckpointSigned(
            at=at, service=made.service, n=made.n, previous=made.previous, hash=made.hash, signature=made.signature
        )
        if not await self._stored.insert(Aggregate(f"{made.n:08d}", made), [signed]):
            # Another replica, which has the lease by now, signed this number first. Ours is dropped, and so is what
            # would follow it: the next one begins where the stored one ended.
            raise Overtaken
        log.info("checkpoint signed", n=made.n, hash=made.hash, heads=len(heads))
        return made

    async def _last(self) -> Row[Checkpoint] | None:
        found = await self._stored.rows({}, sort=[("state.n", -1)], limit=1)
        return found[0] if found else None
