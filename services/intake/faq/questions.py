"""What was asked and not answered, or not clearly, so that the next article is obvious. Sealed, of nobody, forgotten.

Who asked is not stored, nor when but for the day; the same words on a day are one entry with a count.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import structlog
from cryptography.exceptions import InvalidTag
from pymongo import IndexModel

from chassis.database import Collection
from chassis.masking import mask
from contracts.gazetteer import find_place
from services.intake.model import pseudonym
from services.intake.sealing import Seal
from services.intake.understanding.acts import told_acts
from services.intake.understanding.emergencies import is_emergency
from services.intake.understanding.normalise import words

log = structlog.get_logger(__name__)
REMEMBERED = timedelta(days=90)
_LONGEST, _FEWEST = 200, 2
"""Letters that are stored, and words below which nothing was asked."""
_MOST, _READ, _SHOWN = 20_000, 600, 20
_LIKE = 0.5


@dataclass
class Asked:
    """Questions that are alike; the one that was asked most stands for them."""

    text: str
    words: frozenset[str]
    unclear: bool = False
    """A few answers were offered, as it was not clear which was meant."""
    times: int = 0
    ids: list[str] = field(default_factory=list)


class Questions:
    """The questions without an answer."""

    def __init__(self, questions: Collection, seal: Seal, key: bytes) -> None:
        self._questions = questions
        self._seal = seal
        self._key = key

    @staticmethod
    def indexes() -> list[IndexModel]:
        """Forgotten when their time is over; the newest first."""
        return [IndexModel("day", expireAfterSeconds=int(REMEMBERED.total_seconds()))]

    async def note(self, question: str, unclear: bool, at: datetime) -> None:
        """Remember one. What names a place, an act or danger is somebody's story and no question, and is nobody's to
        read but its officers'. Where there are too many, none is added: a flood pushes out nothing."""
        if told_acts(question) or is_emergency(question) or find_place(question).codes:
            return
        text = mask(" ".join(question.split()))[:_LONGEST]
        plain = " ".join(words(text))
        if len(plain.split()) < _FEWEST:
            return
        day = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
        id = pseudonym(f"asked:{day.date()}:{plain}", self._key)
        known = await self._questions.update_one({"_id": id}, {"$inc": {"times": 1}})
        if known.matched_count or await self._questions.estimated_document_count() >= _MOST:
            return
        fresh = {"day": day, "unclear": unclear, "sealed": self._seal.hide({"text": text}, id)}
        # Two who ask the same at once: one inserts, the other counts.
        await self._questions.update_one({"_id": id}, {"$setOnInsert": fresh, "$inc": {"times": 1}}, upsert=True)

    async def alike(self) -> list[Asked]:
        """The most frequent, by what they ask."""
        found = await self._questions.find({}).sort([("times", -1), ("day", -1)]).limit(_READ).to_list()
        opened = []
        for each in found:
            try:
                text = self._seal.show(each["sealed"], each["_id"])["text"]
                opened.append((each["_id"], str(text), bool(each["unclear"]), int(each["times"])))
            except (InvalidTag, KeyError, TypeError, ValueError) as error:
                # Sealed by a key that is gone, or broken: it alone is passed over, and its time ends by itself.
                log.warning("question cannot be read", reason=type(error).__name__)
        return await asyncio.to_thread(grouped, opened)

    async def forget(self, ids: list[str]) -> None:
        """They were no questions, or are answered now."""
        await self._questions.delete_many({"_id": {"$in": ids}})


def grouped(questions: Iterable[tuple[str, str, bool, int]]) -> list[Asked]:
    """Questions (id, text, unclear, times) by likeness of their words. Pure."""
    groups: list[Asked] = []
    for id, text, unclear, times in sorted(questions, key=lambda each: (-each[3], each[0])):
        own = frozenset(words(text))
        group = next((each for each in groups if _likeness(each.words, own) >= _LIKE), None)
        if group is None:
            groups.append(group := Asked(text, own, unclear))
        group.times += times
        group.ids.append(id)
    return sorted(groups, key=lambda each: -each.times)[:_SHOWN]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
