"""What a text is recognised by: words, pairs of words, and pieces of two to five letters, which forgive errors."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from services.intake.understanding.normalise import words

FORMAT = 1
"""Of what the trained weights belong to; grows with every change here."""
_PIECES = range(2, 6)


def features(text: str) -> tuple[Counter[str], Counter[str]]:
    """How often each word or pair occurs, and each piece."""
    found = words(text)
    pairs = (f"{one} {other}" for one, other in pairwise(found))
    return Counter([*found, *pairs]), Counter(piece for each in found for piece in _pieces(f" {each} "))


def _pieces(word: str) -> Iterator[str]:
    for size in _PIECES:
        if size >= len(word):
            yield f"~{word}"
            return
        for start in range(len(word) - size + 1):
            yield f"~{word[start : start + size]}"
