"""Who is on duty is called first, and nobody depends on them alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import now
from chassis.problems import Problem
from contracts.events import DeliveryRecorded, LookRequested
from services.notification.duty import commands
from services.notification.duty.messages import KIND, Wording
from services.notification.duty.model import Handover, Roster, arrange, hand_over, on_duty, planned, turns
from services.notification.duty.reminders import Reminders, next_turn
from services.notification.model import Contact
from tests.clocks import clock, recent
from tests.neighbours import Neighbours
from tests.notification.parts import FULL, HOUR, asked, climb, deliveries, official, refuse, take
from tests.running import CSRF, Service, running
from tests.waiting import eventually

HERE = "73.06.01"
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
ROSTER = Roster(members=("a", "b", "c"), days=7, begins=MONDAY)
ALL = {"a", "b", "c"}


@given(st.integers(1, 6), st.integers(1, 31), st.integers(0, 10**6))
def test_everybody_has_a_turn_as_long_as_the_others(count: int, days: int, minutes: int) -> None:
    members = tuple(f"p{n}" for n in range(count))
    roster = Roster(members=members, days=days, begins=MONDAY)
    at = MONDAY + timedelta(minutes=minutes)
    turn = planned(roster, at)
    assert turn
    assert turn.begins <= at < turn.ends == turn.begins + timedelta(days=days)
    following = [each.official for each in turns(roster, turn.begins, turn.begins + count * timedelta(days=days))]
    assert sorted(following) == sorted(members)


def test_a_roster_that_has_not_begun_names_nobody() -> None:
    assert on_duty(ROSTER, MONDAY - HOUR, ALL, {}) is None
    assert list(turns(ROSTER, MONDAY - DAY, MONDAY)) == []
    assert on_duty(Roster(), MONDAY, ALL, {}) is None


def test_who_takes_over_is_on_duty_and_the_order_goes_on_afterwards() -> None:
    roster = ROSTER.model_copy(deep=True)
    hand_over(roster, Handover(official="c", begins=MONDAY + DAY, ends=MONDAY + 3 * DAY, by="x", at=MONDAY))
    seen = [(each.official, each.begins, each.ends) for each in turns(roster, MONDAY, MONDAY + 8 * DAY)]
    assert seen == [
        ("a", MONDAY, MONDAY + DAY),
        ("c", MONDAY + DAY, MONDAY + 3 * DAY),
        ("a", MONDAY + 3 * DAY, MONDAY + 7 * DAY),
        ("b", MONDAY + 7 * DAY, MONDAY + 14 * DAY),
    ]
    assert [on_duty(roster, MONDAY + n * DAY, ALL, {}) for n in (0, 1, 3, 7)] == ["a", "c", "a", "b"]
    # Whoever took over last holds, and whom it does not find there is passed over.
    hand_over(roster, Handover(official="b", begins=MONDAY + DAY, ends=MONDAY + 2 * DAY, by="x", at=MONDAY + HOUR))
    assert on_duty(roster, MONDAY + DAY, ALL, {}) == "b"
    assert on_duty(roster, MONDAY + DAY, {"a", "c"}, {}) == "a"


def test_substitute_of_who_is_away_is_on_duty_or_the_next_in_the_order() -> None:
    assert on_duty(ROSTER, MONDAY, {"b", "c", "s"}, {"a": "s"}) == "s"
    assert on_duty(ROSTER, MONDAY, {"b", "c"}, {"a": None}) == "b"
    assert on_duty(ROSTER, MONDAY, {"x"}, {}) is None


@pytest.mark.parametrize(
    ("members", "days", "ahead"), [(["a", "a"], 7, 0), (["a"], 0, 0), (["a"], 32, 0), (["a"], 7, 99)]
)
def test_an_order_that_cannot_be_is_a_sentence(members: list[str], days: int, ahead: int) -> None:
    roster = ROSTER.model_copy(deep=True)
    with pytest.raises(Problem):
        arrange(roster, members, days, MONDAY + ahead * DAY, MONDAY)
    assert roster == ROSTER


def test_who_comes_on_duty_within_a_day_is_reminded_and_who_stays_is_not() -> None:
    assert next_turn(ROSTER, MONDAY + 5 * DAY) is None
    turn = next_turn(ROSTER, MONDAY + 6 * DAY + HOUR)
    assert turn
    assert (turn.official, turn.begins) == ("b", MONDAY + 7 * DAY)
    assert next_turn(ROSTER.model_copy(update={"members": ("a",)}), MONDAY + 6 * DAY + HOUR) is None
    roster = ROSTER.model_copy(deep=True)
    hand_over(roster, Handover(official="c", begins=MONDAY + 2 * DAY, ends=MONDAY + 3 * DAY, by="x", at=MONDAY))
    taken = next_turn(roster, MONDAY + DAY + HOUR)
    assert taken
    assert (taken.official, taken.begins) == ("c", MONDAY + 2 * DAY)
    first = next_turn(ROSTER, MONDAY - HOUR)
    assert first is None or first.begins == MONDAY


def test_nobody_takes_over_where_there_is_no_turn() -> None:
    for roster, begins in ((Roster(), MONDAY), (ROSTER.model_copy(deep=True), MONDAY - DAY)):
        when = Handover(official="b", begins=begins, ends=MONDAY + DAY, by="x", at=MONDAY - DAY)
        with pytest.raises(Problem):
            hand_over(roster, when)


@pytest.mark.parametrize(("begins", "ends"), [(1, 1), (-3, -1), (0, 99)])
def test_a_hand_over_that_cannot_be_is_a_sentence(begins: int, ends: int) -> None:
    when = Handover(official="b", begins=MONDAY + begins * DAY, ends=MONDAY + ends * DAY, by="x", at=MONDAY)
    with pytest.raises(Problem):
        hand_over(ROSTER.model_copy(deep=True), when)


DUTY, OTHER = Contact("duty", "penyuluh", ("whatsapp",), on_duty=True), Contact("other", "kepala_kua", ("email", "sms"))
KECAMATAN = {**FULL, "31.71.01": [DUTY, OTHER]}


def called(look: Any) -> set[tuple[str, str]]:
    return {(each.recipient, each.channel) for each in deliveries(look, "call")}


@pytest.mark.usefixtures("set_clock")
def test_request_to_look_rings_the_phone_of_who_is_on_duty_and_then_the_others() -> None:
    look, _ = asked(KECAMATAN)
    assert called(look) == {("duty", "inbox"), ("duty", "whatsapp"), ("other", "inbox")}
    climb(look, clock.at + HOUR, KECAMATAN)
    kabupaten = {("o-31.71", "inbox"), ("o-31.71", "email")}
    assert called(look) >= {("other", "email"), ("other", "sms"), *kabupaten}
    assert len(deliveries(look)) == len(called(look))


@pytest.mark.usefixtures("set_clock")
def test_nobody_is_left_out_before_the_alarm() -> None:
    """At the top, too: the others of the last office are called, and have their time."""
    above = {**KECAMATAN, "31.71": [Contact("k", "kasi", ("sms",), on_duty=True), Contact("l", "kasi", ("email",))]}
    look, _ = asked(above)
    climb(look, clock.at + HOUR, above)
    assert ("l", "email") not in called(look)
    climb(look, clock.at + 2 * HOUR, above)
    assert ("l", "email") in called(look)
    assert look.state.unanswered_at is None
    climb(look, clock.at + 3 * HOUR, above)
    assert look.state.unanswered_at == clock.at + 3 * HOUR


@pytest.mark.usefixtures("set_clock")
def test_who_is_on_duty_and_cannot_spares_nobody() -> None:
    look, _ = asked(KECAMATAN)
    refuse(look, "31.71.01", clock.at + HOUR / 4, role="penyuluh")
    climb(look, clock.at + HOUR / 4, KECAMATAN)
    assert {("other", "email"), ("o-31.71", "email")} <= called(look)


@pytest.mark.usefixtures("set_clock")
def test_who_is_on_duty_for_two_offices_spares_the_second_for_nobody() -> None:
    above = [replace(DUTY, role="kasi"), Contact("last", "kasi", ("sms",))]
    both = {**KECAMATAN, "31.71": above}
    look, _ = asked(both)
    climb(look, clock.at + HOUR, both)
    assert {("other", "email"), ("last", "sms")} <= called(look)
    assert look.state.unanswered_at is None
    climb(look, clock.at + 2 * HOUR, both)
    assert look.state.unanswered_at == clock.at + 2 * HOUR


@pytest.mark.usefixtures("set_clock")
def test_a_broken_promise_calls_everybody() -> None:
    look, _ = asked(KECAMATAN)
    take(look, "31.71.01")
    climb(look, look.state.deadline or clock.at, KECAMATAN)
    climb(look, look.state.deadline or clock.at, KECAMATAN)
    assert ("other", "email") in called(look)


@pytest.mark.usefixtures("set_clock")
def test_who_is_on_duty_without_a_telephone_spares_nobody() -> None:
    unreachable = {**FULL, "31.71.01": [Contact("duty", "penyuluh", (), on_duty=True), OTHER]}
    look, _ = asked(unreachable)
    assert ("other", "email") in called(look)


@pytest.fixture(scope="module")
async def notification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("notification", graph_url="http://127.0.0.1:1/v23.0") as service:
        rows = [
            official("d1", "Kepala Piket", "kepala_kua", HERE),
            official("d2", "Penyuluh Piket", "penyuluh", HERE),
            official("d3", "Kasi Piket", "kasi", "73.06"),
        ]
        await service.app.state.people.write(rows, now(), "test")
        yield service


async def arranged(service: Service, *members: str, who: str = "admin", days: int = 7) -> int:
    ids = ["d1", "d2"]
    form = {
        "csrf": CSRF,
        "official": ids,
        "turn": [str(members.index(each) + 1) if each in members else "" for each in ids],
        "days": days,
        "first_day": (now() - DAY).date().isoformat(),
        "hour": "08:00",
    }
    return (await service.client(who).post(f"/notification/duty/{HERE}/arrange", data=form)).status_code


async def hand(service: Service, who: str, to: str, ends: timedelta) -> int:
    form = {"csrf": CSRF, "official": to, "begins": "", "ends": (now() + ends).date().isoformat()}
    return (await service.client(who).post(f"/notification/duty/{HERE}/hand-over", data=form)).status_code


async def looked(service: Service, neighbours: Neighbours) -> set[tuple[str, str]]:
    """Who is called for a new request to look, by which channels."""
    look = recent(LookRequested, region=HERE, jurisdiction=("ID", "73", "73.06", HERE))
    ids = await neighbours.publish(look)
    await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="inbox")
    found = await service.app.state.store.deliveries_of(ids[0])
    return {(each.recipient, each.channel) for _id, each in found}


async def test_an_office_takes_turns_and_hands_over(notification: Service, neighbours: Neighbours) -> None:
    everybody = {("d1", "inbox"), ("d1", "email"), ("d2", "inbox"), ("d2", "email")}
    assert await looked(notification, neighbours) == everybody
    assert await arranged(notification, "d1", "d2") == 303
    assert await looked(notification, neighbours) == everybody - {("d2", "email")}
    page = await notification.client("admin").get("/notification/duty", params={"office": HERE})
    assert "Sekarang: Kepala Piket" in page.text
    assert await hand(notification, "admin", "d2", 3 * DAY) == 303
    assert await looked(notification, neighbours) == everybody - {("d1", "email")}
    # They are told, at their address.
    notices = notification.foundation.database["deliveries"]
    found = await eventually(lambda: notices.find_one({"state.content.kind": KIND}))
    assert (found["state"]["recipient"], found["state"]["channel"]) == ("d2", "email")
    page = await notification.client("admin").get("/notification/duty", params={"office": HERE})
    assert "Sekarang: Penyuluh Piket" in page.text
    assert "dialihkan oleh Administrator" in page.text
    # Taken out of the directory, somebody is on duty no more.
    await notification.app.state.people.remove("d2", now())
    assert await looked(notification, neighbours) == {("d1", "inbox"), ("d1", "email")}
    page = await notification.client("admin").get("/notification/duty", params={"office": HERE})
    assert "tidak lagi di direktori kantor ini" in page.text
    await notification.app.state.people.write([official("d2", "Penyuluh Piket", "penyuluh", HERE)], now(), "again")
    assert await arranged(notification) == 303
    assert await looked(notification, neighbours) == everybody


async def test_reminder_of_a_turn_is_written_once_and_a_broken_roster_stops_none(notification: Service) -> None:
    store, office = notification.app.state.store, "73.06.09"
    rows = [
        official("r1", "Kepala Giliran", "kepala_kua", office),
        official("r2", "Penyuluh Giliran", "penyuluh", office),
    ]
    await notification.app.state.people.write(rows, now(), "turns")
    await commands.arrange(store, office, ["r1", "r2"], 1, now() - DAY / 2, now())
    rosters = notification.foundation.database["rosters"]
    await rosters.insert_one({"_id": "73.06.08", "schema": 1, "version": 1, "state": {"members": ["x"], "days": 0}})
    reminders = Reminders(store, notification.foundation.lease("duty"))
    for _ in range(2):
        await reminders.remind(now())
    found = (
        await notification.foundation.database["deliveries"].find({"_id": {"$regex": f"^duty:turn:{office}"}}).to_list()
    )
    assert [(each["state"]["recipient"], each["state"]["channel"]) for each in found] == [("r2", "email")]
    await rosters.delete_many({"_id": {"$in": [office, "73.06.08"]}})


async def test_a_broken_roster_calls_everybody(notification: Service, neighbours: Neighbours) -> None:
    assert await arranged(notification, "d1", "d2") == 303
    rosters = notification.foundation.database["rosters"]
    await rosters.update_one({"_id": HERE}, {"$set": {"state.days": 0}})
    assert {("d1", "email"), ("d2", "email")} <= await looked(notification, neighbours)
    await rosters.delete_one({"_id": HERE})


async def test_who_is_elsewhere_sees_and_arranges_nothing(notification: Service) -> None:
    page = await notification.client("kua.gambir").get("/notification/duty", params={"office": HERE})
    assert page.status_code == 404
    assert await arranged(notification, "d1", who="kua.gambir") == 404
    assert await hand(notification, "kua.gambir", "d1", DAY) == 404


@pytest.mark.parametrize(
    "more",
    [
        {"official": ["d3"], "turn": ["1"]},
        {"official": ["unknown"], "turn": ["1"]},
        {"days": "0"},
        {"first_day": "0001-01-01"},
        {"first_day": "9999-12-31"},
        {"turn": ["x"], "official": ["d1"]},
        {"hour": "25:00"},
    ],
)
async def test_what_cannot_be_arranged_is_a_sentence(notification: Service, more: dict[str, Any]) -> None:
    form = {"csrf": CSRF, "official": ["d1"], "turn": ["1"], "days": "7", "hour": "08:00"}
    form |= {"first_day": now().date().isoformat(), **more}
    done = await notification.client("admin").post(f"/notification/duty/{HERE}/arrange", data=form)
    assert done.status_code == 422


async def test_nobody_takes_over_who_is_not_of_the_office(notification: Service) -> None:
    assert await hand(notification, "admin", "d3", 2 * DAY) == 422
    assert await hand(notification, "admin", "d1", -2 * DAY) == 422
    assert await hand(notification, "admin", "d1", 200 * DAY) == 422


def test_notice_says_from_when_until_when_and_where_to_change_it() -> None:
    content = {"office": HERE, "begins": MONDAY.isoformat(), "ends": (MONDAY + 7 * DAY).isoformat()}
    said = Wording.of(content, "https://rukun.invalid")
    assert said.subject == "Rukun: Anda piket di KUA Bontonompo"
    assert "Mulai 2 Mar 2026, 09.00 WITA sampai 9 Mar 2026, 09.00 WITA" in said.text
    assert said.text.strip().endswith(f"https://rukun.invalid/notification/duty?office={HERE}")
