"""Destinations over real sockets: some take what they get, others drip, hang, refuse, redirect or fail."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Destinations:
    """An HTTP server whose paths are destinations: `/ok/1`, `/drip/1`, `/hang/1`, `/status/500/1`, `/redirect/1`."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        """How often each message id was taken."""
        self.asked: Counter[str] = Counter()
        """How often each path was tried."""
        self.mended = False
        """Whether the faulty ones are well again."""
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                names = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                await reader.readexactly(int(names.get("content-length", "0")))
                await self._answer(lines[0].split(" ")[1], names["webhook-id"], writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, path: str, id: str, writer: asyncio.StreamWriter) -> None:
        self.asked[path] += 1
        kind = "ok" if self.mended else path.split("/")[1]
        if kind == "hang":
            await asyncio.Event().wait()
        if kind == "drip":
            for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n":
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(4)
        status = {"ok": "200", "status": path.split("/")[2], "redirect": "302"}[kind]
        if status == "200":
            self.received[id] += 1
        writer.write(f"HTTP/1.1 {status} X\r\nlocation: /ok/x\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()

    def hang_up(self) -> None:
        """End every connection."""
        for each in list(self._open):
            each.close()


@asynccontextmanager
async def destinations() -> AsyncIterator[Destinations]:
    made = Destinations()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.hang_up()
        server.close()


@asynccontextmanager
async def tarpit() -> AsyncIterator[int]:
    """A mail server that says hello one letter every two seconds."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for letter in b"220 tarpit.invalid\r\n" * 100:
                writer.write(bytes([letter]))
                await writer.drain()
                await asyncio.sleep(2)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def body(n: int) -> str:
    return json.dumps({"n": n})
