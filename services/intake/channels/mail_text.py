"""The words of a mail: its text, or its HTML as text, and of these what its writer wrote and did not quote. Pure."""

import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})
_UNSEEN = frozenset({"script", "style", "head", "title"})
_QUOTE = re.compile(
    r"^[ \t]*(?:"
    r"(?:Pada|On) [^\n]{0,200}(?:\n[^\n]{0,150})?[<@][^\n]{0,150}(?:\n[^\n]{0,80})?(?:menulis|wrote):[ \t]*$"
    r"|-{2,} ?(?:Original Message|Pesan Asli|Pesan asli) ?-{2,}[ \t]*$"
    r"|_{10,}[ \t]*$"
    r")",
    re.MULTILINE,
)
"""Where mail programs begin what is answered. What is forwarded is no quote: it is what somebody wants to show."""
_SIGNATURE = re.compile(r"^-- ?$|^(?:Sent from my|Dikirim dari) [^\n]{1,60}$", re.MULTILINE)
_QUOTED_LINE = re.compile(r"^>.*\n?", re.MULTILINE)


class _Text(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(" ".join(data.split()) if data.strip() else " ")


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail; its HTML as text where it has none."""
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except LookupError:  # a character set that nobody knows
        payload = body.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return _plain(content) if body.get_content_subtype() == "html" else content


def _plain(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts))


def own_words(text: str) -> str:
    """What its writer wrote; all of it where nothing else is left, so that nothing is lost."""
    whole = text.replace("\r\n", "\n").strip()
    quote = _QUOTE.search(whole)
    kept = whole[: quote.start()] if quote else whole
    signature = _SIGNATURE.search(kept)
    kept = kept[: signature.start()] if signature else kept
    return _QUOTED_LINE.sub("", kept).strip() or whole
