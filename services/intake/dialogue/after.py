"""After a report was sent: where it stands, what is added to it, whether it helped, and no word any more. Pure."""

from datetime import datetime

from contracts.gazetteer import find_place
from services.intake.dialogue import phrases, texts
from services.intake.dialogue.changes import back_to_menu, prompt_again
from services.intake.dialogue.model import CONSULTING, Conversation, Inbound, Turn
from services.intake.understanding.acts import told_acts

CHANGES = {"batal_laporan": "withdrawal", "ubah_laporan": "addition"}
"""Intents that are about a report that was sent, where there is one."""
OF_END = ("objection", "recurred")
"""What is added to the report whose end they were told last."""
_STORY, _SENTENCE, _REASON = 30, 4, 3
"""From how many letters on it may be a story; from how many words an objection needs no more, and it is a reason."""


def adds(answer: str) -> str | None:
    """What somebody wants to do with the report that they sent."""
    if phrases.OBJECTS.fullmatch(answer):
        return "objection"
    return next((kind for kind, words in phrases.ADDS.items() if words.fullmatch(answer)), None)


def begin_adding(talk: Conversation, kind: str, *before: str, about: str | None = None) -> Turn:
    """Ask for what is to be added; `before`: what is to be read first; `about`: to which report, where it is known."""
    report = about or ((talk.ended or talk.last_report) if kind in OF_END else talk.last_report)
    if report is None:
        return Turn(replies=[texts.text(texts.NOTHING_TO_ADD_TO)])
    talk.step, talk.draft = "adding", {"kind": kind, "report": report}
    return Turn(replies=[texts.text(each) for each in (*before, texts.ADD[kind])])


