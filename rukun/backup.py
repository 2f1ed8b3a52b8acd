"""Backup and restore: all five databases as they were at one moment, encrypted, and the bus begun anew from them.

    line of the format, header (JSON), then chunks: length, nonce, AES-256-GCM of compressed BSON

Each chunk is bound to the header, to its number and to whether it is the last: one that is cut off, changed, moved or
of another backup is noticed before anything is written. The keys that identities are sealed with are not in it.
"""

import json
import os
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import bson
from bson.raw_bson import RawBSONDocument
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from chassis.language import _
from contracts.topics import SERVICES

_FORMAT = b"RUKUN-BACKUP-1\n"
_CHUNK = 4 * 1024 * 1024
_SHORTEST_KEY = 24
_GAP = 1_000_000
_TRANSIENT = frozenset({"leases"})
Client = MongoClient[RawBSONDocument]
Record = tuple[str, str, bytes]
"""Database, collection, document as BSON."""


class Refused(Exception):
    """Why nothing was done, in a sentence for an operator."""


def client_of(url: str) -> Client:
    """A client that takes documents as they are."""
    return MongoClient(url, document_class=RawBSONDocument)


class Cipher:
    """Encrypts and opens the chunks of one backup."""

    def __init__(self, passphrase: str, header: bytes) -> None:
        if len(passphrase) < _SHORTEST_KEY:
            raise Refused(_("BACKUP_KEY harus sedikitnya {count} huruf.").format(count=_SHORTEST_KEY))
        salt = bytes.fromhex(json.loads(header)["salt"])
        self._header = header
        self._aead = AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))

    def close(self, number: int, last: bool, plain: bytes) -> bytes:
        """A chunk as it is written."""
        nonce = os.urandom(12)
        sealed = nonce + self._aead.encrypt(nonce, zlib.compress(plain, 6), self._bound_to(number, last))
        return struct.pack(">I", len(sealed)) + sealed

    def open(self, number: int, last: bool, sealed: bytes) -> bytes:
        """What it holds."""
        return zlib.decompress(self._aead.decrypt(sealed[:12], sealed[12:], self._bound_to(number, last)))

    def _bound_to(self, number: int, last: bool) -> bytes:
        return self._header + struct.pack(">Q?", number, last)


def back_up(client: Client, prefix: str, file: Path, passphrase: str, at: datetime) -> Counter[str]:
    """Write all databases of one moment into a new file; how many documents of each."""
    header = json.dumps({"at": at.isoformat(), "prefix": prefix, "salt": os.urandom(16).hex()}).encode() + b"\n"
    cipher, counted = Cipher(passphrase, header), Counter[str]()
    if file.exists():
        raise Refused(_("{file} sudah ada; pilih nama lain.").format(file=file))
    unfinished = file.with_name(file.name + ".part")
    with unfinished.open("wb") as out:
        out.write(_FORMAT + header)
        number, waiting = 0, bytearray()
        for database, collection, document in _snapshot(client, prefix):
            counted[database] += 1
            waiting += bson.encode({"d": database, "c": collection, "doc": bson.Binary(document)})
            if len(waiting) >= _CHUNK:
                out.write(cipher.close(number, False, bytes(waiting)))
                number, waiting = number + 1, bytearray()
        out.write(cipher.close(number, True, bytes(waiting)))
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(file)
    return counted


def _snapshot(client: Client, prefix: str) -> Iterator[Record]:
    """Every document of every service as of one moment, though the services go on."""
    wanted = [(name, each) for name in _databases(prefix) for each in sorted(client[name].list_collection_names())]
    with client.start_session(snapshot=True) as session:
        for name, collection in wanted:
            if collection in _TRANSIENT or collection.startswith("system."):
                continue
            for document in client[name][collection].find({}, session=session):
                yield name, collection, bytes(document.raw)


def _databases(prefix: str) -> list[str]:
    return [f"{prefix}_{service}" for service in SERVICES]


