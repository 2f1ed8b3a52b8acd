"""A mail server that keeps what it gets, for people and tests to look at."""

from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from simulators.email import DOMAIN, Mailboxes
from simulators.pages import Mails


class Box(Mails):
    """Keeps what is delivered; what is for the people of the page's phones appears in their mailboxes."""

    def __init__(self, mailboxes: Mailboxes | None = None) -> None:
        super().__init__()
        self._mailboxes = mailboxes

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep one mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        text = body.get_content() if body else ""
        to, message_id = ", ".join(envelope.rcpt_tos), str(mail["message-id"])
        number, _sep, domain = to.partition("@")
        if self._mailboxes and domain == DOMAIN:
            self._mailboxes.receive(number, message_id, text)
        self.mails.append({"to": to, "subject": str(mail["subject"]), "text": text, "message_id": message_id})
        return "250 OK"


def server(box: Box, host: str, port: int) -> Controller:
    """The mail server, in a thread of its own once started."""
    return Controller(box, hostname=host, port=port)
