"""Text as it is compared: one form of letters, spoken words as written ones."""

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

LONGEST = 2_000
"""Characters that are read; who writes more has told what they mean before."""
_WORD = re.compile(r"[a-z0-9']+")
_REPEATED = re.compile(r"(.)\1{2,}")
SPOKEN = Path(__file__).parent / "spoken.json"


def letters(text: str) -> str:
    """Small letters, without control characters, look-alikes and letters held down."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    shown = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    return _REPEATED.sub(r"\1", shown)


def words(text: str) -> list[str]:
    """The words, spoken ones as they are written; words that only address somebody are left out."""
    spoken = _spoken()
    return [found for each in _WORD.findall(letters(text)) if (found := spoken.get(each, each))]


@lru_cache(maxsize=1)
def _spoken() -> dict[str, str]:
    found: dict[str, str] = json.loads(SPOKEN.read_text(encoding="utf-8"))
    return found
