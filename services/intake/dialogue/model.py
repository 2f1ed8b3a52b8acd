"""A conversation: where it stands, what has been gathered, what waits to be sent. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel, model_validator

from contracts.events import Point
from contracts.vocabulary import AttachmentKind, Channel

TYPED: dict[str, str] = {Channel.SMS: "SMS", Channel.EMAIL: "e-mail"}
"""Channels without buttons, whose senders are easily forged: what can be chosen is typed, a code proves the address;
with what they are called in a sentence."""
CONSULTING = ("consult", "consult_place")
"""The steps of a question to officers."""


class Inbound(BaseModel):
    """One message of a person, whatever its shape on the channel was."""

    channel: str = "whatsapp"
    id: str
    person: str
    """The channel's own id of the person."""
    address: str
    """Where replies go."""
    kind: str
    """`text`, `choice`, `location`, a kind of file (`AttachmentKind`) that comes without words, `media` that we do not
    take, `edit` or `revoke` of one before, `quiet` (reactions and the like) or `unknown`."""
    ref: str = ""
    """What names this message where it is edited or revoked; of an edit or revocation, the one that it is about."""
    text: str = ""
    choice: str = ""
    point: Point | None = None
    place: str = ""
    media: str = ""
    """The channel's own id of a file, with or without text."""
    file: AttachmentKind = AttachmentKind.PHOTO
    """What that is."""
    photo: str = ""
    """The attachment that the file becomes."""
    proven: bool = False
    """Whether they answered with what was sent to their address alone, where the channel proves nothing."""

    @model_validator(mode="before")
    @classmethod
    def _of_a_release_before(cls, given: Any) -> Any:
        """A message that waited while the release changed says of a file only whether it was a voice."""
        if isinstance(given, dict) and given.get("voice"):
            return {"file": AttachmentKind.VOICE, **given}
        return given


class FromOfficer(BaseModel):
    """A message of an officer, on its way to the reporter."""

    report_id: str
    message_id: str
    text: str
    expects_answer: bool
    ends: bool = False
    """It tells how the report ended, and asks whether that helped."""
    asks_back: bool = False
    """It asks, some weeks after the end, whether it came back."""
    consults: bool = False
    """It answers a question that was no report."""

    @property
    def is_ours(self) -> bool:
        """Whether no officer wrote it, and none waits for what becomes of it."""
        return self.ends or self.asks_back


class Conversation(BaseModel):
    """What is remembered of one person on one channel. It is stored sealed (`talks.py`)."""

    channel: str = "whatsapp"
    step: str = "menu"
    draft: dict[str, Any] = {}
    options: list[str] = []
    """Region codes offered for disambiguation, in the order shown."""
    offered: dict[str, str] = {}
    """What may be typed for what was offered last, with the id of each choice."""
    codes: list[str] = []
    """What sends the report off and proves the address, where the channel itself does not."""
    wrong_codes: int = 0
    """How many were guessed on the day of their last message."""
    question_for: tuple[str, str] | None = None
    """Report and question that the next message answers."""
    last_received_at: AwareDatetime
    address: str
    """Where replies go."""
    replies: int = 0
    """How many replies were queued: the number of the last."""
    replies_today: int = 0
    """How often they were answered on the day of their last message."""
    brought: list[str] = []
    """The newest messages of officers that were taken into it."""
    last_report: str | None = None
    """The report that was sent last: what is added belongs to it."""
    ended: str | None = None
    """The report whose end they were told last: whether it helped is about it."""
    interrupted: bool = False
    """Whether an officer asked something while a report was being written, and they have written nothing since."""
    asked_helped: bool = False
    """Whether that was the last that was written to them."""
    asked_back: bool = False
    """Whether they were asked last whether it came back, and have not said."""
    asked_back_again: bool = False
    """Whether that was asked a second time."""
    sent: list[str] = []
    """What names the messages that were sent on lately."""
    consulted: list[AwareDatetime] = []
    """When they asked an area's officers lately."""
    stopped: bool = False
    """They do not want to be written to, until they allow it again."""
    waiting: list[FromOfficer] = []
    """What may only be sent once the person has written again."""
    knocked: bool = False
    """Whether they were asked to write, as something waits; once until they do."""
    read: list[str] = []
    """The newest messages of the person that it has taken in: one that comes again changes nothing."""

    remember_until: AwareDatetime | None = None
    """Until when it is remembered though nobody writes: a report with their name depends on the address."""

    def forget_words(self, reports: Mapping[str, Collection[str]]) -> None:
        """Leave what is needed to write to them about these reports (with the ids of officers' messages about each):
        what was said, and any other report, is forgotten."""
        messages = {each for ids in reports.values() for each in ids}
        ours = tuple(f":{each}:" for each in reports)
        self.waiting = [each for each in self.waiting if each.report_id in reports]
        self.brought = [each for each in self.brought if each in messages or any(one in each for one in ours)]
        self.step, self.draft, self.options, self.offered, self.codes = "menu", {}, [], {}, []
        self.sent, self.read, self.consulted = [], [], []
        self.interrupted = self.asked_helped = self.asked_back = self.asked_back_again = False
        self.last_report = self.last_report if self.last_report in reports else None
        self.ended = self.ended if self.ended in reports else None
        self.question_for = self.question_for if self.question_for and self.question_for[0] in reports else None


def upgrade_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: replies are deliveries now; what still waited there was at most seconds old."""
    rest = {name: value for name, value in state.items() if name not in ("outgoing", "last_heard")}
    return {"last_received_at": state.get("last_heard"), **rest}


class Turn(BaseModel):
    """What one message leads to."""

    replies: list[dict[str, Any]] = []
    submit: dict[str, Any] | None = None
    """A finished draft, to be accepted as a report."""
    answered: tuple[str, str, str] | None = None
    """Report id, question id and text of an answer."""
    added: tuple[str, str, str] | None = None
    """Report id, kind and text of what is added to a report that was sent."""
    ticket: str | None = None
    """A ticket whose status was asked."""
    status_of: str | None = None
    """Id of their own report whose status was asked."""
    no_contact: bool = False
    """They want no word any more."""
    contact_again: bool = False
    """They take that back."""
    after: list[dict[str, Any]] = []
    """Replies that come after what else is replied."""
    ask: str | None = None
    """A free question for the FAQ."""
    consult: tuple[str, str] | None = None
    """Region and text of a question to the officers there."""
