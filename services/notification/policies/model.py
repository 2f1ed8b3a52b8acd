"""Versions of the ladder, what each may say, and what it would have changed. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, Field, field_validator

from chassis.language import _
from chassis.problems import Problem
from contracts.vocabulary import Level, Rung
from services.notification.policy import LOOK, Key, Policies, Policy

LADDER = "ladder"
"""The id of the one document."""
_RUNGS = (Rung.KECAMATAN, Rung.KABUPATEN, Rung.PROVINSI, Rung.PUSAT)


class Rule(BaseModel):
    """What can be changed of one level's ladder. Who may take an alert cannot: from Siaga up never a penyuluh alone."""

    rungs: int = Field(ge=1, le=len(_RUNGS))
    """How many are called at once, from the kecamatan up."""
    every_channel: bool
    answer_minutes: float = Field(allow_inf_nan=False, gt=0, le=1e6)
    act_minutes: float | None = Field(default=None, allow_inf_nan=False, gt=0, le=1e6)
    quorum: int = Field(default=0, ge=0, le=len(_RUNGS))
    """Of how many of them, from the kecamatan up, somebody has to take it; 0 where anybody's word is enough."""


@dataclass(frozen=True)
class Bounds:
    """What a rule may say: least and most."""

    rungs: tuple[int, int]
    answer: tuple[float, float]
    act: tuple[float, float] | None
    quorum: tuple[int, int] = (0, 0)
    may_be_silent: bool = False


BOUNDS: Mapping[str, Bounds] = {
    LOOK: Bounds((1, 1), (5, 120), (15, 1440)),
    "1": Bounds((1, 2), (30, 10_080), None, may_be_silent=True),
    "2": Bounds((1, 3), (5, 1440), (15, 1440)),
    "3": Bounds((2, 4), (3, 120), (10, 480), (2, 3)),
}
"""By `look` or the level's number. Wide, and yet nobody is called for nothing, or left without time to answer."""


class State(StrEnum):
    """Where a version stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class Version(BaseModel):
    """One ladder, as it was written."""

    n: int
    rules: dict[str, Rule]
    reason: str
    by: str
    """Role and place."""
    account: str
    """Who wrote it; shown to nobody."""
    at: AwareDatetime
    state: State = State.PROPOSED
    decided_by: str = ""
    decided_at: AwareDatetime | None = None

    @field_validator("rules")
    @classmethod
    def _are_whole(cls, rules: dict[str, Rule]) -> dict[str, Rule]:
        """A ladder of another release, or half of one, is none: it cannot be read, and what held goes on holding."""
        if rules.keys() != BOUNDS.keys():
            raise ValueError(", ".join(sorted(rules.keys() ^ BOUNDS.keys())))
        return rules


class Ladder(BaseModel):
    """All versions, the oldest first."""

    versions: list[Version] = Field(default_factory=list)

    @property
    def in_force(self) -> Version | None:
        """What holds; None where it is what the release and its settings say."""
        approved = [each for each in self.versions if each.state is State.APPROVED]
        return max(approved, key=lambda each: each.decided_at or each.at, default=None)

    @property
    def waiting(self) -> Version | None:
        """What waits for a second official."""
        return next((each for each in reversed(self.versions) if each.state is State.PROPOSED), None)


def key_of(name: str) -> Key:
    """The key of a policy by its name here."""
    return LOOK if name == LOOK else Level(int(name))


def rules_of(policies: Policies) -> dict[str, Rule]:
    """What of a ladder can be changed, by name."""
    return {name: _rule(policies[key_of(name)]) for name in BOUNDS}


def _rule(policy: Policy) -> Rule:
    act = policy.act_within.total_seconds() / 60 if policy.act_within else None
    # As it is: settings may lie where no official may write.
    return Rule.model_construct(
        rungs=len(policy.rungs),
        every_channel=policy.every_channel,
        answer_minutes=policy.answer_within.total_seconds() / 60,
        act_minutes=act,
        quorum=len(policy.quorum),
    )


def policies_of(base: Policies, rules: Mapping[str, Rule]) -> dict[Key, Policy]:
    """The ladder that rules make of the release's."""
    return {**base, **{key_of(name): _applied(base[key_of(name)], rule) for name, rule in rules.items()}}


