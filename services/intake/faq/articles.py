"""The articles. Each carries its legal basis, since when it holds, when it must be looked at again, and its owner.

Never a religious ruling, never another person's data.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, field_serializer

from chassis.language import SOURCE, current

FILE = Path(__file__).parent / "articles.json"


class Basis(BaseModel):
    """A regulation, and the article in it where that is certain."""

    model_config = ConfigDict(frozen=True)

    name: str
    article: str = ""


class Article(BaseModel):
    """One question and its answer, in Indonesian and English."""

    model_config = ConfigDict(frozen=True)

    id: str
    intent: str
    question: str
    answer: str
    question_en: str
    answer_en: str
    basis: tuple[Basis, ...]
    valid_from: date
    review_at: date
    owner: str
    asked: tuple[str, ...] = ()
    """Questions that it answers though no intent is read from them, as people write them."""

    @field_serializer("valid_from", "review_at")
    def _as_stored(self, day: date) -> str:
        """The database knows moments, no days."""
        return day.isoformat()

    @property
    def title(self) -> str:
        """The question in the reader's language."""
        return self.question if current() == SOURCE else self.question_en

    @property
    def text(self) -> str:
        """The answer in the reader's language."""
        return self.answer if current() == SOURCE else self.answer_en

    @property
    def rests_on(self) -> str:
        """The regulations in one line."""
        return "; ".join(f"{each.name} {each.article}".strip() for each in self.basis)


@lru_cache(maxsize=1)
def shipped() -> tuple[Article, ...]:
    """The articles that this release brings."""
    return TypeAdapter(tuple[Article, ...]).validate_json(FILE.read_bytes())
