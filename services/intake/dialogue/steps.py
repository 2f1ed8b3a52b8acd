"""The steps of the conversation: from where it stands and the message that came in, to what is answered. Pure."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contracts.gazetteer import find_place
from contracts.vocabulary import VOICE, Category
from services.intake.dialogue import phrases, texts
from services.intake.dialogue.changes import answer_acts, answer_category, answer_time, confirm, prompt
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.dialogue.places import answer_place, ask_place, take_place, told_place
from services.intake.dialogue.summary import MOST_PHOTOS, add_to_story, choose, set_time, shown, summarise
from services.intake.model import read_ticket, ticket_in
from services.intake.understanding.acts import acts_of
from services.intake.understanding.emergencies import is_about_oneself, is_emergency, is_over, names_danger
from services.intake.understanding.reading import Reading, read
from services.intake.understanding.times import EARLIER, NOW

_SHORTEST = 10
_LEFT = timedelta(hours=12)
_FILES = ("photo", "voice")
_STORY, _REASON = 30, 3
"""From how many letters on a message may be a story; from how many words on an answer is a reason."""
_EVENTS = {"lapor_konflik", "hambatan_ibadah", "ujaran_kebencian", "hoaks", "penodaan_agama", "aliran_paham"}
"""Intents whose subject, told with its place and not asked about, is an event."""
_CHANGES = {"batal_laporan": "withdrawal", "ubah_laporan": "addition"}
"""Intents that are about a report that was sent, where there is one."""


def take_turn(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Move the conversation on by one message."""
    if inbound.kind == "quiet":
        return Turn()
    if inbound.kind in ("edit", "revoke"):
        return _take_back(talk, inbound, at)
    alone, told = inbound.kind in _FILES, list(talk.draft.get("texts", ()))
    turn = Turn() if alone and not _is_stale(talk, at) else _take_words(talk, inbound, at)
    turn = _take_photo(talk, inbound, turn, at) if alone or inbound.photo else turn
    if turn.submit is not None:
        talk.sent = told
    words = inbound.text.strip()
    if inbound.kind == "text" and inbound.ref and words and words in talk.draft.get("narrative", ""):
        talk.draft.setdefault("texts", {})[inbound.ref] = words
    return turn


