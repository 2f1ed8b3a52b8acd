"""Directives and their receipts. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate
from chassis.language import _
from chassis.masking import mask
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import DirectiveIssued, DirectiveReceiptRecorded
from contracts.regions import ancestry


class Progress(StrEnum):
    """How far a directive came at an office."""

    ISSUED = "issued"
    DELIVERED = "delivered"
    READ = "read"
    DONE = "done"


_STEPS = list(Progress)


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


def receipt_id(directive_id: str, office: str) -> str:
    """The id of an office's receipt."""
    return f"{directive_id}:{office}"


class Directive(BaseModel):
    """An instruction from above."""

    title: str
    text: str
    issued_by: str
    regions: tuple[str, ...]
    jurisdiction: tuple[str, ...]
    """Who may follow it: those above any of the regions."""
    at: AwareDatetime
    offices: int
    expanded: bool = False
    """Whether every office has its receipt; until then the work goes on in the background."""
    counts: dict[str, int] = {}
    """Receipts that came at least so far, by `Progress`; brought up to date soon after each change."""

    def count(self, progress: str) -> int:
        """How many offices have come so far."""
        return self.counts.get(progress, 0)


def upgrade_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: receipts are documents of their own. The old ones are made again, as issued."""
    if "receipts" not in state:
        return state
    rest = {name: value for name, value in state.items() if name != "receipts"}
    return {**rest, "offices": len(state.get("receipts", []))}


def issue(
    directive_id: str, title: str, text: str, by: str, regions: tuple[str, ...], offices: int, at: datetime
) -> tuple[Aggregate[Directive], list[Event]]:
    """A directive to every office in the regions."""
    if not offices:
        detail = _("Isi direktori pejabat untuk wilayah itu dahulu.")
        raise Problem("no-offices", 422, _("Belum ada kantor di wilayah itu"), detail)
    above = tuple(dict.fromkeys(code for each in regions for code in ancestry(each)))
    directive = Directive(
        title=title, text=text, issued_by=by, regions=regions, jurisdiction=above, at=at, offices=offices
    )
    issued = DirectiveIssued(at=at, directive_id=directive_id, title=mask(title), regions=regions, offices=offices)
    return Aggregate(directive_id, directive), [issued]


def new_receipt(directive_id: str, office: str, at: datetime) -> Receipt:
    """An office's receipt as it begins."""
    return Receipt(directive_id=directive_id, office=office, jurisdiction=ancestry(office), issued_at=at)


def receive(loaded: Aggregate[Receipt], progress: Progress, at: datetime) -> list[Event] | None:
    """An office received, read or carried out the directive; each is recorded once, with what it implies."""
    receipt = loaded.state
    reached = _STEPS[_STEPS.index(receipt.progress) + 1 : _STEPS.index(progress) + 1]
    if not reached:
        return None
    for each in reached:
        setattr(receipt, f"{each}_at", at)
    receipt.progress = progress
    return [
        DirectiveReceiptRecorded(at=at, directive_id=receipt.directive_id, office=receipt.office, state=each.value)
        for each in reached
    ]
