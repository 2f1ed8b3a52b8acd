"""Files in the conversation: they belong to the report that is being written, or begin one. Pure."""

from datetime import datetime
from typing import Any

from contracts.vocabulary import AttachmentKind
from services.intake.dialogue import phrases, texts
from services.intake.dialogue.changes import prompt_again
from services.intake.dialogue.model import CONSULTING, Conversation, Inbound, Turn
from services.intake.dialogue.places import ask_place
from services.intake.dialogue.summary import MOST_PHOTOS, shown
from services.intake.understanding.emergencies import is_about_oneself

KINDS = frozenset(AttachmentKind)
_SHORTEST = 10


def take_file(talk: Conversation, inbound: Inbound, turn: Turn, at: datetime) -> Turn:
    """A file belongs to the report that is being written; with none, it begins one. Its caption was taken
    before."""
    kind = inbound.file
    if turn.submit is not None:
        add_file(turn.submit, inbound.photo)
        return turn
    if talk.step in ("adding", *CONSULTING) or turn.consult or turn.answered or turn.added or turn.ticket:
        return turn.model_copy(update={"replies": [*turn.replies, texts.text(texts.LATE[kind])]})
    if talk.step == "resume":
        return _while_resuming(talk, inbound, turn, kind)
    if talk.question_for and talk.step == "menu":
        return Turn(replies=[texts.text(texts.NO_ANSWER[kind])])
    if talk.step == "menu":
        if turn.no_contact or is_about_oneself(inbound.text) or phrases.CANCEL.fullmatch(inbound.text.strip().lower()):
            return turn
        turn = begin_with_file(talk, inbound.text.strip(), kind, at)
    elif kind is AttachmentKind.VOICE and _is_asked_for_story(talk) and not inbound.text.strip():
        begun = dict(talk.draft)
        turn = begin_with_file(talk, "", kind, at)
        talk.draft |= {name: value for name, value in begun.items() if name != "narrative"}
    if not add_file(talk.draft, inbound.photo):
        return turn.model_copy(update={"replies": [texts.text(texts.ENOUGH[kind]), *turn.replies]})
    if inbound.kind in KINDS and not turn.replies:
        return Turn(replies=[texts.text(texts.ATTACHED[kind]), *prompt_again(talk)])
    # The summary that the words led to was made without it.
    replies = [*turn.replies[:-1], shown(talk.draft)] if talk.step == "confirm" else turn.replies
    return turn.model_copy(update={"replies": replies})


def _is_asked_for_story(talk: Conversation) -> bool:
    return talk.step == "narrative" and not talk.draft.get("narrative")


def _while_resuming(talk: Conversation, inbound: Inbound, turn: Turn, kind: AttachmentKind) -> Turn:
    if inbound.photo and not add_file(talk.draft["again"], inbound.photo):
        return Turn(replies=[texts.text(texts.ENOUGH[kind]), texts.ask_to_resume(talk.draft)])
    return turn if turn.replies else Turn(replies=[texts.ask_to_resume(talk.draft)])


def begin_with_file(talk: Conversation, caption: str, kind: AttachmentKind, at: datetime) -> Turn:
    """A file of its own begins a report; words below it are the story, whatever else they could mean. Who
    speaks need not write: where it was, and what about, is asked."""
    if len(caption) < _SHORTEST:
        spoken = kind is AttachmentKind.VOICE
        talk.step, talk.draft = ("place", {"narrative": texts.VOICE_STORY}) if spoken else ("narrative", {})
        return Turn(replies=[texts.text(texts.FIRST[kind])])
    talk.draft = {"narrative": caption[:10_000]}
    turn = ask_place(talk, caption, at)
    return Turn(replies=[texts.text(f"{texts.ATTACHED[kind]} {texts.STORY} {texts.STOP}"), *turn.replies])


def add_file(draft: dict[str, Any], file: str) -> bool:
    """Take a file in; one that comes again is there already. False where there are enough."""
    files = draft.setdefault("photos", [])
    if file not in files and len(files) < MOST_PHOTOS:
        files.append(file)
    return file in files
