"""The delivery engine against destinations of every kind, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import httpx2
import pytest

from chassis import webhooks
from chassis.aggregates import Aggregates
from chassis.clock import new_id, now
from chassis.concurrency import stop
from chassis.database import Database, connect, database, insert_new
from chassis.deliveries.channel import Channel, Limits, Undelivered
from chassis.deliveries.delivery import Delivery, Status, document_of
from chassis.deliveries.engine import Engine
from chassis.leases import Lease
from chassis.messaging import outbox
from chassis.quarantine import Quarantine
from chassis.telemetry import Metrics
from tests.chassis.deliveries.destinations import Destinations, body, destinations, tarpit
from tests.waiting import eventually

_SECRET = "whsec_ZGV2ZWxvcG1lbnQtb25seS1zZWNyZXQtY2hhbmdlLW1l"


class Hooks:
    """The channel under test: webhooks to the made-up destinations."""

    name = "webhook"

    def __init__(self, to: Destinations, **limits: Any) -> None:
        self.limits = Limits(**{"deadline": 1.0, "at_once": 32, **limits})
        self._to = to
        self._client = httpx2.AsyncClient(timeout=10)
        self.dies: set[str] = set()

    async def send(self, id: str, delivery: Delivery) -> str | None:
        url = delivery.recipient if delivery.recipient.startswith("http") else self._to.url(delivery.recipient)
        await webhooks.deliver(self._client, url, [_SECRET], id, delivery.content["body"], now(), True)
        if id in self.dies:
            self.dies.discard(id)
            await asyncio.Event().wait()
        return f"provider-{id}"


class Mail:
    """A channel behind one server."""

    name = "email"
    limits = Limits(deadline=1.0, at_once=4, one_server=True)

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, id: str, delivery: Delivery) -> str | None:
        message = EmailMessage()
        message["From"], message["To"] = "a@contoh.invalid", "b@contoh.invalid"
        await aiosmtplib.send(message, hostname="127.0.0.1", port=self._port, timeout=30)
        return None


class Office:
    """Deliveries in a database of their own, and the engine that sends them."""

    def __init__(self, db: Database, channels: list[Channel]) -> None:
        self.metrics = Metrics("test")
        wake = lambda: None  # noqa: E731
        quarantine = Quarantine(db["quarantine"], self.metrics)
        self.deliveries: Aggregates[Delivery] = Aggregates(db["deliveries"], Delivery, wake, wake, quarantine)
        self._db = db
        self.engine = self.new_engine(channels)

    def new_engine(self, channels: list[Channel]) -> Engine:
        owner = new_id()
        return Engine(
            self.deliveries, channels, lambda name: Lease(self._db["leases"], name, owner, 2.0), self.metrics, 0.05
        )

    @staticmethod
    def run(engine: Engine) -> "list[asyncio.Task[None]]":
        """The engine and its leases, as the foundation runs them."""
        loops = [engine.run(), *(each.lease.keep() for each in engine._dispatchers)]
        return [asyncio.create_task(each) for each in loops]

    async def queue(
        self, path: str, count: int = 1, channel: str = "webhook", ordered: bool = False, **more: Any
    ) -> list[str]:
        ids = [new_id() for _ in range(count)]
        documents = [
            document_of(
                id,
                Delivery(
                    channel=channel, destination=path, recipient=path, content={"body": body(n)}, created_at=now(),
                    due_at=now(), order=n if ordered else None, **more,
                ),
            )
            for n, id in enumerate(ids)
        ]  # fmt: skip
        await insert_new(self.deliveries.collection, documents)
        self.engine.notice([])
        return ids

    async def states(self, ids: list[str]) -> list[Delivery]:
        found = {each.id: each.state for each in await self.deliveries.rows({"_id": {"$in": ids}})}
        return [found[id] for id in ids]

    async def all_are(self, ids: list[str], status: Status) -> bool:
        return {each.status for each in await self.states(ids)} == {status}


@pytest.fixture
async def db(mongo_url: str) -> AsyncIterator[Database]:
    made = database(connect(mongo_url), f"d{new_id()[-10:]}")
    await made["deliveries"].create_indexes([*Engine.indexes(), *outbox.indexes()])
    yield made
    await made.client.close()


@pytest.fixture
async def world() -> AsyncIterator[Destinations]:
    async with destinations() as made:
        yield made


@asynccontextmanager
async def delivering(db: Database, *channels: Channel) -> AsyncIterator[Office]:
    office = Office(db, list(channels))
    running = office.run(office.engine)
    try:
        yield office
    finally:
        await stop(running)


async def test_forty_that_drip_or_hang_hold_up_nobody(db: Database, world: Destinations) -> None:
    async with delivering(db, Hooks(world, deadline=20.0)) as office:
        hostile = [id for n in range(20) for kind in ("drip", "hang") for id in await office.queue(f"/{kind}/{n}", 3)]
        await eventually(lambda: _asked(world, 24))
        healthy = [id for n in range(8) for id in await office.queue(f"/ok/{n}", 5, priority=0)]
        await eventually(lambda: office.all_are(healthy, Status.SENT), 15)
        assert {each.attempts for each in await office.states(hostile)} == {0}
    assert set(world.received.values()) == {1}


async def _asked(world: Destinations, count: int) -> bool:
    return sum(world.asked.values()) >= count


async def test_attempt_that_is_not_answered_gives_its_place_to_others(db: Database, world: Destinations) -> None:
    """Ordinary deliveries, long before any deadline: all the places there are hang, and then leave them."""
    async with delivering(db, Hooks(world, deadline=60.0, at_once=8)) as office:
        hanging = [id for n in range(11) for id in await office.queue(f"/hang/{n}")]
        await eventually(lambda: _asked(world, 11))
        healthy = [id for n in range(20) for id in await office.queue(f"/ok/{n}", 3)]
        await eventually(lambda: office.all_are(healthy, Status.SENT), 15)
        assert {each.attempts for each in await office.states(hanging)} == {0}


async def test_slow_ones_leave_places_after_their_first_deadline(db: Database, world: Destinations) -> None:
    """Ordinary deliveries, too: who dripped once has only the slow places from then on."""
    async with delivering(db, Hooks(world, deadline=0.5, at_once=8)) as office:
        for n in range(30):
            await office.queue(f"/drip/{n}", 3)
        await eventually(lambda: _asked(world, 12))
        healthy = [id for n in range(5) for id in await office.queue(f"/ok/{n}", 3)]
        await eventually(lambda: office.all_are(healthy, Status.SENT), 30)


@pytest.mark.parametrize(
    ("path", "reason", "status"),
    [
        ("/status/500/1", "status_500", Status.QUEUED),
        ("/status/429/1", "status_429", Status.QUEUED),
        ("/redirect/1", "status_302", Status.QUEUED),
        ("/hang/1", "timeout", Status.QUEUED),
        ("/drip/1", "timeout", Status.QUEUED),
        ("http://127.0.0.1:1/", "unreachable", Status.QUEUED),
        ("/status/410/1", "gone", Status.FAILED),
        ("http://user:word@127.0.0.1/", "address_not_allowed", Status.FAILED),
    ],
)
async def test_what_did_not_arrive_has_its_reason(
    db: Database, world: Destinations, path: str, reason: str, status: Status
) -> None:
    async with delivering(db, Hooks(world, deadline=0.3)) as office:
        ids = await office.queue(path)
        other = await office.queue("/ok/1")

        async def known() -> Delivery | None:
            found = (await office.states(ids))[0]
            return found if found.reason == reason else None

        found = await eventually(known)
        assert found is not None
        assert (found.status, found.log[0].reason) == (status, reason)
        await eventually(lambda: office.all_are(other, Status.SENT))


async def test_every_delivery_is_made_in_the_end_and_once(db: Database, world: Destinations) -> None:
    async with delivering(db, Hooks(world, deadline=0.3)) as office:
        paths = ["/status/500/1", "/redirect/1", "/hang/1", "/drip/1", "/ok/1"]
        ids = [id for path in paths for id in await office.queue(path, 4)]
        await eventually(lambda: _asked(world, 12))
        world.mended = True
        await eventually(lambda: office.all_are(ids, Status.SENT), 60)
    assert {id: world.received[id] for id in ids} == dict.fromkeys(ids, 1)


async def test_after_a_crash_one_repeat_with_the_same_id_at_most(db: Database, world: Destinations) -> None:
    hooks = Hooks(world)
    office = Office(db, [hooks])
    ids = await office.queue("/ok/1", 6)
    hooks.dies = {ids[2]}  # sent, and the process dies before it is recorded
    running = office.run(office.engine)
    await eventually(lambda: _received(world, ids[2]))
    await stop(running)
    office.engine = office.new_engine([Hooks(world)])
    running = office.run(office.engine)
    await eventually(lambda: office.all_are(ids, Status.SENT), 30)
    await stop(running)
    assert sorted(world.received[id] for id in ids) == [1, 1, 1, 1, 1, 2]


async def _received(world: Destinations, id: str) -> bool:
    return world.received[id] > 0


async def test_two_replicas_send_each_once(db: Database, world: Destinations) -> None:
    office = Office(db, [Hooks(world)])
    other = office.new_engine([Hooks(world)])
    running = [task for each in (office.engine, other) for task in office.run(each)]
    ids = [id for n in range(20) for id in await office.queue(f"/ok/{n}", 10)]
    await eventually(lambda: office.all_are(ids, Status.SENT), 30)
    await stop(running)
    assert {world.received[id] for id in ids} == {1}


async def test_a_tarpit_of_mail_rests_alone_and_counts_no_attempts(db: Database, world: Destinations) -> None:
    async with tarpit() as port, delivering(db, Hooks(world), Mail(port)) as office:
        mails = [id for n in range(10) for id in await office.queue(f"person-{n}", channel="email")]
        hooks = [id for n in range(10) for id in await office.queue(f"/ok/{n}", 5)]
        await eventually(lambda: office.all_are(hooks, Status.SENT), 15)

        async def waited() -> bool:
            return any(each.reason == "timeout" for each in await office.states(mails))

        await eventually(waited)
        assert {(each.status, each.attempts) for each in await office.states(mails)} == {(Status.QUEUED, 0)}


async def test_conversation_stays_in_order_over_a_failure(db: Database, world: Destinations) -> None:
    order: list[str] = []

    class Chat(Hooks):
        async def send(self, id: str, delivery: Delivery) -> str | None:
            if delivery.content["body"] == body(1) and len(order) < 3:
                order.append("failed")
                raise Undelivered("status_500")
            order.append(delivery.content["body"])
            return None

    async with delivering(db, Chat(world)) as office:
        ids = await office.queue("talk", 4, ordered=True)
        await eventually(lambda: office.all_are(ids, Status.SENT))
    assert [each for each in order if each != "failed"] == [body(n) for n in range(4)]
    assert order.count("failed") == 2


async def test_person_is_paced_and_nobody_else_waits(db: Database, world: Destinations) -> None:
    async with delivering(db, Hooks(world, destination_seconds=0.3, destination_burst=2)) as office:
        one, others = await office.queue("/ok/one", 5), [i for n in range(5) for i in await office.queue(f"/ok/{n}", 2)]
        await eventually(lambda: office.all_are(others, Status.SENT))
        await eventually(lambda: office.all_are(one, Status.SENT), 20)
        found = await office.states(one)
    sent = sorted(each.finished_at for each in found if each.finished_at)
    assert (sent[-1] - sent[1]).total_seconds() >= 0.8


async def test_backlog_is_not_read_again_with_each_that_leaves(db: Database, world: Destinations) -> None:
    office = Office(db, [Hooks(world, at_once=8)])
    ids = [id for n in range(200) for id in await office.queue(f"/ok/{n}")]
    order = {"state.priority": 1, "state.due_at": 1, "state.order": 1}
    asked = {"op": "query", "ns": f"{db.name}.deliveries", "command.sort": order}
    await db.command("profile", 1, filter=asked)  # nothing else, or its capped log would be full at once
    running = office.run(office.engine)
    await eventually(lambda: office.all_are(ids, Status.SENT), 30)
    await stop(running)
    await db.command("profile", 0)
    read = [each["nreturned"] async for each in db["system.profile"].find(asked)]
    assert 200 <= sum(read) < 600


async def test_database_that_answers_slowly_holds_nothing_up_for_ever(
    db: Database, world: Destinations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every question takes longer than what it answers is worked on."""
    monkeypatch.setattr("chassis.deliveries.found._SECONDS", 0.0)
    async with delivering(db, Hooks(world, at_once=8)) as office:
        ids = [id for n in range(30) for id in await office.queue(f"/ok/{n}", 3)]
        await eventually(lambda: office.all_are(ids, Status.SENT), 15)
    assert {world.received[id] for id in ids} == {1}


