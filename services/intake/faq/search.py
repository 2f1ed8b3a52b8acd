"""Finds the entry that a question means: words and letter trigrams, which forgive typing errors, and our slang."""

import math
import re
from collections import Counter
from functools import lru_cache

from services.intake.faq.entries import ENTRIES, Entry

_SLANG = {
    "gmn": "bagaimana",
    "gimana": "bagaimana",
    "gak": "tidak",
    "ga": "tidak",
    "nggak": "tidak",
    "dmn": "dimana",
    "yg": "yang",
    "hp": "nomor telepon",
    "ngadu": "lapor",
    "melapor": "lapor",
    "melaporkan": "lapor",
    "laporan": "lapor",
    "ibadah": "ibadat",
    "mesjid": "masjid",
}
_ENOUGH = 0.30


def best(question: str) -> Entry | None:
    """The entry nearest to the question, or None where none is near enough."""
    asked = _weights(_features(question))
    scored = [(_cosine(asked, vector), entry) for vector, entry in _index()]
    score, entry = max(scored, key=lambda pair: pair[0])
    return entry if score >= _ENOUGH else None


def _features(text: str) -> Counter[str]:
    words = [_SLANG.get(word, word) for word in re.findall(r"[a-z0-9]+", text.lower())]
    found: Counter[str] = Counter(f"w:{word}" for word in " ".join(words).split())
    for word in words:
        padded = f" {word} "
        found.update(padded[n : n + 3] for n in range(len(padded) - 2))
    return found


@lru_cache(maxsize=1)
def _rarity() -> dict[str, float]:
    documents = [set(_features(line)) for entry in ENTRIES for line in (entry.question, *entry.phrasings)]
    seen = Counter(feature for each in documents for feature in each)
    return {feature: math.log(1 + len(documents) / count) for feature, count in seen.items()}


def _weights(features: Counter[str]) -> dict[str, float]:
    unknown = math.log(1 + 60)
    return {name: count * _rarity().get(name, unknown) for name, count in features.items()}


@lru_cache(maxsize=1)
def _index() -> list[tuple[dict[str, float], Entry]]:
    return [(_weights(_features(line)), entry) for entry in ENTRIES for line in (entry.question, *entry.phrasings)]


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    shared = sum(weight * other.get(name, 0.0) for name, weight in one.items())
    lengths = math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return shared / lengths if lengths else 0.0
