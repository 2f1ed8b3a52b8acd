"""Directives and their receipts. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_serializer, field_validator

from chassis.aggregates import Aggregate
from chassis.language import _
from chassis.masking import mask
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import DirectiveIssued, DirectiveReceiptRecorded, DirectiveWithdrawn
from contracts.regions import ancestry
from services.notification.directives.messages import NEW, REMINDER, WITHDRAWN
from services.notification.policy import FIELD


class Progress(StrEnum):
    """How far a directive came at an office."""

    ISSUED = "issued"
    DELIVERED = "delivered"
    READ = "read"
    DONE = "done"


_STEPS = list(Progress)
_SHORTEST = 3


class Receipt(BaseModel):
    """One office's copy of a directive, an aggregate of its own: a directive has no size limit."""

    directive_id: str
    office: str
    jurisdiction: tuple[str, ...]
    progress: Progress = Progress.ISSUED
    issued_at: AwareDatetime
    delivered_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    done_at: AwareDatetime | None = None
    note: str = ""
    """What was done, in the office's words."""


def receipt_id(directive_id: str, office: str) -> str:
    """The id of an office's receipt."""
    return f"{directive_id}:{office}"


class Step(StrEnum):
    """Where a directive stands."""

    PROPOSED = "proposed"
    """Written, and seen by those alone who may issue directives there."""
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


class Directive(BaseModel):
    """An instruction from above."""

    title: str
    text: str
    issued_by: str
    regions: tuple[str, ...]
    jurisdiction: tuple[str, ...]
    """Who may follow it: those above any of the regions."""
    at: AwareDatetime
    """When it was written; from its approval on, when it was issued."""
    offices: int
    step: Step = Step.ISSUED
    roles: tuple[str, ...] = ()
    """Roles it is for; none named: everybody of the offices."""
    urgent: bool = False
    """Whether it rings in quiet hours, too."""
    due_on: date | None = None
    written_by: str = ""
    """The account; shown to nobody. Empty in directives of release 0.1, which nobody approved."""
    written_in: tuple[str, ...] = ()
    """The author's own regions: whoever is below them neither approves nor withdraws it."""
    approved_by: str = ""
    withdrawn_by: str = ""
    withdrawn_because: str = ""
    queued: list[str] = []
    """Messages that everybody has queued by now: `new`, `reminder`, `withdrawn`."""
    spread_at: AwareDatetime | None = None
    """When there is something to bring to the offices next."""
    expanded: bool = False
    """Whether every office has its receipt; until then the work goes on in the background."""
    counts: dict[str, int] = {}
    """Receipts that came at least so far, by `Progress`; brought up to date soon after each change."""

    @field_serializer("due_on")
    def _as_text(self, value: date | None) -> str | None:
        """The database knows moments and no days."""
        return value.isoformat() if value else None

    @property
    def went_out(self) -> bool:
        """Whether anybody but those who issue directives ever saw it."""
        return self.step is Step.ISSUED or bool(self.approved_by) or not self.written_by

    def count(self, progress: str) -> int:
        """How many offices have come so far."""
        return self.counts.get(progress, 0)


