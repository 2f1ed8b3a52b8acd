"""A simulated nation on the real ladder: does every alert end with a person who acted?

    python -m bench.nation --seed 1

All 514 kabupaten and kota, 50,000 people, 1,000 alerts and requests to look. Offices are empty, channels are dead,
people are away, leave the directory, refuse, or promise and forget. The ladder is the service's own model (pure),
driven by a clock of our own, and three of five offices have a roster; what could have been reached is computed apart
from it. Exits 1 where

* an alert ended otherwise than with somebody who acted, though somebody could have been reached, or rang "nobody
  reached" though somebody could;
* somebody was called who is not listed for one of its offices now, or twice by one channel for one thing;
* one office alone took an Awas, though two could have;
* an answer or the alarm took longer than the policy gives;
* the same seed gave another log.

What it does not show: the delivery engine, the database and the broker; those are in `tests/`.
"""

import argparse
import hashlib
import heapq
import itertools
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chassis.aggregates import Aggregate
from chassis.problems import Problem
from contracts.regions import NATIONAL, ancestry, children, level_of
from contracts.vocabulary import Level, Rung
from services.notification import answers, calling
from services.notification.commands import policies_of
from services.notification.model import CALL, REMINDER, Alert, Contact, Kind, State, Taking
from services.notification.policy import FIELD, HEADS, LOOK, Policy
from services.notification.settings import NotificationSettings

PEOPLE, ALERTS = 50_000, 1_000
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
CHANNELS = ("email", "whatsapp", "webhook")
POLICIES = policies_of(NotificationSettings())
_HEAD_OF = {3: "kepala_kua", 2: "kasi", 1: "kabid", 0: "nasional"}


@dataclass(frozen=True)
class Inhabitant:
    """Somebody in the directory, and what the directory does not know of them."""

    id: str
    role: str
    office: str
    channels: tuple[str, ...]
    alive: frozenset[str]
    reads_inbox: bool
    leaves_at: datetime
    """When they are taken out of the directory; for most, never."""


@dataclass
class Nation:
    """All of them, by office."""

    offices: dict[str, list[Inhabitant]] = field(default_factory=lambda: defaultdict(list))

    def listed(self, office: str, at: datetime) -> list[Inhabitant]:
        """Who is listed there at a moment."""
        return [each for each in self.offices.get(office, ()) if at < each.leaves_at]


def nation_of(chance: random.Random) -> Nation:
    """Offices of all levels, some of them empty; then penyuluh until there are enough people."""
    made, numbers = Nation(), itertools.count()
    provinces = [each.code for each in children(NATIONAL)]
    kabupaten = [each.code for code in provinces for each in children(code)]
    kecamatan = [each.code for code in kabupaten for each in children(code)]
    for office in (NATIONAL, *provinces, *kabupaten, *kecamatan):
        for _ in range(_heads(chance, level_of(office))):
            made.offices[office].append(_person(chance, next(numbers), _HEAD_OF[level_of(office)], office))
    made.offices[NATIONAL].append(_person(chance, next(numbers), "admin", NATIONAL))
    for number in range(next(numbers), PEOPLE):
        office = chance.choice(kecamatan)
        made.offices[office].append(_person(chance, number, "penyuluh", office))
    return made


def _heads(chance: random.Random, depth: int) -> int:
    """How many with authority sit in an office: often one, sometimes nobody."""
    return chance.choices((0, 1, 2), {3: (25, 70, 5), 2: (15, 60, 25), 1: (5, 55, 40), 0: (0, 0, 1)}[depth])[0]


def _person(chance: random.Random, number: int, role: str, office: str) -> Inhabitant:
    channels = tuple(each for each in CHANNELS if chance.random() < 0.6)
    alive = frozenset(each for each in channels if chance.random() < 0.8)
    leaves = FIRST + timedelta(days=chance.uniform(0, 60)) if chance.random() < 0.05 else FIRST + timedelta(days=9999)
    return Inhabitant(f"p{number}", role, office, channels, alive, chance.random() < 0.4, leaves)


