"""The ladder: who is called, who next, who again, and the alarm when nobody answers. Pure.

raised ──answer in time──▶ taken ──act in time──▶ done
  │  ▲                       │
  │  └─promise broken: all are called again, one rung more
  └─no answer: next rung … the last one silent ──▶ unanswered (an alarm; whoever takes it then, has it)
"""

from dataclasses import replace
from datetime import datetime

from contracts.base import Event
from contracts.events import AlertClimbed, AlertRaised, AlertUnanswered
from contracts.regions import NATIONAL
from contracts.vocabulary import Level, Rung
from services.notification.answers import is_settled, promise_of, settle
from services.notification.model import (
    CALL,
    DELIVERIES,
    INBOX,
    OVER,
    REMINDER,
    UNANSWERED,
    Contact,
    Directory,
    Kind,
    Loaded,
    State,
    office_at,
    place,
    queue,
    recorded,
    rung_of,
)
from services.notification.policy import FIELD, OPERATORS, Policy


def call_first(loaded: Loaded, directory: Directory, policy: Policy) -> list[Event]:
    """Call the rungs that an alert of this level begins with, and upwards until there is who may take it."""
    alert = loaded.state
    at, alert.manned, alert.rang = alert.raised_at, [], False
    alert.rung = policy.rungs[-1]
    alert.deadline = at + policy.answer_within
    reached = [each for rung in policy.rungs for each in _call(loaded, rung, directory, policy, at)]
    reached += _call_upwards(loaded, directory, policy, at, len(policy.quorum) or 1)
    if alert.kind is Kind.LOOK:
        return reached
    raised = AlertRaised(**place(loaded), at=at, reasons=tuple(alert.reasons), replaces=tuple(alert.replaces))
    return [raised, *reached]


def _call_upwards(loaded: Loaded, directory: Directory, policy: Policy, at: datetime, wanted: int) -> list[Event]:
    """Call further up until so many rungs have somebody who may take it."""
    alert = loaded.state
    reached: list[Event] = []
    while len(alert.manned or ()) < wanted and alert.rung < Rung.PUSAT:
        alert.rung = Rung(alert.rung + 1)
        reached += _call(loaded, alert.rung, directory, policy, at)
    return reached


def climb(loaded: Loaded, directory: Directory, policy: Policy, at: datetime) -> list[Event] | None:
    """What is due: the next rung where nobody answered, a reminder where somebody promised. None where nothing is (any
    more)."""
    alert = loaded.state
    if alert.state is State.ENDED or alert.deadline is None or alert.deadline > at:
        return None
    if alert.state is State.ACKNOWLEDGED:
        return _remind(loaded, directory, policy, at) if not alert.reminded else _resume(loaded, directory, policy, at)
    if alert.answer_until is not None:
        return _call_instead(loaded, directory, policy, at, alert.answer_until)
    taken = {each.rung for each in alert.takings}
    alert.silent += [each for each in alert.manned or () if each not in taken and each not in alert.silent]
    return settle(loaded, policy, at) if is_settled(alert, policy) else _call_next(loaded, directory, policy, at)


def _call_instead(loaded: Loaded, directory: Directory, policy: Policy, at: datetime, until: datetime) -> list[Event]:
    """Somebody cannot: the next rung as well, if there is one. Who was called before still has until then."""
    alert = loaded.state
    alert.answer_until, alert.deadline = None, until
    if is_settled(alert, policy):
        return settle(loaded, policy, at)
    before = len(alert.manned or ())
    spared = _call_spared(loaded, directory, at)
    top = alert.rung >= (policy.top if before else Rung.PUSAT)
    reached = [] if top else _call_upwards(loaded, directory, policy, at, before + 1)
    if len(alert.manned or ()) == before and not spared:
        return reached
    alert.deadline = max(until, at + policy.answer_within)
    return reached if alert.kind is Kind.LOOK else [AlertClimbed(**place(loaded), at=at), *reached]


def _call_next(loaded: Loaded, directory: Directory, policy: Policy, at: datetime) -> list[Event]:
    alert = loaded.state
    before = len(alert.manned or ())
    top = policy.top if before else Rung.PUSAT
    spared = _call_spared(loaded, directory, at)
    reached = _call_upwards(loaded, directory, policy, at, before + 1) if alert.rung < top else []
    if len(alert.manned or ()) == before and not spared:
        return [*reached, *_exhaust(loaded, directory, policy, at)]
    alert.deadline = at + policy.answer_within
    return reached if alert.kind is Kind.LOOK else [AlertClimbed(**place(loaded), at=at), *reached]


def _call_spared(loaded: Loaded, directory: Directory, at: datetime) -> bool:
    """Whoever was on duty did not answer: the others of their office are called now. Whether there are any."""
    alert, called, queued = loaded.state, set(loaded.state.on_duty), False
    for office in alert.spared:
        # Who came on duty since then was not called yet, who was then has been; and nobody is called for two offices.
        for each in directory.get(office, []):
            if each.role in FIELD and each.id not in called:
                called.add(each.id)
                for channel in each.channels:
                    queue(loaded, each.id, office, rung_of(office), channel, CALL, at)
                    alert.rang = True
                    queued = True
    alert.spared = []
    return queued


