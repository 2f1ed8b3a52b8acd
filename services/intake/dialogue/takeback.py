"""A message that its writer edits or deletes on the phone: the report follows while it is not sent. Pure."""

from collections.abc import Callable
from typing import Any

from services.intake.dialogue import phrases, texts
from services.intake.dialogue.changes import back_to_menu
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.understanding.emergencies import is_about_oneself, is_emergency

Anew = Callable[[Inbound], Turn]
"""The message taken as if it were new."""
_REMEMBERED = 50
_ANSWERED = ("narrative", "place", "time", "category", "acts", "confirm")


def remember(talk: Conversation, inbound: Inbound, before: str) -> None:
    """Which message brought which part of the draft; `before`: its story until then."""
    draft, words = talk.draft, inbound.text.strip()
    if "texts" in draft:  # of a release before this one
        draft["pieces"] = [[ref, piece] for ref, piece in draft.pop("texts").items()]
    if not inbound.ref or not draft:
        return
    story = draft.get("narrative", "")
    again = draft.get("again", {})
    if inbound.photo and inbound.photo in (*draft.get("photos", ()), *again.get("photos", ())):
        draft.setdefault("files", {})[inbound.ref] = inbound.photo
    if words and words == again.get("story"):
        again["ref"] = inbound.ref
    elif words and story != before and words in story:
        draft.setdefault("pieces", []).append([inbound.ref, words])


def sent_with(draft: dict[str, Any]) -> list[str]:
    """What names the messages that a draft consists of."""
    pieces = [*draft.get("pieces", ()), *draft.get("asked", ())]
    return [*(ref for ref, _ in pieces), *draft.get("files", {})]


def forwarded(talk: Conversation, refs: list[str]) -> None:
    """Remember what was sent on: it cannot be taken back here any more."""
    talk.sent = [*talk.sent, *refs][-_REMEMBERED:]


def take_back(talk: Conversation, inbound: Inbound, anew: Anew, changed: Callable[[str], Turn]) -> Turn:
    """Let the draft follow. `changed`: the conversation after its story has changed."""
    words = inbound.text.strip() if inbound.kind == "edit" else ""
    fresh = inbound.model_copy(update={"kind": "text", "text": words})
    if is_about_oneself(words):
        return anew(fresh)
    if talk.draft.get("again", {}).get("ref") == inbound.ref:
        return _change_waiting(talk, words, anew(fresh) if is_emergency(words) else None)
    if inbound.ref not in sent_with(talk.draft):
        return _late(talk, inbound, words, lambda: anew(fresh))
    if words and inbound.ref not in [ref for ref, _ in talk.draft.get("pieces", ())]:
        talk.draft.setdefault("pieces", [])  # words below a photo that had none
        talk.draft["narrative"] = f"{talk.draft.get('narrative', '')}\n{words}".strip()
        talk.draft["pieces"].append([inbound.ref, words])
    story = _without(talk.draft, inbound.ref, words)
    if is_emergency(words) or any(each.fullmatch(words.lower()) for each in (phrases.CANCEL, phrases.YES)):
        talk.draft["narrative"] = _without_words(story, words)
        return anew(fresh)
    if not texts.has_voice(talk.draft):
        story = story.replace(texts.VOICE_STORY, "").strip()
    if not story and not talk.draft.get("photos"):
        return back_to_menu(talk, texts.CANCELLED)
    talk.draft["narrative"] = story
    _forget(talk.draft)
    noted = texts.text(texts.EDITED if inbound.kind == "edit" else texts.REVOKED)
    if not story:  # pictures alone: what they show has to be asked
        talk.step = "narrative"
        return Turn(replies=[noted, texts.text(texts.FIRST["photo"])])
    if talk.step == "resume":
        return Turn(replies=[noted, texts.ask_to_resume(talk.draft)])
    turn = changed(story)
    return turn.model_copy(update={"replies": [noted, *turn.replies]})


def _change_waiting(talk: Conversation, words: str, begun: Turn | None) -> Turn:
    """What they came back with has not become anything yet."""
    if begun is not None:
        return begun
    talk.draft["again"]["story"] = words
    return Turn(replies=[texts.ask_to_resume(talk.draft)])


def _late(talk: Conversation, inbound: Inbound, words: str, anew: Callable[[], Turn]) -> Turn:
    """Nothing of the draft: an answer that is given anew, something that was sent on, or a word that led to nothing."""
    if words and is_emergency(words):
        return anew()
    if inbound.ref in talk.sent:  # never into the next report: it would join the two
        return Turn(replies=[texts.text(texts.EDITED_LATE if words else texts.REVOKED_LATE)])
    if words and talk.step in _ANSWERED:
        return anew()
    return anew() if words and talk.step == "menu" and not talk.question_for else Turn()


def _without(draft: dict[str, Any], ref: str, words: str) -> str:
    """The story with other words, or none, in the place of those that the message brought; its file is gone as well
    where the message was deleted."""
    if not words and (file := draft.get("files", {}).pop(ref, None)):
        for part in (draft, draft.get("again", {})):
            part["photos"] = [each for each in part.get("photos", ()) if each != file]
    story, at, pieces = draft.get("narrative", ""), 0, []
    for each, piece in draft.get("pieces", ()):
        found = story.find(piece, at)
        if found < 0:
            continue
        text = words if each == ref else piece
        story = story[:found] + text + story[found + len(piece) :]
        at = found + len(text)
        pieces += [[each, text]] if text else []
    draft["pieces"] = pieces
    return "\n".join(line for line in story.split("\n") if line.strip()).strip()


def _without_words(story: str, words: str) -> str:
    """They are written anew, and come again."""
    return "\n".join(line for line in story.replace(words, "", 1).split("\n") if line.strip())


def _forget(draft: dict[str, Any]) -> None:
    """What was understood of the story is understood anew; what was tapped stays."""
    chosen = set(draft.get("chosen", ()))
    if draft.pop("danger", False):  # it was not tapped, but understood
        chosen -= {"when", "categories"}
        draft["chosen"] = [each for each in draft.get("chosen", ()) if each in chosen]
    fields = {"acts": ("acts",), "categories": ("categories",), "when": ("when", "occurred_at", "ongoing")}
    for name in (each for field, names in fields.items() if field not in chosen for each in names):
        draft.pop(name, None)
