"""A mail server as a sender, with a pool of connections: each costs greetings, TLS and a sign-in."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from chassis.deliveries.channel import Undelivered

if TYPE_CHECKING:
    from aiosmtplib import SMTP

_IDLE_SECONDS = 5.0
"""After so long without a mail it is closed: a firewall between may have forgotten it, and nobody would learn of it."""
_MAILS_EACH = 100
"""Servers bound what one connection may send."""
_GONE = 421
"""The code with which a server ends the conversation."""


@dataclass(frozen=True)
class Address:
    """Where the server is, and who we are there."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    start_tls: bool | None = None
    """None: where the server offers it."""
    seconds: float = 15.0
    """For each answer of the server."""


@dataclass
class _Pooled:
    connection: "SMTP"
    mails: int = 0
    closing: asyncio.TimerHandle | None = None


class _Ended(Undelivered):
    """The server ended the conversation."""

    def __init__(self) -> None:
        super().__init__("mail_server_away", channel_wide=True)


class MailServer:
    """One server. As many connections are open as mails are sent side by side."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[_Pooled] = []
        self._hostname: str | None = None

    async def send(self, message: EmailMessage) -> None:
        """Send one mail; `Undelivered` where it was not taken."""
        pooled = self._acquire()
        if pooled is not None and await self._reuse(pooled, message):
            return
        # One of the pool may end at any time (a limit of the server, its restart): what it does proves nothing.
        fresh = _Pooled(await self._connect())
        await self._attempt(fresh, message)

    async def _reuse(self, pooled: _Pooled, message: EmailMessage) -> bool:
        """Whether it was sent by a connection of the pool; False where that had ended. If it ended between taking the
        mail and acknowledging it, the mail comes twice with one Message-ID, as after a crash."""
        try:
            await self._attempt(pooled, message)
        except _Ended:
            return False
        return True

    async def _attempt(self, pooled: _Pooled, message: EmailMessage) -> None:
        # Loaded with the first mail: a service that sends none does not pay for the library.
        import aiosmtplib

        try:
            async with self._used(pooled):
                await pooled.connection.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [each.code for each in error.recipients]
            if _GONE in codes:
                raise _Ended() from error
            final = all(code >= 500 for code in codes)
            reason = "address_refused" if final else f"smtp_{codes[0]}"
            raise Undelivered(reason, final=final) from error
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code == _GONE:
                raise _Ended() from error
            # Who we are is the same in every mail.
            raise Undelivered(f"smtp_{error.code}", channel_wide=True) from error
        except aiosmtplib.SMTPNotSupported as error:  # an address with letters that this server cannot write
            raise Undelivered("address_refused", final=True) from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code == _GONE:
                raise _Ended() from error
            # The server answers: it is about this mail, for now (4xx) or for good (5xx).
            raise Undelivered(f"smtp_{error.code}", final=error.code >= 500) from error
        except aiosmtplib.SMTPServerDisconnected as error:
            raise _Ended() from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered("mail_server_away", channel_wide=True) from error

    @asynccontextmanager
    async def _used(self, pooled: _Pooled) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            # Also at a deadline, in the middle of a mail: nobody goes on with half a conversation.
            pooled.connection.close()
            raise
        self._release(pooled)

    async def _connect(self) -> "SMTP":
        from aiosmtplib import SMTP, SMTPException

        address = self._address
        if self._hostname is None:  # asks the name server, which may take its time
            self._hostname = await asyncio.to_thread(socket.getfqdn)
        connection = SMTP(
            hostname=address.host,
            port=address.port,
            start_tls=address.start_tls,
            username=address.user or None,
            password=address.password or None,
            local_hostname=self._hostname,
            timeout=address.seconds,
        )
        try:
            await connection.connect()
        except (SMTPException, OSError) as error:  # also a password that is refused: that is no mail's fault
            raise Undelivered("mail_server_away", channel_wide=True) from error
        return connection

    def _acquire(self) -> _Pooled | None:
        """The one used last, so that those too many grow old."""
        while self._idle:
            pooled = self._idle.pop()
            if pooled.closing is not None:
                pooled.closing.cancel()
            if pooled.connection.is_connected:
                return pooled
        return None

    def _release(self, pooled: _Pooled) -> None:
        pooled.mails += 1
        if pooled.mails >= _MAILS_EACH:
            pooled.connection.close()
            return
        self._idle.append(pooled)
        pooled.closing = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._close, pooled)

    def _close(self, pooled: _Pooled) -> None:
        # Taken and closing exclude each other: whoever takes it cancels this, and both run between awaits.
        self._idle.remove(pooled)
        pooled.connection.close()
