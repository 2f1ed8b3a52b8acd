"""The steps of the conversation: from where it stands and the message that came in, to what is answered. Pure."""

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


def take_turn(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Move the conversation on by one message."""
    if inbound.kind == "quiet":
        return Turn()
    answer = (inbound.choice or inbound.text).strip().lower().rstrip(".!")
    if talk.question_for and inbound.kind == "text" and answer not in ("menu", "batal"):
        (report, question), talk.question_for = talk.question_for, None
        return Turn(answered=(report, question, inbound.text), replies=[texts.text(texts.THANKS_ANSWER)])
    if answer == "batal":
        talk.question_for = None
        return _back_to_menu(talk, texts.CANCELLED)
    if ticket := read_ticket(inbound.text) if inbound.kind == "text" else None:
        return Turn(ticket=ticket)
    return _STEPS.get(talk.step, _menu)(talk, inbound, answer, at)


def _back_to_menu(talk: Conversation, line: str) -> Turn:
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(replies=[texts.text(line)])


def _menu(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if answer in _REPORT_WORDS:
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if answer == "tiket":
        return Turn(replies=[texts.text(texts.ASK_TICKET)])
    if answer == "tanya":
        return Turn(replies=[texts.text("Silakan tulis pertanyaan Anda.")])
    if inbound.kind in ("unknown", "media"):
        return Turn(replies=[texts.text(texts.ONLY_TEXT if inbound.kind == "unknown" else texts.MEDIA)])
    if not answer or answer in _MENU_WORDS:
        return Turn(replies=[texts.menu()])
    return Turn(ask=inbound.text)


def _narrative(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if inbound.kind == "media":
        return Turn(replies=[texts.text(texts.MEDIA)])
    if len(inbound.text.strip()) < 10:
        return Turn(replies=[texts.text(texts.NARRATIVE_SHORT)])
    talk.draft["narrative"] = inbound.text.strip()[:10_000]
    talk.step = "place"
    return Turn(replies=[texts.text(texts.PLACE)])


def _place(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if inbound.point:
        talk.draft["point"] = inbound.point.model_dump()
        talk.draft["place"] = inbound.place or None
        return Turn(replies=[texts.text(texts.SPOT), texts.text(texts.PLACE)])
    if inbound.choice in talk.options:
        return _placed(talk, inbound.choice)
    found = search_regions(inbound.text, level=3) or search_regions(inbound.text, limit=9)
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


def _time(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    titles = {title.lower(): id for id, title in texts.TIMES}
    choice = titles.get(answer, answer)
    if choice not in titles.values():
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_time()])
    talk.draft["ongoing"] = choice == "now"
    if choice != "earlier":
        talk.draft["occurred_at"] = (at if choice == "now" else at - timedelta(hours=3)).isoformat()
    talk.step = "category"
    return Turn(replies=[texts.ask_category()])


def _category(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if answer not in set(Category):
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_category()])
    talk.draft["categories"] = [answer]
    talk.step = "acts"
    return Turn(replies=[texts.ask_acts()])


def _acts(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if answer not in set(Act):
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_acts()])
    talk.draft["acts"] = [answer]
    talk.step = "identity"
    return Turn(replies=[texts.ask_identity()])


def _identity(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    choice = {"boleh ditanya": "citizen", "tanpa nama": "anonymous"}.get(answer, answer)
    if choice not in ("citizen", "anonymous"):
        return Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_identity()])
    talk.draft["reporter"] = choice
    talk.step = "confirm"
    return Turn(replies=[texts.summary(talk.draft, region(talk.draft["region"]).path)])


def _confirm(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if answer not in ("kirim", "ya"):
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
