"""Partners and what they may see. Pure."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from contracts.events import AlertEvent, AlertRaised, CaseStateRecorded, LevelChanged, PublicCaseUpdated, ReplacedAlert
from contracts.examples import example
from contracts.regions import covers
from contracts.vocabulary import FOUNDED, Level

DELIVERIES = "deliveries"


class Subject(StrEnum):
    """What can be subscribed to."""

    CASES = "cases"
    LEVELS = "levels"
    ALERTS = "alerts"


PAUSED = "subscription_paused"
"""Why a delivery was not sent that waits for its subscription."""
PAUSES = ("gone", "failing")
"""Why we pause a subscription ourselves; the delivery that showed it waits as well."""


class Subscription(BaseModel):
    """What a partner wants, and where to."""

    id: str
    subjects: list[Subject]
    regions: list[str]
    fields: list[str] = []
    """Fields wanted of the data; empty: all that partners may see."""
    url: str
    secrets: list[str]
    paused_at: AwareDatetime | None = None
    """Since when nothing is sent; what comes meanwhile waits."""
    paused_because: str = ""
    """`gone`: the endpoint answered 410; `failing`: it took nothing for hours; `asked`: somebody wanted it."""


class OldToken(BaseModel):
    """A token that was replaced."""

    hash: str
    until: AwareDatetime


class Partner(BaseModel):
    """A partner system. Its token is stored as a hash."""

    name: str
    account: str | None = Field(default=None, description="`sub` of the account that may look at its log")
    regions: list[str]
    token_hash: str
    token_until: AwareDatetime | None = None
    """None: without an end, as release 0.1 gave them."""
    previous: list[OldToken] = []
    """Tokens of before, which are valid for a while beside the new one."""
    subscriptions: list[Subscription] = []

    def accepts(self, hashed: str, at: datetime) -> bool:
        """Whether the token with this hash is valid at a moment."""
        if hashed == self.token_hash:
            return self.token_until is None or at < self.token_until
        return any(each.hash == hashed and at < each.until for each in self.previous)


class HeldAlert(BaseModel):
    """An alert's event that waits until its case is confirmed."""

    id: str
    type: str
    alert_id: str
    places: tuple[str, ...]
    data: dict[str, Any]
    at: AwareDatetime


class PublicCase(BaseModel):
    """The newest redacted state of a case."""

    region: str
    data: dict[str, Any]
    shared: bool = False
    """Whether the people on the ground ever confirmed it: only then partners hear of it, and of all that follows."""

    held: list[HeldAlert] = []
    """Alerts of before: partners hear of those that still stand when it is confirmed."""

    def confirm(self, state: CaseStateRecorded) -> bool:
        """Take a state in; whether partners may have it. A confirmed case that turns out to be a hoax stays shared: who
        heard of it must hear that, too."""
        self.shared = self.shared or state.verdict in FOUNDED
        return self.shared

    @property
    def level(self) -> Level:
        """The level that partners know."""
        return Level(self.data.get("level", Level.NORMAL))


def upgrade_case_to_2(state: dict[str, Any]) -> dict[str, Any]:
    """From release 0.1: every case that is here was shared."""
    return {"shared": True, **state}


class PublicAlert(BaseModel):
    """An alert as CAP tells it."""

    id: str = Field(alias="_id")
    case_id: str | None = None
    """Whose confirmation it waits for; None for alerts of areas, and in documents of release 0.2."""
    at: AwareDatetime
    region: str
    jurisdiction: tuple[str, ...]
    level: Level
    exercise: bool = False
    ended_at: AwareDatetime | None = None
    replaced: bool = False
    """Whether a graver alert took over: it is no more, but nothing is over."""
    unfounded: bool = False
    """Whether what it warned of was found not to be so."""
    replaces: list[ReplacedAlert] = []


MOST_HELD = 50


def still_standing(held: list[HeldAlert], ended: str) -> list[HeldAlert]:
    """The events of alerts that no event of the type `ended` has ended."""
    over = {each.alert_id for each in held if each.type == ended}
    return [each for each in held if each.alert_id not in over]


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def coarse(region: str) -> str:
    """No finer than kabupaten/kota: a kecamatan could point at a house."""
    return ".".join(region.split(".")[:2])


def public_case(state: CaseStateRecorded) -> PublicCaseUpdated:
    """A case as partners may see it."""
    return PublicCaseUpdated(
        at=state.at,
        case_id=state.case_id,
        region=coarse(state.region),
        status=state.status,
        level=state.level,
        stage=state.stage,
        categories=state.categories,
        verdict=state.verdict,
        outcome=state.outcome,
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        version=state.version,
        exercise=state.exercise,
    )


def public_case_level(state: CaseStateRecorded, before: Level) -> dict[str, Any]:
    """A case's level as partners may see it, from the state that has it."""
    return {
        "scope": "case",
        "scope_id": state.case_id,
        "region": coarse(state.region),
        "level": int(state.level),
        "previous": int(before),
        "exercise": state.exercise,
        "at": state.at.isoformat(),
    }


def public_level(changed: LevelChanged) -> dict[str, Any]:
    """An area's level as partners may see it: without sentences, which name the place."""
    return {
        "scope": changed.scope,
        "scope_id": changed.scope_id,
        "region": coarse(changed.region),
        "level": int(changed.level),
        "previous": int(changed.previous),
        "parameter_version": changed.parameter_version,
        "exercise": changed.exercise,
        "at": changed.at.isoformat(),
    }


def public_alert(alert: AlertEvent) -> dict[str, Any]:
    """An alert as partners may see it."""
    return {
        "alert_id": alert.alert_id,
        "case_id": alert.case_id,
        "region": coarse(alert.region),
        "level": int(alert.level),
        "state": alert.type.rpartition(".")[2],
        "exercise": alert.exercise,
        "at": alert.at.isoformat(),
    }


def sample(subject: Subject, at: datetime) -> tuple[str, dict[str, Any]]:
    """A made-up thing of a subject as partners get it, and the type that a real one has."""
    if subject is Subject.CASES:
        case = PublicCaseUpdated.model_validate({**example(PublicCaseUpdated).model_dump(), "at": at})
        return case.type, case.model_dump(mode="json")
    if subject is Subject.LEVELS:
        level = LevelChanged.model_validate({**example(LevelChanged).model_dump(), "at": at})
        return level.type, public_level(level)
    alert = AlertRaised.model_validate({**example(AlertRaised).model_dump(), "at": at})
    return alert.type, public_alert(alert)


def wants(subscription: Subscription, subject: Subject, places: tuple[str, ...], partner: Partner) -> bool:
    """Whether this goes to the subscription: asked for, and within the partner's own regions."""
    return subject in subscription.subjects and covers(subscription.regions, places) and covers(partner.regions, places)


def chosen(data: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """Only the fields that were asked for; what identifies the thing is always there."""
    if not fields:
        return data
    always = {"case_id", "alert_id", "scope_id", "version", "at", *fields}
    return {name: value for name, value in data.items() if name in always}
