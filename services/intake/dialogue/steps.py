"""The steps of the conversation: from where it stands and the message that came in, to what is answered. Pure."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.gazetteer import find_place
from contracts.vocabulary import Category, attachment_kind
from services.intake.dialogue import consulting, phrases, texts
from services.intake.dialogue.after import (
    CHANGES,
    about_sent,
    adding,
    adds,
    begin_adding,
    helped,
    status,
    still_calm,
    take_stop,
)
from services.intake.dialogue.changes import (
    answer_acts,
    answer_category,
    answer_time,
    back_to_menu,
    confirm,
    prompt_again,
)
from services.intake.dialogue.consulting import begin_consulting, take_question
from services.intake.dialogue.consulting import take_place as take_consulting_place
from services.intake.dialogue.files import KINDS, add_file, begin_with_file, take_file
from services.intake.dialogue.model import CONSULTING, Conversation, Inbound, Turn
from services.intake.dialogue.places import answer_place, ask_place, take_place, told_place
from services.intake.dialogue.summary import add_to_story, choose, set_time, shown, summarise
from services.intake.dialogue.takeback import forwarded, remember, sent_with, take_back
from services.intake.model import read_ticket, ticket_in
from services.intake.understanding.acts import acts_of, told_acts
from services.intake.understanding.categories import category_of
from services.intake.understanding.emergencies import is_about_oneself, is_emergency, is_over, names_danger
from services.intake.understanding.reading import Reading, read
from services.intake.understanding.times import EARLIER, NOW

_SHORTEST = 10
_OF_END = ("terbantu", "keberatan")
"""The buttons below how a report ended."""
_LEFT = timedelta(hours=12)
_IS_NOW = re.compile(r"sekarang|\b(skrg|skg|sedang|lagi|barusan|saat ini)\b")
_STORY, _FEW, _SHORT_YES = 30, 3, 5
"""From how many letters on a message may be a story; up to how many words it is no cry of its own, and a mere yes."""
_EVENTS = {"lapor_konflik", "hambatan_ibadah", "ujaran_kebencian", "hoaks", "penodaan_agama", "aliran_paham"}
"""Intents whose subject, told with its place and not asked about, is an event."""


def take_turn(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Move the conversation on by one message."""
    if inbound.kind == "quiet":
        return Turn()
    if inbound.choice == texts.READ:  # what waits is brought with it
        if _is_stale(talk, at):  # what they write next may be about that, and not about a report left lying
            return _ask_to_resume(talk, "")
        return Turn(replies=[] if talk.waiting else [texts.text(texts.NOTHING_NEW)])
    if inbound.kind in ("edit", "revoke"):
        if (turn := consulting.take_back(talk, inbound, at)) is not None:
            return turn
        return take_back(
            talk, inbound, lambda fresh: take_turn(talk, fresh, at), lambda story: _changed(talk, story, at)
        )
    alone, before, refs = inbound.kind in KINDS, talk.draft.get("narrative", ""), sent_with(talk.draft)
    turn = Turn() if alone and not _is_stale(talk, at) else _take_words(talk, inbound, at)
    turn = take_file(talk, inbound, turn, at) if alone or inbound.photo else turn
    talk.asked_helped = talk.interrupted = False
    # Asked again, as they said neither; where it is answered, or not understood a second time, that is over.
    talk.asked_back = bool(talk.ended) and turn.replies == [texts.ask_back(talk.channel, str(talk.ended))]
    if turn.submit is not None:
        talk.ended = None
        forwarded(talk, refs)
    elif turn.answered or turn.added or turn.consult:
        forwarded(talk, [*refs, *([inbound.ref] if inbound.ref else [])])
    remember(talk, inbound, before)
    return turn


def _changed(talk: Conversation, story: str, at: datetime) -> Turn:
    """The story is another one: understood anew, or asked about where the report was left lying."""
    return _ask_to_resume(talk, "") if _is_stale(talk, at) else _told(talk, story, at)


