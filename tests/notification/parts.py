"""Alerts in the hand, and what is said to them."""

from datetime import datetime, timedelta
from typing import Any

from chassis.aggregates import Aggregate
from chassis.deliveries.delivery import Delivery
from contracts.base import Event
from contracts.events import (
    LevelChanged,
    LookRequested,
)
from contracts.regions import level_of
from contracts.vocabulary import Level, Rung
from services.notification import answers, calling, model
from services.notification.model import Alert, Contact, Directory, Kind, Official, Taking
from services.notification.policy import LOOK, Key, Policy, policies
from tests.clocks import clock

HOUR = timedelta(hours=1)
_TIMES: dict[Key, timedelta] = dict.fromkeys((LOOK, Level.WASPADA, Level.SIAGA, Level.AWAS), HOUR)
POLICIES = policies(_TIMES, _TIMES)
ROLES = {"31.71.01": "kepala_kua", "31.71": "kasi", "31": "kabid", "ID": "nasional"}


def directory(*codes: str) -> Directory:
    return {code: [Contact(f"o-{code}", ROLES[code], ("email",))] for code in codes}


FULL = directory("31.71.01", "31.71", "31", "ID")


def official(id: str, name: str, role: str, region: str) -> dict[str, Any]:
    """Somebody in the directory, as it is stored."""
    made = Official(name=name, role=role, regions=(region,), email=f"{id}@contoh.invalid")
    return {"_id": id, **made.model_dump()}


def policy(alert: Aggregate[Alert]) -> Policy:
    return POLICIES[LOOK if alert.state.kind is Kind.LOOK else alert.state.level]


def raised(level: Level, who: Directory = FULL, **more: object) -> tuple[Aggregate[Alert], list[Event]]:
    changed = clock.example(LevelChanged, level=level, **more)
    alert = Aggregate("a", model.begin(changed, 1))
    return alert, calling.call_first(alert, who, policy(alert))


def climb(alert: Aggregate[Alert], at: datetime, who: Directory = FULL) -> list[Event] | None:
    return calling.climb(alert, who, policy(alert), at)


def said(office: str, at: datetime | None = None, who: str = "", role: str = "", reason: str = "") -> Taking:
    rung, role = Rung(3 - level_of(office)), role or ROLES[office]
    who = who or f"u-{office}-{role}"
    return Taking(who=who, office=office, rung=rung, role=role, by=office, at=at or clock.at, reason=reason)


def take(
    alert: Aggregate[Alert], office: str, at: datetime | None = None, role: str = "", who: str = ""
) -> list[Event]:
    return answers.acknowledge(alert, said(office, at, who, role), policy(alert))


def refuse(alert: Aggregate[Alert], office: str, at: datetime, role: str = "", who: str = "") -> None:
    answers.refuse(alert, said(office, at, who, role, "sedang di luar kota"), policy(alert))


def deliveries(alert: Aggregate[Alert], purpose: str = "") -> list[Delivery]:
    found = [Delivery.model_validate(each.document["state"]) for each in alert.projections]
    return [each for each in found if purpose in ("", each.content["purpose"])]


def promise(level: Level) -> Aggregate[Alert]:
    alert, _ = raised(level)
    take(alert, "31.71.01", who="kua")
    if level is Level.AWAS:
        take(alert, "31.71", who="kasi")
    assert alert.state.deadline == clock.at + HOUR
    return alert


def asked(who: Directory = FULL) -> tuple[Aggregate[Alert], list[Event]]:
    look = Aggregate("l", model.begin_look(clock.example(LookRequested), 1))
    return look, calling.call_first(look, who, POLICIES[LOOK])
