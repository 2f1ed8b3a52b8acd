"""The words of a mail: its texts, or its HTML as text, and of these what its writer wrote and did not quote. Pure, and
done in a time that grows with the length alone: anybody can write us anything."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
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
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "nbsp": " ", "#39": "'"}
_ENTITY = re.compile(r"&(#?\w{1,8});")


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
    elif part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
        yield _text(part)


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
    """What a reader of HTML sees: tags are passed over from `<` to `>`, once."""
    parts: list[str] = []
    unseen = ""
    at = 0
    while at < len(html):
        opened = html.find("<", at)
        text = html[at : opened if opened >= 0 else len(html)]
        parts += [] if unseen else [re.sub(r"\s+", " ", text)]
        if opened < 0:
            break
        closed = html.find(">", opened)
        closed = closed if closed >= 0 else len(html)
        name = html[opened + 1 : min(closed, opened + 20)].split()[:1]
        tag = name[0].lower().rstrip("/") if name else ""
        unseen = _unseen_after(unseen, tag)
        parts += ["\n"] if tag in _BREAKS else [" "] if tag in _CELLS else []
        at = closed + 1
    text = _ENTITY.sub(lambda found: _ENTITIES.get(found[1].lower(), found[0]), "".join(parts))
    return "\n".join(line.strip() for line in text.split("\n"))


def _unseen_after(unseen: str, tag: str) -> str:
    if unseen:
        return "" if tag in (f"/{unseen}", "body") else unseen
    return tag if tag in _UNSEEN else ""


def own_words(text: str, own: str) -> str:
    """What its writer wrote: without what they quote of us, wherever it stands, and what programs add below. What they
    quote of others is what they want to show, and where nothing else is left all of it stays."""
    whole = text.replace("\r\n", "\n").strip()
    lines = whole.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if _is_sign(lines, at) or _is_our_block(lines, at, own):
            break
        length = _attribution(lines, at, own)
        if length:
            at += length
        elif line.startswith(">"):
            at += 1
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept).strip() or whole


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


def _attribution(lines: list[str], at: int, own: str) -> int:
    """How many lines say who wrote what is quoted next, where that is us; 0 where these are none."""
    begins = lines[at].strip().lower().startswith(_BEGINS)
    for length in range(1, 4 if begins else 2):
        said = " ".join(each.strip() for each in lines[at : at + length])
        if len(said) > 400:
            return 0
        if said.lower().endswith(_ENDS):
            following = next((each for each in lines[at + length : at + length + 3] if each.strip()), "")
            return length if own.lower() in said.lower() or following.startswith(">") else 0
    return 0
