"""The steps of the conversation: from where it stands and the message that came in, to what is answered. Pure."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contracts.gazetteer import Found, find_place
from contracts.regions import level_of, region, search_regions
from contracts.vocabulary import Act, Category
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.model import read_ticket, ticket_in
from services.intake.understanding.acts import acts_of
from services.intake.understanding.emergencies import is_emergency
from services.intake.understanding.reading import Reading, read

_REPORT_WORDS = ("lapor", "melapor", "laporan", "report", "mau lapor", "buat laporan")
_STORY, _SHORT = 30, 60
"""From how many letters on a message may be a story, and up to how many an answer to "where?"."""
_EVENTS = {"lapor_konflik", "hambatan_ibadah", "ujaran_kebencian", "hoaks", "penodaan_agama", "aliran_paham"}
"""Intents whose subject, told with its place and not asked about, is an event."""
_ASKS = re.compile(r"\?|^(apa|apakah|bagaimana|gimana|gmn|cara|boleh|bisa|kalau|kalo|kapan|siapa|how|can|what|may)\b")
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
    if inbound.kind == "text" and _tells_of_danger(talk, inbound.text):
        return _emergency(talk, inbound, answer, at)
    waits = talk.question_for and talk.step == "menu"
    if waits and talk.question_for and inbound.kind == "text" and answer not in ("menu", "batal"):
        (report, question), talk.question_for = talk.question_for, None
        return Turn(answered=(report, question, inbound.text), replies=[texts.text(texts.THANKS_ANSWER)])
    if answer == "batal":
        talk.question_for = None
        return _back_to_menu(talk, texts.CANCELLED)
    if ticket := _ticket(talk, inbound):
        return Turn(ticket=ticket)
    return _STEPS.get(talk.step, _menu)(talk, inbound, answer, at)


def _ticket(talk: Conversation, inbound: Inbound) -> str | None:
    """A ticket that is asked for; not the name of a place that could be one, nor one within a story."""
    if inbound.kind != "text" or find_place(inbound.text, whole=True).clear:
        return None
    return ticket_in(inbound.text) if talk.step == "menu" else read_ticket(inbound.text)


def _tells_of_danger(talk: Conversation, text: str) -> bool:
    """Whether somebody is in danger now. Where they are asked for the place, the place is what they tell."""
    if talk.step == "place" and find_place(text, whole=len(text) < _SHORT).codes:
        return False
    return is_emergency(text)


def _emergency(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """Numbers to call, at once; and the shortest report. An officer's question waits, and a report that was begun takes
    the words in."""
    if talk.step == "narrative":
        return Turn(replies=[texts.text(texts.EMERGENCY), *_narrative(talk, inbound, answer, at).replies])
    begun = talk.step != "menu"
    told = [talk.draft["narrative"]] if begun and "narrative" in talk.draft else []
    story = "\n".join([*told, inbound.text.strip()])[:10_000]
    acts = [*dict.fromkeys([*talk.draft.get("acts", []), *map(str, acts_of(story))])]
    talk.draft |= {"narrative": story, "ongoing": True, "occurred_at": at.isoformat(), "acts": acts}
    if begun:
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), *_prompt(talk)])
    talk.draft |= {"categories": [Category.KEKERASAN_PENGUSIRAN.value], "reporter": "anonymous"}
    talk.step = "place"
    found = find_place(inbound.text)
    if found.codes:
        return Turn(replies=[texts.text(texts.EMERGENCY), *_take_place(talk, found).replies])
    return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.EMERGENCY_REPORT}")])


def _prompt(talk: Conversation) -> list[dict[str, Any]]:
    """What is asked in this step, once more."""
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "place": lambda: texts.text(texts.PLACE),
        "time": texts.ask_time,
        "category": texts.ask_category,
        "acts": texts.ask_acts,
        "identity": texts.ask_identity,
        "confirm": lambda: texts.summary(talk.draft, region(talk.draft["region"]).path),
    }
    return [asked[talk.step]()] if talk.step in asked else []


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
    if inbound.choice:
        return Turn(ask=inbound.choice)
    return _free(talk, inbound.text, read(inbound.text))


def _free(talk: Conversation, text: str, reading: Reading) -> Turn:
    """What somebody wants who just writes."""
    meant = {reading.intent, *reading.offered}
    tells = len(text.strip()) >= _STORY and not _ASKS.search(text.lower())
    if tells and (reading.intent == "lapor_konflik" or (reading.place.codes and meant & _EVENTS)):
        talk.step, talk.draft = "place", {"narrative": text.strip()[:10_000]}
        noted = texts.text(f"{texts.STORY} Ketik *batal* kapan saja.")
        place = _take_place(talk, reading.place) if reading.place.codes else Turn(replies=[texts.text(texts.PLACE)])
        return Turn(replies=[noted, *place.replies])
    if reading.intent == "lapor_konflik":
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if reading.intent == "cek_status":
        return Turn(replies=[texts.text(texts.ASK_TICKET)])
    if reading.intent == "menu_bantuan":
        return Turn(replies=[texts.menu()])
    return Turn(ask=text)


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
    found = find_place(inbound.text, whole=True)
    if not found.codes:
        begins = tuple(each.code for each in search_regions(inbound.text, level=3))
        found = Found(begins, exact=False)
    return _take_place(talk, found) if found.codes else Turn(replies=[texts.text(texts.PLACE_UNKNOWN)])


def _take_place(talk: Conversation, found: Found) -> Turn:
    """One that is clearly meant is named, and can be changed; of several the person chooses. None is guessed."""
    if found.clear:
        return _placed(talk, found.clear)
    talk.options = list(found.codes[:10])
    named = [region(code) for code in talk.options]
    asked = texts.PLACE_WHICH if found.exact else texts.PLACE_MEANT
    return Turn(replies=[texts.rows(asked, [(each.code, each.name, each.path) for each in named])])


def _placed(talk: Conversation, code: str) -> Turn:
    if level_of(code) < 2:
        return Turn(replies=[texts.text(texts.PLACE)])
    talk.draft["region"], talk.options, talk.step = code, [], "time"
    if "reporter" in talk.draft:  # of an emergency, where nothing else is asked
        talk.step = "confirm"
        return Turn(replies=[texts.summary(talk.draft, region(code).path)])
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
