"""What partners get by webhook: subscribe, pause, test, send again, and prove that nothing is missing."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chassis.aggregates import Aggregate, Decide, NotThere, Row
from chassis.clock import new_id
from chassis.database import Document
from chassis.deliveries.delivery import Delivery, Status, document_of
from chassis.language import _
from chassis.problems import Problem, not_found
from chassis.quarantine import READABLE, Unreadable
from chassis.webhooks import Refused, check_address, secret_of
from contracts.base import Event
from contracts.regions import ancestry, covers, exists, level_of
from services.integration.model import Partner, Subject, Subscription, sample
from services.integration.partners.commands import load_partner
from services.integration.store import Store

TESTED = "rukun.test"
"""The type of what is sent to try an endpoint out: no case, no level, no alert."""
_AT_ONCE = 200
MOST_AGAIN = 10_000
_MOST_SUBSCRIPTIONS, _MOST_SECRETS = 20, 3
_FINEST, _LONGEST_CODE = 2, 20


async def subscribe(
    store: Store,
    partner_id: str,
    subjects: list[Subject],
    regions: list[str],
    fields: list[str],
    url: str,
    allow_private: bool,
) -> Subscription:
    """A new subscription with its signing secret. 422 for an address, a region or a list that cannot be."""
    partner = await load_partner(store, partner_id)
    _check_wanted(partner, subjects, regions)
    try:
        await check_address(url, allow_private)
    except Refused as error:
        raise Problem("webhook-address", 422, _("Alamat webhook tidak diterima"), str(error)) from error
    made = Subscription(
        id=new_id(),
        subjects=subjects,
        regions=regions or partner.regions,
        fields=fields,
        url=url,
        secrets=[secret_of(os.urandom(24))],
    )
    # Counted in the write itself: of many at once none is one too many.
    room = {"_id": partner_id, f"subscriptions.{_MOST_SUBSCRIPTIONS - 1}": {"$exists": False}}
    change = {"$push": {"subscriptions": made.model_dump(mode="json")}}
    if not (await store.partners.collection.update_one(room, change)).modified_count:
        detail = _("Hapus yang tidak dipakai lagi.")
        raise Problem("subscriptions-enough", 422, _("Langganan sudah terlalu banyak"), detail)
    return made


def _check_wanted(partner: Partner, subjects: list[Subject], regions: list[str]) -> None:
    if not subjects:
        detail = _("Pilih sedikitnya satu: kasus, tingkat, atau peringatan.")
        raise Problem("subjects-missing", 422, _("Pilih isi langganan"), detail)
    # What partners get is no finer than kabupaten/kota: a kecamatan would be silent for ever.
    known = all(len(each) < _LONGEST_CODE and exists(each) and level_of(each) <= _FINEST for each in regions)
    if not known or not all(covers(partner.regions, ancestry(each)) for each in regions):
        detail = _("Pilih provinsi, kabupaten, atau kota yang termasuk perjanjian mitra ini.")
        raise Problem("regions-outside", 422, _("Wilayah di luar perjanjian"), detail)


async def remove(store: Store, partner_id: str, subscription_id: str) -> None:
    """It gets nothing any more; what still waited for it is dropped when its turn comes."""
    _subscription(await load_partner(store, partner_id), subscription_id)
    change = {"$pull": {"subscriptions": {"id": subscription_id}}}
    await store.partners.collection.update_one({"_id": partner_id}, change)


async def rotate_secret(store: Store, partner_id: str, subscription_id: str) -> str:
    """A new secret beside the two of before: all sign until two more changes. 409 for who changes it at the same
    moment."""
    old = _subscription(await load_partner(store, partner_id), subscription_id)
    fresh = secret_of(os.urandom(24))
    # Compared with what was read: nobody is told a secret that another change has pushed out.
    same = {"_id": partner_id, "subscriptions": {"$elemMatch": {"id": subscription_id, "secrets": old.secrets}}}
    change = {"$set": {"subscriptions.$.secrets": [fresh, *old.secrets][:_MOST_SECRETS]}}
    if not (await store.partners.collection.update_one(same, change)).modified_count:
        raise Problem("secret-changed", 409, _("Rahasianya baru saja diganti"), _("Muat ulang halaman ini."))
    return fresh


async def pause(store: Store, partner_id: str, subscription_id: str, at: datetime) -> None:
    """Send a subscription nothing for now; what comes meanwhile waits."""
    _subscription(await load_partner(store, partner_id), subscription_id)
    await store.pause(subscription_id, "asked", at)


async def resume(store: Store, partner_id: str, subscription_id: str, at: datetime) -> int:
    """Send again, what was missed first; how many deliveries those are. Resumed before they are put back, so nothing is
    put back into a pause; what is left behind, after a crash or by a send that had read the pause, the page counts and
    the next resuming takes."""
    _subscription(await load_partner(store, partner_id), subscription_id)
    await store.resume(subscription_id)
    missed = await store.missed(partner_id, subscription_id)
    # Of two who resume at once the other has put it back, and it may be sent by now.
    await _put_back(store, missed, at, lambda status: status is Status.FAILED)
    return len(missed)


async def send_test(store: Store, partner_id: str, subscription_id: str, at: datetime) -> None:
    """A signed sample of each subject, marked as what it is."""
    subscription = _subscription(await load_partner(store, partner_id), subscription_id)
    made = [_test(partner_id, subscription, each, at) for each in subscription.subjects]
    await store.deliveries.collection.insert_many(made)
    store.deliver_soon(made)


def _test(partner_id: str, subscription: Subscription, subject: Subject, at: datetime) -> Document:
    sample_of, data = sample(subject, at)
    body = {"type": TESTED, "timestamp": at.isoformat(), "data": {"sample_of": sample_of, **data}}
    delivery = Delivery(
        channel="webhook",
        destination=subscription.id,
        recipient=subscription.id,
        content={"type": TESTED, "body": json.dumps(body)},
        about=partner_id,
        created_at=at,
        due_at=at,
    )
    return document_of(f"{subscription.id}:test:{new_id()}", delivery)


async def resend(store: Store, delivery_id: str, partner_id: str, at: datetime) -> None:
    """Send one delivery again, now."""

    def decide(delivery: Aggregate[Delivery]) -> list[Event]:
        if delivery.state.about != partner_id:
            raise not_found()
        delivery.state.resend(at)
        return []

    await store.deliveries.update(delivery_id, decide)
    store.deliver_soon([])


async def replay(
    store: Store, partner_id: str, subscription_id: str, since: datetime, failed_only: bool, at: datetime
) -> int:
    """Send again what a subscription was sent since a moment, the oldest first, at most `MOST_AGAIN`; how many that is.
    Each bears the `webhook-id` that it had."""
    _subscription(await load_partner(store, partner_id), subscription_id)
    statuses = [Status.FAILED] if failed_only else [Status.SENT, Status.FAILED]
    query = _deliveries(partner_id, subscription_id, statuses, since, None)
    found = store.deliveries.collection.find(query, {"_id": 1}).sort("state.created_at", 1).limit(MOST_AGAIN)
    ids = [each["_id"] async for each in found]
    await _put_back(store, ids, at, lambda status: status in statuses)
    return len(ids)


async def _put_back(store: Store, ids: list[str], at: datetime, may_go: Callable[[Status], bool]) -> None:
    # In their order, as far as one leaves before the other: what ended was raised before.
    due = {id: at + timedelta(milliseconds=n) for n, id in enumerate(ids)}

    def decide(delivery: Aggregate[Delivery]) -> list[Event] | None:
        if not may_go(delivery.state.status):
            return None  # whoever did the same at once has put it back
        delivery.state.resend(due[delivery.id])
        return []

    for start in range(0, len(ids), _AT_ONCE):
        await _put_back_together(store, ids[start : start + _AT_ONCE], decide)
    store.deliver_soon([])


async def _put_back_together(store: Store, ids: list[str], decide: Decide[Delivery]) -> None:
    try:
        await store.deliveries.update_many(ids, decide)
    except (Unreadable, NotThere):
        # One is broken, or its time has just ended: the others do not wait for it.
        for id in ids:
            with contextlib.suppress(Unreadable, NotThere):
                await store.deliveries.update(id, decide)


@dataclass(frozen=True)
class Digest:
    """All that was made for a subscription on a day (UTC, by the `timestamp` in the bodies), whether it has arrived or
    not: a partner who computes another one from the `webhook-id`s it stored misses something."""

    count: int
    sha256: str
    waiting: int
    """How many of them we have not brought yet."""


async def digest(store: Store, partner_id: str, subscription_id: str, day: date) -> Digest:
    """Hash of the sorted ids, joined by line feeds. Samples are none of it."""
    _subscription(await load_partner(store, partner_id), subscription_id)
    begin = datetime.combine(day, time(), UTC)
    query = _deliveries(partner_id, subscription_id, [], begin, begin + timedelta(days=1))
    fields = {"state.status": 1}
    found = store.deliveries.collection.find({**query, "state.content.type": {"$ne": TESTED}}, fields)
    made = {each["_id"]: each["state"]["status"] async for each in found}
    waiting = sum(each != Status.SENT for each in made.values())
    return Digest(len(made), hashlib.sha256("\n".join(sorted(made)).encode()).hexdigest(), waiting)


@dataclass(frozen=True)
class Wanted:
    """Which deliveries somebody looks for."""

    subscription: str = ""
    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None
    cursor: str = ""


@dataclass(frozen=True)
class Page:
    """Deliveries, the newest first, and the cursor of those before them."""

    rows: list[Row[Delivery]]
    next: str | None


async def deliveries(store: Store, partner_id: str, wanted: Wanted, limit: int) -> Page:
    """A page of what was sent."""
    statuses = [wanted.status] if wanted.status else []
    query = _deliveries(partner_id, wanted.subscription, statuses, wanted.since, wanted.until)
    if wanted.cursor:
        query["$or"] = _behind(wanted.cursor)
    order = [("state.created_at", -1), ("_id", -1)]
    found = await store.deliveries.rows(query, sort=order, limit=limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], f"{more.state.created_at.isoformat()}~{more.id}" if more else None)


def _behind(cursor: str) -> list[Document]:
    moment, _sep, id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem("cursor", 422, _("Halaman tidak dikenal"), _("Mulai lagi dari awal daftar.")) from error
    return [{"state.created_at": {"$lt": at}}, {"state.created_at": at, "_id": {"$lt": id}}]


def _deliveries(
    partner_id: str, subscription_id: str, statuses: list[Status], since: datetime | None, until: datetime | None
) -> Document:
    query: Document = {"state.about": partner_id, **READABLE}
    if subscription_id:
        query["state.recipient"] = subscription_id
    if statuses:
        query["state.status"] = {"$in": [each.value for each in statuses]}
    created: dict[str, Any] = {**({"$gte": since} if since else {}), **({"$lt": until} if until else {})}
    return query | ({"state.created_at": created} if created else {})


def _subscription(partner: Partner, subscription_id: str) -> Subscription:
    found = next((each for each in partner.subscriptions if each.id == subscription_id), None)
    if found is None:
        raise not_found()
    return found
