"""Masks what identifies a person in free text: Indonesian phone numbers, NIK, e-mail addresses."""

import re

_BETWEEN = r"[\s.()/-]*"
_NUMBERS = re.compile(
    rf"(?<!\d)\(?(?:\+?62|0){_BETWEEN}8(?:{_BETWEEN}\d){{7,11}}(?!\d)"
    r"|(?<!\d)\d(?:[\s.-]?\d){15}(?!\d)"
)
_MANY_DIGITS = re.compile(rf"\d(?:{_BETWEEN}\d){{8}}")
_ADDRESSES = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_MASK = "[disamarkan]"


def mask(text: str) -> str:
    """The text with each of them replaced by `[disamarkan]`. Names cannot be found this way and stay."""
    # Most texts have neither: looking for nine digits or an @ costs a tenth of the whole search.
    if _MANY_DIGITS.search(text):
        text = _NUMBERS.sub(_MASK, text)
    return _ADDRESSES.sub(_MASK, text) if "@" in text else text
