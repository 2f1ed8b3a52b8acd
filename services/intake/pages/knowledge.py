"""Where officials write what the bot and the page answer, and where a second one publishes it."""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.clock import new_id, now
from chassis.identity import Person
from chassis.language import _
from chassis.problems import not_found
from chassis.signin import Guarded, SignedIn
from kemenag.permissions import Action, may, office_of, require
from services.intake.api import PseudonymKey, Reports
from services.intake.faq import model
from services.intake.faq.articles import Article, Basis, shipped
from services.intake.faq.library import Library
from services.intake.faq.model import By, Entry
from services.intake.faq.search import Index
from services.intake.model import pseudonym
from services.intake.pages.rendering import show
from services.intake.understanding.intents import NONE, load
from services.intake.wording import INTENTS, STANDS

router = APIRouter(prefix="/intake/knowledge", include_in_schema=False)
NEW = "new"
_YEAR = timedelta(days=365)
_SLUG = 40
"""Buttons of a channel bear 64 letters, with what says that it is an article."""


def _writer(person: SignedIn) -> Person:
    require(person, Action.WRITE_ARTICLES)
    return person


def _publisher(person: SignedIn) -> Person:
    require(person, Action.PUBLISH_ARTICLES)
    return person


def current_library(request: Request) -> Library:
    """The articles."""
    library: Library = request.app.state.library
    return library


Writer = Annotated[Person, Depends(_writer)]
Publisher = Annotated[Person, Depends(_publisher)]
Articles = Annotated[Library, Depends(current_library)]


class ArticleForm(BaseModel):
    """An article as it is written on the page: one regulation or question a line."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    last: int = Field(default=0, ge=0)
    """The newest version that its author has seen."""
    intent: str = Field(max_length=40)
    question: str = Field(min_length=5, max_length=200)
    answer: str = Field(min_length=20, max_length=600)
    question_en: str = Field(min_length=5, max_length=200)
    answer_en: str = Field(min_length=20, max_length=600)
    basis: str = Field(min_length=3, max_length=600)
    asked: str = Field(default="", max_length=2000)
    valid_from: date
    review_at: date
    owner: str = Field(min_length=2, max_length=120)
    then: Literal["preview", "propose"] = "preview"

    @model_validator(mode="after")
    def _fits(self) -> "ArticleForm":
        if self.intent not in set(load().labels) - {NONE}:
            raise ValueError(_("pilih tentang apa artikel ini"))
        if self.review_at <= self.valid_from:
            raise ValueError(_("tanggal ditinjau harus sesudah tanggal berlaku"))
        return self

    def article(self, id: str) -> Article:
        """The article that it makes."""
        lines = [each.strip() for each in self.basis.splitlines() if each.strip()]
        parts = [each.partition("|") for each in lines]
        fields = self.model_dump(exclude={"csrf", "last", "then", "basis", "asked"})
        basis = tuple(Basis(name=name.strip()[:200], article=rest.strip()[:100]) for name, _sep, rest in parts)
        asked = tuple(each.strip()[:200] for each in self.asked.splitlines() if each.strip())[:20]
        return Article(id=id, basis=basis, asked=asked, **fields)


@router.get("")
async def overview(request: Request, _person: Writer, library: Articles, store: Reports) -> Response:
    """Every article; what waits to be published, is withdrawn, or is to be looked at again; what was not answered."""
    entries = {row.id: row.state for row in await library.entries()}
    known = {each.id: each for each in (*shipped(), *library.index.articles)}
    for id, entry in entries.items():
        if id not in known and entry.versions:
            known[id] = entry.versions[-1].article
    asked = [each for each in await store.questions.alike() if not library.index.look_up(each.text)[0]]
    return show(
        request,
        "knowledge.html",
        title=_("Artikel"),
        articles=sorted(known.values(), key=lambda each: (each.intent, each.question)),
        entries=entries,
        intents=INTENTS,
        asked=asked,
        today=now().date(),
    )


@router.get("/{article_id}")
async def article(
    request: Request,
    article_id: str,
    person: Writer,
    library: Articles,
    asked: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """One article with its versions, to be read, written anew, published."""
    entry = Entry() if article_id == NEW else await library.entry(article_id)
    shown = _newest(article_id, entry, library)
    if shown is None and article_id != NEW:
        raise not_found()
    form = _form_of(shown, entry) if shown else _empty(person, asked)
    return await _show(request, article_id, person, entry, form)


@router.post("/{article_id}", dependencies=[Guarded])
async def write(
    request: Request,
    article_id: str,
    person: Writer,
    library: Articles,
    key: PseudonymKey,
    form: Annotated[ArticleForm, Form()],
) -> Response:
    """Look at what was written, or let it wait for a second person."""
    entry = Entry() if article_id == NEW else await library.entry(article_id)
    if article_id != NEW and _newest(article_id, entry, library) is None:
        raise not_found()
    if form.then == "preview":
        return await _show(request, article_id, person, entry, form.model_dump(), form.article(article_id))
    id = _slug(form.question) if article_id == NEW else article_id
    by = _by(person, key)
    await library.change(id, lambda entry: model.propose(entry, form.article(id), form.last, by), by.at)
    request.session["notice"] = _("Tersimpan. Artikel ini terbit sesudah rekan Anda memeriksanya.")
    return RedirectResponse(f"/intake/knowledge/{id}", 303)


class DecisionForm(BaseModel):
    """What is done with a version, or with the article."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    n: int = 0
    reason: str = Field(default="", max_length=500)


