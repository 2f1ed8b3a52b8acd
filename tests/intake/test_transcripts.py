"""Conversations as people have them, a readable file each in `dialogues/`.

`> text` is what a person writes, `> [foto 1] text` a photo with or without words below it, `> [suara v.1]` a voice,
`> [video m.1] text` a video, `> [dokumen d.1] text` a document, `> #id` what they tap, `< words` what an answer must
hold, in order; `= name: value` a field of the report that is sent. `? id` lets an officer ask something first; `! id` is a
report that was sent before, `~ 72` lets so many hours pass, `@ 2 text` edits the second message and `@ 2` takes it back; `$ id` is a
report of which they read that it has ended.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary import AttachmentKind
from services.intake.channels.conversations import find
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound
from services.intake.dialogue.steps import take_turn
from services.intake.faq.search import shipped_index
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")
_FILES = {
    "foto": AttachmentKind.PHOTO,
    "suara": AttachmentKind.VOICE,
    "video": AttachmentKind.VIDEO,
    "dokumen": AttachmentKind.DOCUMENT,
}
FILES = sorted((Path(__file__).parent / "dialogues").glob("*.txt"))


def _answered(question: str) -> dict[str, Any]:
    return texts.answer(*find(shipped_index(), question))


class Play:
    """One conversation that is played from its file."""

    def __init__(self) -> None:
        self.talk = Conversation(last_received_at=clock.at, address="6281000000001")
        self.told = ""
        self.at = clock.at
        self.sent: dict[str, object] = {}
        self.count = 0

    def line(self, line: str) -> None:
        sign, _, rest = line.partition(" ")
        {
            ">": self._say,
            "<": self._hear,
            "=": self._check,
            "?": self._ask,
            "!": self._sent,
            "~": self._wait,
            "@": self._edit,
            "$": self._ended,
            "%": self._asked_back,
            "#": lambda _: None,
        }[sign](rest)

    def _say(self, text: str) -> None:
        choice = text.removeprefix("#") if text.startswith("#") else ""
        photo, text = text[1:].split("]", 1) if text.startswith(tuple(f"[{each}" for each in _FILES)) else ("", text)
        file = _FILES.get(photo.partition(" ")[0], AttachmentKind.PHOTO)
        photo = photo if file is AttachmentKind.PHOTO else photo.partition(" ")[2]
        self.count += 1
        inbound = Inbound(
            id="m",
            ref=f"m{self.count}",
            person="p",
            address="a",
            kind="choice" if choice else "text" if text.strip() or not photo else file,
            file=file,
            text="" if choice else text.strip(),
            choice=choice,
            photo=photo,
        )
        turn = take_turn(self.talk, inbound, self.at)
        self.talk.last_received_at = self.at
        replies = [
            *turn.replies,
            *([_answered(turn.ask)] if turn.ask else []),
            *turn.after,
        ]
        self.told = " ".join(str(each) for each in replies)
        self.told += f" [jawaban untuk {turn.answered[1]}]" if turn.answered else ""
        self.told += f" [tiket {turn.ticket}]" if turn.ticket else ""
        self.told += f" [status {turn.status_of}]" if turn.status_of else ""
        self.told += (
            f" [tanya petugas {turn.consult[0]}: {turn.consult[1].replace(chr(10), ' · ')}]" if turn.consult else ""
        )
        self.told += " [jangan hubungi]" if turn.no_contact else ""
        self.told += " [boleh dihubungi lagi]" if turn.contact_again else ""
        self.told += f" [{turn.added[1]}: {turn.added[2]}]" if turn.added else ""
        self.sent = turn.submit or self.sent

    def _ended(self, id: str) -> None:
        self.talk.ended, self.talk.asked_helped = id, True

    def _asked_back(self, id: str) -> None:
        self.talk.ended, self.talk.asked_helped, self.talk.asked_back = id, False, True
        self.talk.asked_back_again = False

    def _edit(self, line: str) -> None:
        """`@ 2 text` edits the second message that was sent, `@ 2` takes it back."""
        number, _, text = line.partition(" ")
        kind = "edit" if text.strip() else "revoke"
        inbound = Inbound(id="e", ref=f"m{number}", person="p", address="a", kind=kind, text=text)
        turn = take_turn(self.talk, inbound, self.at)
        self.told = " ".join(str(each) for each in turn.replies) or "[diam]"
        self.sent = turn.submit or self.sent

    def _hear(self, words: str) -> None:
        assert words in self.told

    def _check(self, field: str) -> None:
        name, _, value = field.partition(": ")
        assert str(self.sent[name]) == value.replace("\\n", "\n")

    def _sent(self, id: str) -> None:
        self.talk.last_report = id

    def _wait(self, hours: str) -> None:
        self.at += timedelta(hours=int(hours))

    def _ask(self, id: str) -> None:
        self.talk.question_for, self.talk.interrupted = ("laporan", id), self.talk.step != "menu"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_conversation(file: Path) -> None:
    play = Play()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                play.line(line)
            except AssertionError as error:
                raise AssertionError(f"{file.name}:{number}: {line}\n{play.told}") from error
