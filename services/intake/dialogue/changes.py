"""The summary, answered: sent, or changed line by line, by a tap or in words. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.vocabulary import Act, Category
from kemenag.labels import label
from services.intake.dialogue import phrases, texts
from services.intake.dialogue.model import CONSULTING, Conversation, Inbound, Turn
from services.intake.dialogue.places import FEW, answer_place, corrected_place
from services.intake.dialogue.summary import add_to_story, choose, finished, set_time, shown, summarise
from services.intake.understanding.acts import told_acts
from services.intake.understanding.times import EARLIER, NOW, TODAY, time_of

_SHORTEST_NAME, _PIECE, _WISH = 4, 3, 8
_LINES = {"cerita": "narrative", "tempat": "place", "waktu": "time", "tentang": "category", "kejadian": "acts"}
_CHANGE = re.compile(rf"ubah( (?P<line>{'|'.join(_LINES)}))?|ubah:(?P<step>[a-z]+)")
_NO_IDEA = ("kirim", "lewati", "tidak tahu", "tdk tau", "ga tau", "gak tau", "ya")
_NOTHING_YET = re.compile(
    r"\b(tidak|tdk|ga|gak|nggak|belum|blm) (ada|tahu|tau|jelas|terjadi)\b|lewati|di suara|di vn|pesan suara"
)
_ANONYMOUS = re.compile(
    r"anonymous|(kirim )?(anonim|tanpa nama|rahasia)|jangan( ditanya)?|tidak( boleh)?|tdk|ga|gak|nggak"
)
_MAY_BE_ASKED = re.compile(r"citizen|(boleh|silakan|silahkan)( ditanya| tanya)?")
_SEND = {
    "kirim": None,
    "ya": None,
    "kirim tanpa nama": "anonymous",
    "kirim_boleh": "citizen",
    "kirim boleh ditanya": "citizen",
}
"""What sends it, and as whom where that stands with it."""
_SENDS_AS = re.compile(
    r"(ya|iya|ok|oke|kirim)( saja| aja)? ((?P<anonymous>tanpa nama|anonim)|boleh( ditanya)?)( (ya|pak|bu|saja|aja))*"
)


def confirm(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """Sent; or whatever is said of the summary changes it, and it is shown again."""
    if inbound.kind == "choice" and inbound.choice == "kirim":  # "Kirim tanpa nama", whatever was said before
        return _send(talk, "anonymous")
    if inbound.kind == "text" and len(answer.split()) <= _WISH and phrases.NO_NAME.search(answer):
        talk.draft["reporter"] = "anonymous"
        return _send(talk, "anonymous") if phrases.SENDS.search(answer) else summarise(talk, at)
    if answer in _SEND:
        return _send(talk, _SEND[answer] or talk.draft.get("reporter", "anonymous"))
    if found := _SENDS_AS.fullmatch(answer):
        return _send(talk, "anonymous" if found["anonymous"] else "citizen")
    if found := _CHANGE.fullmatch(answer):
        return _change(talk, found["step"] or _LINES.get(found["line"] or "", ""))
    if inbound.point:
        return answer_place(talk, inbound, answer, at)
    if _set_reporter(talk.draft, answer) or _set_line(talk.draft, answer, at):
        return summarise(talk, at)
    if inbound.kind == "text" and (turn := corrected_place(talk, inbound.text, at)):
        return turn
    if inbound.kind == "text" and len(answer.split()) >= _PIECE:
        add_to_story(talk, inbound.text)
        return summarise(talk, at)
    again = summarise(talk, at)
    return again.model_copy(update={"replies": [texts.text(texts.NOT_SENT_YET), *again.replies]})


def _send(talk: Conversation, reporter: str) -> Turn:
    draft = finished(talk.draft, reporter)
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(submit=draft)


def _change(talk: Conversation, step: str) -> Turn:
    """Ask for a line anew; with none named, which."""
    if step not in _LINES.values():
        return Turn(replies=[texts.ask_what_to_change(talk.draft)])
    talk.step = step
    if step == "narrative":  # it is told anew, maybe in pieces
        talk.draft["narrative"], talk.draft["pieces"] = "", []
    return Turn(replies=[prompt(step)])


def back_to_menu(talk: Conversation, line: str) -> Turn:
    """Nothing is being written any more."""
    talk.step, talk.draft, talk.options = "menu", {}, []
    return Turn(replies=[texts.text(line)] if line else [])


def prompt_again(talk: Conversation) -> list[dict[str, Any]]:
    """What is asked in this step, once more."""
    if talk.step == "confirm":
        return [shown(talk.draft)]
    if talk.step == "resume":
        return [texts.ask_to_resume(talk.draft)]
    if talk.step in CONSULTING:
        return [texts.text(texts.CONSULT if talk.step == "consult" else texts.CONSULT_PLACE)]
    return [prompt(talk.step)] if talk.step in ("narrative", "place", "time", "category", "acts") else []


def prompt(step: str) -> dict[str, Any]:
    """The question for a line of the summary."""
    asked = {"time": texts.ask_time, "category": texts.ask_category, "acts": texts.ask_acts}
    if step in asked:
        return asked[step]()
    return texts.text(texts.PLACE if step == "place" else texts.NARRATIVE)


def _set_reporter(draft: dict[str, Any], answer: str) -> bool:
    anonymous = _ANONYMOUS.fullmatch(answer) is not None
    if anonymous or _MAY_BE_ASKED.fullmatch(answer):
        draft["reporter"] = "anonymous" if anonymous else "citizen"
        return True
    return False


def _set_line(draft: dict[str, Any], answer: str, at: datetime) -> bool:
    """One of the lines, by the button of an earlier question or in a few words."""
    return _set_time(draft, answer, at) or _set_category(draft, answer) or _set_act(draft, answer)


def _set_time(draft: dict[str, Any], answer: str, at: datetime) -> bool:
    if phrases.WAIT.search(answer):
        return False
    when = {title.lower(): id for id, title in texts.TIMES}.get(answer, answer)
    if when not in (NOW, TODAY, EARLIER) and len(answer.split()) < FEW:
        when = time_of(f"sedang terjadi {answer}" if answer == "sedang" else answer) or ""
    if when not in (NOW, TODAY, EARLIER):
        return False
    set_time(draft, when, at)
    choose(draft, "when")
    return True


def _set_category(draft: dict[str, Any], answer: str) -> bool:
    category = _one_named(answer, texts.CATEGORIES)
    if category not in set(Category):
        return False
    draft["categories"] = [category]
    choose(draft, "categories")
    return True


def _set_act(draft: dict[str, Any], answer: str) -> bool:
    act = _one_named(answer, texts.ACT_CHOICES)
    if act not in set(Act):
        return False
    # What an emergency on the way told stays: one tap does not make it less.
    grave = [each for each in draft.get("acts", ()) if Act(each) not in texts.LIGHT_ACTS]
    draft["acts"] = [*dict.fromkeys([act, *grave])]
    choose(draft, "acts")
    return True


def _one_named(answer: str, codes: Sequence[Category] | Sequence[Act]) -> str:
    """The one whose name the answer is, or a part of it that no other has; else the answer."""
    found = [each for each in codes if len(answer) >= _SHORTEST_NAME and answer in label(each).lower()]
    return found[0].value if len(found) == 1 else answer


def _answered(talk: Conversation, answer: str, at: datetime) -> Turn | None:
    """Whatever line the answer belongs to: an older button names another than was asked for."""
    known = _set_reporter(talk.draft, answer) or _set_line(talk.draft, answer, at)
    return summarise(talk, at) if known else None


def _more_of_the_story(talk: Conversation, inbound: Inbound, at: datetime) -> Turn | None:
    """Who writes a sentence where a line was asked for tells more: it is never lost."""
    if inbound.kind != "text" or len(inbound.text.split()) < FEW:
        return None
    add_to_story(talk, inbound.text)
    return summarise(talk, at)


def answer_time(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """When it was."""
    return _answered(talk, answer, at) or Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_time()])


def answer_category(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """What it is about."""
    answer = Category.LAINNYA if answer in _NO_IDEA else answer
    turn = _answered(talk, answer, at) or _more_of_the_story(talk, inbound, at)
    return turn or Turn(replies=[texts.text(texts.USE_BUTTONS), texts.ask_category()])


def answer_acts(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """What was seen: one of the list, or in words."""
    if turn := _answered(talk, answer, at):
        return turn
    if told := told_acts(answer):
        talk.draft["acts"] = [str(each) for each in told]
        choose(talk.draft, "acts")
        return summarise(talk, at)
    if answer in _NO_IDEA or _NOTHING_YET.search(answer):
        choose(talk.draft, "acts")
        return summarise(talk, at)
    turn = _more_of_the_story(talk, inbound, at)
    return turn or Turn(replies=[texts.text(texts.USE_ACTS), texts.ask_acts()])
