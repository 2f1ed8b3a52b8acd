"""What notification does with alerts: raise, climb, take an answer, end."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo import UpdateOne

from chassis.aggregates import Aggregate, Row
from chassis.identity import Person
from chassis.problems import not_found
from contracts.base import Event
from contracts.envelope import Received, newest
from contracts.events import (
    AlertUnanswered,
    CaseActionRecorded,
    CaseStatusChanged,
    CaseVerified,
    LevelChanged,
    LookRequested,
    ReplacedAlert,
)
from contracts.regions import NATIONAL, level_of
from contracts.vocabulary import Level, Outcome, Status
from kemenag.permissions import Action, office_of, require
from services.notification import answers, calling, model
from services.notification.model import Alert, Kind, Loaded, State, Taking
from services.notification.policy import HEADS, LOOK, Key, Policies, Policy, policies
from services.notification.settings import NotificationSettings
from services.notification.store import Store

log = structlog.get_logger(__name__)
_CLIMBED_AT_ONCE = 200
_LATELY = timedelta(days=30)


def policies_of(settings: NotificationSettings) -> Policies:
    """The ladder with the times that are set."""
    answer: dict[Key, timedelta] = {
        LOOK: timedelta(minutes=settings.look_minutes),
        Level.WASPADA: timedelta(minutes=settings.waspada_minutes),
        Level.SIAGA: timedelta(minutes=settings.siaga_minutes),
        Level.AWAS: timedelta(minutes=settings.awas_minutes),
    }
    act: dict[Key, timedelta] = {
        LOOK: timedelta(minutes=settings.look_action_minutes),
        Level.SIAGA: timedelta(minutes=settings.siaga_action_minutes),
        Level.AWAS: timedelta(minutes=settings.awas_action_minutes),
    }
    return policies(answer, act)


def policy_of(store: Store, alert: Alert) -> Policy:
    """The ladder of an alert."""
    return store.policies[LOOK if alert.kind is Kind.LOOK else alert.level]


async def take_levels(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Level changes: a rise raises an alert, anything newer ends the older alerts of the same subject."""
    fresh = await _not_overtaken(store, messages, "")
    rises = {each.id: each for each in fresh if _rises(each.event, store.policies)}
    await _raise(store, rises)
    changed = [each for each in messages if each.event.level is not each.event.previous]
    # Only where the newest change is the rise: a rise and a fall in one batch leave nothing standing.
    graver = {subject for subject, each in newest(changed, lambda event: event.subject).items() if each.id in rises}
    await _end_older(store, changed, replaced=graver)


def _rises(event: LevelChanged, known: Policies) -> bool:
    """A higher level; or one at which Awas waits for a person to confirm it, who must be called to do so."""
    higher = event.level > event.previous or (event.needs_confirmation and event.level is event.previous)
    return higher and event.level in known


async def _raise(store: Store, rises: dict[str, Received[LevelChanged]]) -> None:
    if not rises:
        return
    offices = {code for each in rises.values() for code in (*each.event.jurisdiction, NATIONAL)}
    directory = await store.directory(offices)

    def decide(alert: Loaded) -> list[Event] | None:
        # An alert carries the id of the level change: the same change, delivered again, finds it there.
        if alert.version:
            return None
        return calling.call_first(alert, directory, policy_of(store, alert.state))

    before = await _standing(store, rises)

    def begin(id: str) -> Alert:
        return model.begin(rises[id].event, rises[id].sequence, before(rises[id]))

    await store.alerts.update_many(rises, decide, begin)


async def _standing(
    store: Store, rises: dict[str, Received[LevelChanged]]
) -> Callable[[Received[LevelChanged]], list[ReplacedAlert]]:
    """Which alerts of its subject a rise finds standing: those stored, and those that are raised along with it."""
    subjects = list({each.event.subject for each in rises.values()})
    active = {"state.subject": {"$in": subjects}, "state.state": {"$ne": State.ENDED.value}}
    known = [
        (row.state.subject, row.state.sequence, row.id, row.state.raised_at) for row in await store.alerts.rows(active)
    ]
    known += [(each.event.subject, each.sequence, id, each.event.at) for id, each in rises.items()]

    def before(rise: Received[LevelChanged]) -> list[ReplacedAlert]:
        older = {id: at for subject, n, id, at in known if subject == rise.event.subject and n < rise.sequence}
        return [ReplacedAlert(alert_id=id, at=at) for id, at in older.items()]

    return before


