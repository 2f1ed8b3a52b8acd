"""A light HTTP/1.1 client: so that what is measured is the server, and little of the client."""

import asyncio
import json
import os
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from uuid import uuid4

from contracts.regions import NATIONAL, children
from contracts.vocabulary import Category

KECAMATAN = [c.code for a in children(NATIONAL) for b in children(a.code) for c in children(b.code)]
_CATEGORIES = list(Category)


def report(n: int, size: int = 1024) -> bytes:
    """A report of about `size` bytes, about something that no other is about: another kecamatan, or another
    category and other words."""
    body = {
        "region": KECAMATAN[n % len(KECAMATAN)],
        "categories": [_CATEGORIES[n // len(KECAMATAN) % len(_CATEGORIES)]],
        "narrative": f"{uuid4()} ",
        "acts": ["penolakan_lisan"],
        "reporter": {"kind": "anonymous"},
    }
    missing = size - len(json.dumps(body))
    body["narrative"] = str(body["narrative"]) + urlsafe_b64encode(os.urandom(1024)).decode()[: max(missing, 0)]
    return json.dumps(body).encode()


@dataclass
class Answer:
    """Status, body and when the answer was there (seconds of the monotonic clock)."""

    status: int
    body: bytes
    at: float


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: "
        )
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, body: bytes) -> Answer:
        """Send one request and read its answer; connect again where the server hung up."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            self.close()
            return Answer(0, b"", time.monotonic())
        status = int(head.split(" ", 2)[1])
        length = next(
            (int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")), 0
        )
        return Answer(status, await self._reader.readexactly(length), time.monotonic())

    def close(self) -> None:
        """Hang up."""
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None


def percentile(values: list[float], share: float) -> float:
    """The value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")