class Draft(BaseModel):
    """What somebody writes."""

    model_config = ConfigDict(str_strip_whitespace=True)
    title: str = Field(min_length=3, max_length=200)
    text: str = Field(min_length=3, max_length=10_000)
    roles: tuple[str, ...] = ()
    due_on: date | None = None
    urgent: bool = False

    @field_validator("title")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        """No mail has a subject of two lines, and WhatsApp refuses tabs."""
        line = " ".join("".join(each if each.isprintable() else " " for each in value).split())
        if len(line) < _SHORTEST:
            raise ValueError(_("judul terlalu pendek"))
        return line

    @field_validator("due_on", mode="before")
    @classmethod
    def _may_be_left_empty(cls, value: Any) -> Any:
        return value or None

    @field_validator("roles")
    @classmethod
    def _are_of_offices(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= FIELD:
            raise ValueError(_("peran tidak dikenal"))
        return value


def upgrade_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: receipts are documents of their own. The old ones are made again, as issued."""
    if "receipts" not in state:
        return state
    rest = {name: value for name, value in state.items() if name != "receipts"}
    return {**rest, "offices": len(state.get("receipts", []))}


def upgrade_to_3(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: nobody was told by any channel, and of what was issued then nobody is told now."""
    return state if "told" in state else {**state, "told": [NEW]}


def upgrade_to_4(state: dict[str, Any]) -> dict[str, Any]:
    """What is queued was called `told`: with another name alone it would be queued once more."""
    rest = {name: value for name, value in state.items() if name != "told"}
    return {**rest, "queued": state["told"]} if "told" in state else state


Loaded = Aggregate[Directive]


@dataclass(frozen=True)
class Author:
    """Who writes: the account, role and place for people, and the regions they are responsible for."""

    account: str
    office: str
    regions: tuple[str, ...]


def _require_time(due_on: date | None, at: datetime) -> None:
    if (late := end_of(due_on)) and late <= at:
        raise Problem("due-in-the-past", 422, _("Batas waktu sudah lewat"), _("Pilih hari ini atau sesudahnya."))


def propose(
    directive_id: str,
    draft: Draft,
    by: Author,
    regions: tuple[str, ...],
    offices: int,
    at: datetime,
) -> Loaded:
    """A directive to every office in the regions, for a second official to approve."""
    if not offices:
        detail = _("Isi direktori pejabat untuk wilayah itu dahulu.")
        raise Problem("no-offices", 422, _("Belum ada kantor di wilayah itu"), detail)
    _require_time(draft.due_on, at)
    above = tuple(dict.fromkeys(code for each in regions for code in ancestry(each)))
    directive = Directive(
        **draft.model_dump(),
        issued_by=by.office,
        written_by=by.account,
        written_in=by.regions,
        regions=regions,
        jurisdiction=above,
        at=at,
        offices=offices,
        step=Step.PROPOSED,
        # Nothing is to be brought yet; a replica of release 0.1 would bring what is not expanded.
        expanded=True,
    )
    return Aggregate(directive_id, directive)


def approve(loaded: Loaded, account: str, by: str, at: datetime) -> list[Event]:
    """A second official lets it go out."""
    directive = loaded.state
    if directive.step is not Step.PROPOSED:
        raise not_possible(_("Arahan ini sudah dikirim atau dicabut."))
    if account == directive.written_by:
        detail = _("Arahan dikirim setelah disetujui pejabat lain yang berwenang di wilayah itu.")
        raise Problem("second-person", 403, _("Perlu pejabat kedua"), detail)
    _require_time(directive.due_on, at)
    directive.step, directive.approved_by, directive.at, directive.spread_at = Step.ISSUED, by, at, at
    directive.expanded = False
    title, regions = mask(directive.title), directive.regions
    return [DirectiveIssued(at=at, directive_id=loaded.id, title=title, regions=regions, offices=directive.offices)]


def withdraw(loaded: Loaded, by: str, reason: str, at: datetime) -> list[Event]:
    """It holds no more. Who was told of it is told so."""
    directive = loaded.state
    if directive.step is Step.WITHDRAWN:
        raise not_possible(_("Arahan ini sudah dicabut."))
    issued, directive.step = directive.step is Step.ISSUED, Step.WITHDRAWN
    directive.withdrawn_by, directive.withdrawn_because = by, reason
    directive.spread_at = at if issued else None
    if not issued:
        return []
    return [DirectiveWithdrawn(at=at, directive_id=loaded.id, title=mask(directive.title), regions=directive.regions)]


def not_possible(detail: str) -> Problem:
    """What is asked of it fits no more where it stands."""
    return Problem("directive-step", 409, _("Tidak dapat dilakukan lagi"), detail)


def due_message(directive: Directive, at: datetime) -> str | None:
    """Which message everybody is to get now; None where none is."""
    if directive.step is Step.WITHDRAWN:
        # Who was not told of it yet may have been told in part: the word that it is withdrawn goes to all.
        return WITHDRAWN if WITHDRAWN not in directive.queued else None
    if NEW not in directive.queued:
        return NEW
    late = end_of(directive.due_on)
    return REMINDER if late and late <= at and REMINDER not in directive.queued else None


def note_queued(loaded: Loaded, purpose: str) -> list[Event]:
    """Everybody has this message queued; when the next one is due."""
    directive = loaded.state
    directive.queued = [*dict.fromkeys([*directive.queued, purpose])]
    waits = directive.step is Step.ISSUED and REMINDER not in directive.queued
    # Withdrawn while it was being spread: there is something left to bring at once.
    directive.spread_at = end_of(directive.due_on) if waits else None
    if directive.step is Step.WITHDRAWN and WITHDRAWN not in directive.queued:
        directive.spread_at = directive.at
    return []


def end_of(day: date | None) -> datetime | None:
    """When a day has ended everywhere in the country."""
    return datetime.combine(day, time(17), UTC) if day else None


def new_receipt(directive_id: str, office: str, at: datetime) -> Receipt:
    """An office's receipt as it begins."""
    return Receipt(directive_id=directive_id, office=office, jurisdiction=ancestry(office), issued_at=at)


def receive(loaded: Aggregate[Receipt], progress: Progress, at: datetime, note: str = "") -> list[Event] | None:
    """An office received, read or carried out the directive; each is recorded once, with what it implies."""
    receipt = loaded.state
    receipt.note = note or receipt.note
    reached = _STEPS[_STEPS.index(receipt.progress) + 1 : _STEPS.index(progress) + 1]
    if not reached:
        return [] if note and receipt.note == note else None
    for each in reached:
        setattr(receipt, f"{each}_at", at)
    receipt.progress = progress
    return [
        DirectiveReceiptRecorded(at=at, directive_id=receipt.directive_id, office=receipt.office, state=each.value)
        for each in reached
    ]


def expanded(loaded: Loaded, offices: int) -> list[Event]:
    """Every office has its receipt."""
    loaded.state.expanded, loaded.state.offices = True, offices
    return []
