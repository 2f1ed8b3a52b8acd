"""What notification does: raise, climb, acknowledge, end; keep the directory; carry directives."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chassis.clock import new_id
from chassis.concurrency import by_subject
from chassis.permissions import Action, Person, office_of, require
from chassis.problems import not_found
from chassis.store import Conflict, Kept
from contracts.base import Event
from contracts.envelope import Heard
from contracts.events import CaseStatusChanged, LevelChanged, OfficeListed
from contracts.regions import ancestry
from contracts.vocabulary import Level, Status
from services.notification import model
from services.notification.model import Alert, Directive, Directory, Office, Official, State
from services.notification.settings import NotificationSettings
from services.notification.store import Store

_TRIES = 20
Deadlines = dict[Level, timedelta]


def deadlines(settings: NotificationSettings) -> Deadlines:
    """How long officials have to answer, by level."""
    return {
        Level.WASPADA: timedelta(minutes=settings.waspada_minutes),
        Level.SIAGA: timedelta(minutes=settings.siaga_minutes),
        Level.AWAS: timedelta(minutes=settings.awas_minutes),
    }


async def take_levels(store: Store, limits: Deadlines, heard: list[Heard]) -> None:
    """Level changes: a rise raises an alert, anything newer ends the older alerts of the same subject."""
    changes = {each.id: each.event for each in heard if isinstance(each.event, LevelChanged)}
    directory = await store.directory(code for event in changes.values() for code in (*event.jurisdiction, "ID"))

    async def take(each: Heard) -> None:
        event = changes[each.id]
        if event.level > event.previous and event.level in limits:
            await _raise(store, limits, each, event, directory)
        if event.level is not event.previous:
            await _end_older(store, each, event)

    await by_subject((each for each in heard if each.id in changes), take)


async def _raise(store: Store, limits: Deadlines, heard: Heard, event: LevelChanged, directory: Directory) -> None:
    # The alert carries the id of the level change: the same change, heard again, finds it there.
    alert, events = model.raise_alert(heard.id, event, directory, limits[event.level])
    alert.sequence = heard.sequence
    try:
        await store.alerts.save(Kept(heard.id, alert), events)
    except Conflict:
        return


async def _end_older(store: Store, heard: Heard, event: LevelChanged) -> None:
    # By the sequence of the case's levels: an old change, heard again, ends nothing newer.
    active = {
        "state.subject": event.subject,
        "state.state": {"$ne": State.ENDED.value},
        "state.sequence": {"$lt": heard.sequence},
    }
    for kept in await store.alerts.find(active):
        await change_alert(store, kept.id, lambda alert, id=kept.id: model.end(id, alert, event.at))  # type: ignore[misc]


async def end_for_case(store: Store, heard: Heard) -> None:
    """A closed case needs no alert."""
    event = heard.event
    if not isinstance(event, CaseStatusChanged) or event.status is not Status.DITUTUP:
        return
    active = {
        "state.subject": f"case:{event.case_id}",
        "state.state": {"$ne": State.ENDED.value},
        "state.raised_at": {"$lte": event.at},
    }
    for kept in await store.alerts.find(active):
        await change_alert(store, kept.id, lambda alert, id=kept.id: model.end(id, alert, event.at))  # type: ignore[misc]


async def change_alert(store: Store, alert_id: str, decide: Callable[[Alert], list[Event]]) -> Kept[Alert]:
    """Load, decide, save; decided again where somebody else wrote in between."""
    for _ in range(_TRIES):
        kept = await store.alerts.load(alert_id)
        if kept is None:
            raise not_found()
        events = decide(kept.state)
        try:
            if events:
                await store.alerts.save(kept, events)
        except Conflict:
            continue
        return kept
    raise Conflict(alert_id)


async def climb_due(store: Store, limits: Deadlines, at: datetime) -> int:
    """Climb every alert whose deadline has passed; how many."""
    due = {"state.state": State.RAISED.value, "state.deadline": {"$lte": at}}
    found = await store.alerts.find(due, [("state.deadline", 1)], 100)
    for kept in found:
        directory = await store.directory((*kept.state.jurisdiction, "ID"))
        try:
            events = model.climb(kept.id, kept.state, directory, limits[kept.state.level], at)
            await store.alerts.save(kept, events)
        except Conflict:
            continue
    return len(found)


async def load_alert(store: Store, alert_id: str, person: Person, action: Action) -> Kept[Alert]:
    """The alert, for somebody who may do this."""
    kept = await store.alerts.load(alert_id)
    if kept is None:
        raise not_found()
    require(person, action, kept.state.jurisdiction)
    return kept


async def acknowledge(store: Store, alert_id: str, person: Person, at: datetime) -> Kept[Alert]:
    """An official takes the alert."""
    await load_alert(store, alert_id, person, Action.ACKNOWLEDGE)
    office = office_of(person)
    return await change_alert(store, alert_id, lambda alert: model.acknowledge(alert_id, alert, office, at))


async def list_officials(store: Store, officials: dict[str, Official], at: datetime) -> None:
    """Put officials into the directory, and tell how many each office has."""
    touched = {code for each in officials.values() for code in each.regions}
    for id, official in officials.items():
        before = await store.official(id)
        touched |= set(before.regions) if before else set()
        await store.officials.replace_one({"_id": id}, official.model_dump(), upsert=True)
    for code in touched:
        await _tell_office(store, code, at)


async def _tell_office(store: Store, code: str, at: datetime) -> None:
    directory = await store.directory([code])
    people = [person for _, person in directory.get(code, [])]
    fresh = Office(officials=len(people), roles=sorted({each.role for each in people}))
    kept = await store.offices.load(code) or Kept(code, Office())
    if kept.version and kept.state == fresh:
        return
    kept.state = fresh
    listed = OfficeListed(at=at, office=code, officials=fresh.officials, roles=tuple(fresh.roles))
    await store.offices.save(kept, [listed])


async def issue_directive(
    store: Store, person: Person, title: str, text: str, regions: tuple[str, ...], at: datetime
) -> str:
    """Send a directive to every office within the regions; its id."""
    for code in regions:
        require(person, Action.ISSUE_DIRECTIVE, ancestry(code))
    offices = [
        kept.id
        for kept in await store.offices.find({"state.officials": {"$gt": 0}}, limit=10_000)
        if set(ancestry(kept.id)) & set(regions)
    ]
    directive_id = new_id()
    directive, events = model.issue(directive_id, title, text, office_of(person), regions, sorted(offices), at)
    await store.directives.save(Kept(directive_id, directive), events)
    return directive_id


async def receive_directives(store: Store, person: Person, at: datetime) -> list[Kept[Directive]]:
    """The directives of the person's offices; showing the list delivers them."""
    require(person, Action.SEE_ALERTS)
    mine = {"state.receipts.office": {"$in": list(person.regions)}}
    found = await store.directives.find(mine, [("_id", -1)], 100)
    return [await _record(store, kept, person, "delivered", at) for kept in found]


async def _record(store: Store, kept: Kept[Directive], person: Person, state: str, at: datetime) -> Kept[Directive]:
    for _ in range(_TRIES):
        events = model.receive(kept.id, kept.state, person.regions, state, at)
        if not events:
            return kept
        try:
            await store.directives.save(kept, events)
            return kept
        except Conflict:
            kept = await load_directive(store, kept.id, person)
    raise Conflict(kept.id)


async def load_directive(store: Store, directive_id: str, person: Person) -> Kept[Directive]:
    """A directive, for an office that got it or somebody who may issue one there."""
    require(person, Action.SEE_ALERTS)
    kept = await store.directives.load(directive_id)
    if kept is None:
        raise not_found()
    if not {each.office for each in kept.state.receipts}.isdisjoint(person.regions):
        return kept
    require(person, Action.ISSUE_DIRECTIVE, kept.state.jurisdiction)
    return kept


async def mark_directive(store: Store, directive_id: str, person: Person, state: str, at: datetime) -> Kept[Directive]:
    """The person's offices have read it, or carried it out."""
    kept = await load_directive(store, directive_id, person)
    return await _record(store, kept, person, state, at)
