"""The articles. Each carries its legal basis, since when it holds, when it must be looked at again, and its owner.

Never a religious ruling, never another person's data.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from chassis.language import SOURCE, current

FILE = Path(__file__).parent / "articles.json"


class Basis(BaseModel):
    """A regulation, and the article in it where that is certain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    article: str = ""


class Article(BaseModel):
    """One question and its answer, in Indonesian and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
def articles() -> tuple[Article, ...]:
    """Every article."""
    return TypeAdapter(tuple[Article, ...]).validate_json(FILE.read_bytes())


def article(id: str) -> Article | None:
    """The article with this id."""
    return next((each for each in articles() if each.id == id), None)
