"""The words of a mail: its texts, or its HTML as text, and of these what its writer wrote and did not quote. Pure, and
done in a time that grows with the length alone: anybody can write us anything."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html import unescape
from typing import Any

_MOST_LETTERS = 100_000
"""Of a part, before anything is looked for in it."""
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"script", "style", "title"})
_BEGINS = ("pada ", "on ")
_ENDS = ("menulis:", "wrote:")
_BLOCK = re.compile(r"-{2,} ?(?:original message|pesan asli) ?-{2,}|_{10,}", re.IGNORECASE)
_FROM = re.compile(r"\*?(?:from|dari)\*?:", re.IGNORECASE)
_PHONE = re.compile(r"(?:sent from my|dikirim dari) .{1,60}", re.IGNORECASE)
_TAG = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")


def text_of(mail: EmailMessage) -> str:
    """All texts that a reader of the mail sees, one below the other."""
    found = [text.strip() for text in _texts(mail)]
    return "\n\n".join(text for text in found if text)


def _texts(part: Any) -> Iterator[str]:
    if part.get_content_type() == "multipart/alternative":
        # The plain one, unless it is empty: some programs write their words into the HTML alone.
        yield next((text for each in part.iter_parts() if (text := "\n\n".join(_texts(each)).strip())), "")
    elif part.is_multipart():  # a mail that was forwarded as a file among them
        for each in part.get_payload():
            yield from _texts(each)
    elif is_text(part):
        yield _text(part)


def is_text(part: Any) -> bool:
    """Whether a part is read with the mail, and is no file beside it."""
    return bool(part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment")


def _text(part: Any) -> str:
    try:
        content = str(part.get_content())
    except LookupError:  # a character set that nobody knows
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    # Some character sets make halves of letters, which no database takes.
    content = content[:_MOST_LETTERS].encode("utf-8", "replace").decode()
    return _seen(content) if part.get_content_subtype() == "html" else content


def _seen(html: str) -> str:
    """What a reader of HTML sees: tags are passed over, each once. The standard library's parser takes minutes for what
    is never closed (before Python 3.13.5)."""
    parts: list[str] = []
    unseen, at = "", 0
    while at < len(html):
        opened = html.find("<", at)
        opened = opened if opened >= 0 else len(html)
        parts += [] if unseen else [re.sub(r"\s+", " ", html[at:opened])]
        tag, at = _tag_at(html, opened)
        unseen = _unseen_after(unseen, tag)
        parts += ["\n"] if tag in _BREAKS else [" "] if tag in _CELLS else ["<"] if tag == "<" and not unseen else []
    lines = unescape("".join(parts)).replace("\xa0", " ").split("\n")
    return "\n".join(line.strip() for line in lines)


def _tag_at(html: str, opened: int) -> tuple[str, int]:
    """The name of the tag that opens there, and where what follows it begins; `<` where none does."""
    if html.startswith("<!--", opened):
        end = html.find("-->", opened)
        return "", end + 3 if end >= 0 else len(html)
    name = _TAG.match(html, opened + 1)
    if name is None and html[opened + 1 : opened + 2] not in ("!", "?"):
        return "<" if opened < len(html) else "", opened + 1
    end = html.find(">", opened)
    return name[0].lower() if name else "", end + 1 if end >= 0 else len(html)


def _unseen_after(unseen: str, tag: str) -> str:
    if unseen:
        return "" if tag in (f"/{unseen}", "body") else unseen
    return tag if tag in _UNSEEN else ""


def own_words(text: str, own: str) -> str:
    """What its writer wrote: without what they quote of us, wherever it stands, and what programs add below. What they
    quote of others is what they want to show, and where nothing else is left all of it stays."""
    whole = text.replace("\r\n", "\n").strip()
    lines = whole.split("\n")
    written: list[str] = []
    at, of_others = 0, False
    while at < len(lines) and not _is_sign(lines, at) and not _is_our_block(lines, at, own):
        length = _attribution(lines, at)
        said_by = " ".join(lines[at : at + length]).lower()
        if length:
            of_others = own.lower() not in said_by and "@" in said_by
        is_quoted = lines[at].lstrip().startswith(">")
        of_others = of_others and (bool(length) or is_quoted or not lines[at].strip())
        if of_others or not (length or is_quoted):
            written += lines[at : at + max(length, 1)]
        at += max(length, 1)
    return "\n".join(written).strip() or whole


def _is_sign(lines: list[str], at: int) -> bool:
    """`-- ` with its space begins a signature (RFC 3676), of few lines; telephones name themselves last."""
    last = len(lines) - at - 1
    return (lines[at] == "-- " and last <= 8) or (last <= 1 and bool(_PHONE.fullmatch(lines[at].strip())))


def _is_our_block(lines: list[str], at: int, own: str) -> bool:
    """Where a program puts our whole mail below: a rule, or the heading of a mail, that names us."""
    line = lines[at].strip()
    if not _BLOCK.fullmatch(line) and not _FROM.match(line):
        return False
    heading = next((each for each in lines[at : at + 4] if _FROM.match(each.strip())), "")
    return own.lower() in heading.lower()


def _attribution(lines: list[str], at: int) -> int:
    """How many lines name who wrote what is quoted next; 0 where nothing is quoted."""
    begins = lines[at].strip().lower().startswith(_BEGINS)
    for length in range(1, 4 if begins else 2):
        line = " ".join(each.strip() for each in lines[at : at + length])
        if len(line) > 400:
            return 0
        if line.lower().endswith(_ENDS):
            following = next((each for each in lines[at + length : at + length + 3] if each.strip()), "")
            return length if following.startswith(">") or not following else 0
    return 0