def _take_back(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """A message was edited or revoked. While its report is not sent the story follows; after that it says how."""
    edited = inbound.kind == "edit"
    if not (before := talk.draft.get("texts", {}).get(inbound.ref)):
        late = texts.EDITED_LATE if edited else texts.REVOKED_LATE
        return Turn(replies=[texts.text(late)]) if inbound.ref in talk.sent else Turn()
    words = inbound.text.strip() if edited else ""
    story = talk.draft["narrative"].replace(before, words, 1).strip()
    talk.draft["texts"] = {ref: each for ref, each in talk.draft["texts"].items() if ref != inbound.ref}
    if not story:
        return _back_to_menu(talk, texts.CANCELLED)
    if words:
        talk.draft["texts"][inbound.ref] = words
    danger = [texts.text(texts.EMERGENCY)] if edited and is_emergency(words) else []
    turn = _told(talk, story, at)
    noted = texts.text(texts.EDITED if edited else texts.REVOKED)
    return turn.model_copy(update={"replies": [*danger, noted, *turn.replies]})


def _is_stale(talk: Conversation, at: datetime) -> bool:
    """Whether a report was begun and left lying. Who comes back may have forgotten it, or mean something else."""
    left = talk.step in _STEPS and talk.step not in ("menu", "adding", "resume")
    return left and bool(talk.draft) and at - talk.last_received_at > _LEFT


def _ask_to_resume(talk: Conversation, inbound: Inbound) -> Turn:
    """What they came back with waits for the answer: it belongs to that report, or begins another."""
    story = inbound.text.strip() if len(inbound.text.strip()) >= _STORY else ""
    talk.draft |= {"step": talk.step, "ongoing": False}
    if "when" in talk.draft:  # what was now, or today, when it was told
        talk.draft["when"] = EARLIER
        choose(talk.draft, "when")
    talk.draft["again"] = {"story": story, "photos": []}
    talk.step = "resume"
    return Turn(replies=[texts.ask_to_resume(talk.draft)])


def _resume(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if answer in ("lanjutkan", "lanjut") or phrases.YES.fullmatch(answer):
        talk.step, again = talk.draft.pop("step"), talk.draft.pop("again")
        if again["story"]:
            add_to_story(talk, again["story"])
        for photo in again["photos"]:
            _add_photo(talk.draft, photo)
        return Turn(replies=_prompt(talk))
    if answer not in ("buang", "mulai baru", "baru", "hapus"):
        return Turn(replies=[texts.ask_to_resume(talk.draft)])
    again = talk.draft["again"]
    gone = _back_to_menu(talk, texts.CANCELLED)
    begun = _begin_again(talk, again["story"], again["photos"], at)
    return Turn(replies=[*gone.replies, *begun.replies], ask=begun.ask)


def _begin_again(talk: Conversation, story: str, photos: list[str], at: datetime) -> Turn:
    if photos:
        kind = "voice" if photos[0].startswith(VOICE) else "photo"
        turn = _begin_with_photo(talk, story, kind, at)
        for photo in photos:
            _add_photo(talk.draft, photo)
        return turn
    return _free(talk, story, read(story), at) if story else Turn(replies=[texts.menu()])


def _take_photo(talk: Conversation, inbound: Inbound, turn: Turn, at: datetime) -> Turn:
    """A photo or a voice belongs to the report that is being written; with none, it begins one. Its caption was taken
    before."""
    kind = "voice" if inbound.voice else "photo"
    if turn.submit is not None:
        _add_photo(turn.submit, inbound.photo)
        return turn
    if talk.step == "adding" or turn.answered or turn.added or turn.ticket:
        return turn.model_copy(update={"replies": [*turn.replies, texts.text(texts.LATE[kind])]})
    if talk.step == "resume":
        if inbound.photo and not _add_photo(talk.draft["again"], inbound.photo):
            return Turn(replies=[texts.text(texts.ENOUGH[kind]), texts.ask_to_resume(talk.draft)])
        return turn if turn.replies else Turn(replies=[texts.ask_to_resume(talk.draft)])
    if talk.question_for and talk.step == "menu":
        return Turn(replies=[texts.text(texts.NO_ANSWER[kind])])
    if talk.step == "menu":
        if is_about_oneself(inbound.text) or phrases.CANCEL.fullmatch(inbound.text.strip().lower()):
            return turn
        turn = _begin_with_photo(talk, inbound.text.strip(), kind, at)
    if not _add_photo(talk.draft, inbound.photo):
        return turn.model_copy(update={"replies": [texts.text(texts.ENOUGH[kind]), *turn.replies]})
    if inbound.kind in _FILES and not turn.replies:
        return Turn(replies=[texts.text(texts.ATTACHED[kind]), *_prompt(talk)])
    # The summary that the words led to was made without it.
    replies = [*turn.replies[:-1], shown(talk.draft)] if talk.step == "confirm" else turn.replies
    return turn.model_copy(update={"replies": replies})


def _begin_with_photo(talk: Conversation, caption: str, kind: str, at: datetime) -> Turn:
    """A photo or voice of its own begins a report; words below it are the story, whatever else they could mean. Who
    speaks need not write: where it was, and what about, is asked."""
    if len(caption) < _SHORTEST:
        spoken = kind == "voice"
        talk.step, talk.draft = ("place", {"narrative": texts.VOICE_STORY}) if spoken else ("narrative", {})
        return Turn(replies=[texts.text(texts.FIRST[kind])])
    talk.draft = {"narrative": caption[:10_000]}
    turn = ask_place(talk, caption, at)
    return Turn(replies=[texts.text(f"{texts.ATTACHED[kind]} {texts.STORY} {texts.STOP}"), *turn.replies])


def _add_photo(draft: dict[str, Any], photo: str) -> bool:
    """Take a photo in; one that comes again is there already. False where there are enough."""
    photos = draft.setdefault("photos", [])
    if photo not in photos and len(photos) < MOST_PHOTOS:
        photos.append(photo)
    return photo in photos


def _plain(text: str) -> str:
    """An answer in small letters, without what people put between and after words."""
    return " ".join(re.sub(r"[.,!]+(?=\s|$)", " ", text.lower()).split())


def _take_words(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    answer, stale = _plain(inbound.choice or inbound.text), _is_stale(talk, at)
    if talk.step == "confirm" and not stale and phrases.YES.fullmatch(answer):
        return confirm(talk, inbound, "ya", at)
    if inbound.kind == "text" and is_about_oneself(inbound.text):
        return Turn(replies=[texts.text(texts.ONESELF)])
    if inbound.kind == "text" and _tells_of_danger(talk, inbound.text):
        if stale or talk.step == "resume":  # it begins a report of its own
            _back_to_menu(talk, "")
        return _emergency(talk, inbound, at)
    turn = _take_command(talk, inbound, answer)
    if turn is not None:
        return turn
    if stale:
        return _ask_to_resume(talk, inbound)
    if answer == "menu" and talk.step not in ("menu", "adding"):
        return Turn(replies=[texts.text(texts.NOT_SENT), *_prompt(talk)])
    return _STEPS.get(talk.step, _menu)(talk, inbound, answer, at)


def _take_command(talk: Conversation, inbound: Inbound, answer: str) -> Turn | None:
    """What is done the same at every step: an officer is answered, all is cancelled, a ticket is asked for."""
    cancels = phrases.CANCEL.fullmatch(answer) is not None
    if inbound.kind == "text" and (turn := _take_stop(talk, answer)):
        return turn
    if inbound.choice == "terbantu" and talk.ended:  # tapped while something else is being written
        return _helped(talk)
    if talk.question_for and talk.step == "menu" and inbound.kind == "text" and not (cancels or _commands(answer)):
        (report, question), talk.question_for = talk.question_for, None
        return Turn(answered=(report, question, inbound.text), replies=[texts.text(texts.THANKS_ANSWER)])
    if cancels:
        talk.question_for = None if talk.step == "menu" else talk.question_for
        return _back_to_menu(talk, texts.NOT_ADDED if talk.step == "adding" else texts.CANCELLED)
    if talk.step == "confirm" and phrases.NOT_NOW.search(answer):
        return Turn(replies=[texts.text(texts.WAITS)])
    ticket = _ticket(talk, inbound)
    return Turn(ticket=ticket) if ticket else None


def _take_stop(talk: Conversation, answer: str) -> Turn | None:
    """They want no word from us. While a report is written `stop` ends that alone, and who wants no questions sends it
    without a name: nothing is said of reports before."""
    stops, silent = phrases.STOP.fullmatch(answer) is not None, phrases.NO_CONTACT.fullmatch(answer) is not None
    if not (stops or silent):
        return None
    if talk.step == "menu":
        about = [talk.last_report, talk.question_for[0] if talk.question_for else None, talk.ended]
        talk.stopped, talk.waiting, talk.question_for = True, [], None
        return Turn(replies=[texts.text(texts.STOPPED)], no_contact=tuple(dict.fromkeys(filter(None, about))))
    if talk.step == "confirm" and silent:
        return Turn(replies=[texts.text(texts.NO_CONTACT), *_prompt(talk)])
    return _back_to_menu(talk, texts.NOT_ADDED if talk.step == "adding" else texts.CANCELLED) if stops else None


def _commands(answer: str) -> bool:
    """Whether it is a word for us, and no answer for an officer."""
    words = ("tiket", "tanya", *phrases.REPORT_WORDS, *phrases.MENU_WORDS)
    reports = len(answer) >= _STORY and phrases.REPORTS.match(answer) is not None
    greets = phrases.GREETS.fullmatch(answer) is not None and answer not in phrases.TIMES_OF_DAY
    asks = phrases.STATUS.fullmatch(answer) is not None
    return reports or greets or asks or answer in words or read_ticket(answer) is not None or _adds(answer) is not None


def _adds(answer: str) -> str | None:
    """What somebody wants to do with the report that they sent."""
    if phrases.OBJECTS.fullmatch(answer):
        return "objection"
    return next((kind for kind, words in phrases.ADDS.items() if words.fullmatch(answer)), None)


def _begin_adding(talk: Conversation, kind: str) -> Turn:
    report = (talk.ended or talk.last_report) if kind == "objection" else talk.last_report
    if report is None:
        return Turn(replies=[texts.text(texts.NOTHING_TO_ADD_TO)])
    talk.step, talk.draft = "adding", {"kind": kind, "report": report}
    return Turn(replies=[texts.text(texts.ADD[kind])])


def _adding(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """What comes next is added; a report that is withdrawn needs no reason."""
    kind = talk.draft["kind"]
    if answer == "menu":
        return Turn(replies=[*_back_to_menu(talk, texts.NOT_ADDED).replies, texts.menu()])
    if inbound.kind != "text" or not inbound.text.strip():
        return Turn(replies=[texts.text(texts.ADD[kind])])
    if phrases.NOTHING.fullmatch(answer):
        return _back_to_menu(talk, texts.NOT_ADDED)
    if kind == "withdrawal" and not phrases.YES.fullmatch(answer) and len(answer.split()) < _REASON:
        return Turn(replies=[texts.text(texts.ADD[kind])])
    report = talk.draft.get("report") or str(talk.last_report)  # a release before this one named none
    words = texts.WITHDRAWN if kind == "withdrawal" and phrases.YES.fullmatch(answer) else inbound.text.strip()[:5000]
    talk.step, talk.draft = "menu", {}
    return Turn(added=(report, kind, words))


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
    # Where a report waits to be sent, haste alone ("tolong dikirim segera") is about that.
    return is_emergency(text) and (talk.step != "confirm" or names_danger(text))


def _emergency(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Numbers to call, at once; and the shortest report. An officer's question waits, and a report that was begun takes
    the words in."""
    if talk.step == "adding":  # added, and a report of its own as well: an addition calls nobody
        report = talk.draft.get("report") or str(talk.last_report)
        added = (report, talk.draft["kind"], inbound.text.strip()[:5000])
        talk.step, talk.draft = "menu", {}
        return _emergency(talk, inbound, at).model_copy(update={"added": added})
    begun, now = talk.step not in ("menu", "narrative"), not is_over(inbound.text)
    add_to_story(talk, inbound.text)
    acts = [*dict.fromkeys([*talk.draft.get("acts", []), *map(str, acts_of(talk.draft["narrative"]))])]
    if now:  # of what is over the story tells the time, as of any other report
        set_time(talk.draft, NOW, at)
        choose(talk.draft, "when")
        talk.draft["acts"] = acts
    if "region" in talk.draft:
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), *summarise(talk, at).replies])
    if begun and talk.step != "place":
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), *_prompt(talk)])
    if now and not begun:
        talk.draft |= {"categories": [Category.KEKERASAN_PENGUSIRAN.value], "reporter": "anonymous"}
        choose(talk.draft, "categories")
    talk.step = "place"
    if found := told_place(inbound.text):
        return Turn(replies=[texts.text(texts.EMERGENCY), *take_place(talk, found, at).replies])
    if not now or begun:
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), texts.text(texts.PLACE)])
    return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.EMERGENCY_REPORT}")])


def _prompt(talk: Conversation) -> list[dict[str, Any]]:
    """What is asked in this step, once more."""
    if talk.step == "confirm":
        return [shown(talk.draft)]
    return [prompt(talk.step)] if talk.step in ("narrative", "place", "time", "category", "acts") else []


def _back_to_menu(talk: Conversation, line: str) -> Turn:
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(replies=[texts.text(line)])


def _menu(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if turn := _about_sent(talk, answer):
        return turn
    if answer in phrases.REPORT_WORDS:
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if answer == "tanya":
        return Turn(replies=[texts.text("Silakan tulis pertanyaan Anda.")])
    if inbound.kind in ("unknown", "media"):
        return Turn(replies=[texts.text(texts.ONLY_TEXT if inbound.kind == "unknown" else texts.MEDIA)])
    if not answer or answer in phrases.MENU_WORDS or phrases.GREETS.fullmatch(answer):
        return Turn(replies=[texts.menu()])
    if inbound.choice in texts.SENDING or inbound.choice.startswith("ubah"):
        return Turn(replies=[texts.text(texts.SENT_ALREADY if talk.last_report else texts.NOTHING_BEGUN)])
    if inbound.choice:
        return Turn(ask=inbound.choice)
    return _free(talk, inbound.text, read(inbound.text), at)


def _about_sent(talk: Conversation, answer: str) -> Turn | None:
    """What somebody says or asks of what they sent before."""
    if kind := _adds(answer):
        return _begin_adding(talk, kind)
    if phrases.STATUS.fullmatch(answer):
        return _status(talk)
    if phrases.HELPED.fullmatch(answer):
        return _helped(talk)
    if answer in phrases.MENU_WORDS and talk.stopped:
        talk.stopped = False
        return Turn(replies=[texts.text(texts.CONTACT_AGAIN), texts.menu()])
    return None


def _helped(talk: Conversation) -> Turn | None:
    report = talk.ended or talk.last_report
    return Turn(added=(report, "helped", "")) if report else None


def _status(talk: Conversation) -> Turn:
    """Where their own report stands; with none here, which one they mean."""
    if talk.last_report is None:
        return Turn(replies=[texts.text(texts.ASK_TICKET)])
    return Turn(status_of=talk.last_report)


def _free(talk: Conversation, text: str, reading: Reading, at: datetime) -> Turn:
    """What somebody wants who just writes."""
    meant = {reading.intent, *reading.offered}
    tells = len(text.strip()) >= _STORY and not phrases.ASKS.search(text.lower())
    if tells and (reading.intent == "lapor_konflik" or (reading.place.codes and meant & _EVENTS)):
        talk.draft = {}
        return _told(talk, text, at)
    if reading.intent == "lapor_konflik":
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if reading.intent == "cek_status":
        return _status(talk)
    if reading.intent in _CHANGES and talk.last_report:
        return _begin_adding(talk, _CHANGES[reading.intent])
    if reading.intent == "menu_bantuan":
        return Turn(replies=[texts.menu()])
    return Turn(ask=text)


def _narrative(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if inbound.kind == "media":
        return Turn(replies=[texts.text(texts.MEDIA)])
    if len(inbound.text.strip()) < _SHORTEST:
        return Turn(replies=[texts.text(texts.NARRATIVE_SHORT)])
    return _told(talk, inbound.text, at)


def _told(talk: Conversation, story: str, at: datetime) -> Turn:
    """A story: on to its summary where it names its place, or a place was named before."""
    talk.draft["narrative"] = story.strip()[:10_000]
    if "region" in talk.draft:
        named = find_place(story)
        elsewhere = named.exact and named.clear and named.clear != talk.draft["region"]
        return take_place(talk, named, at) if elsewhere else summarise(talk, at)
    turn = ask_place(talk, story, at)
    if talk.step == "confirm":
        return turn
    noted = texts.text(f"{texts.STORY} {texts.STOP}")
    return turn.model_copy(update={"replies": [noted, *turn.replies]})


_STEPS: dict[str, Callable[[Conversation, Inbound, str, datetime], Turn]] = {
    "menu": _menu,
    "adding": _adding,
    "narrative": _narrative,
    "place": answer_place,
    "time": answer_time,
    "category": answer_category,
    "acts": answer_acts,
    "identity": confirm,  # a step of releases before this one
    "confirm": confirm,
    "resume": _resume,
}
