"""Alerts and their ladder, and whom they reach. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate
from chassis.deliveries.delivery import Delivery, Status, document_of
from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertRaised,
    DeliveryRecorded,
    LevelChanged,
    LookRequested,
    OfficeListed,
    Reason,
)
from contracts.regions import level_of
from contracts.vocabulary import STAGE_OF_ACT, Level, Rung

DELIVERIES = "deliveries"
INBOX = "inbox"
_PRIORITY = 0


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


class Kind(StrEnum):
    """What somebody is called for."""

    ALERT = "alert"
    LOOK = "look"
    """To look at what nobody has checked; it is no alert, and nobody outside the office is told."""


class Alert(BaseModel):
    """A level change, or a request to look, on its way up the ladder."""

    kind: Kind = Kind.ALERT
    subject: str
    sequence: int = 0
    """Which of the subject's level changes raised it."""
    case_id: str | None = None
    region: str
    jurisdiction: tuple[str, ...]
    level: Level
    reasons: list[Reason] = []
    """What the level rests on."""
    exercise: bool = False
    state: State = State.RAISED
    rung: Rung
    called: list[str] = []
    queued: int = 0
    """How many deliveries it has queued: the number of the next one."""
    deadline: AwareDatetime | None = None
    raised_at: AwareDatetime
    acknowledged_by: str | None = None
    acknowledged_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Step:
    """How the ladder begins at a level: the rungs called at once, and whether by every channel or the inbox alone."""

    rungs: tuple[Rung, ...]
    every_channel: bool


LADDER: dict[Level, Step] = {
    Level.WASPADA: Step((Rung.KECAMATAN,), every_channel=False),
    Level.SIAGA: Step((Rung.KECAMATAN, Rung.KABUPATEN), every_channel=True),
    Level.AWAS: Step((Rung.KECAMATAN, Rung.KABUPATEN, Rung.PROVINSI), every_channel=True),
}


_LOOK = Step((Rung.KECAMATAN,), every_channel=True)
_LOOK_ENDS_AT = Rung.KABUPATEN


def _step(alert: Alert) -> Step:
    return _LOOK if alert.kind is Kind.LOOK else LADDER[alert.level]


def _last(alert: Alert) -> Rung:
    return _LOOK_ENDS_AT if alert.kind is Kind.LOOK else Rung.PUSAT


@dataclass(frozen=True)
class Contact:
    """An official who may be called, and by which channels beside the inbox."""

    id: str
    channels: tuple[str, ...]


Directory = dict[str, list[Contact]]
"""Contacts by the region code of their office."""


def office_at(jurisdiction: tuple[str, ...], rung: Rung) -> str | None:
    """The office of a jurisdiction at a rung; None where it has none (a withheld office, or a larger region)."""
    wanted = {Rung.KECAMATAN: 3, Rung.KABUPATEN: 2, Rung.PROVINSI: 1, Rung.PUSAT: 0}[rung]
    return next((code for code in jurisdiction if level_of(code) == wanted), None)


def begin(changed: LevelChanged, sequence: int) -> Alert:
    """An alert before anybody is called."""
    return Alert(
        subject=changed.subject,
        sequence=sequence,
        case_id=changed.scope_id if changed.scope == "case" else None,
        region=changed.region,
        jurisdiction=changed.jurisdiction,
        level=changed.level,
        reasons=list(changed.rests_on),
        exercise=changed.exercise,
        rung=LADDER[changed.level].rungs[-1],
        raised_at=changed.at,
    )


def begin_look(asked: LookRequested, sequence: int) -> Alert:
    """A request to look before anybody is called."""
    values = {"look": asked.reports, **{f"act:{act}": STAGE_OF_ACT[act] for act in asked.acts}}
    return Alert(
        kind=Kind.LOOK,
        subject=f"look:{asked.subject}",
        sequence=sequence,
        case_id=asked.case_id,
        region=asked.region,
        jurisdiction=asked.jurisdiction,
        level=Level.WASPADA,
        reasons=[Reason(code=code, value=float(value)) for code, value in values.items()],
        exercise=asked.exercise,
        rung=Rung.KECAMATAN,
        raised_at=asked.at,
    )


Loaded = Aggregate[Alert]


def call_first(loaded: Loaded, directory: Directory, answer_within: timedelta) -> list[Event]:
    """Call the rungs that an alert of this level begins with, and upwards until somebody is there."""
    alert = loaded.state
    at = alert.raised_at
    alert.deadline = at + answer_within
    reached = [each for rung in _step(alert).rungs for each in _call(loaded, rung, directory, at)]
    while not reached and alert.rung < Rung.PUSAT:  # where nobody is, somebody further up looks
        alert.rung = Rung(alert.rung + 1)
        reached = _call(loaded, alert.rung, directory, at)
    if alert.kind is Kind.LOOK:
        return reached
    return [AlertRaised(**_place(loaded), at=at, reasons=tuple(alert.reasons)), *reached]