def _exhaust(loaded: Loaded, directory: Directory, policy: Policy, at: datetime) -> list[Event]:
    """Everybody was called. Who took it or acted has it, though a second one was wanted; nobody is an alarm."""
    alert = loaded.state
    if alert.takings or alert.acted_at is not None:
        return settle(loaded, policy, at)
    alert.unanswered_at, alert.deadline = at, None
    operators = [contact for contact in directory.get(NATIONAL, []) if contact.role in OPERATORS]
    reached = _call_people(loaded, NATIONAL, Rung.PUSAT, operators, True, UNANSWERED, at)
    return [AlertUnanswered(**place(loaded), at=at, look=alert.kind is Kind.LOOK), *reached]


def _remind(loaded: Loaded, directory: Directory, policy: Policy, at: datetime) -> list[Event]:
    """Who took it has done nothing yet."""
    alert = loaded.state
    alert.reminded = True
    alert.deadline = at + promise_of(policy) / 2
    return [
        each
        for office in dict.fromkeys(taking.office for taking in alert.takings)
        for each in _call_people(
            loaded,
            office,
            next(taking.rung for taking in alert.takings if taking.office == office),
            [contact for contact in directory.get(office, []) if contact.role in policy.takers],
            True,
            REMINDER,
            at,
        )
    ]


def _resume(loaded: Loaded, directory: Directory, policy: Policy, at: datetime) -> list[Event]:
    """The promise was broken: everybody who was called is called again, and the climb goes on."""
    alert = loaded.state
    alert.lapsed += [each.who for each in alert.takings if each.who not in alert.lapsed]
    alert.takings, alert.state, alert.reminded = [], State.RAISED, False
    alert.acknowledged_by = alert.acknowledged_at = None
    alert.silent, alert.spared, alert.on_duty, alert.calls = [], [], [], alert.calls + 1
    offices, alert.called, alert.manned = list(alert.called), [], []
    reached = [
        event for office in offices for event in _call_office(loaded, office, rung_of(office), directory, policy, at)
    ]
    if alert.rung < policy.top:
        reached += _call_upwards(loaded, directory, policy, at, len(alert.manned) + 1)
    alert.deadline = at + policy.answer_within
    return reached if alert.kind is Kind.LOOK else [AlertClimbed(**place(loaded), at=at), *reached]


def notify_over(loaded: Loaded, directory: Directory, at: datetime) -> list[Event]:
    """Who was called by mail and telephone learns that it is over. Of what only the inbox had, the inbox tells."""
    alert = loaded.state
    rang = alert.level >= Level.SIAGA if alert.rang is None else alert.rang
    if alert.kind is Kind.LOOK or alert.over or not rang:
        return []
    alert.over = True
    return [
        event
        for office in alert.called
        for event in _call_people(
            loaded,
            office,
            rung_of(office),
            [contact for contact in directory.get(office, []) if contact.role in FIELD],
            True,
            OVER,
            at,
        )
    ]


def _call(loaded: Loaded, rung: Rung, directory: Directory, policy: Policy, at: datetime) -> list[Event]:
    office = office_at(loaded.state.jurisdiction, rung)
    if office is None or office in loaded.state.called:
        return []
    return _call_office(loaded, office, rung, directory, policy, at)


def _call_office(
    loaded: Loaded, office: str, rung: Rung, directory: Directory, policy: Policy, at: datetime
) -> list[Event]:
    """Call everybody of an office. Its inbox always gets it, as its page reads the alert itself."""
    alert = loaded.state
    alert.called.append(office)
    people = [each for each in directory.get(office, []) if each.role in FIELD]
    alert.heads[office] = sum(each.role in policy.takers for each in people)
    if alert.heads[office]:
        alert.manned = [*(alert.manned or ()), rung]
    if policy.by_duty and alert.calls == 1:  # a second time, after a broken promise, everybody is
        people = _by_duty(loaded, office, people)
    return _call_people(loaded, office, rung, people, policy.every_channel, CALL, at)


def _by_duty(loaded: Loaded, office: str, people: list[Contact]) -> list[Contact]:
    """The people of an office, of whom whoever is on duty is called and the others find it in the inbox."""
    # Who was called before, for another office, and did not answer, spares nobody.
    duty = {each.id for each in people if each.on_duty and each.channels} - set(loaded.state.on_duty)
    if not duty or not any(each.channels for each in people if each.id not in duty):
        return people
    loaded.state.spared.append(office)
    loaded.state.on_duty += sorted(duty)
    return [each if each.id in duty else replace(each, channels=()) for each in people]


def _call_people(
    loaded: Loaded, office: str, rung: Rung, people: list[Contact], loud: bool, purpose: str, at: datetime
) -> list[Event]:
    """Queue a delivery per person and channel; what the inboxes have got at once. Who is called at this very moment for
    another office too, or in place of somebody there, gets one message."""
    arrived: list[Event] = []
    queued = [each.document["state"] for each in loaded.projections if each.collection == DELIVERIES]
    same = [each for each in queued if (each["created_at"], each["content"]["purpose"]) == (at, purpose)]
    already = {each["recipient"] for each in same}
    for contact in (each for each in people if each.id not in already):
        arrived.append(recorded(*queue(loaded, contact.id, office, rung, INBOX, purpose, at)))
        for channel in contact.channels if loud else ():
            queue(loaded, contact.id, office, rung, channel, purpose, at)
            loaded.state.rang = True
    return arrived
