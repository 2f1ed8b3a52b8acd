"""Alerts and their ladder, and whom they reach. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis.aggregates import Aggregate
from chassis.deliveries.delivery import Delivery, Status, document_of
from chassis.language import SOURCE
from contracts.base import Event
from contracts.events import (
    AlertEnded,
    DeliveryRecorded,
    LevelChanged,
    LookRequested,
    OfficeListed,
    Reason,
    ReplacedAlert,
)
from contracts.regions import level_of
from contracts.vocabulary import STAGE_OF_ACT, Level, Rung

DELIVERIES = "deliveries"
INBOX = "inbox"
CALL, REMINDER, UNANSWERED, OVER = "call", "reminder", "unanswered", "over"
"""What a delivery is for."""
_PRIORITY, _MAY_WAIT = 0, 1


class Official(BaseModel):
    """Somebody to reach; the way to do so is here and nowhere else."""

    name: str
    role: str
    regions: tuple[str, ...]
    email: str | None = None
    whatsapp: str | None = None
    sms: str | None = None
    webhook: str | None = None
    language: str = SOURCE
    """What they are written in; `id` where the directory says nothing."""
    quiet: str = ""
    """Their own quiet hours, `21:00-05:00`; `-` for none; empty: the house's."""


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


class Taking(BaseModel):
    """Somebody's word on an alert: that they take it, or that they cannot."""

    who: str
    """The account; shown to nobody."""
    office: str
    rung: Rung
    role: str = ""
    by: str
    """Role and place, for people."""
    at: AwareDatetime
    reason: str = ""


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
    manned: list[Rung] | None = None
    """Rungs that were called and have somebody who may take it; None in alerts of release 0.2."""
    heads: dict[str, int] = {}
    """How many there may take it in each office that was called."""
    silent: list[Rung] = []
    """Rungs that did not answer in time, or cannot."""
    takings: list[Taking] = []
    """Who took it, since it was raised or the last promise was broken."""
    refusals: list[Taking] = []
    answer_until: AwareDatetime | None = None
    """Until when the others may still answer, while a refusal lets the next rung be called at once."""
    lapsed: list[str] = []
    """Accounts that took it and did nothing: they cannot take it again."""
    reminded: bool = False
    calls: int = 1
    """How often people were called for it: each time is a message of its own."""
    acted_at: AwareDatetime | None = None
    replaces: list[ReplacedAlert] = []
    """The alerts of the subject that stood when it rose to this level."""
    ended_at: AwareDatetime | None = None
    replaced: bool = False
    """Ended as a graver one took its place."""
    rang: bool | None = None
    """Whether anybody was called by more than the inbox; None in alerts of before, which rang from Siaga up."""
    over: bool = False
    """Whether those who were called have been told that it is over."""
    on_duty: list[str] = []
    """Who was on duty when they were called, by the directory's ids."""
    spared: list[str] = []
    """Offices of which only whoever is on duty was called, as yet."""
    unanswered_at: AwareDatetime | None = None
    """When everybody had been called and nobody had answered."""


@dataclass(frozen=True)
class Contact:
    """An official who may be called, and by which channels beside the inbox."""

    id: str
    role: str
    channels: tuple[str, ...]
    on_duty: bool = False


Directory = dict[str, list[Contact]]
"""Contacts by the region code of their office."""


def rung_of(office: str) -> Rung:
    """The rung that an office stands on."""
    return Rung(3 - level_of(office))


def office_at(jurisdiction: tuple[str, ...], rung: Rung) -> str | None:
    """The office of a jurisdiction at a rung; None where it has none (a withheld office, or a larger region)."""
    return next((code for code in jurisdiction if rung_of(code) is rung), None)


def begin(changed: LevelChanged, sequence: int, replaces: Sequence[ReplacedAlert] = ()) -> Alert:
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
        rung=Rung.KECAMATAN,
        raised_at=changed.at,
        replaces=list(replaces),
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


def queue(
    loaded: Loaded, official: str, office: str, rung: Rung, channel: str, purpose: str, at: datetime
) -> tuple[str, Delivery]:
    """Let one message be delivered to one person by one channel."""
    alert = loaded.state
    id = f"{loaded.id}:{alert.queued}"
    alert.queued += 1
    content = {
        "alert_id": loaded.id,
        "kind": alert.kind.value,
        "purpose": purpose,
        "call": alert.calls,
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
        priority=_MAY_WAIT if purpose == OVER else _PRIORITY,
        created_at=at,
        due_at=at,
    )
    if channel == INBOX:
        delivery.succeed(at)
    loaded.project(DELIVERIES, document_of(id, delivery))
    return id, delivery


def holds(content: dict[str, Any], state: dict[str, Any]) -> bool:
    """Whether a message that waited is still true of its alert, as it is stored."""
    purpose, stands = content.get("purpose", CALL), state["state"]
    if purpose == REMINDER:
        return stands == State.ACKNOWLEDGED and state.get("acted_at") is None
    if purpose == UNANSWERED:
        return bool(stands == State.RAISED)
    if purpose == OVER:
        return bool(stands == State.ENDED)
    return bool(stands != State.ENDED and content.get("call", 1) >= state.get("calls", 1))


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


def end(loaded: Loaded, at: datetime, replaced: bool = False, unfounded: bool = False) -> list[Event] | None:
    """The case was closed (`unfounded`: as it was not so), calmed, or another alert took over (`replaced`: a graver
    one)."""
    alert = loaded.state
    if alert.state is State.ENDED:
        return None
    alert.state, alert.deadline = State.ENDED, None
    alert.ended_at, alert.replaced = at, replaced
    if alert.kind is Kind.LOOK:
        return []
    return [AlertEnded(**place(loaded), at=at, replaced=replaced, unfounded=unfounded)]


def place(loaded: Loaded) -> dict[str, Any]:
    """What every event of an alert says of it."""
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