async def _not_overtaken(store: Store, messages: Sequence[Received[Any]], prefix: str) -> list[Received[Any]]:
    """Those that nothing newer of their subject was processed before: a dead letter of last week that is processed
    again calls nobody. The newest of each subject is written first: who dies afterwards gets the same messages again,
    and one that is as new as that is not overtaken."""
    latest = newest(messages, lambda each: each.subject)
    newest_of = {f"{prefix}{subject}": each.sequence for subject, each in latest.items()}
    if not newest_of:
        return []
    writes = [UpdateOne({"_id": id}, {"$max": {"sequence": n}}, upsert=True) for id, n in newest_of.items()]
    known = {each["_id"]: each["sequence"] async for each in store.subjects.find({"_id": {"$in": list(newest_of)}})}
    await store.subjects.bulk_write(writes, ordered=False)
    return [each for each in messages if each.sequence >= known.get(f"{prefix}{each.subject}", 0)]


async def take_looks(store: Store, messages: Sequence[Received[LookRequested]]) -> None:
    """Requests to look: each calls the office on the spot, and ends the one before it for the same place."""
    asked = {each.id: each for each in await _not_overtaken(store, messages, "look:")}
    if not asked:
        return
    offices = {code for each in messages for code in (*each.event.jurisdiction, NATIONAL)}
    directory = await store.directory(offices)

    def decide(look: Loaded) -> list[Event] | None:
        return None if look.version else calling.call_first(look, directory, store.policies[LOOK])

    await store.alerts.update_many(asked, decide, lambda id: model.begin_look(asked[id].event, asked[id].sequence))
    await _end_older(store, messages, lambda event: f"look:{event.subject}")


async def _end_older(
    store: Store,
    changes: Sequence[Received[Any]],
    subject: Callable[[Any], str] = lambda event: str(event.subject),
    replaced: Collection[str] = (),
) -> None:
    """By the sequence of the subject: an old change, delivered again, ends nothing newer. `replaced`: subjects of which
    a graver alert was raised."""
    latest = newest(changes, subject)
    if not latest:
        return
    active = {"state.subject": {"$in": list(latest)}, "state.state": {"$ne": State.ENDED.value}}
    found = await store.alerts.rows(active)
    older = {
        row.id: latest[row.state.subject].event.at
        for row in found
        if row.state.sequence < latest[row.state.subject].sequence
    }
    # Of what came together the last may be milder: then nothing took the place of the alert before it.
    graver = {row.id for row in found if row.state.subject in replaced and _level(latest, row) >= row.state.level}
    await _end(store, older, graver)
    # A case is over when it is closed, and not when its level falls; of an area the level is all there is.
    calm = {id: each.event for id, each in latest.items() if _is_calm(each.event)}
    await _notify_over_of(store, "state.subject", calm)


def _level(latest: Mapping[str, Received[Any]], row: Row[Alert]) -> Level:
    level: Level = latest[row.state.subject].event.level
    return level


def _is_calm(event: Any) -> bool:
    return isinstance(event, LevelChanged) and event.scope == "area" and event.level is Level.NORMAL


async def end_for_cases(store: Store, messages: Sequence[Received[CaseStatusChanged]]) -> None:
    """A closed case needs no alert; one that was raised after it was closed (it was reopened) stays."""
    closed = {each.event.case_id: each.event for each in messages if each.event.status is Status.DITUTUP}
    if not closed:
        return
    active = {"state.case_id": {"$in": list(closed)}, "state.state": {"$ne": State.ENDED.value}}
    found = await store.alerts.rows(active)
    ended = {row.id: closed[row.state.case_id or ""].at for row in found}
    ending = {row.id: ended[row.id] for row in found if row.state.raised_at <= ended[row.id]}
    # A case that went into another one has no outcome: what it was about is not over.
    over = {id: event for id, event in closed.items() if event.outcome is not None}
    errors = {row.id for row in found if closed[row.state.case_id or ""].outcome is Outcome.TIDAK_TERBUKTI}
    await _end(store, ending, unfounded=errors)
    await _notify_over_of(store, "state.case_id", over)


async def _notify_over_of(store: Store, field: str, over: Mapping[str, Any]) -> None:
    """Of the newest alert of each case or area by which people were called before it was over, whatever ended it: the
    level of a closed case falls by another topic, that of an area by steps. Done again, it finds that they know."""
    before = {"state.rang": None, "state.level": {"$gte": int(Level.SIAGA)}}  # of a release that did not note it
    loud = {"state.kind": Kind.ALERT.value, "state.replaced": False, "$or": [{"state.rang": True}, before]}
    ended = {**loud, "state.state": State.ENDED.value}
    for id, event in over.items():
        lately = {"state.ended_at": {"$gt": event.at - _LATELY}, "state.raised_at": {"$lte": event.at}}
        rows = await store.alerts.rows({field: id, **lately, **ended}, sort=[("state.raised_at", -1)], limit=1)
        await _notify_over(store, {row.id: event.at for row in rows if not row.state.over})


