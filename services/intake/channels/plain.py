"""Replies for channels that show less than WhatsApp: without its marks, and with numbers for buttons."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.intake.dialogue import texts

_MARKED = re.compile(r"(?<![\w*_])([*_])(\S(?:[^*_\n]*\S)?)\1(?![\w*_])")
NO_CODES: Mapping[str, str] = {}
_SHOWN = 60
LONGEST_SMS = 918
"""Letters of a short message of six parts."""
LONGEST_MAIL = 20_000
_STORY = re.compile(rf"({texts.STORY_LINE}.{{100}}).*?(?=\n\n)", re.DOTALL)
"""More of their own story than they need to know it by."""


def unmarked(text: str) -> str:
    """A text without WhatsApp's marks of bold and italic."""
    return _MARKED.sub(r"\2", text)


def choices(body: dict[str, Any]) -> list[dict[str, str]]:
    """The buttons or rows of a reply, in the order shown."""
    return [*body.get("buttons", ()), *body.get("rows", ())]


def offered(replies: Iterable[dict[str, Any]], codes: Mapping[str, str] = NO_CODES) -> dict[str, str]:
    """What may be typed for each choice that the last of these replies offers: its number, and its title.

    Where a choice has a code, it is typed instead of its number: who answers with it can read what is sent to them."""
    last: dict[str, Any] = next((each for each in reversed(list(replies)) if choices(each)), {})
    titles = [each["title"].lower() for each in choices(last)]
    # Of two places of one name the name means neither.
    typed = {title: each["id"] for title, each in zip(titles, choices(last), strict=True) if titles.count(title) == 1}
    return typed | {codes.get(each["id"], str(n)): each["id"] for n, each in enumerate(choices(last), start=1)}


def typed_message(
    replies: Sequence[dict[str, Any]], codes: Mapping[str, str] = NO_CODES, longest_allowed: int = LONGEST_SMS
) -> dict[str, Any]:
    """Everything that is replied to one message, as one: each short message costs somebody money, and who writes one
    mail wants one answer."""
    bodies = [_STORY.sub(r"\1...", unmarked(each["text"])) for each in replies]
    tails = [_numbered(each, codes) for each in replies]
    over = sum(map(len, [*bodies, *tails])) + 2 * len(bodies) - longest_allowed
    if over > 0:  # the longest words are cut, never what can be answered
        longest = max(range(len(bodies)), key=lambda each: len(bodies[each]))
        bodies[longest] = f"{bodies[longest][: max(len(bodies[longest]) - over - 3, 0)].rstrip()}..."
    return {"text": "\n\n".join(f"{body}{tail}" for body, tail in zip(bodies, tails, strict=True))}


def _numbered(body: dict[str, Any], codes: Mapping[str, str]) -> str:
    lines = [""]
    for number, each in enumerate(choices(body), start=1):
        more = each.get("description", "")[:_SHOWN]
        shown = more if each["title"] in more else f"{each['title']}: {more}" if more else each["title"]
        lines.append(f"{codes.get(each['id'], number)} = {shown}")
    return "\n".join([*lines, "Balas dengan angkanya."]) if choices(body) else ""
