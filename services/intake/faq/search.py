"""Finds the article that a question means: as it was asked before, else its intent, and of that intent the article that
shares most words."""

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from services.intake.faq.articles import Article, shipped
from services.intake.understanding.features import features
from services.intake.understanding.reading import read

_SAME, _SIMILAR = 0.7, 0.5
"""From which likeness on a question is one that an article names, and from which it is offered."""
_OFFERED = 3


class Index:
    """Articles, and how they are found. It does not change: other articles are another index."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.articles = tuple(articles)
        found = {each.id: _words(f"{each.question} {each.answer}") for each in self.articles}
        seen = Counter(name for each in found.values() for name in each)
        self._weights = {
            id: {name: math.log(1 + len(found) / seen[name]) for name in each} for id, each in found.items()
        }
        self._asked = [(_words(asked), each) for each in self.articles for asked in each.asked]

    def article(self, id: str) -> Article | None:
        """The article with this id."""
        return next((each for each in self.articles if each.id == id), None)

    def look_up(self, question: str) -> tuple[Article | None, list[Article]]:
        """The article that answers; or, where it is not clear what is meant, one of each that it may be."""
        named, likeness = self._asked_before(question)
        if likeness >= _SAME:
            return named, []
        reading = read(question)
        offered = [self.of_intent(each, question) for each in reading.offered]
        if named is not None and likeness >= _SIMILAR and reading.intent is None:
            offered = [named, *offered]
        unique = {each.id: each for each in offered if each is not None}
        return self.of_intent(reading.intent, question), list(unique.values())[:_OFFERED]

    def of_intent(self, intent: str | None, question: str) -> Article | None:
        """The article of an intent that is nearest to a question; None for an intent without any."""
        asked = _words(question)
        own = [each for each in self.articles if each.intent == intent]
        return max(own, key=lambda each: self._likeness(asked, each.id)) if own else None

    def _likeness(self, asked: Counter[str], id: str) -> float:
        weights = self._weights[id]
        shared = sum(weights[name] ** 2 for name in asked if name in weights)
        # What somebody wrote may have no word at all; it is found by nobody, and its neighbours are.
        return shared / math.sqrt(sum(weight**2 for weight in weights.values())) if shared else 0.0

    def _asked_before(self, question: str) -> tuple[Article | None, float]:
        words = _words(question)
        likenesses = [(_cosine(words, asked), each) for asked, each in self._asked]
        likeness, found = max(likenesses, key=lambda each: each[0], default=(0.0, None))
        return found, likeness


@lru_cache(maxsize=1)
def shipped_index() -> Index:
    """The articles that this release brings."""
    return Index(shipped())


def _words(text: str) -> Counter[str]:
    """Words and pieces, each once: an answer that repeats a word is not nearer by that."""
    return Counter({name: 1 for block in features(text) for name in block})


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    return len(one.keys() & other.keys()) / math.sqrt(len(one) * len(other)) if one and other else 0.0
