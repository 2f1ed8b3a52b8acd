"""What was understood of a story, and the summary that shows it before anything is sent. Pure."""

from datetime import datetime, timedelta
from typing import Any

from contracts.regions import region
from contracts.vocabulary import Act, Category
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Turn
from services.intake.model import ReportForm
from services.intake.understanding.acts import told_acts
from services.intake.understanding.categories import category_of
from services.intake.understanding.times import EARLIER, NOW, time_of

MOST_PHOTOS = 5
_SHORTEST, _STORY = 3, 30
_SENT = {*ReportForm.model_fields, "photos"}
"""What of a draft is sent; the rest is for the conversation alone."""


def summarise(talk: Conversation, at: datetime) -> Turn:
    """Fill in what the story tells, and show all of it for a last look; first ask what it is about where no word tells
    that, as reports find their like by it."""
    understand(talk.draft, at)
    talk.options = []
    if talk.draft["categories"] == [Category.LAINNYA] and "categories" not in talk.draft.get("chosen", ()):
        talk.step = "category"
        place = texts.text(f"Tempat: {region(talk.draft['region']).path}.")
        return Turn(replies=[place, texts.ask_category()])
    if _is_spoken(talk.draft) and not talk.draft["acts"] and "acts" not in talk.draft.get("chosen", ()):
        # A voice is heard later: what calls somebody at once has to be known now.
        talk.step = "acts"
        return Turn(replies=[texts.ask_acts()])
    talk.step = "confirm"
    return Turn(replies=[shown(talk.draft)])


def _is_spoken(draft: dict[str, Any]) -> bool:
    """Whether the story is in a voice rather than in words."""
    return texts.has_voice(draft) and len(draft["narrative"].replace(texts.VOICE_STORY, "").strip()) < _STORY


def shown(draft: dict[str, Any]) -> dict[str, Any]:
    """The summary of a draft."""
    return texts.summary(draft, region(draft["region"]).path)


def understand(draft: dict[str, Any], at: datetime) -> None:
    """Take from the story what its writer has not chosen: acts, what it is about, when it was."""
    story, chosen = draft.get("narrative", ""), draft.get("chosen", ())
    if "acts" not in chosen:
        draft["acts"] = [*dict.fromkeys([*draft.get("acts", ()), *map(str, told_acts(story))])]
    if "categories" not in chosen:
        draft["categories"] = [category_of(story, [Act(each) for each in draft["acts"]]).value]
    if "when" not in chosen and (when := time_of(story)):
        set_time(draft, when, at)


def choose(draft: dict[str, Any], field: str) -> None:
    """What was chosen by hand is not understood from the story any more."""
    draft["chosen"] = [*dict.fromkeys([*draft.get("chosen", ()), field])]


def set_time(draft: dict[str, Any], when: str, at: datetime) -> None:
    """When it happened: `now`, `today` or `earlier`."""
    draft["when"], draft["ongoing"] = when, when == NOW
    draft.pop("occurred_at", None)
    if when != EARLIER:
        draft["occurred_at"] = (at if when == NOW else at - timedelta(hours=3)).isoformat()


def finished(draft: dict[str, Any], reporter: str) -> dict[str, Any]:
    """The draft as it is sent."""
    sent = {name: value for name, value in draft.items() if name in _SENT}
    story = draft["narrative"]
    # A cry may be one sign; a report has some letters.
    sent["narrative"] = story if len(story.strip()) >= _SHORTEST else f"Minta tolong {story}".strip()
    return {"ongoing": False, **sent, "reporter": reporter}


def add_to_story(talk: Conversation, text: str) -> None:
    """People write in pieces: each belongs to the story, and the newest is never what is cut off."""
    story, more = talk.draft.get("narrative", ""), text.strip()[:10_000]
    room = 10_000 - len(more) - 1
    talk.draft["narrative"] = f"{story[:room]}\n{more}" if story and room > 0 else more