async def _notify_over(store: Store, alerts: dict[str, datetime]) -> None:
    found = await store.alerts.rows({"_id": {"$in": list(alerts)}})
    directory = await store.directory({code for row in found for code in row.state.called})

    def decide(alert: Loaded) -> list[Event] | None:
        return calling.notify_over(alert, directory, alerts[alert.id]) or None

    if found:
        await store.alerts.update_many([row.id for row in found], decide)


async def _end(
    store: Store, alerts: dict[str, datetime], replaced: Collection[str] = (), unfounded: Collection[str] = ()
) -> None:
    """End alerts as of their times. What is still to be delivered of the calls is dropped when it would be sent."""

    def decide(alert: Loaded) -> list[Event] | None:
        return model.end(alert, alerts[alert.id], alert.id in replaced, alert.id in unfounded)

    if alerts:
        await store.alerts.update_many(alerts, decide)


async def climb_due(store: Store, at: datetime) -> int:
    """Climb every alert whose deadline has passed, and remind who promised; how many were looked at. One that cannot be
    read is quarantined and holds up no other."""
    due = {"state.deadline": {"$lte": at}, "state.state": {"$ne": State.ENDED.value}}
    found = await store.alerts.rows(due, sort=[("state.deadline", 1)], limit=_CLIMBED_AT_ONCE)
    if not found:
        return 0
    directory = await store.directory({code for row in found for code in (*row.state.jurisdiction, NATIONAL)})

    def decide(alert: Loaded) -> list[Event] | None:
        events = calling.climb(alert, directory, policy_of(store, alert.state), at)
        if any(isinstance(each, AlertUnanswered) for each in events or ()):
            log.error("nobody answered", alert=alert.id, region=alert.state.region, level=int(alert.state.level))
        return events

    await store.alerts.update_many([row.id for row in found], decide)
    return len(found)


async def load_alert(store: Store, alert_id: str, person: Person, action: Action) -> Row[Alert]:
    """The alert, for somebody who may do this."""
    row = await store.alerts.get(alert_id)
    if row is None:
        raise not_found()
    require(person, action, row.state.jurisdiction)
    return row


Answer = Callable[[Loaded, Taking, Policy], list[Event]]


async def acknowledge(store: Store, alert_id: str, person: Person, at: datetime) -> Aggregate[Alert]:
    """An official takes the alert."""
    return await _answer(store, alert_id, person, "", at, answers.acknowledge)


async def take_over(store: Store, alert_id: str, person: Person, at: datetime) -> Aggregate[Alert]:
    """An official of another office takes it from the one that has it."""
    return await _answer(store, alert_id, person, "", at, answers.take_over)


async def refuse(store: Store, alert_id: str, person: Person, reason: str, at: datetime) -> Aggregate[Alert]:
    """An official who was called cannot, and says why; the next one is called at once."""
    return await _answer(store, alert_id, person, reason, at, answers.refuse)


async def _answer(
    store: Store, alert_id: str, person: Person, reason: str, at: datetime, answer: Answer
) -> Aggregate[Alert]:
    def decide(alert: Loaded) -> list[Event]:
        require(person, Action.ACKNOWLEDGE, alert.state.jurisdiction)
        office = max(set(person.regions).intersection(alert.state.jurisdiction), key=level_of)
        rung = model.rung_of(office)
        role = next((each for each in person.roles if each in HEADS), person.role)
        by = office_of(person)
        taking = Taking(who=person.sub, office=office, rung=rung, role=role, by=by, at=at, reason=reason)
        return answer(alert, taking, policy_of(store, alert.state))

    return await store.alerts.update(alert_id, decide)


async def take_actions(store: Store, messages: Sequence[Received[CaseActionRecorded | CaseVerified]]) -> None:
    """Something was done about cases: who took their alerts has done what was promised."""
    done = {each.event.case_id: each.event.at for each in messages}
    active = {"state.case_id": {"$in": list(done)}, "state.acted_at": None, "state.state": {"$ne": State.ENDED.value}}
    found = await store.alerts.rows(active)
    acted = {row.id: (done[row.state.case_id or ""], row.state.raised_at) for row in found}
    # Later than the alert: the verdict that raised it answers nothing.
    since = {id: at for id, (at, raised_at) in acted.items() if at > raised_at}

    def decide(alert: Loaded) -> list[Event] | None:
        return answers.act(alert, policy_of(store, alert.state), since[alert.id])

    if since:
        await store.alerts.update_many(since, decide)
