"""Arranges an office's turns, and lets somebody take over."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregates import Aggregate
from chassis.database import Document, insert_new
from chassis.deliveries.delivery import Delivery, document_of
from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from services.notification.duty import model
from services.notification.duty.messages import KIND
from services.notification.duty.model import Handover, Roster
from services.notification.model import Official
from services.notification.policy import FIELD
from services.notification.proofs.model import ASKED
from services.notification.store import Store


async def colleagues(store: Store, office: str) -> dict[str, Official]:
    """Who can be on duty there: the people of the office who are called, by id, in the order of their names."""
    found = [(id, each) async for id, each in store.officials.scan({"regions": office, "role": {"$in": sorted(FIELD)}})]
    return dict(sorted(found, key=lambda each: each[1].name))


async def roster_of(store: Store, office: str) -> Roster:
    """An office's roster; an empty one where it has none."""
    row = await store.rosters.get(office)
    return row.state if row else Roster()


async def on_duty_now(store: Store, office: str) -> Official | None:
    """Who is called first at this moment, whoever stands in among them; None where everybody is."""
    contacts = (await store.directory([office])).get(office, [])
    id = next((each.id for each in contacts if each.on_duty and each.channels), None)
    return await store.official(id) if id else None


async def arrange(store: Store, office: str, members: Sequence[str], days: int, begins: datetime, at: datetime) -> None:
    """Put an office's people in another order, from a moment on. 422 for what cannot be."""
    _require_known(members, await colleagues(store, office))

    def decide(roster: Aggregate[Roster]) -> list[Event]:
        model.arrange(roster.state, members, days, begins, at)
        return []

    await store.rosters.update(office, decide, lambda _: Roster())


async def hand_over(store: Store, office: str, handover: Handover) -> None:
    """Let somebody take over, and tell them by every channel. 422 for what cannot be."""
    there = await colleagues(store, office)
    _require_known([handover.official], there)

    def decide(roster: Aggregate[Roster]) -> list[Event]:
        model.hand_over(roster.state, handover)
        return []

    await store.rosters.update(office, decide, lambda _: Roster())
    # Afterwards: who dies in between has handed over, and the page shows it; nobody is told what is not so.
    # Pressed twice it is one message: the same person for the same time, to the minute.
    named = f"duty:{office}:{handover.official}:{handover.begins:%Y%m%d%H%M}:{handover.ends:%Y%m%d%H%M}"
    times = handover.begins, handover.ends, handover.at
    notices = notices_of(store, named, there[handover.official], handover.official, office, *times)
    if notices:
        await insert_new(store.deliveries.collection, notices)


def _require_known(officials: Sequence[str], there: dict[str, Official]) -> None:
    if not there.keys() >= set(officials):
        detail = _("Muat ulang halaman ini; direktorinya sudah berubah.")
        raise Problem("not-a-colleague", 422, _("Orang ini tidak bertugas di kantor itu"), detail)


def notices_of(
    store: Store, named: str, official: Official, id: str, office: str, begins: datetime, ends: datetime, at: datetime
) -> list[Document]:
    """Messages to somebody about a turn, by every channel of theirs; `named` is what makes each of them one. What
    begins after their quiet hours is told after them."""
    content = {"kind": KIND, "office": office, "begins": begins.isoformat(), "ends": ends.isoformat()}
    ways = [each for each in store.addresses(official) if each in ASKED]
    return [
        document_of(
            f"{named}:{way}",
            Delivery(channel=way, destination=id, recipient=id, content=content, created_at=at, due_at=due),
        )
        for way in ways
        for due in [_due(store, official, way, begins, at)]
    ]


def _due(store: Store, official: Official, way: str, begins: datetime, at: datetime) -> datetime:
    awake = store.due(official, way, at)
    return awake if awake < begins else at