def adding(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """What comes next is added, where it is no word for us."""
    kind = talk.draft["kind"]
    if answer == "menu":
        return Turn(replies=[*back_to_menu(talk, texts.NOT_ADDED).replies, texts.menu()])
    if other := _meant_otherwise(talk, kind, answer):
        return other
    if inbound.kind != "text" or not inbound.text.strip():
        return Turn(replies=[texts.text(texts.ADD[kind])])
    if phrases.NOTHING.fullmatch(answer):
        return back_to_menu(talk, texts.NOT_ADDED)
    return _withdraw(talk, inbound, answer) if kind == "withdrawal" else _added(talk, kind, inbound.text)


def _meant_otherwise(talk: Conversation, kind: str, answer: str) -> Turn | None:
    if phrases.STATUS.fullmatch(answer):
        back_to_menu(talk, "")
        return status(talk)
    if kind == "recurred" and phrases.STAYS_CALM.fullmatch(answer):
        report = str(talk.draft.get("report") or talk.ended)
        back_to_menu(talk, "")
        return still_calm(talk, report)
    if kind == "objection" and phrases.HELPED.fullmatch(answer):
        back_to_menu(talk, "")
        return helped(talk)
    if phrases.REPORT.fullmatch(answer):
        talk.step, talk.draft = "narrative", {}
        return Turn(replies=[texts.text(texts.NARRATIVE)])
    if phrases.GREETS.fullmatch(answer):
        return Turn(replies=[texts.text(texts.ADD[kind])])
    other = adds(answer)
    return begin_adding(talk, other) if other and other != kind else None


def _withdraw(talk: Conversation, inbound: Inbound, answer: str) -> Turn:
    """Nobody's report is withdrawn by words that may mean anything: they are a reason, and it is asked again."""
    if phrases.YES.fullmatch(answer) or phrases.WITHDRAWS.fullmatch(answer):
        return _added(talk, "withdrawal", talk.draft.get("reason") or texts.WITHDRAWN)
    if phrases.STAYS.search(answer):
        return back_to_menu(talk, texts.NOT_ADDED)
    if len(answer.split()) < _REASON:
        return Turn(replies=[texts.text(texts.ADD["withdrawal"])])
    talk.draft["reason"] = inbound.text.strip()
    return Turn(replies=[texts.text(texts.WITHDRAW_SURE)])


def _added(talk: Conversation, kind: str, words: str) -> Turn:
    report = talk.draft.get("report") or str(talk.last_report)  # a release before this one named none
    back_to_menu(talk, "")
    return Turn(added=(report, kind, words.strip()[:5000]))


def about_sent(talk: Conversation, answer: str, text: str) -> Turn | None:
    """What somebody says or asks of what they sent before."""
    if kind := adds(answer):
        return begin_adding(talk, kind)
    if talk.last_report and (found := phrases.ADDED_AT_ONCE.match(text.strip())):
        kind = next(kind for kind, words in phrases.ADDS.items() if words.fullmatch(found["how"].lower()))
        return Turn(added=(talk.last_report, kind, found["what"].strip()[:5000]))
    if phrases.STATUS.fullmatch(answer):
        return status(talk)
    if talk.ended and answer in ("tetap tenang", "terjadi lagi"):
        return still_calm(talk) if answer == "tetap tenang" else begin_adding(talk, "recurred")
    if talk.ended and talk.asked_back and (turn := _whether_back(talk, answer, text)):
        return turn
    if talk.ended and talk.asked_helped and (turn := _whether_helped(talk, answer, text)):
        return turn
    if phrases.HELPED.fullmatch(answer):
        return helped(talk)
    if answer in phrases.START_WORDS and talk.stopped:
        talk.stopped = False
        return Turn(replies=[texts.text(texts.CONTACT_AGAIN), texts.menu()], contact_again=True)
    return None


def _whether_helped(talk: Conversation, answer: str, text: str) -> Turn | None:
    """The answer to that question, in the words that people have for it. What names a place tells of something new."""
    if len(text) >= _STORY and find_place(text).codes:
        return None
    if phrases.UNHELPED.search(answer) or phrases.NO.fullmatch(answer):
        turn = begin_adding(talk, "objection")
        return _added(talk, "objection", text) if len(answer.split()) >= _SENTENCE else turn
    yes = phrases.SAYS_HELPED.fullmatch(answer) or phrases.YES.fullmatch(answer) or answer in ("sudah", "sudah pak")
    return helped(talk) if yes else None


def _whether_back(talk: Conversation, answer: str, text: str) -> Turn | None:
    """The answer to that question. Only short words are one: "tidak, terjadi lagi" and "tidak terjadi lagi" differ by a
    comma, and what is told at length may mean either. It is asked again once; then they are understood as ever."""
    if _means_else(answer, text):
        return None
    if "," in text and phrases.NO.match(answer) and not phrases.STAYS_CALM.fullmatch(after_comma(text)):
        return begin_adding(talk, "recurred") if phrases.CAME_BACK.fullmatch(after_comma(text)) else _ask_again(talk)
    if phrases.STAYS_CALM.fullmatch(answer):
        return still_calm(talk)
    if phrases.CAME_BACK.fullmatch(answer):
        return begin_adding(talk, "recurred")
    return _ask_again(talk)


def _means_else(answer: str, text: str) -> bool:
    """Whether it is a word for us, a question, or a story of its own: what names a place or an act tells of
    something."""
    words = answer in (*phrases.MENU_WORDS, "tiket", "tanya") or "?" in text
    begins = phrases.REPORT.fullmatch(answer) or phrases.GREETS.fullmatch(answer)
    return bool(words or begins or told_acts(text) or (len(text) >= _STORY and find_place(text).codes))


def after_comma(text: str) -> str:
    """What stands behind the first comma, as an answer."""
    return " ".join(text.lower().partition(",")[2].replace(",", " ").replace(".", " ").split())


def _ask_again(talk: Conversation) -> Turn | None:
    if talk.asked_back_again:
        return None
    talk.asked_back_again = True
    return Turn(replies=[texts.ask_back(talk.channel, str(talk.ended))])


def still_calm(talk: Conversation, report: str | None = None) -> Turn | None:
    """It is; of a report, or of the one whose end they were told last."""
    about = report or talk.ended
    return Turn(added=(about, "still_calm", "")) if about else None


def helped(talk: Conversation) -> Turn | None:
    """It did; about the end that they were told last."""
    report = talk.ended or talk.last_report
    return Turn(added=(report, "helped", "")) if report else None


def status(talk: Conversation) -> Turn:
    """Where their own report stands; with none here, which one they mean."""
    if talk.last_report is None:
        return Turn(replies=[texts.text(texts.ASK_TICKET)])
    return Turn(status_of=talk.last_report)


def take_stop(talk: Conversation, answer: str) -> Turn | None:
    """They want no word from us. While a report is written, who wants no questions sends it without a name, and `stop`
    ends that report alone."""
    stops, silent = phrases.STOP.fullmatch(answer) is not None, phrases.wants_no_word(answer)
    if talk.question_for is None or talk.step != "menu":
        silent = silent or phrases.NO_WORD_AT_ALL.fullmatch(answer) is not None
    if talk.step == "menu" and (stops or silent):
        return _stop(talk)
    if talk.step in ("adding", *CONSULTING) and silent:
        back_to_menu(talk, "")
        return _stop(talk)
    if silent:
        talk.draft["reporter"] = "anonymous"
        noted = Turn(replies=[texts.text(texts.NO_CONTACT), *prompt_again(talk)])
        # An officer waits for a word of them: that is what they may mean.
        return noted.model_copy(update={"no_contact": _silence(talk)}) if talk.question_for else noted
    said = {"adding": texts.NOT_ADDED, **dict.fromkeys(CONSULTING, texts.NOT_ASKED)}
    return back_to_menu(talk, said.get(talk.step, texts.CANCELLED)) if stops else None


def _stop(talk: Conversation) -> Turn:
    return Turn(replies=[texts.text(texts.STOPPED)], no_contact=_silence(talk))


def _silence(talk: Conversation) -> bool:
    talk.stopped, talk.question_for = True, None
    return True
