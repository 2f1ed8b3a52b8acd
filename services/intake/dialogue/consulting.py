"""A question to the officers of an area: what, and from where; then it is on its way. Pure."""

from datetime import datetime, timedelta

from contracts.gazetteer import find_place
from contracts.regions import level_of, region
from services.intake.dialogue import phrases, texts
from services.intake.dialogue.changes import back_to_menu
from services.intake.dialogue.model import CONSULTING, TYPED, Conversation, Inbound, Turn
from services.intake.dialogue.places import told_place
from services.intake.understanding.acts import told_acts

_SHORTEST, _LONGEST = 10, 1000
_A_DAY, _MOST = timedelta(days=1), 3


def begin_consulting(talk: Conversation, at: datetime) -> Turn:
    """Ask what they want to know; of an office's patience nobody has all."""
    if talk.channel in TYPED:  # its sender is easily forged, and an officer's answer costs
        return Turn(replies=[texts.text(texts.CONSULT_NOT_HERE.format(channel=TYPED[talk.channel]))])
    if len([each for each in talk.consulted if at - each < _A_DAY]) >= _MOST:
        return Turn(replies=[texts.text(texts.CONSULTED_ENOUGH)])
    talk.step, talk.draft, talk.options = "consult", {}, []
    return Turn(replies=[texts.text(texts.CONSULT)])


def question(talk: Conversation) -> str:
    """What was asked so far."""
    return "\n".join(words for _ref, words in talk.draft.get("asked", ()))[:_LONGEST]


def tells_event(talk: Conversation, inbound: Inbound) -> bool:
    """Whether what they write is no question but something that happened."""
    asks = phrases.ASKS.search(inbound.text.lower()) is not None
    return inbound.kind == "text" and not asks and bool(told_acts(inbound.text))


def take_question(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """The question, in pieces or whole; on its way where it names its place."""
    if not inbound.text.strip() or inbound.choice or _is_no_question(answer):
        return Turn(replies=[texts.text(texts.CONSULT)])
    talk.draft.setdefault("asked", []).append([inbound.ref, inbound.text.strip()])
    if len(question(talk)) < _SHORTEST:
        return Turn(replies=[texts.text(texts.CONSULT_SHORT)])
    return _go_on(talk, at)


def take_place(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """Where they are: the office there answers."""
    if inbound.choice in talk.options:
        return _send(talk, inbound.choice, at)
    if inbound.choice or _is_no_question(answer):
        return _offer(talk, tuple(talk.options))
    found = find_place(inbound.text, whole=True)
    if found.clear and level_of(found.clear) > 1:
        return _send(talk, found.clear, at)
    return _offer(talk, found.codes)


def take_back(talk: Conversation, inbound: Inbound, at: datetime) -> Turn | None:
    """A piece of the question that its writer edits or deletes on the phone; None for any other message."""
    pieces = talk.draft.get("asked", [])
    if talk.step not in CONSULTING or not inbound.ref or inbound.ref not in [ref for ref, _words in pieces]:
        return None
    words = inbound.text.strip() if inbound.kind == "edit" else ""
    talk.draft["asked"] = [[ref, words if ref == inbound.ref else each] for ref, each in pieces]
    talk.draft["asked"] = [each for each in talk.draft["asked"] if each[1]]
    if question(talk):
        return _go_on(talk, at)
    talk.step = "consult"
    return Turn(replies=[texts.text(texts.CONSULT)])


def _is_no_question(answer: str) -> bool:
    return phrases.GREETS.fullmatch(answer) is not None or phrases.THANKS.fullmatch(answer) is not None


def _go_on(talk: Conversation, at: datetime) -> Turn:
    found = told_place(question(talk))
    if found and found.clear and level_of(found.clear) > 1:
        return _send(talk, found.clear, at)
    talk.step = "consult_place"
    return _offer(talk, found.codes if found else ())


def _offer(talk: Conversation, codes: tuple[str, ...]) -> Turn:
    """Never a guess: of several they choose, and of none they are asked."""
    talk.options = [each for each in codes if level_of(each) > 1][:10]
    if not talk.options:
        return Turn(replies=[texts.text(texts.CONSULT_PLACE)])
    named = [region(code) for code in talk.options]
    return Turn(replies=[texts.rows(texts.PLACE_WHICH, [(each.code, each.name, each.path) for each in named])])


def _send(talk: Conversation, code: str, at: datetime) -> Turn:
    asked = question(talk)
    talk.consulted = [*talk.consulted, at][-_MOST:]
    talk.stopped = False  # they want this answer, whatever they wanted before
    return back_to_menu(talk, "").model_copy(update={"consult": (code, asked)})