@dataclass(frozen=True)
class Mood:
    """How somebody takes one alert."""

    awake: bool
    answers_after: float
    """As a share of the time to answer."""
    refuses: bool
    acts: bool
    acts_when_reminded: bool


def mood_of(seed: int, alert: str, person: Inhabitant) -> Mood:
    """The same for the same seed, whoever asks and when."""
    chance = random.Random(f"{seed}:{alert}:{person.id}")
    share, *lots = (chance.random() for _ in range(5))
    return Mood(lots[0] < 0.55, 0.02 + 0.9 * share, lots[1] < 0.08, lots[2] < 0.7, lots[3] < 0.4)


class Play:
    """One alert, from its beginning to its end."""

    def __init__(self, nation: Nation, seed: int, id: str, alert: Alert) -> None:
        self.nation, self.seed, self.id = nation, seed, id
        self.loaded = Aggregate(id, alert)
        self.policy: Policy = POLICIES[LOOK if alert.kind is Kind.LOOK else alert.level]
        self.log: list[str] = []
        self.faults: list[str] = []
        self.seen = 0
        self.messages: Counter[tuple[str, ...]] = Counter()
        self.waits: list[tuple[datetime, int, str, str]] = []
        self.count = itertools.count()
        self.waiting_since = alert.raised_at
        self.ended_at: datetime | None = None

    @property
    def alert(self) -> Alert:
        return self.loaded.state

    def directory(self, at: datetime) -> dict[str, list[Contact]]:
        """As the service would read it now."""
        offices = dict.fromkeys((*self.alert.jurisdiction, NATIONAL))
        return {office: self._contacts(office, at) for office in offices}

    def _contacts(self, office: str, at: datetime) -> list[Contact]:
        """The people of an office; three of five have a roster, by which somebody of them is on duty this week."""
        listed = self.nation.listed(office, at)
        field = [each.id for each in listed if each.role in FIELD]
        chance = random.Random(f"{self.seed}:{office}:{(at - FIRST).days // 7}")
        duty = chance.choice(field) if field and chance.random() < 0.6 else None
        return [Contact(each.id, each.role, each.channels, each.id == duty) for each in listed]

    def run(self) -> None:
        """To its end."""
        at = self.alert.raised_at
        calling.call_first(self.loaded, self.directory(at), self.policy)
        self._deliver(at)
        while self.ended_at is None:
            due = self.alert.deadline
            if self.waits and (due is None or self.waits[0][0] <= due):
                at, _, what, who = heapq.heappop(self.waits)
                self._happen(at, what, who)
            elif due is not None:
                at = due
                self._climb(at)
            else:
                self.ended_at = at
            self._deliver(at)
            self._mind_the_time(at)

    def _climb(self, at: datetime) -> None:
        before = self.alert.state
        events = calling.climb(self.loaded, self.directory(at), self.policy, at)
        self.log.append(f"{at.isoformat()} {self.id} climb {[type(each).__name__ for each in events or ()][:1]}")
        if before is not State.RAISED and self.alert.state is State.RAISED:
            self.waiting_since = at
        self._promise(at, before)

    def _happen(self, at: datetime, what: str, who: str) -> None:
        if what == "act":
            answers.act(self.loaded, self.policy, at)
            self.log.append(f"{at.isoformat()} {self.id} {who} acts")
            self.ended_at = at if self.alert.state is not State.RAISED else None
            return
        person, before = self._person_of(who), self.alert.state
        office, rung = person.office, Rung(3 - level_of(person.office))
        taking = Taking(who=who, office=office, rung=rung, role=person.role, by=office, at=at)
        try:
            if what == "refuse":
                answers.refuse(self.loaded, taking, self.policy)
            else:
                answers.acknowledge(self.loaded, taking, self.policy)
        except Problem as problem:
            self.log.append(f"{at.isoformat()} {self.id} {who} {what}: {problem.code}")
            return
        self.log.append(f"{at.isoformat()} {self.id} {who} {what}")
        self._promise(at, before)

    def _promise(self, at: datetime, before: State) -> None:
        """Who took it acts in time, or does not."""
        if before is State.ACKNOWLEDGED or self.alert.state is not State.ACKNOWLEDGED:
            return
        if self.alert.deadline is None:
            self.ended_at = at
            return
        self._check_quorum(at)
        for each in self.alert.takings:
            mood = mood_of(self.seed, self.id, self._person_of(each.who))
            if mood.acts:
                self._wait(at + (self.alert.deadline - at) * mood.answers_after, "act", each.who)

    def _check_quorum(self, at: datetime) -> None:
        """At Awas two offices, wherever two could answer."""
        if self.alert.level is not Level.AWAS or self.alert.unanswered_at or self.alert.lapsed:
            return
        able = {
            office
            for office in self.alert.jurisdiction
            for each in self.nation.listed(office, at)
            if each.role in HEADS and willing(self, each, {"inbox", *each.channels})
        }
        if len({each.office for each in self.alert.takings}) < min(2, len(able)):
            self.faults.append(f"{self.id}: one office took it at Awas, and {len(able)} could have")

    def _deliver(self, at: datetime) -> None:
        """What was queued since: messages arrive where the channel lives, and people answer."""
        fresh = self.loaded.projections[self.seen :]
        self.seen = len(self.loaded.projections)
        reached: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        for each in fresh:
            sent = each.document["state"]
            who, purpose, call = sent["recipient"], sent["content"]["purpose"], sent["content"]["call"]
            self._check_message(who, sent["channel"], purpose, call, at)
            reached[who, purpose, call].add(sent["channel"])
        for (who, purpose, _call), channels in reached.items():
            self._answer(self._person_of(who), purpose, channels, at)

    def _answer(self, person: Inhabitant, purpose: str, channels: set[str], at: datetime) -> None:
        mood = mood_of(self.seed, self.id, person)
        if not notices(person, mood, channels):
            return
        if purpose == CALL:
            after = at + self.policy.answer_within * mood.answers_after
            self._wait(after, "refuse" if mood.refuses else "take", person.id)
        taken = person.id in {each.who for each in self.alert.takings}
        if purpose == REMINDER and taken and mood.acts_when_reminded and self.alert.deadline:
            self._wait(at + (self.alert.deadline - at) * mood.answers_after, "act", person.id)

    def _check_message(self, who: str, channel: str, purpose: str, call: int, at: datetime) -> None:
        person = self._person_of(who)
        self.messages[who, channel, purpose, str(call)] += 1
        self.log.append(f"{at.isoformat()} {self.id} {purpose} {call} to {who} by {channel}")
        near = person.office in self.alert.jurisdiction or (purpose == "unanswered" and person.role == "admin")
        if not near or at >= person.leaves_at:
            self.faults.append(f"{self.id}: {who} was called and is not listed there")
        if self.messages[who, channel, purpose, str(call)] > 1:
            self.faults.append(f"{self.id}: {who} was called twice for one thing by {channel}")

    def _mind_the_time(self, at: datetime) -> None:
        """An answer, or the alarm, within the time of every rung."""
        if self.alert.state is State.RAISED and self.alert.unanswered_at is None:
            most = self.policy.answer_within * len(Rung)
            if at > self.waiting_since + most:
                self.faults.append(f"{self.id}: nobody answered for {at - self.waiting_since} and no alarm")

    def _wait(self, at: datetime, what: str, who: str) -> None:
        heapq.heappush(self.waits, (at, next(self.count), what, who))

    def _person_of(self, id: str) -> Inhabitant:
        offices = (*self.alert.jurisdiction, NATIONAL)
        return next(each for office in offices for each in self.nation.offices[office] if each.id == id)