def _applied(policy: Policy, rule: Rule) -> Policy:
    return replace(
        policy,
        rungs=_RUNGS[: rule.rungs],
        every_channel=rule.every_channel,
        answer_within=timedelta(minutes=rule.answer_minutes),
        act_within=timedelta(minutes=rule.act_minutes) if rule.act_minutes else None,
        quorum=_RUNGS[: rule.quorum],
    )


def require_fits(rules: Mapping[str, Rule]) -> None:
    """422 where a rule says what none may. Settings of a house may lie outside; what officials write does not."""
    for name, bounds in BOUNDS.items():
        rule = rules[name]
        act = rule.act_minutes or 0.0
        fits = (
            _within(rule.rungs, bounds.rungs)
            and _within(rule.answer_minutes, bounds.answer)
            and _within(rule.quorum, bounds.quorum)
            and rule.quorum <= rule.rungs
            and (rule.every_channel or bounds.may_be_silent)
            and (_within(act, bounds.act) if bounds.act else not act)
        )
        if not fits:
            detail = _("Periksa waktu, jumlah jenjang, dan berapa jenjang yang harus menerima.")
            raise Problem("rule-out-of-bounds", 422, _("Aturan ini di luar batasnya"), detail, of=name)


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def propose(ladder: Ladder, version: Version) -> None:
    """A version waits for a second official; one at a time, so that whoever approves sees what it changes."""
    if ladder.waiting:
        detail = _("Setujui atau tolak dahulu usulan yang masih menunggu.")
        raise Problem("policy-waits", 409, _("Sudah ada usulan yang menunggu"), detail)
    require_fits(version.rules)
    ladder.versions.append(version.model_copy(update={"n": len(ladder.versions) + 1}))


def decide(ladder: Ladder, n: int, account: str, by: str, approves: bool, at: datetime) -> None:
    """A second official approves or refuses it; its author may take it back."""
    version = ladder.waiting
    if version is None or version.n != n:
        detail = _("Muat ulang halaman ini.")
        raise Problem("policy-decided", 409, _("Usulan ini sudah diputuskan"), detail)
    if approves and version.account == account:
        detail = _("Minta pejabat pusat yang lain memeriksa dan menyetujuinya.")
        raise Problem("own-policy", 403, _("Usulan sendiri tidak dapat disetujui sendiri"), detail)
    version.state = State.APPROVED if approves else State.REFUSED
    version.decided_by, version.decided_at = by, at


@dataclass(frozen=True)
class Past:
    """What became of an alert, as far as it is known. Times are from when it was raised."""

    of: str
    age: timedelta
    taken: tuple[timedelta, ...]
    """When each rung that took it did so, the first first."""
    acted: timedelta | None
    """When something was done, or it was over; None where neither."""
    promised: bool
    """Whether taking it promised something: an area's alert has no case in which it could be done."""
    lapsed: bool = False
    """Whether that was not kept. Who had taken it when is not known any more: it counts as taken in time."""

    def answered(self, quorum: int) -> timedelta | None:
        """When the last that was wanted took it, or somebody acted; None where nobody has."""
        moments = [*self.taken[max(quorum, 1) - 1 : max(quorum, 1)], *([self.acted] if self.acted else [])]
        return min(moments, default=None)


@dataclass
class Effect:
    """What one level's rule does to past alerts."""

    alerts: int = 0
    climbed: int = 0
    """How many nobody answered in time, so that the next rung is called."""
    late: int = 0
    """How many were taken without an action in time, so that all are called again."""


def effects(past: Iterable[Past], rules: Mapping[str, Rule]) -> dict[str, Effect]:
    """What rules would have done, by level; alerts whose time has not passed yet are not counted against them."""
    found = {name: Effect() for name in BOUNDS}
    for each in past:
        rule, effect = rules[each.of], found[each.of]
        effect.alerts += 1
        effect.climbed += not each.lapsed and _climbs(each, rule)
        effect.late += each.lapsed or _is_late(each, rule)
    return found


def _climbs(past: Past, rule: Rule) -> bool:
    answer, answered = timedelta(minutes=rule.answer_minutes), past.answered(rule.quorum)
    return past.age > answer and (answered is None or answered > answer)


def _is_late(past: Past, rule: Rule) -> bool:
    answered = past.answered(rule.quorum)
    if not rule.act_minutes or not past.promised or answered is None:
        return False
    until = answered + timedelta(minutes=rule.act_minutes * 1.5)  # half of it again after the reminder
    return past.age > until and (past.acted is None or past.acted > until)
