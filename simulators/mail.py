"""A mail server that keeps what it gets, for people and tests to look at."""

from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from simulators.pages import Mails


class Box(Mails):
    """Keeps what is delivered."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep one mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        self.mails.append(
            {
                "to": ", ".join(envelope.rcpt_tos),
                "subject": str(mail["subject"]),
                "text": body.get_content() if body else "",
                "message_id": str(mail["message-id"]),
            }
        )
        return "250 OK"


def server(box: Box, host: str, port: int) -> Controller:
    """The mail server, in a thread of its own once started."""
    return Controller(box, hostname=host, port=port)
