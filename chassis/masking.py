"""Masks what identifies a person in free text: Indonesian phone numbers, NIK, e-mail addresses."""

import re

_BETWEEN = r"[\s.()/-]*"
_PERSONAL = re.compile(
    rf"(?<!\d)\(?(?:\+?62|0){_BETWEEN}8(?:{_BETWEEN}\d){{7,11}}(?!\d)"
    r"|(?<!\d)\d(?:[\s.-]?\d){15}(?!\d)"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)


def mask(text: str) -> str:
    """The text with each of them replaced by `[disamarkan]`. Names cannot be found this way and stay."""
    return _PERSONAL.sub("[disamarkan]", text)