def notices(person: Inhabitant, mood: Mood, channels: set[str]) -> bool:
    """Whether a message by these channels comes to somebody's notice."""
    return mood.awake and (bool(person.alive & channels) or (person.reads_inbox and "inbox" in channels))


def willing(play: Play, person: Inhabitant, channels: set[str]) -> bool:
    """Whether somebody answers when called by these channels."""
    mood = mood_of(play.seed, play.id, person)
    return not mood.refuses and notices(person, mood, channels)


def could_act(play: Play) -> bool:
    """The simulation's own truth, apart from the ladder: whether anybody entitled could be brought to act."""
    alert = play.alert
    takers = HEADS if alert.kind is Kind.ALERT and alert.level >= Level.SIAGA else FIELD
    loud = alert.kind is Kind.LOOK or alert.level >= Level.SIAGA
    promised = alert.case_id is not None and (alert.kind is Kind.LOOK or alert.level >= Level.SIAGA)
    for office in _on_the_ladder(play, takers):
        for person in play.nation.listed(office, alert.raised_at):
            mood = mood_of(play.seed, play.id, person)
            channels = {"inbox", *(person.channels if loud else ())}
            able = person.role in takers and willing(play, person, channels)
            if able and (not promised or mood.acts or mood.acts_when_reminded):
                return True
    return False


