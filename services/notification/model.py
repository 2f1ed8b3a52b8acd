"""Alerts and their ladder, directives and their receipts. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel

from chassis.masking import mask
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertRaised,
    DeliveryRecorded,
    DirectiveIssued,
    DirectiveReceiptRecorded,
    LevelChanged,
)
from contracts.regions import ancestry, level_of
from contracts.vocabulary import Level, Rung


class Official(BaseModel):
    """Somebody to reach; the way to do so is here and nowhere else."""

    name: str
    role: str
    regions: tuple[str, ...]
    email: str | None = None
    whatsapp: str | None = None
    webhook: str | None = None


class State(StrEnum):
    """Where an alert stands."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


class Delivery(BaseModel):
    """One attempt to reach one official by one channel: one record per hop."""

    id: str
    official: str
    office: str
    rung: Rung
    channel: str
    status: str = "queued"
    tries: int = 0
    due: AwareDatetime
    detail: str = ""
    done_at: AwareDatetime | None = None


class Alert(BaseModel):
    """A level change on its way up the ladder."""

    subject: str
    sequence: int = 0
    """Which of the subject's level changes raised it."""
    case_id: str | None = None
    region: str
    jurisdiction: tuple[str, ...]
    level: Level
    sentence: str
    exercise: bool = False
    state: State = State.RAISED
    rung: Rung
    called: list[str] = []
    deadline: AwareDatetime | None = None
    deliveries: list[Delivery] = []
    raised_at: AwareDatetime
    acknowledged_by: str | None = None
    acknowledged_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Step:
    """How the ladder begins at a level: the rungs called at once, and by which channels."""

    rungs: tuple[Rung, ...]
    channels: tuple[str, ...]


LADDER: dict[Level, Step] = {
    Level.WASPADA: Step((Rung.KECAMATAN,), ("inbox",)),
    Level.SIAGA: Step((Rung.KECAMATAN, Rung.KABUPATEN), ("inbox", "email", "whatsapp", "webhook")),
    Level.AWAS: Step((Rung.KECAMATAN, Rung.KABUPATEN, Rung.PROVINSI), ("inbox", "email", "whatsapp", "webhook")),
}

Directory = dict[str, list[tuple[str, Official]]]
"""Officials (id, person) by the region code of their office."""


def office_at(jurisdiction: tuple[str, ...], rung: Rung) -> str | None:
    """The office of a jurisdiction at a rung; None where it has none (a withheld office, or a larger region)."""
    wanted = {Rung.KECAMATAN: 3, Rung.KABUPATEN: 2, Rung.PROVINSI: 1, Rung.PUSAT: 0}[rung]
    return next((code for code in jurisdiction if level_of(code) == wanted), None)


def raise_alert(
    alert_id: str, changed: LevelChanged, directory: Directory, answer_within: timedelta
) -> tuple[Alert, list[Event]]:
    """A new alert, with its first rungs called."""
    step = LADDER[changed.level]
    alert = Alert(
        subject=changed.subject,
        case_id=changed.scope_id if changed.scope == "case" else None,
        region=changed.region,
        jurisdiction=changed.jurisdiction,
        level=changed.level,
        sentence=changed.sentence,
        exercise=changed.exercise,
        rung=step.rungs[-1],
        raised_at=changed.at,
        deadline=changed.at + answer_within,
    )
    reached = sum(_call(alert_id, alert, rung, directory, changed.at) for rung in step.rungs)
    while not reached and alert.rung < Rung.PUSAT:
        alert.rung = Rung(alert.rung + 1)
        reached = _call(alert_id, alert, alert.rung, directory, changed.at)
    raised = AlertRaised(**_place(alert_id, alert), at=changed.at, sentence=alert.sentence)
    return alert, [raised, *_inbox_events(alert_id, alert, 0)]


def climb(alert_id: str, alert: Alert, directory: Directory, answer_within: timedelta, at: datetime) -> list[Event]:
    """Nobody answered in time: call the next rung where somebody is."""
    before = len(alert.deliveries)
    reached = 0
    while not reached and alert.rung < Rung.PUSAT:
        alert.rung = Rung(alert.rung + 1)
        reached = _call(alert_id, alert, alert.rung, directory, at)
    alert.deadline = at + answer_within if alert.rung < Rung.PUSAT else None
    return [AlertClimbed(**_place(alert_id, alert), at=at), *_inbox_events(alert_id, alert, before)]


def _call(alert_id: str, alert: Alert, rung: Rung, directory: Directory, at: datetime) -> int:
    """Queue a delivery per official and channel; how many officials there are. The office's inbox always gets it."""
    office = office_at(alert.jurisdiction, rung)
    if office is None or office in alert.called:
        return 0
    alert.called.append(office)
    officials = directory.get(office, [])
    for official_id, official in officials:
        for channel in LADDER[alert.level].channels:
            if channel == "inbox" or getattr(official, channel):
                alert.deliveries.append(
                    _delivery(alert_id, len(alert.deliveries), official_id, office, rung, channel, at)
                )
    return len(officials)


