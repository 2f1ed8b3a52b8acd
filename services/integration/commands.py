"""What integration does: redact, queue for partners, number the feed, manage partners."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.clock import new_id
from chassis.concurrency import by_subject
from chassis.problems import Problem, not_found
from chassis.store import Conflict, Document, Kept, insert_new
from chassis.webhooks import Refused, check_address, secret_of
from contracts.envelope import Heard
from contracts.events import AlertEnded, AlertEvent, AlertRaised, CaseStateRecorded, LevelChanged
from contracts.regions import ancestry
from services.integration.model import (
    Partner,
    PublicCase,
    Subject,
    Subscription,
    chosen,
    coarse,
    public_alert,
    public_case,
    public_level,
    token_hash,
    wants,
)
from services.integration.store import Store

_TRIES = 20


async def follow_cases(store: Store, heard: list[Heard]) -> None:
    """Case states: into feed and partners' queues first, then the public topic.

    In that order a crash in between repeats the first two, which recognise what they have.
    """
    states = {each.id: each.event for each in heard if isinstance(each.event, CaseStateRecorded)}
    entries = []
    for id, event in states.items():
        public = public_case(event)
        data = public.model_dump(mode="json")
        entries.append(Entry(id, Subject.CASES, public.type, _places(event), data, event.at))
    await _queue(store, entries)
    await by_subject((each for each in heard if each.id in states), lambda each: _publish(store, each, states[each.id]))


async def _publish(store: Store, heard: Heard, event: CaseStateRecorded) -> None:
    data = public_case(event).model_dump(mode="json")
    for _ in range(_TRIES):
        kept = await store.cases.load(event.case_id)
        if kept is None:
            kept = Kept(event.case_id, PublicCase(region=coarse(event.region), data=data))
        elif kept.knows(heard.subject, heard.sequence):
            return
        kept.state.data = data
        kept.digest(heard.subject, heard.sequence)
        try:
            await store.cases.save(kept, [public_case(event)])
        except Conflict:
            continue
        return
    raise Conflict(event.case_id)


async def follow_levels(store: Store, heard: list[Heard]) -> None:
    """Levels into the partners' queues."""
    changes = [(each.id, each.event) for each in heard if isinstance(each.event, LevelChanged)]
    await _queue(
        store,
        [Entry(id, Subject.LEVELS, event.type, _places(event), public_level(event), event.at) for id, event in changes],
    )


async def follow_alerts(store: Store, heard: list[Heard]) -> None:
    """Alerts into the partners' queues, and kept for CAP."""
    alerts = [(each.id, each.event) for each in heard if isinstance(each.event, AlertEvent)]
    await _queue(
        store,
        [Entry(id, Subject.ALERTS, event.type, _places(event), public_alert(event), event.at) for id, event in alerts],
    )
    for _, event in alerts:
        await _keep_alert(store, event)


async def _keep_alert(store: Store, event: AlertEvent) -> None:
    if isinstance(event, AlertRaised):
        fresh: Document = {
            "_id": event.alert_id,
            "at": event.at,
            "region": coarse(event.region),
            "jurisdiction": list(_places(event)),
            "level": int(event.level),
            "exercise": event.exercise,
            "ended_at": None,
        }
        await insert_new(store.alerts, [fresh])
    if isinstance(event, AlertEnded):
        await store.alerts.update_one({"_id": event.alert_id, "ended_at": None}, {"$set": {"ended_at": event.at}})


@dataclass(frozen=True)
class Entry:
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


async def _queue(store: Store, entries: list[Entry]) -> None:
    """Into the feed, and to every subscription that wants them."""
    partners = await store.all_partners()
    await insert_new(store.feed, [_fed(each) for each in entries])
    queued = [
        _delivery(entry, partner_id, subscription)
        for entry in entries
        for partner_id, partner in partners.items()
        for subscription in partner.subscriptions
        if wants(subscription, entry.subject, entry.places, partner)
    ]
    await insert_new(store.deliveries, queued)


def _fed(entry: Entry) -> Document:
    body = {"id": entry.id, "type": entry.type, "timestamp": entry.at.isoformat(), "data": entry.data}
    return {"_id": entry.id, "waiting": True, "at": entry.at, "jurisdiction": list(entry.places), "body": body}


def _delivery(entry: Entry, partner_id: str, subscription: Subscription) -> Document:
    wanted = chosen(entry.data, subscription.fields)
    return {
        "_id": f"{subscription.id}:{entry.id}",
        "partner": partner_id,
        "subscription": subscription.id,
        "type": entry.type,
        "at": entry.at,
        "body": json.dumps({"type": entry.type, "timestamp": entry.at.isoformat(), "data": wanted}),
        "status": "queued",
        "tries": 0,
        "due": entry.at,
        "log": [],
    }


async def add_partner(store: Store, name: str, account: str | None, regions: list[str]) -> tuple[str, str]:
    """A new partner; its id and its token, which is shown once."""
    partner_id, token = new_id(), f"rkp_{secrets.token_urlsafe(24)}"
    partner = Partner(name=name, account=account, regions=regions, token_hash=token_hash(token))
    await store.partners.insert_one({"_id": partner_id, **partner.model_dump(mode="json")})
    return partner_id, token


async def subscribe(
    store: Store,
    partner_id: str,
    subjects: list[Subject],
    regions: list[str],
    fields: list[str],
    url: str,
    allow_private: bool,
) -> Subscription:
    """A new subscription with its signing secret."""
    partner = await load_partner(store, partner_id)
    try:
        await check_address(url, allow_private)
    except Refused as error:
        raise Problem(422, "Alamat webhook tidak diterima", str(error)) from error
    if not subjects:
        raise Problem(422, "Pilih isi langganan", "Pilih sedikitnya satu: kasus, tingkat, atau peringatan.")
    made = Subscription(
        id=new_id(),
        subjects=subjects,
        regions=regions or partner.regions,
        fields=fields,
        url=url,
        secrets=[secret_of(os.urandom(24))],
    )
    await store.partners.update_one({"_id": partner_id}, {"$push": {"subscriptions": made.model_dump(mode="json")}})
    return made


async def rotate_secret(store: Store, partner_id: str, subscription_id: str) -> str:
    """A new secret beside the old one: both sign until the next rotation."""
    partner = await load_partner(store, partner_id)
    old = next((each for each in partner.subscriptions if each.id == subscription_id), None)
    if old is None:
        raise not_found()
    fresh = secret_of(os.urandom(24))
    which = {"_id": partner_id, "subscriptions.id": subscription_id}
    await store.partners.update_one(which, {"$set": {"subscriptions.$.secrets": [fresh, old.secrets[0]]}})
    return fresh


async def load_partner(store: Store, partner_id: str) -> Partner:
    """A partner."""
    found = await store.partners.find_one({"_id": partner_id})
    if found is None:
        raise not_found()
    return Partner.model_validate(found)


async def partner_of_token(store: Store, token: str) -> Partner:
    """The partner with this token; 401 where nobody has it."""
    found = await store.partners.find_one({"token_hash": token_hash(token)})
    if found is None:
        raise Problem(401, "Token tidak berlaku", "Pakai token yang diberikan waktu pendaftaran mitra.")
    return Partner.model_validate(found)


async def resend(store: Store, delivery_id: str, partner_id: str, at: datetime) -> None:
    """Send one delivery again, now."""
    again = {"$set": {"status": "queued", "tries": 0, "due": at}}
    done = await store.deliveries.update_one({"_id": delivery_id, "partner": partner_id}, again)
    if done.matched_count == 0:
        raise not_found()
