"""E-mail, as a mail server hands it over (RFC 5322): who wrote what, with which files. Knows no dialogue.

Anybody can write any sender, so a mail proves nothing; a code that went to the address does (as by SMS).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import structlog

from chassis.deliveries.channel import Limits
from chassis.deliveries.smtp import MailServer
from chassis.language import _
from chassis.problems import Problem
from contracts.vocabulary import AttachmentKind
from services.intake.attachments.cleaning import LARGEST, kind_of_document
from services.intake.channels.mail_text import own_words, text_of
from services.intake.channels.plain import unmarked
from services.intake.dialogue.model import Inbound

log = structlog.get_logger(__name__)
NAME = "email"
_MOST_FILES = 6
_MOST_LETTERS = 8_000
_SHORT = 20
"""Letters of an answer that has a subject beside it and means nothing of it."""
_ANSWERS = ("re:", "bls:", "balas:")
_MACHINES = frozenset({"bulk", "list", "junk", "auto_reply"})


@dataclass(frozen=True)
class Mailed:
    """One message of a mail: its words with the first file, or another file alone."""

    message: Inbound
    content: bytes = b""
    """Of the file; its id is the message's `media`."""


def read(raw: bytes, own: str) -> list[Mailed]:
    """What somebody wrote to our address; empty where a machine did. 422 for what is no mail."""
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        if not isinstance(mail, EmailMessage) or _is_of_a_machine(mail, own):
            return []
        return list(_messages(mail, raw))
    except Problem:
        raise
    except Exception as error:  # whatever the parser of headers stumbles over: its sender learns of it
        log.warning("mail not read", reason=type(error).__name__)
        detail = _("Kirim lagi sebagai e-mail biasa, atau pakai halaman Lapor di situs kami.")
        raise Problem("mail-unreadable", 422, _("E-mail tidak terbaca"), detail) from error


def _sender(mail: EmailMessage) -> str:
    addresses = getattr(mail["from"], "addresses", ())
    found = addresses[0].addr_spec.lower() if addresses else ""
    name, _sep, domain = found.partition("@")
    return found if name and domain and found.isascii() and not set(found) & set(" \r\n<>,") else ""


def _is_of_a_machine(mail: EmailMessage, own: str) -> bool:
    """Whether nobody wrote it: an automatic answer, a list, a mail that came back, or our own (RFC 3834)."""
    automatic = str(mail.get("auto-submitted", "no")).strip().lower() != "no"
    many = str(mail.get("precedence", "")).strip().lower() in _MACHINES or "list-id" in mail
    returned = mail.get_content_type() == "multipart/report" or str(mail.get("return-path", "x")).strip() == "<>"
    sender = _sender(mail)
    if automatic or many or returned or not sender or sender == own.lower():
        log.info("mail passed over", automatic=automatic, many=many, returned=returned)
        return True
    return False


def _messages(mail: EmailMessage, raw: bytes) -> Iterator[Mailed]:
    sender, id = _sender(mail), str(mail.get("message-id", "")).strip() or hashlib.sha256(raw).hexdigest()
    base: dict[str, Any] = {"channel": NAME, "person": sender, "address": sender}
    words, files = _words(mail), list(_files(mail))
    taken = [each for each in files if each is not None][:_MOST_FILES]
    first, rest = (taken[0], taken[1:]) if taken and words else (None, taken)
    if words:
        yield _mailed({**base, "id": f"{NAME}:{sender}:{id}", "kind": "text", "text": words}, first)
    for n, each in enumerate(rest):
        yield _mailed({**base, "id": f"{NAME}:{sender}:{id}:{n}", "kind": each[0].value}, each)
    if len(taken) < len(files) or not (words or taken):
        yield Mailed(Inbound(**base, id=f"{NAME}:{sender}:{id}:more", kind="media"))


def _mailed(given: dict[str, Any], file: "tuple[AttachmentKind, bytes] | None") -> Mailed:
    if file is None:
        return Mailed(Inbound(**given))
    media = hashlib.sha256(given["id"].encode()).hexdigest()
    return Mailed(Inbound(**given, file=file[0], media=media), file[1])


def _words(mail: EmailMessage) -> str:
    """What they wrote, without what they quote; with the subject where it begins something."""
    subject = " ".join(str(mail.get("subject", "")).split())
    body = own_words(text_of(mail))
    begins = bool(subject) and not subject.lower().startswith(_ANSWERS) and subject.lower() not in body.lower()
    if begins and not 0 < len(body) < _SHORT:
        body = f"{subject}\n{body}"
    return body.strip()[:_MOST_LETTERS]


def _files(mail: EmailMessage) -> "Iterator[tuple[AttachmentKind, bytes] | None]":
    """The files; None for one that we do not take."""
    for part in mail.walk():
        if part.is_multipart() or not (part.get_filename() or part.get_content_maintype() == "image"):
            continue
        kind, content = _kind(part), part.get_payload(decode=True)
        fits = isinstance(content, bytes) and kind is not None and len(content) <= LARGEST[kind]
        yield (kind, content) if fits and kind is not None and isinstance(content, bytes) else None


def _kind(part: Any) -> AttachmentKind | None:
    if part.get_content_maintype() == "audio":
        return AttachmentKind.VOICE
    return kind_of_document(part.get_content_type())


class Way:
    """Replies out."""

    name = NAME
    limits = Limits(deadline=15, at_once=8, per_second=20, destination_seconds=5, destination_burst=20, one_server=True)

    def __init__(self, server: MailServer, own: str) -> None:
        self._server = server
        self._own = own

    async def send(self, id: str, address: str, body: dict[str, Any]) -> str | None:
        """Send one reply. Its subject tells nobody who looks over a shoulder what it is about."""
        domain, talk = self._own.rpartition("@")[2], hashlib.sha256(address.encode()).hexdigest()[:24]
        message = EmailMessage()
        message["From"], message["To"] = self._own, address
        message["Subject"] = _("Balasan untuk Anda")
        message["Message-ID"] = f"<{id.replace(':', '.')}@{domain}>"
        # So that mail programs show them as one conversation, and no machine answers.
        message["References"] = f"<{talk}@{domain}>"
        message["Auto-Submitted"] = "auto-replied"
        message.set_content(unmarked(body["text"]))
        await self._server.send(message)
        return None
