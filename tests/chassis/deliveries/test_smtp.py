"""Mails to a real server: how many connections they take, and what each answer means."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.smtp import Address, MailServer
from rukun.ports import free_ports


class Box:
    """Takes mails, except those to addresses that say how they are answered: `550@…`, `451@…`, `421@…`."""

    def __init__(self) -> None:
        self.connections: set[Any] = set()
        self.mails: list[str] = []
        self.most = 10_000
        """Mails of a conversation."""
        self.counted: Counter[Any] = Counter()

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.counted[session.peer] += 1
        if self.counted[session.peer] > self.most:
            return "421 too many mails in this conversation"
        envelope.mail_from = address
        return "250 OK"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, answers: Any) -> Any:
        self.connections.add(session.peer)
        session.host_name = hostname
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        code = address.partition("@")[0]
        if code in ("550", "451"):
            return f"{code} not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        code = envelope.rcpt_tos[0].partition("@")[0]
        if code in ("554", "452", "421"):
            return f"{code} no"
        self.mails.append(envelope.rcpt_tos[0])
        return "250 OK"


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    made, port = Box(), free_ports().smtp
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    controller.stop()


def _mail(to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "rukun@contoh.invalid", to
    message.set_content("Isi.")
    return message


def _server(port: int, **more: Any) -> MailServer:
    return MailServer(Address("127.0.0.1", port, **more))


async def test_connection_serves_the_mails_that_follow(box: tuple[Box, int]) -> None:
    server = _server(box[1])
    for n in range(30):
        await server.send(_mail(f"p{n}@contoh.invalid"))
    assert len(box[0].mails) == 30
    assert len(box[0].connections) == 1


async def test_as_many_connections_as_mails_side_by_side(box: tuple[Box, int]) -> None:
    server = _server(box[1])
    for _ in range(5):
        await asyncio.gather(*(server.send(_mail(f"p{n}@contoh.invalid")) for n in range(6)))
    assert len(box[0].mails) == 30
    assert len(box[0].connections) <= 6


async def test_connection_ends_after_a_hundred_mails(box: tuple[Box, int]) -> None:
    server = _server(box[1])
    for n in range(101):
        await server.send(_mail(f"p{n}@contoh.invalid"))
    assert len(box[0].connections) == 2


@pytest.mark.parametrize(
    ("to", "reason", "final", "channel_wide"),
    [
        ("550@contoh.invalid", "address_refused", True, False),
        ("554@contoh.invalid", "smtp_554", True, False),
        ("452@contoh.invalid", "smtp_452", False, False),
        ("451@contoh.invalid", "smtp_451", False, False),
    ],
)
async def test_refused_mail_spoils_nothing_for_the_next(
    box: tuple[Box, int], to: str, reason: str, final: bool, channel_wide: bool
) -> None:
    server = _server(box[1])
    with pytest.raises(Undelivered) as refused:
        await server.send(_mail(to))
    assert (refused.value.reason, refused.value.final, refused.value.channel_wide) == (reason, final, channel_wide)
    await server.send(_mail("p@contoh.invalid"))
    assert box[0].mails == ["p@contoh.invalid"]


async def test_server_that_goes_is_no_fault_of_the_mail(box: tuple[Box, int]) -> None:
    with pytest.raises(Undelivered) as refused:
        await _server(box[1]).send(_mail("421@contoh.invalid"))
    assert (refused.value.final, refused.value.channel_wide) == (False, True)


async def test_kept_connection_that_ends_is_nobodys_fault(box: tuple[Box, int]) -> None:
    """A server that ends each conversation after three mails, as some do, twelve side by side."""
    box[0].most = 3
    server = _server(box[1])
    for _ in range(8):
        await asyncio.gather(*(server.send(_mail(f"p{n}@contoh.invalid")) for n in range(12)))
    assert len(box[0].mails) == 96


async def test_server_that_began_again_is_found_again() -> None:
    made, port = Box(), free_ports().smtp
    server = _server(port)
    for n in range(2):
        controller = Controller(made, hostname="127.0.0.1", port=port)
        controller.start()
        await server.send(_mail(f"p{n}@contoh.invalid"))
        controller.stop()
        with pytest.raises(Undelivered) as away:
            await server.send(_mail("p@contoh.invalid"))
        assert away.value.channel_wide
    assert made.mails == ["p0@contoh.invalid", "p1@contoh.invalid"]


async def test_nobody_goes_on_with_half_a_mail() -> None:
    """A deadline in the middle of a mail: the next one has a connection of its own."""
    async with _hesitant() as (port, talks), asyncio.timeout(10):
        server = _server(port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await server.send(_mail("p1@contoh.invalid"))
        await server.send(_mail("p2@contoh.invalid"))
    assert [[each for each in talk if each.startswith("RCPT")] for talk in talks] == [
        ["RCPT TO:<p1@contoh.invalid>"],
        ["RCPT TO:<p2@contoh.invalid>"],
    ]


@asynccontextmanager
async def _hesitant() -> AsyncIterator[tuple[int, list[list[str]]]]:
    """A server that never answers the first conversation's mail; what was said in each."""
    talks: list[list[str]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines: list[str] = []
        talks.append(lines)
        hangs = len(talks) == 1
        writer.write(b"220 contoh.invalid\r\n")
        in_data = False
        while received := await reader.readline():
            line = received.decode().strip("\r\n")
            lines.append(line)
            in_data = (in_data or line == "DATA") and line != "."
            if hangs and line == "DATA":
                break
            if line == "DATA":
                writer.write(b"354 go on\r\n")
            elif not in_data:
                writer.write(b"250 OK\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], talks
    finally:
        server.close()


async def test_password_that_is_refused_is_no_fault_of_the_mail() -> None:
    port = free_ports().smtp
    controller = Controller(
        Box(),
        hostname="127.0.0.1",
        port=port,
        auth_required=True,
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False),
    )
    controller.start()
    try:
        with pytest.raises(Undelivered) as refused:
            await _server(port, user="rukun", password="-").send(_mail("p@contoh.invalid"))
    finally:
        controller.stop()
    assert (refused.value.reason, refused.value.channel_wide) == ("mail_server_away", True)
