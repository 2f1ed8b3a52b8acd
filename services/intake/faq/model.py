"""An article's versions: written by one person, published by another, taken back by anybody of them. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel

from chassis.language import _
from chassis.problems import Problem
from services.intake.faq.articles import Article

_MOST = 40
"""Versions that are remembered."""


class Stand(StrEnum):
    """Where a version stands."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"


@dataclass(frozen=True)
class By:
    """Who does something. `who` is a pseudonym of the account; `office` is for people."""

    who: str
    office: str
    at: AwareDatetime


class Version(BaseModel):
    """One text of an article, and who answers for it."""

    n: int
    article: Article
    stand: Stand = Stand.WAITING
    who: str
    by: str
    at: AwareDatetime
    decided_by: str = ""
    decided_at: AwareDatetime | None = None
    reason: str = ""


class Entry(BaseModel):
    """An article as it is stored. One that a release brings has no entry before somebody changes it."""

    versions: list[Version] = []
    wrong_up_to: int | None = None
    """Versions up to this number, and the text of the release, are read by nobody any more: they are wrong."""
    withdrawn_by: str = ""
    withdrawn_at: AwareDatetime | None = None
    reason: str = ""

    @property
    def waiting(self) -> Version | None:
        """The version that waits for a second person."""
        return next((each for each in self.versions if each.stand is Stand.WAITING), None)

    def live(self, on: date) -> Article | None:
        """What is read on a day; None where that is what the release brings, or nothing."""
        known = [each for each in self.versions if each.n > (self.wrong_up_to or 0)]
        valid = [each for each in known if each.stand is Stand.PUBLISHED and each.article.valid_from <= on]
        return valid[-1].article if valid else None

    def withdrawn(self, on: date) -> bool:
        """Whether nothing is read, the text of the release neither."""
        return self.wrong_up_to is not None and self.live(on) is None


def propose(entry: Entry, article: Article, last: int, by: By) -> None:
    """Write another version. `last`: the newest version that its author has seen. 409 where somebody else was
    faster."""
    newest = entry.versions[-1].n if entry.versions else 0
    waiting = entry.waiting
    if waiting is not None and waiting.who != by.who:
        detail = _("Terbitkan atau tolak dahulu versi yang menunggu.")
        raise Problem("article-waits", 409, _("Versi lain masih menunggu diperiksa"), detail)
    if last != newest:
        detail = _("Muat ulang halamannya, lalu perbaiki versi yang terbaru.")
        raise Problem("article-changed", 409, _("Artikel ini baru saja diubah orang lain"), detail)
    others = [each for each in entry.versions if each is not waiting]
    published = [each for each in others[:-_MOST] if each.stand is Stand.PUBLISHED]
    fresh = Version(n=newest + 1, article=article, who=by.who, by=by.office, at=by.at)
    entry.versions = [*published[-1:], *others[-_MOST:], fresh]


def publish(entry: Entry, n: int, by: By) -> None:
    """Let everybody read a version: somebody else than its author does."""
    version = _waiting(entry, n)
    if version.who == by.who:
        detail = _("Mintalah rekan Anda memeriksa dan menerbitkannya.")
        raise Problem("own-article", 403, _("Artikel sendiri diterbitkan orang lain"), detail)
    version.stand, version.decided_by, version.decided_at = Stand.PUBLISHED, by.office, by.at


def refuse(entry: Entry, n: int, reason: str, by: By) -> None:
    """Do not let it be read, with the reason; its own author takes it back so."""
    version = _waiting(entry, n)
    version.stand, version.decided_by, version.decided_at = Stand.REFUSED, by.office, by.at
    version.reason = reason


def withdraw(entry: Entry, reason: str, by: By) -> None:
    """Let nobody read it any more, at once and without a second person: a wrong answer does harm while it stands."""
    entry.wrong_up_to = entry.versions[-1].n if entry.versions else 0
    entry.withdrawn_by, entry.withdrawn_at, entry.reason = by.office, by.at, reason


def _waiting(entry: Entry, n: int) -> Version:
    found = entry.waiting
    if found is None or found.n != n:
        detail = _("Muat ulang halamannya.")
        raise Problem("article-changed", 409, _("Versi ini tidak menunggu lagi"), detail)
    return found
