"""The steps of the conversation: from where it stands and the message that came in, to what is answered. Pure."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contracts.gazetteer import Found, find_place
from contracts.regions import is_in_the_country, level_of, region, search_regions
from contracts.vocabulary import Act, Category
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.model import read_ticket, ticket_in
from services.intake.understanding.acts import acts_of
from services.intake.understanding.emergencies import is_about_oneself, is_emergency, is_over
from services.intake.understanding.reading import Reading, read

_REPORT_WORDS = ("lapor", "melapor", "laporan", "report", "mau lapor", "buat laporan")
_MOST_PHOTOS, _SHORTEST = 5, 10
_LEFT = timedelta(hours=12)
_STORY, _FEW = 30, 4
"""From how many letters on a message may be a story; from how many words on an answer tells more than was asked."""
_POLITE = r"( (ya|dulu|saja|aja|deh|sekarang|kirim|lapor|laporan|laporannya|pak|bu|kak|min|mas|mbak))*"
_YES = re.compile(rf"(ya|iya|y|ok|oke|okay|yes|kirim){_POLITE}")
_CANCEL = re.compile(rf"(batal|batalkan|batalin|(ga|gak|nggak|tidak|tdk) jadi){_POLITE}")
"""Whole answers: who writes more than this means something else by it."""
_OF_MINE = r"( (laporan|laporannya|laporanku|keterangan|info|cerita|saya|ya|pak|bu|kak|min))*"
_ADDS: dict[str, re.Pattern[str]] = {
    "addition": re.compile(rf"(mau |ada |ingin )?(tambah|tambahan|tambahin|menambah|nambah){_OF_MINE}"),
    "correction": re.compile(rf"(mau |ada )?(ralat|koreksi|perbaiki|betulkan|perbaikan){_OF_MINE}"),
    "withdrawal": re.compile(r"(mau )?(tarik|cabut|menarik|mencabut) laporan(nya|ku| saya)?"),
}
"""Whole answers with which a report that was sent is added to, corrected, withdrawn."""
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
    turn = Turn() if inbound.kind == "photo" and not _is_stale(talk, at) else _take_words(talk, inbound, at)
    return _take_photo(talk, inbound, turn) if inbound.kind == "photo" or inbound.photo else turn


def _is_stale(talk: Conversation, at: datetime) -> bool:
    """Whether a report was begun and left lying. Who comes back may have forgotten it, or mean something else."""
    left = talk.step in _STEPS and talk.step not in ("menu", "adding", "resume")
    return left and bool(talk.draft) and at - talk.last_received_at > _LEFT


def _ask_to_resume(talk: Conversation, inbound: Inbound) -> Turn:
    """What they came back with waits for the answer: it belongs to that report, or begins another."""
    story = inbound.text.strip() if len(inbound.text.strip()) >= _STORY else ""
    talk.draft |= {"step": talk.step, "ongoing": False}
    talk.draft["again"] = {"story": story, "photos": []}
    talk.step = "resume"
    return Turn(replies=[texts.ask_to_resume(talk.draft)])


def _resume(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if answer in ("lanjutkan", "lanjut") or _YES.fullmatch(answer):
        talk.step, again = talk.draft.pop("step"), talk.draft.pop("again")
        if again["story"]:
            _add_to_story(talk, again["story"])
        for photo in again["photos"]:
            _add_photo(talk.draft, photo)
        return Turn(replies=_prompt(talk))
    if answer not in ("buang", "mulai baru", "baru", "hapus"):
        return Turn(replies=[texts.ask_to_resume(talk.draft)])
    again = talk.draft["again"]
    gone = _back_to_menu(talk, texts.CANCELLED)
    begun = _begin_again(talk, again["story"], again["photos"])
    return Turn(replies=[*gone.replies, *begun.replies], ask=begun.ask)


def _begin_again(talk: Conversation, story: str, photos: list[str]) -> Turn:
    if photos:
        turn = _begin_with_photo(talk, story)
        for photo in photos:
            _add_photo(talk.draft, photo)
        return turn
    return _free(talk, story, read(story)) if story else Turn(replies=[texts.menu()])


def _take_photo(talk: Conversation, inbound: Inbound, turn: Turn) -> Turn:
    """A photo belongs to the report that is being written; with none, it begins one. Its caption was taken before."""
    if turn.submit is not None:
        _add_photo(turn.submit, inbound.photo)
        return turn
    if talk.step == "adding" or turn.answered or turn.added or turn.ticket:
        return turn.model_copy(update={"replies": [*turn.replies, texts.text(texts.PHOTO_LATE)]})
    if talk.step == "resume":
        if inbound.photo and not _add_photo(talk.draft["again"], inbound.photo):
            return Turn(replies=[texts.text(texts.PHOTO_ENOUGH), texts.ask_to_resume(talk.draft)])
        return turn if turn.replies else Turn(replies=[texts.ask_to_resume(talk.draft)])
    if talk.question_for and talk.step == "menu":
        return Turn(replies=[texts.text(texts.PHOTO_NO_ANSWER)])
    if talk.step == "menu":
        if is_about_oneself(inbound.text) or _CANCEL.fullmatch(inbound.text.strip().lower()):
            return turn
        turn = _begin_with_photo(talk, inbound.text.strip())
    if not _add_photo(talk.draft, inbound.photo):
        return turn.model_copy(update={"replies": [texts.text(texts.PHOTO_ENOUGH), *turn.replies]})
    if inbound.kind == "photo" and not turn.replies:
        return Turn(replies=[texts.text(texts.PHOTO), *_prompt(talk)])
    return turn


def _begin_with_photo(talk: Conversation, caption: str) -> Turn:
    """A photo of its own begins a report; words below it are the story, whatever else they could mean."""
    if len(caption) < _SHORTEST:
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.PHOTO_FIRST)])
    talk.step, talk.draft = "place", {"narrative": caption[:10_000]}
    found = find_place(caption)
    place = _take_place(talk, found) if found.codes else Turn(replies=[texts.text(texts.PLACE)])
    return Turn(replies=[texts.text(f"{texts.PHOTO} {texts.STORY} Ketik *batal* kapan saja."), *place.replies])


def _add_photo(draft: dict[str, Any], photo: str) -> bool:
    """Take a photo in; one that comes again is there already. False where there are enough."""
    photos = draft.setdefault("photos", [])
    if photo not in photos and len(photos) < _MOST_PHOTOS:
        photos.append(photo)
    return photo in photos


def _take_words(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    answer, stale = (inbound.choice or inbound.text).strip().lower().rstrip(".!"), _is_stale(talk, at)
    if talk.step == "confirm" and not stale and _YES.fullmatch(answer):
        return _confirm(talk, inbound, "ya", at)
    if inbound.kind == "text" and is_about_oneself(inbound.text):
        return Turn(replies=[texts.text(texts.ONESELF)])
    if inbound.kind == "text" and _tells_of_danger(talk, inbound.text):
        if stale or talk.step == "resume":  # it begins a report of its own
            _back_to_menu(talk, "")
        return _emergency(talk, inbound, at)
    cancels = _CANCEL.fullmatch(answer) is not None
    if talk.question_for and talk.step == "menu" and inbound.kind == "text" and not (cancels or _commands(answer)):
        (report, question), talk.question_for = talk.question_for, None
        return Turn(answered=(report, question, inbound.text), replies=[texts.text(texts.THANKS_ANSWER)])
    if cancels:
        talk.question_for = None if talk.step == "menu" else talk.question_for
        return _back_to_menu(talk, texts.NOT_ADDED if talk.step == "adding" else texts.CANCELLED)
    if ticket := _ticket(talk, inbound):
        return Turn(ticket=ticket)
    if stale:
        return _ask_to_resume(talk, inbound)
    if answer == "menu" and talk.step not in ("menu", "adding"):
        return Turn(replies=[texts.text(texts.NOT_SENT), *_prompt(talk)])
    return _STEPS.get(talk.step, _menu)(talk, inbound, answer, at)


def _commands(answer: str) -> bool:
    """Whether it is a word for us, and no answer for an officer."""
    words = ("menu", "tiket", "tanya", *_REPORT_WORDS, *_MENU_WORDS)
    return answer in words or read_ticket(answer) is not None or _adds(answer) is not None


def _adds(answer: str) -> str | None:
    """What somebody wants to do with the report that they sent."""
    return next((kind for kind, words in _ADDS.items() if words.fullmatch(answer)), None)


def _begin_adding(talk: Conversation, kind: str) -> Turn:
    if talk.last_report is None:
        return Turn(replies=[texts.text(texts.NOTHING_TO_ADD_TO)])
    talk.step, talk.draft = "adding", {"kind": kind}
    return Turn(replies=[texts.text(texts.ADD[kind])])


def _adding(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """What comes next is added; a report that is withdrawn needs no reason."""
    kind = talk.draft["kind"]
    if answer == "menu":
        return Turn(replies=[*_back_to_menu(talk, texts.NOT_ADDED).replies, texts.menu()])
    if inbound.kind != "text" or not inbound.text.strip():
        return Turn(replies=[texts.text(texts.ADD[kind])])
    words = texts.WITHDRAWN if kind == "withdrawal" and _YES.fullmatch(answer) else inbound.text.strip()[:5000]
    talk.step, talk.draft = "menu", {}
    return Turn(added=(str(talk.last_report), kind, words))


def _ticket(talk: Conversation, inbound: Inbound) -> str | None:
    """A ticket that is asked for; not the name of a place that could be one, nor one within a story."""
    if inbound.kind != "text" or find_place(inbound.text, whole=True).clear:
        return None
    return ticket_in(inbound.text) if talk.step == "menu" else read_ticket(inbound.text)


def _tells_of_danger(talk: Conversation, text: str) -> bool:
    """Whether somebody is in danger now. Where they are asked for the place, the place is what they tell."""
    if talk.step == "place":
        found = find_place(text, whole=True)
        if found.exact and found.covers:
            return False
    return is_emergency(text)


def _add_to_story(talk: Conversation, text: str) -> None:
    """People write in pieces: each belongs to the story, and the newest is never what is cut off."""
    story, more = talk.draft.get("narrative", ""), text.strip()[:10_000]
    room = 10_000 - len(more) - 1
    talk.draft["narrative"] = f"{story[:room]}\n{more}" if story and room > 0 else more


def _emergency(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Numbers to call, at once; and the shortest report. An officer's question waits, and a report that was begun takes
    the words in."""
    if talk.step == "adding":  # added, and a report of its own as well: an addition calls nobody
        added = (str(talk.last_report), talk.draft["kind"], inbound.text.strip()[:5000])
        talk.step, talk.draft = "menu", {}
        return _emergency(talk, inbound, at).model_copy(update={"added": added})
    begun, now = talk.step not in ("menu", "narrative"), not is_over(inbound.text)
    _add_to_story(talk, inbound.text)
    acts = [*dict.fromkeys([*talk.draft.get("acts", []), *map(str, acts_of(talk.draft["narrative"]))])]
    if now:  # of what is over the time is asked, as of any other report
        talk.draft |= {"ongoing": True, "occurred_at": at.isoformat(), "acts": acts}
    if begun and talk.step != "place":
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), *_prompt(talk)])
    if now and not begun:
        talk.draft |= {"categories": [Category.KEKERASAN_PENGUSIRAN.value], "reporter": "anonymous"}
    talk.step = "place"
    found = find_place(inbound.text)
    if found.codes:
        return Turn(replies=[texts.text(texts.EMERGENCY), *_take_place(talk, found).replies])
    if not now or begun:
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), texts.text(texts.PLACE)])
    return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.EMERGENCY_REPORT}")])


