"""Marks in a text what somebody looked for."""

import re

from markupsafe import Markup, escape

from services.intake.understanding.normalise import words

_WORD = re.compile(r"\w+")
_ASKS = frozenset(
    [
        "apakah",
        "bagaimana",
        "berapa",
        "dimana",
        "kapan",
        "kenapa",
        "mengapa",
        "siapa",
        "saya",
        "anda",
        "kami",
        "untuk",
        "yang",
        "dengan",
    ]
)
"""Words of every question, which say nothing of what is asked."""
_SHORTEST, _STEM = 3, 5
"""Letters below which a word says too little, and of how many of its letters another form has to begin with."""


def marked(text: str, asked: str) -> Markup:
    """The text, escaped, with the words that were asked for marked, in whatever form they stand."""
    stems = tuple({each[:_STEM] for each in words(asked) if len(each) > _SHORTEST and each not in _ASKS})
    if not stems:
        return escape(text)
    parts, end = [], 0
    for found in _WORD.finditer(text):
        if found[0].lower().startswith(stems):
            parts += [escape(text[end : found.start()]), Markup("<mark>{}</mark>").format(found[0])]
            end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
