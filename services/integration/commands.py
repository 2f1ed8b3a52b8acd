"""What integration does with what it consumes: redact, and queue for partners."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pymongo import UpdateOne

from chassis.aggregates import Aggregate
from chassis.database import Document, insert_new
from chassis.deliveries.delivery import Delivery, document_of
from contracts.base import Event
from contracts.envelope import Received
from contracts.events import AlertEnded, AlertEvent, AlertRaised, CaseStateRecorded, LevelChanged, PublicCaseUpdated
from contracts.regions import ancestry, level_of
from contracts.topics import province_topic
from services.integration.model import (
    DELIVERIES,
    MOST_HELD,
    HeldAlert,
    Partner,
    PublicCase,
    Subject,
    Subscription,
    chosen,
    coarse,
    public_alert,
    public_case,
    public_case_level,
    public_level,
    still_standing,
    wants,
)
from services.integration.store import Store

_AT_ONCE = 200


async def follow_cases(store: Store, messages: Sequence[Received[CaseStateRecorded]]) -> None:
    """States of confirmed cases, and the levels in them, to the public topic, into feed and partners' queues: all in
    the one write that takes the states in, so a state that comes again changes nothing."""
    messages = _real(messages)
    by_case: dict[str, list[Received[CaseStateRecorded]]] = {}
    for each in messages:
        by_case.setdefault(each.event.case_id, []).append(each)
    partners = await store.all_partners()

    def decide(case: Aggregate[PublicCase]) -> list[Event] | None:
        fresh = case.receive(by_case[case.id])
        public = [state for each in fresh if (state := _share(case, each, partners))]
        return list(public) if fresh else None

    def begin(case_id: str) -> PublicCase:
        return PublicCase(region=coarse(by_case[case_id][0].event.region), data={})

    await store.cases.update_many(by_case, decide, begin)


def _share(
    case: Aggregate[PublicCase], message: Received[CaseStateRecorded], partners: Mapping[str, Partner]
) -> PublicCaseUpdated | None:
    """One state, where partners may have it, with its level where that is another than they know."""
    state = message.event
    if not case.state.confirm(state):
        return None
    before, public = case.state.level, public_case(state)
    case.state.data = public.model_dump(mode="json")
    places = _places(state)
    entries = [FeedEntry(message.id, Subject.CASES, public.type, places, case.state.data, state.at)]
    if state.level is not before:
        level = public_case_level(state, before)
        entries.append(FeedEntry(f"{message.id}:level", Subject.LEVELS, LevelChanged.type, places, level, state.at))
    held, case.state.held = still_standing(case.state.held, AlertEnded.type), []
    _project(case, [*entries, *(_alert_entry(each) for each in held)], partners)
    # What is withheld from the province's own office is not on the province's topic either.
    return public.on_too(*(province_topic(code) for code in places if level_of(code) == 1))


T = TypeVar("T", CaseStateRecorded, LevelChanged, AlertEvent)


def _real(messages: Sequence[Received[T]]) -> list[Received[T]]:
    """What is no exercise: partners' systems would act on it, whatever flag it bears."""
    return [each for each in messages if not each.event.exercise]