def _prompt(talk: Conversation) -> list[dict[str, Any]]:
    """What is asked in this step, once more."""
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "narrative": lambda: texts.text(texts.NARRATIVE),
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
    if kind := _adds(answer):
        return _begin_adding(talk, kind)
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
    if len(inbound.text.strip()) < _SHORTEST:
        return Turn(replies=[texts.text(texts.NARRATIVE_SHORT)])
    talk.draft["narrative"] = inbound.text.strip()[:10_000]
    talk.step = "place"
    return Turn(replies=[texts.text(texts.PLACE)])


def _place(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if inbound.point and not is_in_the_country(inbound.point.lat, inbound.point.lng):
        return Turn(replies=[texts.text(f"{texts.ELSEWHERE} {texts.PLACE}")])
    if inbound.point:
        talk.draft["point"] = inbound.point.model_dump()
        talk.draft["place"] = inbound.place or None
        return Turn(replies=[texts.text(texts.SPOT), texts.text(texts.PLACE)])
    if inbound.choice in talk.options:
        return _placed(talk, inbound.choice)
    found = find_place(inbound.text, whole=True)
    if not found.covers and len(inbound.text.split()) >= _FEW:
        found = find_place(inbound.text)
        _add_to_story(talk, inbound.text)
        if not found.codes:
            return Turn(replies=[texts.text(f"{texts.STORY} {texts.PLACE}")])
    elif not found.codes:
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
    talk.draft.pop("occurred_at", None)
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
    # What an emergency on the way told stays: one tap does not make it less.
    talk.draft["acts"] = [*dict.fromkeys([answer, *talk.draft.get("acts", [])])]
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
        if inbound.kind == "text" and len(answer.split()) >= _FEW:
            _add_to_story(talk, inbound.text)
        return Turn(replies=[texts.summary(talk.draft, region(talk.draft["region"]).path)])
    draft = talk.draft
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(submit=draft)


_STEPS: dict[str, Callable[[Conversation, Inbound, str, datetime], Turn]] = {
    "menu": _menu,
    "adding": _adding,
    "narrative": _narrative,
    "place": _place,
    "time": _time,
    "category": _category,
    "acts": _acts,
    "identity": _identity,
    "confirm": _confirm,
    "resume": _resume,
}