async def test_what_cannot_wait_overtakes_what_was_found_before(db: Database, world: Destinations) -> None:
    async with delivering(db, Hooks(world, at_once=8, ordinary_per_second=10.0)) as office:
        ordinary = [id for n in range(100) for id in await office.queue(f"/ok/{n}")]
        await eventually(lambda: _asked(world, 1))
        urgent = [id for n in range(20) for id in await office.queue(f"/ok/urgent-{n}", priority=0)]
        await eventually(lambda: office.all_are(urgent, Status.SENT))
        waiting = [each for each in await office.states(ordinary) if each.status is Status.QUEUED]
    assert len(waiting) > 20


async def test_waiting_ones_are_dropped_when_what_they_tell_is_over(db: Database, world: Destinations) -> None:
    async with delivering(db, Hooks(world, deadline=0.3)) as office:
        waiting = await office.queue("/status/500/1", about="alert-1")
        await eventually(lambda: _asked(world, 1))
        await office.engine.drop("alert-1", now(), "alert_ended")
        world.mended = True
        found = (await office.states(waiting))[0]
        assert (found.status, found.reason) == (Status.DROPPED, "alert_ended")


@pytest.mark.parametrize("due", [None, "gestern", 5])
async def test_delivery_without_a_moment_is_set_aside_and_stops_nobody(
    db: Database, world: Destinations, due: Any
) -> None:
    async with delivering(db, Hooks(world)) as office:
        broken = (await office.queue("/ok/talk", ordered=True))[0]
        await office.deliveries.collection.update_one({"_id": broken}, {"$set": {"state.due_at": due}})
        # Measured every few seconds; in between it is in nobody's way.
        await eventually(lambda: db["quarantine"].find_one({"document": broken}), 15)
        others = [*await office.queue("/ok/1"), *await office.queue("/ok/talk", 2, ordered=True)]
        await eventually(lambda: office.all_are(others, Status.SENT))


def test_status_of_a_channel_never_moves_backwards() -> None:
    at = now()
    delivery = Delivery(channel="x", destination="d", recipient="d", content={}, created_at=at, due_at=at)
    assert delivery.advance(Status.DELIVERED, at)  # before the call that sends it has returned
    delivery.succeed(at, "wamid")
    assert delivery.status is Status.DELIVERED
    assert delivery.advance(Status.READ, at)
    assert not delivery.advance(Status.SENT, at)
    assert delivery.status is Status.READ


def test_pauses_grow_and_end() -> None:
    at = now()
    delivery = Delivery(channel="x", destination="d", recipient="d", content={}, created_at=at, due_at=at)
    pauses = []
    while delivery.status is Status.QUEUED:
        delivery.fail(at, "timeout", 5.0)
        pauses.append((delivery.due_at - at).total_seconds())
    assert pauses[:4] == [5, 15, 30, 60]
    assert pauses[-1] == 24 * 3600
    assert delivery.status is Status.FAILED
