"""What notification does with alerts: raise, climb, acknowledge, end."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.aggregates import Aggregate, Row
from chassis.identity import Person
from chassis.problems import not_found
from contracts.base import Event
from contracts.envelope import Received, newest
from contracts.events import CaseStatusChanged, LevelChanged, LookRequested
from contracts.regions import NATIONAL
from contracts.vocabulary import Level, Status
from kemenag.permissions import Action, office_of, require
from services.notification import model
from services.notification.model import Alert, Kind, Loaded, State
from services.notification.settings import NotificationSettings
from services.notification.store import Deadlines, Store

_CLIMBED_AT_ONCE = 200


def deadlines(settings: NotificationSettings) -> Deadlines:
    """How long officials have to answer, by level."""
    return {
        Level.WASPADA: timedelta(minutes=settings.waspada_minutes),
        Level.SIAGA: timedelta(minutes=settings.siaga_minutes),
        Level.AWAS: timedelta(minutes=settings.awas_minutes),
    }


async def take_levels(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Level changes: a rise raises an alert, anything newer ends the older alerts of the same subject."""
    rises = {each.id: each for each in messages if _rises(each.event, store.deadlines)}
    await _raise(store, rises)
    await _end_older(store, [each for each in messages if each.event.level is not each.event.previous])


def _rises(event: LevelChanged, limits: Deadlines) -> bool:
    """A higher level; or one at which Awas waits for a person to confirm it, who must be called to do so."""
    higher = event.level > event.previous or (event.needs_confirmation and event.level is event.previous)
    return higher and event.level in limits


async def _raise(store: Store, rises: dict[str, Received[LevelChanged]]) -> None:
    if not rises:
        return
    offices = {code for each in rises.values() for code in (*each.event.jurisdiction, NATIONAL)}
    directory = await store.directory(offices)

    def decide(alert: Loaded) -> list[Event] | None:
        # An alert carries the id of the level change: the same change, delivered again, finds it there.
        if alert.version:
            return None
        return model.call_first(alert, directory, store.deadlines[alert.state.level])

    await store.alerts.update_many(rises, decide, lambda id: model.begin(rises[id].event, rises[id].sequence))


async def take_looks(store: Store, messages: Sequence[Received[LookRequested]]) -> None:
    """Requests to look: each calls the office on the spot, and ends the one before it for the same place."""
    asked = {each.id: each for each in messages}
    offices = {code for each in messages for code in (*each.event.jurisdiction, NATIONAL)}
    directory = await store.directory(offices)

    def decide(look: Loaded) -> list[Event] | None:
        return None if look.version else model.call_first(look, directory, store.look_minutes)

    await store.alerts.update_many(asked, decide, lambda id: model.begin_look(asked[id].event, asked[id].sequence))
    await _end_older(store, messages, lambda event: f"look:{event.subject}")


async def _end_older(
    store: Store, changes: Sequence[Received[Any]], subject: Callable[[Any], str] = lambda event: str(event.subject)
) -> None:
    """By the sequence of the subject: an old change, delivered again, ends nothing newer."""
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
    await _end(store, older)


async def end_for_cases(store: Store, messages: Sequence[Received[CaseStatusChanged]]) -> None:
    """A closed case needs no alert; one that was raised after it was closed (it was reopened) stays."""
    closed = {f"case:{each.event.case_id}": each.event.at for each in messages if each.event.status is Status.DITUTUP}
    if not closed:
        return
    active = {"state.subject": {"$in": list(closed)}, "state.state": {"$ne": State.ENDED.value}}
    found = await store.alerts.rows(active)
    await _end(
        store,
        {row.id: closed[row.state.subject] for row in found if row.state.raised_at <= closed[row.state.subject]},
    )


async def _end(store: Store, alerts: dict[str, datetime]) -> None:
    """End alerts as of their times. What they still have to deliver is dropped when it would be sent."""
    if alerts:
        await store.alerts.update_many(alerts, lambda alert: model.end(alert, alerts[alert.id]))


async def climb_due(store: Store, at: datetime) -> int:
    """Climb every alert whose deadline has passed; how many were looked at. One that cannot be read is quarantined
    and holds up no other."""
    due = {"state.state": State.RAISED.value, "state.deadline": {"$lte": at}}
    found = await store.alerts.rows(due, sort=[("state.deadline", 1)], limit=_CLIMBED_AT_ONCE)
    if not found:
        return 0
    directory = await store.directory({code for row in found for code in (*row.state.jurisdiction, NATIONAL)})

    def decide(alert: Loaded) -> list[Event] | None:
        within = store.look_minutes if alert.state.kind is Kind.LOOK else store.deadlines[alert.state.level]
        return model.climb(alert, directory, within, at)

    await store.alerts.update_many([row.id for row in found], decide)
    return len(found)


async def load_alert(store: Store, alert_id: str, person: Person, action: Action) -> Row[Alert]:
    """The alert, for somebody who may do this."""
    row = await store.alerts.get(alert_id)
    if row is None:
        raise not_found()
    require(person, action, row.state.jurisdiction)
    return row


async def acknowledge(store: Store, alert_id: str, person: Person, at: datetime) -> Aggregate[Alert]:
    """An official takes the alert."""
    office = office_of(person)

    def decide(alert: Loaded) -> list[Event]:
        require(person, Action.ACKNOWLEDGE, alert.state.jurisdiction)
        return model.acknowledge(alert, office, at)

    return await store.alerts.update(alert_id, decide)