def read(file: Path, passphrase: str) -> Iterator[Record]:
    """Every document of a backup. Errors: `Refused` where the key is another or the file is not whole."""
    with file.open("rb") as stream:
        header = header_of(stream)
        cipher, number, last = Cipher(passphrase, header), 0, False
        while not last:
            sealed = _sealed(stream)
            last = not stream.peek(1)
            try:
                plain = cipher.open(number, last, sealed)
            except (InvalidTag, zlib.error) as error:
                raise Refused(_("Cadangan tidak utuh, atau BACKUP_KEY lain. Tidak ada yang diubah.")) from error
            number += 1
            yield from ((each["d"], each["c"], each["doc"]) for each in bson.decode_all(plain))


def header_of(stream: BinaryIO) -> bytes:
    """The header's line."""
    if stream.readline(64) != _FORMAT:
        raise Refused(_("Ini bukan cadangan Rukun."))
    return stream.readline(4096)


def _sealed(stream: BinaryIO) -> bytes:
    length = stream.read(4)
    sealed = stream.read(struct.unpack(">I", length)[0]) if len(length) == 4 else b""
    if len(sealed) < 28:
        raise Refused(_("Cadangan tidak utuh, atau BACKUP_KEY lain. Tidak ada yang diubah."))
    return sealed


def taken_at(file: Path) -> datetime:
    """When a backup was made."""
    with file.open("rb") as stream:
        return datetime.fromisoformat(json.loads(header_of(stream))["at"]).astimezone(UTC)


def _check(client: Client, prefix: str, file: Path, passphrase: str) -> None:
    """Whether a backup can be restored: all of it is read, and the databases are empty."""
    for _database, _collection, _document in read(file, passphrase):
        pass
    for name in _databases(prefix):
        if any(client[name][each].find_one() for each in client[name].list_collection_names()):
            raise Refused(_("Basis data {name} tidak kosong; pulihkan ke MongoDB yang kosong.").format(name=name))


def restore(
    client: Client, prefix: str, file: Path, passphrase: str, before_writing: Callable[[], None] = lambda: None
) -> Counter[str]:
    """Write a backup into empty databases; how many documents of each. All of it is read before the first write."""
    _check(client, prefix, file, passphrase)
    before_writing()
    with file.open("rb") as stream:
        stored = str(json.loads(header_of(stream))["prefix"])
    counted, waiting = Counter[str](), dict[tuple[str, str], list[Any]]()
    for database, collection, document in read(file, passphrase):
        where = (prefix + database.removeprefix(stored), collection)
        waiting.setdefault(where, []).append(RawBSONDocument(document))
        counted[where[0]] += 1
        if len(waiting[where]) >= 500:
            _write(client, where, waiting.pop(where))
    for where, documents in waiting.items():
        _write(client, where, documents)
    for name in _databases(prefix):
        # The brokers that it published to are none that could answer: so each publishes everything again.
        client[name]["chassis"].update_one({"_id": "cluster"}, {"$set": {"cluster": "restored"}}, upsert=True)
    _leave_a_gap(client, prefix)
    return counted


def erase_again(client: Client, prefix: str, report_ids: Iterable[str]) -> int:
    """Destroy the keys of identities that were erased after the backup; how many were there."""
    intake, which = client[f"{prefix}_intake"], {"_id": {"$in": list(report_ids)}}
    # One may still wait in its report for its place, and the report led to the conversation.
    waiting = {**which, "projections.collection": "identities"}
    waited = intake["reports"].update_many(waiting, {"$pull": {"projections": {"collection": "identities"}}})
    intake["reports"].update_many(which, {"$set": {"state.conversation": None}})
    erased = {"$set": {"key": None, "sealed": b""}}
    return (
        waited.modified_count + intake["identities"].update_many({**which, "key": {"$ne": None}}, erased).modified_count
    )


def _leave_a_gap(client: Client, prefix: str) -> None:
    """Partners may have read feed positions that the backup does not know: what comes now begins far behind them."""
    feed = client[f"{prefix}_integration"]["feed"]
    last = feed.find_one({"position": {"$type": "number"}}, {"position": 1}, sort=[("position", -1)])
    position = (int(last["position"]) if last else 0) + _GAP
    feed.insert_one(RawBSONDocument(bson.encode({"_id": f"restored:{position}", "position": position, "body": {}})))


def _write(client: Client, where: tuple[str, str], documents: list[Any]) -> None:
    collection = client[where[0]].get_collection(where[1], write_concern=WriteConcern(w="majority", j=True))
    collection.insert_many(documents, ordered=False)