def _delivery(
    alert_id: str, count: int, official: str, office: str, rung: Rung, channel: str, at: datetime
) -> Delivery:
    # The page of the inbox reads the alert itself: it has arrived as soon as it is written.
    there = channel == "inbox"
    return Delivery(
        id=f"{alert_id}:{count}",
        official=official,
        office=office,
        rung=rung,
        channel=channel,
        status="sent" if there else "queued",
        due=at,
        done_at=at if there else None,
    )


def _inbox_events(alert_id: str, alert: Alert, since: int) -> list[Event]:
    return [recorded(alert_id, each) for each in alert.deliveries[since:] if each.channel == "inbox"]


def recorded(alert_id: str, delivery: Delivery) -> DeliveryRecorded:
    """What the others hear of a delivery: never to whom."""
    return DeliveryRecorded(
        at=delivery.done_at or delivery.due,
        delivery_id=delivery.id,
        alert_id=alert_id,
        channel=delivery.channel,
        rung=delivery.rung,
        status=delivery.status,
        detail=delivery.detail,
    )


def acknowledge(alert_id: str, alert: Alert, office: str, at: datetime) -> list[Event]:
    """An official takes it; the ladder stops."""
    if alert.state is State.ACKNOWLEDGED:
        raise Problem(409, "Sudah diterima", f"Peringatan ini sudah diterima oleh {alert.acknowledged_by}.")
    if alert.state is State.ENDED:
        raise Problem(409, "Sudah berakhir", "Peringatan ini sudah digantikan atau kasusnya ditutup.")
    alert.state, alert.acknowledged_by, alert.acknowledged_at = State.ACKNOWLEDGED, office, at
    alert.deadline = None
    return [AlertAcknowledged(**_place(alert_id, alert), at=at, by_role=office)]


def end(alert_id: str, alert: Alert, at: datetime) -> list[Event]:
    """The case was closed, calmed, or another alert took over."""
    if alert.state is State.ENDED:
        return []
    alert.state, alert.deadline = State.ENDED, None
    for each in alert.deliveries:
        if each.status == "queued":
            each.status, each.detail = "dropped", "peringatan sudah berakhir"
    return [AlertEnded(**_place(alert_id, alert), at=at)]


def _place(alert_id: str, alert: Alert) -> dict[str, object]:
    return {
        "alert_id": alert_id,
        "case_id": alert.case_id,
        "region": alert.region,
        "jurisdiction": alert.jurisdiction,
        "level": alert.level,
        "rung": alert.rung,
        "exercise": alert.exercise,
    }


class Receipt(BaseModel):
    """How far a directive came at an office."""

    office: str
    delivered_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    done_at: AwareDatetime | None = None


class Directive(BaseModel):
    """An instruction from above, with its receipts."""

    title: str
    text: str
    issued_by: str
    regions: tuple[str, ...]
    jurisdiction: tuple[str, ...]
    """Who may follow it: those above any of the regions."""
    at: AwareDatetime
    receipts: list[Receipt]

    def count(self, state: str) -> int:
        """How many offices have come so far."""
        return sum(getattr(each, f"{state}_at") is not None for each in self.receipts)


def issue(
    directive_id: str,
    title: str,
    text: str,
    by: str,
    regions: tuple[str, ...],
    offices: list[str],
    at: datetime,
) -> tuple[Directive, list[Event]]:
    """A directive to every office in the regions."""
    if not offices:
        raise Problem(422, "Belum ada kantor di wilayah itu", "Isi direktori pejabat untuk wilayah itu dahulu.")
    receipts = [Receipt(office=office) for office in offices]
    above = tuple(dict.fromkeys(code for each in regions for code in ancestry(each)))
    directive = Directive(
        title=title, text=text, issued_by=by, regions=regions, jurisdiction=above, at=at, receipts=receipts
    )
    issued = DirectiveIssued(at=at, directive_id=directive_id, title=mask(title), regions=regions, offices=len(offices))
    return directive, [issued]


def receive(directive_id: str, directive: Directive, offices: tuple[str, ...], state: str, at: datetime) -> list[Event]:
    """Offices received, read or carried out the directive; each is recorded once."""
    events: list[Event] = []
    for receipt in directive.receipts:
        if receipt.office in offices and getattr(receipt, f"{state}_at") is None:
            setattr(receipt, f"{state}_at", at)
            events.append(
                DirectiveReceiptRecorded(at=at, directive_id=directive_id, office=receipt.office, state=state)
            )
    return events


class Office(BaseModel):
    """How many officials an office has."""

    officials: int = 0
    roles: list[str] = []
