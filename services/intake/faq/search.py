"""Finds the article that a question means: its intent first, then the article of that intent that shares most words."""

import math
from collections import Counter
from functools import lru_cache

from services.intake.faq.articles import Article, articles
from services.intake.understanding.features import features
from services.intake.understanding.reading import read


def look_up(question: str) -> tuple[Article | None, list[Article]]:
    """The article that answers; or, where it is not clear what is meant, one of each intent that it may be."""
    reading = read(question)
    offered = [of_intent(each, question) for each in reading.offered]
    return of_intent(reading.intent, question), [each for each in offered if each is not None]


def of_intent(intent: str | None, question: str) -> Article | None:
    """The article of an intent that is nearest to a question; None for an intent without any."""
    asked = _words(question)
    own = [each for each in articles() if each.intent == intent]
    return max(own, key=lambda each: _cosine(asked, _indexed()[each.id])) if own else None


def _words(text: str) -> Counter[str]:
    """Words and pieces, each once: an answer that repeats a word is not nearer by that."""
    return Counter({name: 1 for block in features(text) for name in block})


@lru_cache(maxsize=1)
def _indexed() -> dict[str, dict[str, float]]:
    found = {each.id: _words(f"{each.question} {each.answer}") for each in articles()}
    seen = Counter(name for each in found.values() for name in each)
    return {id: {name: math.log(1 + len(found) / seen[name]) for name in each} for id, each in found.items()}


def _cosine(asked: Counter[str], article: dict[str, float]) -> float:
    shared = sum(article[name] ** 2 for name in asked if name in article)
    return shared / math.sqrt(sum(weight**2 for weight in article.values()))