async def follow_levels(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Levels of areas into the partners' queues. Those of cases come with the cases' states: in their order, and
    none before the case was confirmed."""
    entries = [
        FeedEntry(
            each.id, Subject.LEVELS, each.event.type, _places(each.event), public_level(each.event), each.event.at
        )
        for each in _real(messages)
        if each.event.scope != "case"
    ]
    await _queue(store, entries)


async def follow_alerts(store: Store, messages: Sequence[Received[AlertEvent]]) -> None:
    """Alerts into the partners' queues, those of a case when it was confirmed; and stored for CAP."""
    real = _real(messages)
    await _queue(store, [_alert_entry(_held(each)) for each in real if each.event.case_id is None])
    await _follow_case_alerts(store, [each for each in real if each.event.case_id is not None])
    raised = [_raised(each.event) for each in real if isinstance(each.event, AlertRaised)]
    await insert_new(store.alerts.collection, raised)
    ended = [
        UpdateOne({"_id": each.event.alert_id, "ended_at": None}, {"$set": _ended(each.event)})
        for each in messages
        if isinstance(each.event, AlertEnded)
    ]
    if ended:
        await store.alerts.collection.bulk_write(ended, ordered=False)


def _ended(event: AlertEnded) -> Document:
    return {"ended_at": event.at, "replaced": event.replaced, "unfounded": event.unfounded}


async def _follow_case_alerts(store: Store, messages: Sequence[Received[AlertEvent]]) -> None:
    """In one write with what is known of the case: confirmed at the same moment, none is lost and none comes twice."""
    by_case: dict[str, list[Received[AlertEvent]]] = {}
    for each in messages:
        by_case.setdefault(each.event.case_id or "", []).append(each)
    if not by_case:
        return
    partners = await store.all_partners()

    def decide(case: Aggregate[PublicCase]) -> list[Event] | None:
        fresh = [_held(each) for each in case.receive(by_case[case.id])]
        if case.state.shared:
            _project(case, [_alert_entry(each) for each in fresh], partners)
        else:
            case.state.held = [*case.state.held, *fresh][-MOST_HELD:]
        return [] if fresh else None

    def begin(case_id: str) -> PublicCase:
        return PublicCase(region=coarse(by_case[case_id][0].event.region), data={})

    await store.cases.update_many(by_case, decide, begin)


def _held(message: Received[AlertEvent]) -> HeldAlert:
    event = message.event
    return HeldAlert(
        id=message.id,
        type=event.type,
        alert_id=event.alert_id,
        places=_places(event),
        data=public_alert(event),
        at=event.at,
    )


def _alert_entry(held: HeldAlert) -> "FeedEntry":
    return FeedEntry(held.id, Subject.ALERTS, held.type, held.places, held.data, held.at)


def _project(case: Aggregate[PublicCase], entries: "list[FeedEntry]", partners: Mapping[str, Partner]) -> None:
    """Into the feed and the partners' queues, in the case's own write."""
    for entry in entries:
        case.project("feed_waiting", _fed(entry))
    for queued in _queued(entries, partners):
        case.project(DELIVERIES, queued)


def _raised(event: AlertRaised) -> Document:
    return {
        "_id": event.alert_id,
        "case_id": event.case_id,
        "at": event.at,
        "region": coarse(event.region),
        "jurisdiction": list(_places(event)),
        "level": int(event.level),
        "exercise": event.exercise,
        "ended_at": None,
        "replaces": [each.model_dump() for each in event.replaces],
    }


@dataclass(frozen=True)
class FeedEntry:
    """Something for partners. `places` are the regions that may see it, no finer than kabupaten/kota."""

    id: str
    subject: Subject
    type: str
    places: tuple[str, ...]
    data: dict[str, Any]
    at: datetime


def _places(event: CaseStateRecorded | LevelChanged | AlertEvent) -> tuple[str, ...]:
    """Where an event may be seen: what is withheld from an office stays so here, too."""
    return tuple(code for code in ancestry(coarse(event.region)) if code in event.jurisdiction)


async def _queue(store: Store, entries: list[FeedEntry]) -> None:
    """Into the feed, and to every subscription that wants them."""
    partners = await store.all_partners()
    await insert_new(store.feed_waiting, [_fed(each) for each in entries])
    queued = _queued(entries, partners)
    await insert_new(store.deliveries.collection, queued)
    if queued:
        store.deliver_soon(queued)


def _queued(entries: list[FeedEntry], partners: Mapping[str, Partner]) -> list[Document]:
    """The deliveries of entries to every subscription that wants them."""
    return [
        _delivery(entry, partner_id, subscription)
        for entry in entries
        for partner_id, partner in partners.items()
        for subscription in partner.subscriptions
        if wants(subscription, entry.subject, entry.places, partner)
    ]


def _fed(entry: FeedEntry) -> Document:
    body = {"id": entry.id, "type": entry.type, "timestamp": entry.at.isoformat(), "data": entry.data}
    return {"_id": entry.id, "at": entry.at, "jurisdiction": list(entry.places), "body": body}


def _delivery(entry: FeedEntry, partner_id: str, subscription: Subscription) -> Document:
    data = chosen(entry.data, subscription.fields)
    body = json.dumps({"type": entry.type, "timestamp": entry.at.isoformat(), "data": data})
    delivery = Delivery(
        channel="webhook",
        destination=subscription.id,
        recipient=subscription.id,
        content={"type": entry.type, "body": body},
        about=partner_id,
        created_at=entry.at,
        due_at=entry.at,
    )
    return document_of(f"{subscription.id}:{entry.id}", delivery)
