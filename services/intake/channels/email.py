"""E-mail, as a mail server hands it over (RFC 5322): who wrote what, with which files. Knows no dialogue.

Anybody can write any sender, so a mail proves nothing; a code that went to the address does (as by SMS).
"""

import hashlib
import re
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
from services.intake.channels.mail_text import is_text, own_words, text_of
from services.intake.channels.plain import unmarked
from services.intake.dialogue.model import Inbound
from services.intake.model import pseudonym

log = structlog.get_logger(__name__)
NAME = "email"
_MOST_FILES = 6
_MOST_LETTERS = 9_500
_CHOICE = re.compile(r"\d{1,4}|(kirim|batal|ubah|menu|stop|status|ya|tidak)", re.IGNORECASE)
"""An answer that has a subject beside it and means nothing of it."""
_POSTMASTERS = ("mailer-daemon", "postmaster")
_AUTOMATIC = ("x-autoreply", "x-autorespond")
_ANSWERS = ("re:", "bls:", "balas:")
_MACHINES = frozenset({"bulk", "list", "junk", "auto_reply"})


@dataclass(frozen=True)
class Mailed:
    """One message of a mail: its words with the first file, or another file alone."""

    message: Inbound
    content: bytes = b""
    """Of the file; its id is the message's `media`."""


def read(raw: bytes, own: str, key: bytes) -> list[Mailed]:
    """What somebody wrote to our address; empty where a machine did. 422 for what is no mail, or of nobody whom we
    could answer: the mail server tells its sender. `key`: of the pseudonyms that files are stored by."""
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        if not isinstance(mail, EmailMessage) or _is_of_a_machine(mail, own):
            return []
        return list(_messages(mail, raw, own, key))
    except Problem:
        raise
    except Exception as error:  # whatever the parser of headers stumbles over
        log.warning("mail not read", reason=type(error).__name__)
        raise _unreadable() from error


def _unreadable() -> Problem:
    detail = _("Kirim lagi sebagai e-mail biasa, atau pakai halaman Lapor di situs kami.")
    return Problem("mail-unreadable", 422, _("E-mail tidak terbaca"), detail)


def _authors(mail: EmailMessage) -> list[str]:
    """The addresses in `From`; a title with a comma before one ("Drs. Budi, M.Ag") is none."""
    addresses = getattr(mail["from"], "addresses", ())
    found = [each.addr_spec.lower() for each in addresses if each.username and each.domain]
    return list(dict.fromkeys(found))


def _sender(mail: EmailMessage) -> str:
    authors = _authors(mail)
    sender = authors[0] if len(authors) == 1 else ""
    if not sender.isascii() or not sender or set(sender) & set(' \r\n<>,"'):
        raise _unreadable()
    return sender


def _is_of_a_machine(mail: EmailMessage, own: str) -> bool:
    """Whether nobody wrote it: an automatic answer, a list, a mail that came back, or our own (RFC 3834)."""
    automatic = str(mail.get("auto-submitted", "no")).strip().lower() != "no" or any(
        each in mail for each in _AUTOMATIC
    )
    many = str(mail.get("precedence", "")).strip().lower() in _MACHINES or "list-id" in mail
    path = str(mail.get("return-path", "x")).strip().strip("<>").lower()
    returned = mail.get_content_type() == "multipart/report" or path.partition("@")[0] in ("", *_POSTMASTERS)
    authors = _authors(mail)
    ours = own.lower() in authors or any(each.partition("@")[0] in _POSTMASTERS for each in authors)
    if automatic or many or returned or ours:
        log.info("mail passed over", automatic=automatic, many=many, returned=returned, ours=ours)
        return True
    return False


def _messages(mail: EmailMessage, raw: bytes, own: str, key: bytes) -> Iterator[Mailed]:
    sender, id = _sender(mail), str(mail.get("message-id", "")).strip() or hashlib.sha256(raw).hexdigest()
    base: dict[str, Any] = {"channel": NAME, "person": sender, "address": sender}
    words, (taken, left_out) = _words(mail, own), _files(mail)
    first, rest = (taken[0], taken[1:]) if taken and words else (None, taken)
    if words:
        yield _mailed({**base, "id": f"{NAME}:{sender}:{id}", "kind": "text", "text": words}, first, key)
    for n, each in enumerate(rest):
        yield _mailed({**base, "id": f"{NAME}:{sender}:{id}:{n}", "kind": each[0].value}, each, key)
    if left_out or not (words or taken):
        yield Mailed(Inbound(**base, id=f"{NAME}:{sender}:{id}:more", kind="media"))


def _mailed(given: dict[str, Any], file: "tuple[AttachmentKind, bytes] | None", key: bytes) -> Mailed:
    if file is None:
        return Mailed(Inbound(**given))
    media = pseudonym(f"mail-file:{given['id']}", key)
    return Mailed(Inbound(**given, file=file[0], media=media), file[1])


def _words(mail: EmailMessage, own: str) -> str:
    """What they wrote, without what they quote of us; with the subject where it begins something."""
    subject = " ".join(str(mail.get("subject", "")).split())
    body = own_words(text_of(mail), own)
    begins = bool(subject) and not subject.lower().startswith(_ANSWERS) and subject.lower() not in body.lower()
    if begins and not _CHOICE.fullmatch(body):
        body = f"{subject}\n{body}"
    return body.strip()[:_MOST_LETTERS]


def _files(mail: EmailMessage) -> "tuple[list[tuple[AttachmentKind, bytes]], bool]":
    """The files that we take, and whether there were others."""
    taken: list[tuple[AttachmentKind, bytes]] = []
    left_out = False
    for part in mail.walk():
        if part.is_multipart() or is_text(part) or not (part.get_filename() or part.get_content_maintype() == "image"):
            continue
        kind = _kind(part)
        # Not even decoded where it is not taken: each is a copy in memory.
        content = part.get_payload(decode=True) if kind is not None and len(taken) < _MOST_FILES else None
        if kind is not None and isinstance(content, bytes) and len(content) <= LARGEST[kind]:
            taken.append((kind, content))
        else:
            left_out = left_out or not _is_drawn(part)
    return taken, left_out


def _is_drawn(part: Any) -> bool:
    """Whether it is a picture within the text, as of a signature: nobody sent that."""
    return part.get_content_disposition() != "attachment" and "content-id" in part


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