def _is_stale(talk: Conversation, at: datetime) -> bool:
    """Whether a report was begun and left lying. Who comes back may have forgotten it, or mean something else."""
    left = talk.step in _STEPS and talk.step not in ("menu", "adding", "resume", *CONSULTING)
    return left and bool(talk.draft) and at - talk.last_received_at > _LEFT


def _ask_to_resume(talk: Conversation, words: str) -> Turn:
    """What they came back with waits for the answer: it belongs to that report, or begins another."""
    story = words if len(words) >= _STORY else ""
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
            add_file(talk.draft, photo)
        if talk.step == "confirm":  # it may have been edited meanwhile
            return _told(talk, talk.draft["narrative"], at)
        return Turn(replies=prompt_again(talk))
    if answer not in ("buang", "mulai baru", "baru", "hapus"):
        again, words = talk.draft["again"], inbound.text.strip()
        if inbound.kind == "text" and not phrases.GREETS.fullmatch(answer):  # it waits as well
            again["story"] = f"{again['story']}\n{words}".strip()
        return Turn(replies=[texts.ask_to_resume(talk.draft)])
    again = talk.draft["again"]
    gone = back_to_menu(talk, texts.CANCELLED)
    begun = _begin_again(talk, again["story"], again["photos"], at)
    return Turn(replies=[*gone.replies, *begun.replies], ask=begun.ask)


def _begin_again(talk: Conversation, story: str, photos: list[str], at: datetime) -> Turn:
    if photos:
        turn = begin_with_file(talk, story, attachment_kind(photos[0]), at)
        for photo in photos:
            add_file(talk.draft, photo)
        return turn
    return _free(talk, story, read(story), at) if story else Turn(replies=[texts.menu()])


def _plain(text: str) -> str:
    """An answer in small letters, without what people put between and after words."""
    return " ".join(re.sub(r"[.,!]+(?=\s|$)", " ", text.lower()).split())


