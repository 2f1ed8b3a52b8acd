"""Tells the officers of an area that somebody waits for their answer."""

from collections.abc import Sequence
from datetime import datetime

from chassis.clock import now
from chassis.database import Document, insert_new
from chassis.deliveries.delivery import Delivery, document_of
from contracts.envelope import Received
from contracts.events import ConsultationWaiting
from contracts.vocabulary import Rung
from kemenag.permissions import ROLES, Action
from services.notification.consultations.messages import KIND
from services.notification.model import Contact, office_at, rung_of
from services.notification.store import Store

_QUARTER = 15 * 60
_WAYS = ("email", "sms", "telegram")
"""The first of these that somebody has: no template has to be approved for them, and one message is enough."""


async def tell_office(store: Store, messages: Sequence[Received[ConsultationWaiting]]) -> None:
    """To whoever is on duty there, or everybody; where an office has nobody, to the one above it. Told again, the ids
    are known."""
    notices = [notice for each in messages for notice in await _notices(store, each.event)]
    if notices:
        await insert_new(store.deliveries.collection, notices)


async def _notices(store: Store, event: ConsultationWaiting) -> list[Document]:
    for rung in range(event.rung, Rung.PUSAT + 1):
        office = office_at(event.jurisdiction, Rung(rung))
        there = (await store.directory([office])).get(office, []) if office else []
        if office and (called := _called(there)):
            return [await _notice(store, event, office, each, now()) for each in called]
    return []


def _called(there: Sequence[Contact]) -> list[tuple[str, str]]:
    """Whom to tell and by which way: whoever is on duty, if anybody is; none who may not answer, or cannot be reached
    so."""
    may_answer = [each for each in there if Action.HANDLE_CASE in ROLES.get(each.role, frozenset())]
    reached = [(each, way) for each in may_answer if (way := _way(each))]
    on_duty = [pair for pair in reached if pair[0].on_duty]
    return [(each.id, way) for each, way in on_duty or reached]


def _way(contact: Contact) -> str:
    return next((way for way in _WAYS if way in contact.channels), "")


async def _notice(
    store: Store, event: ConsultationWaiting, office: str, called: tuple[str, str], at: datetime
) -> Document:
    official, channel = called
    listed = await store.official(official)
    # From the event's own time, so that it is the same again when it is told again.
    due = store.due(listed, channel, event.at) if listed else event.at
    delivery = Delivery(
        channel=channel,
        destination=official,
        recipient=official,
        content={
            "kind": KIND,
            "consultation": event.consultation_id,
            "office": office,
            "region": event.region,
            "late": event.rung > rung_of(event.region),
            "answer_by": event.answer_by.isoformat(),
        },
        created_at=at,
        due_at=due,
    )
    # At most one in a quarter of an hour, whatever a flood asks: it says that something waits, and the page says what.
    # What a night brings is due in one quarter: it rings once in the morning.
    quarter = int(due.timestamp() // _QUARTER)
    return document_of(f"consultation:{office}:{int(event.rung)}:{official}:{quarter}", delivery)
