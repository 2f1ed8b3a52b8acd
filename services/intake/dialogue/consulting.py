"""A question to the officers of an area: what, and from where; then it is on its way. Pure."""

from datetime import datetime, timedelta

from contracts.gazetteer import find_place
from contracts.regions import level_of, region
from services.intake.dialogue import texts
from services.intake.dialogue.changes import back_to_menu
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.dialogue.places import told_place

STEPS = ("consult", "consult_place")
_SHORTEST, _LONGEST = 10, 1000
_A_DAY, _MOST = timedelta(days=1), 3


def begin_consulting(talk: Conversation, at: datetime) -> Turn:
    """Ask what they want to know; of an office's patience nobody has all."""
    if len([each for each in talk.consulted if at - each < _A_DAY]) >= _MOST:
        return Turn(replies=[texts.text(texts.CONSULTED_ENOUGH)])
    talk.step, talk.draft, talk.options = "consult", {}, []
    return Turn(replies=[texts.text(texts.CONSULT)])


def take_question(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """The question, in pieces or whole; on its way where it names its place."""
    if not inbound.text.strip():
        return Turn(replies=[texts.text(texts.CONSULT)])
    question = f"{talk.draft.get('question', '')}\n{inbound.text}".strip()[:_LONGEST]
    talk.draft["question"] = question
    if len(question) < _SHORTEST:
        return Turn(replies=[texts.text(texts.CONSULT_SHORT)])
    found = told_place(question)
    if found and found.clear and level_of(found.clear) > 1:
        return _send(talk, found.clear, at)
    talk.step = "consult_place"
    return _offer(talk, found.codes if found else ())


def take_place(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    """Where they are: the office there answers."""
    if inbound.choice in talk.options:
        return _send(talk, inbound.choice, at)
    found = find_place(inbound.text, whole=True)
    if found.clear and level_of(found.clear) > 1:
        return _send(talk, found.clear, at)
    return _offer(talk, found.codes)


def _offer(talk: Conversation, codes: tuple[str, ...]) -> Turn:
    """Never a guess: of several they choose, and of none they are asked."""
    talk.options = [each for each in codes if level_of(each) > 1][:10]
    if not talk.options:
        return Turn(replies=[texts.text(texts.CONSULT_PLACE)])
    named = [region(code) for code in talk.options]
    return Turn(replies=[texts.rows(texts.PLACE_WHICH, [(each.code, each.name, each.path) for each in named])])


def _send(talk: Conversation, code: str, at: datetime) -> Turn:
    question = talk.draft["question"]
    talk.consulted = [*talk.consulted, at][-_MOST:]
    return back_to_menu(talk, "").model_copy(update={"consult": (code, question)})