def _take_words(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    answer, stale = _plain(inbound.choice or inbound.text), _is_stale(talk, at)
    if turn := _leave_consulting(talk, answer, at):
        return turn
    if inbound.kind == "text" and is_about_oneself(inbound.text):
        return Turn(replies=[texts.text(texts.ONESELF)])
    if talk.step == "confirm" and talk.interrupted and _may_mean_officer(inbound, answer):
        return Turn(replies=[texts.text(texts.WHICH_MEANT), *prompt_again(talk)])
    if talk.step == "confirm" and not stale and phrases.YES.fullmatch(answer):
        return confirm(talk, inbound, "ya", at)
    if inbound.kind == "text" and not names_danger(inbound.text) and (turn := take_stop(talk, answer)):
        return turn
    if inbound.kind == "text" and _tells_of_danger(talk, inbound.text):
        return _emergency_anew(talk, inbound, at) if stale or talk.step == "resume" else _emergency(talk, inbound, at)
    turn = _take_command(talk, inbound, answer)
    if turn is not None:
        return turn
    if stale:
        return _ask_to_resume(talk, inbound.text.strip())
    if answer == "menu" and talk.step not in ("menu", "adding"):
        return Turn(replies=[texts.text(texts.NOT_SENT), *prompt_again(talk)])
    return _STEPS.get(talk.step, _menu)(talk, inbound, answer, at)


def _leave_consulting(talk: Conversation, answer: str, at: datetime) -> Turn | None:
    """A question to officers that is not asked any more: left lying, or for the menu."""
    if talk.step not in CONSULTING:
        return None
    if at - talk.last_received_at > _LEFT:
        back_to_menu(talk, "")  # what they write days later is no answer to what was asked then
        return None
    if answer not in phrases.MENU_WORDS:
        return None
    back_to_menu(talk, "")
    return Turn(replies=[texts.menu()])


def _may_mean_officer(inbound: Inbound, answer: str) -> bool:
    """Whether a yes may be for the officer who has just asked: a report is not sent by it, nor with a name.

    Only a short one that is no cry for help: what says more is taken as what it says.
    """
    short = (
        len(answer.split()) <= _SHORT_YES
        and not is_emergency(inbound.text)
        and answer.startswith(("boleh", "ya ", "iya "))
    )
    agrees = phrases.YES.fullmatch(answer) is not None or short
    return inbound.kind == "text" and agrees and not phrases.SENDS.search(answer)


def _take_command(talk: Conversation, inbound: Inbound, answer: str) -> Turn | None:
    """What is done the same at every step: an officer is answered, all is cancelled, a ticket is asked for."""
    cancels = phrases.CANCEL.fullmatch(answer) is not None
    if inbound.choice.startswith((texts.STILL, texts.BACK)):
        return _tapped_back(talk, inbound.choice)
    if inbound.choice in _OF_END and talk.ended and talk.step != "menu":
        return _tapped_meanwhile(talk, inbound.choice)
    asks = talk.question_for and talk.step == "menu" and inbound.kind == "text"
    if asks and not (cancels or _commands(talk, answer, inbound.text)):
        return _answer_officer(talk, inbound)
    if cancels:
        return _cancel(talk)
    if phrases.STATUS_ALONE.fullmatch(answer) and talk.step in _STEPS and talk.step not in ("menu", "adding"):
        return status(talk).model_copy(update={"after": prompt_again(talk)})
    if talk.step == "confirm" and (phrases.NOT_NOW.search(answer) or phrases.WAIT.search(answer)):
        return Turn(replies=[texts.text(texts.WAITS)])
    ticket = _ticket(talk, inbound)
    return Turn(ticket=ticket) if ticket else None


def _answer_officer(talk: Conversation, inbound: Inbound) -> Turn:
    """What an officer asked is answered; who cries for help reads the numbers as well."""
    (report, question), talk.question_for = talk.question_for or ("", ""), None
    alarms = is_emergency(inbound.text) and (len(inbound.text.split()) > _FEW or names_danger(inbound.text))
    numbers = [texts.text(texts.EMERGENCY)] if alarms else []
    return Turn(answered=(report, question, inbound.text), replies=[*numbers, texts.text(texts.THANKS_ANSWER)])


def _tapped_back(talk: Conversation, choice: str) -> Turn | None:
    """Whether it came back, of the report that the button names, whatever is being written meanwhile."""
    report = choice.partition(":")[2]
    if choice.startswith(texts.STILL):
        if talk.step == "adding":
            back_to_menu(talk, "")
        return still_calm(talk, report)
    if talk.step not in ("menu", "adding"):
        return _later(talk, "terjadi lagi")
    return begin_adding(talk, "recurred", about=report)


def _tapped_meanwhile(talk: Conversation, choice: str) -> Turn | None:
    """What an end asked is answered while something else is being written: what needs words has to wait."""
    if talk.step == "adding":
        back_to_menu(talk, "")
        return helped(talk) if choice == "terbantu" else begin_adding(talk, "objection")
    return helped(talk) if choice == "terbantu" else _later(talk, "keberatan")


def _later(talk: Conversation, word: str) -> Turn:
    return Turn(replies=[texts.text(texts.LATER.format(word=word)), *prompt_again(talk)])


def _cancel(talk: Conversation) -> Turn:
    """What is being written is not sent. Where nothing is, it is about what was sent before, or about nothing."""
    if talk.step != "menu":
        said = {"adding": texts.NOT_ADDED, **dict.fromkeys(CONSULTING, texts.NOT_ASKED)}
        return back_to_menu(talk, said.get(talk.step, texts.CANCELLED))
    if talk.question_for:
        return Turn(replies=[texts.text(texts.QUESTION_WAITS)])
    if talk.last_report is None:
        return Turn(replies=[texts.text(texts.NOTHING_BEGUN)])
    return begin_adding(talk, "withdrawal", texts.SENT_BEFORE)


def _commands(talk: Conversation, answer: str, text: str) -> bool:
    """Whether it is a word for us, and no answer for an officer."""
    words = ("tiket", "tanya", *phrases.MENU_WORDS)
    reports = len(answer) >= _STORY and phrases.REPORTS.match(answer) is not None
    greets = phrases.GREETS.fullmatch(answer) is not None and answer not in phrases.TIMES_OF_DAY
    asks = phrases.STATUS.fullmatch(answer) is not None or phrases.ASKS_STATUS.search(answer) is not None
    ended = talk.ended is not None and phrases.HELPED.fullmatch(answer) is not None
    back = talk.ended is not None and answer in ("tetap tenang", "terjadi lagi")
    # "Keberatan" may be the answer; with an end told after the question it is about that.
    kind = adds(answer)
    sent = kind is not None and (kind != "objection" or talk.ended is not None)
    begins = phrases.REPORT.fullmatch(answer) is not None
    return (
        reports
        or begins
        or greets
        or asks
        or ended
        or back
        or sent
        or answer in words
        or _looks_like_one(text, read_ticket(text))
    )


def _ticket(talk: Conversation, inbound: Inbound) -> str | None:
    """A ticket that is asked for; not the name of a place that could be one, nor one within a story."""
    if inbound.kind != "text" or find_place(inbound.text, whole=True).clear:
        return None
    found = ticket_in(inbound.text) if talk.step == "menu" else read_ticket(inbound.text)
    return found if _looks_like_one(inbound.text, found) else None


def _looks_like_one(text: str, ticket: str | None) -> bool:
    """Eight letters may be words ("gawat pak"): a ticket has a digit or its hyphen, or is written in capitals."""
    plain = text.strip()
    return ticket is not None and ("-" in plain or any(each.isdigit() for each in plain) or plain.isupper())


def _tells_of_danger(talk: Conversation, text: str) -> bool:
    """Whether somebody is in danger now. Where they are asked for the place, the place is what they tell."""
    if talk.step == "place":
        found = find_place(text, whole=True)
        if found.exact and found.covers:
            return False
    if not is_emergency(text):
        return False
    plain, cries = text.lower(), phrases.CRIES.search(text.lower()) is not None
    if talk.step == "confirm":  # haste alone ("tolong dikirim segera") is about the report that waits
        return names_danger(text) or not phrases.ABOUT_SENDING.search(plain)
    if talk.question_for and talk.step == "menu":
        # What an officer asked is answered, with the numbers beside it; a cry is a report of its own, and the question
        # waits.
        return cries and names_danger(text)
    if talk.step == "adding":  # what was, or is corrected, is added; danger now is a report of its own as well
        return names_danger(text) and (cries or _IS_NOW.search(plain) is not None)
    # Few words ("sudah", "sudah pak", "di vn") answer what was asked, or nothing.
    return names_danger(text) or cries or (len(text.split()) > _FEW and not phrases.OF_VOICE.search(plain))


def _emergency_anew(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """A report of its own, in the place of one that was left lying; what they came back with goes with it."""
    again = talk.draft.get("again", {"story": "", "photos": []})
    back_to_menu(talk, "")
    if again["story"]:
        add_to_story(talk, again["story"])
    turn = _emergency(talk, inbound, at)
    for file in again["photos"]:
        add_file(talk.draft, file)
    replies = [*turn.replies[:-1], shown(talk.draft)] if again["photos"] and talk.step == "confirm" else turn.replies
    return turn.model_copy(update={"replies": [*replies[:1], texts.text(texts.OLD_DROPPED), *replies[1:]]})


def _emergency(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Numbers to call, at once; and the shortest report. An officer's question waits, and a report that was begun takes
    the words in."""
    if talk.step == "adding":  # added, and a report of its own as well: an addition calls nobody
        report, kind = talk.draft.get("report") or str(talk.last_report), talk.draft["kind"]
        # Whoever was about to withdraw is in danger now: that withdraws nothing.
        added = (report, "addition" if kind == "withdrawal" else kind, inbound.text.strip()[:5000])
        talk.step, talk.draft = "menu", {}
        return _emergency(talk, inbound, at).model_copy(update={"added": added})
    if talk.step in CONSULTING:  # whatever was asked belongs to it, and is asked of nobody
        asked = consulting.question(talk)
        back_to_menu(talk, "")
        if asked:
            add_to_story(talk, asked)
    begun, now = talk.step not in ("menu", "narrative"), not is_over(inbound.text)
    add_to_story(talk, inbound.text)
    acts = [*dict.fromkeys([*talk.draft.get("acts", []), *map(str, acts_of(talk.draft["narrative"]))])]
    talk.draft["danger"] = True
    if now:  # of what is over the story tells the time, as of any other report
        set_time(talk.draft, NOW, at)
        choose(talk.draft, "when")
        talk.draft["acts"] = acts
    if "region" in talk.draft:
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), *summarise(talk, at).replies])
    if begun and talk.step != "place":
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), *prompt_again(talk)])
    if now and not begun:
        talk.draft |= {"categories": [Category.KEKERASAN_PENGUSIRAN.value], "reporter": "anonymous"}
        choose(talk.draft, "categories")
    talk.step = "place"
    if found := told_place(inbound.text):
        return Turn(replies=[texts.text(texts.EMERGENCY), *take_place(talk, found, at).replies])
    if not now or begun:
        return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.STORY}"), texts.text(texts.PLACE)])
    return Turn(replies=[texts.text(f"{texts.EMERGENCY}\n\n{texts.EMERGENCY_REPORT}")])


def _menu(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if turn := about_sent(talk, answer, inbound.text):
        return turn
    if phrases.REPORT.fullmatch(answer):
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if answer == "petugas":
        return begin_consulting(talk, at)
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


def _free(talk: Conversation, text: str, reading: Reading, at: datetime) -> Turn:
    """What somebody wants who just writes."""
    meant = {reading.intent, *reading.offered}
    tells = len(text.strip()) >= _STORY and not phrases.ASKS.search(text.lower())
    event = reading.intent in (None, "lapor_konflik", *_EVENTS) and (told_acts(text) or _is_known(text))
    if tells and (reading.intent == "lapor_konflik" or (reading.place.codes and meant & _EVENTS) or event):
        talk.draft = {}
        return _told(talk, text, at)
    if reading.intent == "lapor_konflik":
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if reading.intent == "cek_status":
        return status(talk)
    if reading.intent in CHANGES and talk.last_report:
        return begin_adding(talk, CHANGES[reading.intent])
    if reading.intent == "hubungi_petugas":
        return begin_consulting(talk, at)
    if reading.intent == "menu_bantuan":
        return Turn(replies=[texts.menu()])
    return Turn(ask=text)


def _is_known(text: str) -> bool:
    """Whether a text names a place and something that reports are about."""
    return bool(find_place(text).codes) and category_of(text, []) is not Category.LAINNYA


def _narrative(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    if inbound.kind == "media":
        return Turn(replies=[texts.text(texts.MEDIA)])
    add_to_story(talk, inbound.text)  # people write in pieces
    if len(talk.draft["narrative"]) < _SHORTEST:
        return Turn(replies=[texts.text(texts.NARRATIVE_SHORT)])
    return _told(talk, talk.draft["narrative"], at)


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


def _consult(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """A question to officers; what tells of an event is a report, with what was asked before, and becomes one."""
    if phrases.REPORT.fullmatch(answer):
        back_to_menu(talk, "")
        return _menu(talk, inbound, answer, at)
    if consulting.tells_event(talk, inbound):
        story = "\n".join([consulting.question(talk), inbound.text]).strip()
        talk.draft, talk.options = {}, []
        return _told(talk, story, at)
    take = take_question if talk.step == "consult" else take_consulting_place
    return take(talk, inbound, answer, at)


_STEPS: dict[str, Callable[[Conversation, Inbound, str, datetime], Turn]] = {
    "menu": _menu,
    "adding": adding,
    "narrative": _narrative,
    "place": answer_place,
    "time": answer_time,
    "category": answer_category,
    "acts": answer_acts,
    "identity": confirm,  # a step of releases before this one
    "confirm": confirm,
    "resume": _resume,
    "consult": _consult,
    "consult_place": _consult,
}