def _on_the_ladder(play: Play, takers: frozenset[str]) -> Iterator[str]:
    """Offices that may be called: all above the place; for a request to look two that have somebody, or one above."""
    alert = play.alert
    upwards = sorted(alert.jurisdiction, key=level_of, reverse=True)
    if alert.kind is Kind.ALERT:
        yield from upwards
        return
    manned = [each for each in upwards if any(p.role in takers for p in play.nation.listed(each, alert.raised_at))]
    yield from manned[: 2 if manned and level_of(manned[0]) == 3 else 1]


def alerts_of(chance: random.Random, count: int) -> Iterator[tuple[str, Alert]]:
    """Alerts of every level and requests to look; some of areas, some that leave out the office they are about."""
    kabupaten = [each.code for province in children(NATIONAL) for each in children(province.code)]
    for number in range(count):
        area = chance.choice(kabupaten)
        of_case = chance.random() < 0.9
        place = chance.choice(children(area)).code if of_case and children(area) else area
        jurisdiction = ancestry(place)[: -1 if chance.random() < 0.05 else None]
        kind = Kind.LOOK if of_case and chance.random() < 0.3 else Kind.ALERT
        level = Level.WASPADA if kind is Kind.LOOK else chance.choice((Level.WASPADA, Level.SIAGA, Level.AWAS))
        yield (
            f"a{number}",
            Alert(
                kind=kind,
                subject=f"case:{number}",
                case_id=str(number) if of_case else None,
                region=place,
                jurisdiction=jurisdiction,
                level=level,
                rung=Rung.KECAMATAN,
                raised_at=FIRST + timedelta(minutes=chance.uniform(0, 60 * 24 * 30)),
            ),
        )


def play_all(seed: int, alerts: int = ALERTS) -> tuple[str, Counter[str], list[str]]:
    """The hash of the log, what was counted, and what was wrong."""
    chance = random.Random(seed)
    nation = nation_of(chance)
    digest, counted, faults = hashlib.sha256(), Counter[str](), []
    for id, alert in alerts_of(chance, alerts):
        play = Play(nation, seed, id, alert)
        possible = could_act(play)
        play.run()
        outcome = "nobody reached" if play.alert.unanswered_at else "acted"
        if possible is (outcome != "acted"):
            play.faults.append(f"{id}: {outcome}, though somebody {'could' if possible else 'could not'} be reached")
        counted[outcome] += 1
        counted["messages"] += len(play.messages)
        counted["broken promises"] += len(play.alert.lapsed)
        counted["refusals"] += len(play.alert.refusals)
        faults += play.faults
        digest.update("\n".join(play.log).encode())
    counted["people"] = sum(map(len, nation.offices.values()))
    return digest.hexdigest(), counted, faults


def main() -> None:
    """Play it twice; the counts come last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    log, counted, faults = play_all(seed)
    again, _, _ = play_all(seed)
    if again != log:
        faults.append("the same seed gave another log")
    for each in faults[:20]:
        print(each)
    print(f"log {log}")
    print(f"{ALERTS} alerts, {len(faults)} faults: " + ", ".join(f"{name} {n}" for name, n in sorted(counted.items())))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
