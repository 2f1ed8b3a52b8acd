"""The steps of the conversation: from where it stands and what was said, to what is answered. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.regions import level_of, region, search_regions
from contracts.vocabulary import Act, Category
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.model import read_ticket

_REPORT_WORDS = ("lapor", "melapor", "laporan", "report", "mau lapor", "buat laporan")
_MENU_WORDS = (
    "menu",
    "halo",
    "hai",
    "hi",
    "assalamualaikum",
    "assalamu'alaikum",
    "mulai",
    "start",
    "pagi",
    "siang",
)


def take_turn(talk: Conversation, said: Inbound, at: datetime) -> Turn:
    """Move the conversation on by one message."""
    if said.kind == "quiet":
        return Turn()
    word = (said.choice or said.text).strip().lower().rstrip(".!")
    if talk.question_for and said.kind == "text" and word not in ("menu", "batal"):
        (report, question), talk.question_for = talk.question_for, None
        return Turn(answered=(report, question, said.text), replies=[texts.text(texts.THANKS_ANSWER)])
    if word == "batal":
        talk.question_for = None
        return _back_to_menu(talk, texts.CANCELLED)
    if ticket := read_ticket(said.text) if said.kind == "text" else None:
        return Turn(ticket=ticket)
    return _STEPS.get(talk.step, _menu)(talk, said, word, at)


def _back_to_menu(talk: Conversation, line: str) -> Turn:
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(replies=[texts.text(line)])


def _menu(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    if word in _REPORT_WORDS:
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if word == "tiket":
        return Turn(replies=[texts.text(texts.ASK_TICKET)])
    if word == "tanya":
        return Turn(replies=[texts.text("Silakan tulis pertanyaan Anda.")])
    if said.kind in ("unknown", "media"):
        return Turn(replies=[texts.text(texts.ONLY_TEXT if said.kind == "unknown" else texts.MEDIA)])
    if not word or word in _MENU_WORDS:
        return Turn(replies=[texts.menu()])
    return Turn(ask=said.text)


def _narrative(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    if said.kind == "media":
        return Turn(replies=[texts.text(texts.MEDIA)])
    if len(said.text.strip()) < 10:
        return Turn(replies=[texts.text(texts.NARRATIVE_SHORT)])
    talk.draft["narrative"] = said.text.strip()[:10_000]
    talk.step = "place"
    return Turn(replies=[texts.text(texts.PLACE)])


def _place(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    if said.point:
        talk.draft["point"] = said.point.model_dump()
        talk.draft["place"] = said.place or None
        return Turn(replies=[texts.text(texts.SPOT), texts.text(texts.PLACE)])
    if said.choice in talk.options:
        return _placed(talk, said.choice)
    found = search_regions(said.text, level=3) or search_regions(said.text, limit=9)
    if not found:
        return Turn(replies=[texts.text(texts.PLACE_UNKNOWN)])
    if len(found) == 1:
        return _placed(talk, found[0].code)
    talk.options = [each.code for each in found[:10]]
    return Turn(replies=[texts.rows(texts.PLACE_WHICH, [(each.code, each.name, each.path) for each in found[:10]])])


def _placed(talk: Conversation, code: str) -> Turn:
    if level_of(code) < 2:
        return Turn(replies=[texts.text(texts.PLACE)])
    talk.draft["region"], talk.options, talk.step = code, [], "time"
    return Turn(replies=[texts.text(f"Tempat: {region(code).path}."), texts.ask_time()])


def _time(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    titles = {title.lower(): id for id, title in texts.TIMES}
    choice = titles.get(word, word)
    if choice not in titles.values():
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_time()])
    talk.draft["ongoing"] = choice == "now"
    if choice != "earlier":
        talk.draft["occurred_at"] = (at if choice == "now" else at - timedelta(hours=3)).isoformat()
    talk.step = "category"
    return Turn(replies=[texts.ask_category()])


def _category(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    if word not in set(Category):
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_category()])
    talk.draft["categories"] = [word]
    talk.step = "acts"
    return Turn(replies=[texts.ask_acts()])


def _acts(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    if word not in set(Act):
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_acts()])
    talk.draft["acts"] = [word]
    talk.step = "identity"
    return Turn(replies=[texts.ask_identity()])


def _identity(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    choice = {"boleh ditanya": "citizen", "tanpa nama": "anonymous"}.get(word, word)
    if choice not in ("citizen", "anonymous"):
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_identity()])
    talk.draft["reporter"] = choice
    talk.step = "confirm"
    return Turn(replies=[texts.summary(talk.draft, region(talk.draft["region"]).path)])


def _confirm(talk: Conversation, said: Inbound, word: str, at: datetime) -> Turn:
    if word not in ("kirim", "ya"):
        return Turn(replies=[texts.summary(talk.draft, region(talk.draft["region"]).path)])
    draft = talk.draft
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(submit=draft)


_STEPS: dict[str, Callable[[Conversation, Inbound, str, datetime], Turn]] = {
    "menu": _menu,
    "narrative": _narrative,
    "place": _place,
    "time": _time,
    "category": _category,
    "acts": _acts,
    "identity": _identity,
    "confirm": _confirm,
}
