"""Masks what identifies a person in free text: Indonesian phone numbers, NIK, e-mail addresses."""

import re

_PERSONAL = re.compile(
    r"(?<![\w.-])(?:\+?62|0)[\s-]?8\d{1,3}[\s-]?\d{3,4}[\s-]?\d{3,5}(?!\w)"
    r"|(?<![\w.-])\d{16}(?!\w)"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)


def mask(text: str) -> str:
    """The text with each of them replaced by `[disamarkan]`. Names cannot be found this way and stay."""
    return _PERSONAL.sub("[disamarkan]", text)