@router.post("/{article_id}/publish", dependencies=[Guarded])
async def publish(
    request: Request,
    article_id: str,
    person: Publisher,
    library: Articles,
    key: PseudonymKey,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    by = _by(person, key)
    return await _decide(request, article_id, library, by, lambda entry: model.publish(entry, form.n, by))


@router.post("/{article_id}/refuse", dependencies=[Guarded])
async def refuse(
    request: Request,
    article_id: str,
    person: Writer,
    library: Articles,
    key: PseudonymKey,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    by = _by(person, key)
    return await _decide(request, article_id, library, by, lambda entry: model.refuse(entry, form.n, form.reason, by))


@router.post("/{article_id}/withdraw", dependencies=[Guarded])
async def withdraw(
    request: Request,
    article_id: str,
    person: Publisher,
    library: Articles,
    key: PseudonymKey,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    by = _by(person, key)
    return await _decide(request, article_id, library, by, lambda entry: model.withdraw(entry, form.reason, by))


@router.post("/questions/forget", dependencies=[Guarded])
async def forget(
    request: Request, _person: Writer, store: Reports, csrf: Annotated[str, Form()], ids: Annotated[str, Form()]
) -> Response:
    """They were no questions for us."""
    await store.questions.forget(ids.split(",")[:1000])
    return RedirectResponse("/intake/knowledge", 303)


async def _decide(request: Request, id: str, library: Library, by: By, decide: Callable[[Entry], None]) -> Response:
    if _newest(id, await library.entry(id), library) is None:
        raise not_found()
    await library.change(id, decide, by.at)
    return RedirectResponse(f"/intake/knowledge/{id}", 303)


async def _show(
    request: Request, id: str, person: Person, entry: Entry, form: dict[str, Any], preview: Article | None = None
) -> Response:
    library = current_library(request)
    return show(
        request,
        "article.html",
        title=form["question"] or _("Artikel baru"),
        id=id,
        entry=entry,
        form=form,
        preview=preview,
        tried=await _try(library, preview) if preview else [],
        live=library.index.article(id),
        intents=INTENTS,
        stands=STANDS,
        today=now().date(),
        may_publish=may(person, Action.PUBLISH_ARTICLES),
        own=entry.waiting is not None and entry.waiting.who == _by(person, request.app.state.pseudonym_key).who,
    )


async def _try(library: Library, article: Article) -> list[tuple[str, bool]]:
    """Whether its question, and each way of asking it, would find it among the others."""
    others = [each for each in library.index.articles if each.id != article.id]
    index = await asyncio.to_thread(Index, [*others, article])
    found = {each: index.look_up(each)[0] for each in (article.question, *article.asked)}
    return [(asked, each is not None and each.id == article.id) for asked, each in found.items()]


def _newest(id: str, entry: Entry, library: Library) -> Article | None:
    """The text to begin from: the newest one, else what the release brings."""
    if entry.versions:
        return entry.versions[-1].article
    return library.index.article(id) or next((each for each in shipped() if each.id == id), None)


def _form_of(article: Article, entry: Entry) -> dict[str, Any]:
    basis = "\n".join(f"{each.name} | {each.article}" if each.article else each.name for each in article.basis)
    last = entry.versions[-1].n if entry.versions else 0
    return {**article.model_dump(), "basis": basis, "asked": "\n".join(article.asked), "last": last}


def _empty(person: Person, asked: str) -> dict[str, Any]:
    today = now().date()
    texts = dict.fromkeys(("intent", "answer", "question_en", "answer_en", "basis"), "")
    dates = {"valid_from": today, "review_at": today + _YEAR}
    return {**texts, **dates, "question": asked, "asked": asked, "owner": office_of(person), "last": 0}


def _by(person: Person, key: bytes) -> By:
    return By(pseudonym(f"account:{person.sub}", key), office_of(person), now())


def _slug(question: str) -> str:
    """An id that tells what it is about, and is no other's."""
    plain = unicodedata.normalize("NFKD", question.lower()).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^a-z0-9]+', '-', plain)[:_SLUG].strip('-')}-{new_id()[-6:]}"
