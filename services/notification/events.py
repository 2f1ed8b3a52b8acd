"""What notification consumes: levels, what is done about cases, what became of messages."""

from collections.abc import Sequence

from chassis.deliveries.delivery import Status
from chassis.deliveries.statuses import Reported, note
from chassis.messaging.handlers import Handlers
from contracts.envelope import Received
from contracts.events import (
    CaseActionRecorded,
    CaseStatusChanged,
    CaseVerified,
    ConsultationWaiting,
    DeliveryAnswered,
    DeliveryStatusReported,
    LevelChanged,
    LookRequested,
)
from services.notification import commands
from services.notification.consultations import commands as consultations
from services.notification.links import commands as links
from services.notification.model import results
from services.notification.store import Store

handles: Handlers[Store] = Handlers()


@handles(LevelChanged)
async def raise_and_end_alerts(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Into alerts."""
    await commands.take_levels(store, messages)


@handles(CaseStatusChanged)
async def end_alerts(store: Store, messages: Sequence[Received[CaseStatusChanged]]) -> None:
    """Alerts of closed cases end."""
    await commands.end_for_cases(store, messages)


@handles(DeliveryStatusReported)
async def advance_deliveries(store: Store, messages: Sequence[Received[DeliveryStatusReported]]) -> None:
    """Into deliveries: whether the message arrived and was read."""
    mine = [each.event for each in messages if each.event.service == "notification"]
    reports = [Reported(each.delivery_id, Status(each.status), each.at, each.reason) for each in mine]
    await note(store.deliveries, reports, results)


@handles(DeliveryAnswered)
async def answer_by_button(store: Store, messages: Sequence[Received[DeliveryAnswered]]) -> None:
    """An official tapped a button: into the alert, and a reply."""
    for each in messages:
        event = each.event
        if event.service == "notification":
            await links.answer_by_button(store, each.id, event.token, event.verb, event.at)


@handles(CaseActionRecorded, CaseVerified)
async def keep_promises(store: Store, messages: Sequence[Received[CaseActionRecorded | CaseVerified]]) -> None:
    """Who took an alert has acted."""
    await commands.take_actions(store, messages)


@handles(LookRequested)
async def ask_to_look(store: Store, messages: Sequence[Received[LookRequested]]) -> None:
    """To the officer on the spot."""
    await commands.take_looks(store, messages)


@handles(ConsultationWaiting)
async def tell_office(store: Store, messages: Sequence[Received[ConsultationWaiting]]) -> None:
    """To the office that is asked."""
    await consultations.tell_office(store, messages)