def climb(loaded: Loaded, directory: Directory, answer_within: timedelta, at: datetime) -> list[Event] | None:
    """Nobody answered in time: call the next rung where somebody is. None where it is not due (any more)."""
    alert = loaded.state
    if alert.state is not State.RAISED or alert.deadline is None or alert.deadline > at:
        return None
    reached: list[Event] = []
    while not reached and alert.rung < Rung.PUSAT:  # where nobody is, somebody further up
        alert.rung = Rung(alert.rung + 1)
        reached = _call(loaded, alert.rung, directory, at)
    alert.deadline = at + answer_within if alert.rung < _last(alert) else None
    if alert.kind is Kind.LOOK:
        return reached
    return [AlertClimbed(**_place(loaded), at=at), *reached]


def _call(loaded: Loaded, rung: Rung, directory: Directory, at: datetime) -> list[Event]:
    """Queue a delivery per official and channel; what the inboxes have got at once. The office's inbox always gets
    it, as its page reads the alert itself."""
    alert = loaded.state
    office = office_at(alert.jurisdiction, rung)
    if office is None or office in alert.called:
        return []
    alert.called.append(office)
    arrived: list[Event] = []
    for contact in directory.get(office, []):
        arrived.append(recorded(*_queue(loaded, contact.id, office, rung, INBOX, at)))
        for channel in contact.channels if _step(alert).every_channel else ():
            _queue(loaded, contact.id, office, rung, channel, at)
    return arrived


def _queue(loaded: Loaded, official: str, office: str, rung: Rung, channel: str, at: datetime) -> tuple[str, Delivery]:
    alert = loaded.state
    id = f"{loaded.id}:{alert.queued}"
    alert.queued += 1
    content = {
        "alert_id": loaded.id,
        "kind": alert.kind.value,
        "level": int(alert.level),
        "region": alert.region,
        "reasons": [each.model_dump() for each in alert.reasons],
        "exercise": alert.exercise,
        "office": office,
        "rung": int(rung),
    }
    delivery = Delivery(
        channel=channel,
        destination=official,
        recipient=official,
        content=content,
        about=loaded.id,
        priority=_PRIORITY,
        created_at=at,
        due_at=at,
    )
    if channel == INBOX:
        delivery.succeed(at)
    loaded.project(DELIVERIES, document_of(id, delivery))
    return id, delivery


def recorded(id: str, delivery: Delivery) -> DeliveryRecorded:
    """What the others learn of a delivery: never to whom."""
    return DeliveryRecorded(
        at=delivery.finished_at or delivery.due_at,
        delivery_id=id,
        alert_id=delivery.content["alert_id"],
        channel=delivery.channel,
        rung=Rung(delivery.content["rung"]),
        status=delivery.status,
        detail=delivery.reason,
    )


def results(id: str, delivery: Delivery) -> list[Event]:
    """The events of a delivery that came to an end; directives' deliveries have receipts instead."""
    if "alert_id" not in delivery.content or delivery.status is Status.QUEUED:
        return []
    return [recorded(id, delivery)]


def acknowledge(loaded: Loaded, office: str, at: datetime) -> list[Event]:
    """An official takes it; the ladder stops."""
    alert = loaded.state
    if alert.state is State.ACKNOWLEDGED:
        detail = _("Peringatan ini sudah diterima oleh {office}.").format(office=alert.acknowledged_by)
        raise Problem("alert-acknowledged", 409, _("Sudah diterima"), detail)
    if alert.state is State.ENDED:
        detail = _("Peringatan ini sudah digantikan atau kasusnya ditutup.")
        raise Problem("alert-ended", 409, _("Sudah berakhir"), detail)
    alert.state, alert.acknowledged_by, alert.acknowledged_at = State.ACKNOWLEDGED, office, at
    alert.deadline = None
    if alert.kind is Kind.LOOK:
        return []
    return [AlertAcknowledged(**_place(loaded), at=at, by_role=office)]


def end(loaded: Loaded, at: datetime) -> list[Event] | None:
    """The case was closed, calmed, or another alert took over."""
    alert = loaded.state
    if alert.state is State.ENDED:
        return None
    alert.state, alert.deadline = State.ENDED, None
    if alert.kind is Kind.LOOK:
        return []
    return [AlertEnded(**_place(loaded), at=at)]


def _place(loaded: Loaded) -> dict[str, Any]:
    alert = loaded.state
    return {
        "alert_id": loaded.id,
        "case_id": alert.case_id,
        "region": alert.region,
        "jurisdiction": alert.jurisdiction,
        "level": alert.level,
        "rung": alert.rung,
        "exercise": alert.exercise,
    }


def upgrade_alert_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: deliveries are documents of their own, the alert counts them; its sentence is one reason."""
    if "deliveries" not in state and "sentence" not in state:
        return state
    rest = {name: value for name, value in state.items() if name not in ("deliveries", "sentence")}
    reasons = [Reason(code="sentence", value=0, text=state.get("sentence", "")).model_dump()]
    return {**rest, "queued": len(state.get("deliveries", [])), "reasons": reasons}


class Office(BaseModel):
    """How many officials an office has."""

    officials: int = 0
    roles: list[str] = []


def list_office(loaded: Aggregate[Office], officials: int, roles: list[str], at: datetime) -> list[Event] | None:
    """An office has other officials than before."""
    fresh = Office(officials=officials, roles=roles)
    if loaded.version and loaded.state == fresh:
        return None
    loaded.state = fresh
    return [OfficeListed(at=at, office=loaded.id, officials=fresh.officials, roles=tuple(fresh.roles))]
