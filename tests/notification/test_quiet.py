"""Quiet hours: what they are, and what waits for their end."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.clock import new_id, now
from contracts.envelope import Received
from contracts.events import ConsultationWaiting, LevelChanged
from contracts.regions import jurisdiction
from services.notification.consultations.commands import tell_office
from services.notification.directives.messages import NEW, REMINDER
from services.notification.directives.model import Directive
from services.notification.directives.spreading import Spreading
from services.notification.directory import read
from services.notification.duty.commands import notices_of
from services.notification.model import Official
from services.notification.quiet import NONE, Quiet, due, parse
from simulators import mail
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.running import CSRF, Service
from tests.waiting import eventually

HOUSE = Quiet(time(21), time(5))
JAYAPURA, GAMBIR = "91.71.01", "31.71.01"
TABLE = """nama,peran,wilayah,email,jam tenang
Kepala KUA Gambir,kepala_kua,31.71.01,kua@contoh.invalid,{quiet}
Penyuluh Gambir,penyuluh,31.71.01,penyuluh@contoh.invalid,tidak
"""


def _official(region: str = GAMBIR, quiet: str = "") -> Official:
    return Official(name="Pejabat", role="kepala_kua", regions=(region,), quiet=quiet)


def _at(text: str, zone: str = "Asia/Jakarta") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("21-05", "21:00-05:00"),
        ("21.00 – 05.30", "21:00-05:30"),
        ("22:15 sampai 4", "22:15-04:00"),
        ("12-13", "12:00-13:00"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, found: str) -> None:
    assert str(parse(text)) == found
    assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize("text", ["", "-", "Tidak", "tidak ada", " none "])
def test_nobody_has_to_have_some(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["malam", "21", "25-05", "21:75-05:00", "05-05", "21-05-06"])
def test_what_are_no_hours_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2027-01-10T20:59", "2027-01-10T20:59"),
        ("2027-01-10T21:00", "2027-01-11T05:00"),
        ("2026-12-31T23:59", "2027-01-01T05:00"),
        ("2028-02-29T04:59", "2028-02-29T05:00"),
        ("2027-01-10T05:00", "2027-01-10T05:00"),
        ("2027-01-10T12:00", "2027-01-10T12:00"),
    ],
)
def test_message_of_the_night_comes_in_the_morning(sent: str, expected: str) -> None:
    assert due(_official(), "email", HOUSE, _at(sent)) == _at(expected)


def test_hours_of_one_day() -> None:
    noon = _official(quiet="12-13")
    assert due(noon, "sms", HOUSE, _at("2027-01-10T12:30")) == _at("2027-01-10T13:00")
    assert due(noon, "sms", HOUSE, _at("2027-01-10T23:00")) == _at("2027-01-10T23:00")


def test_night_is_that_of_the_office() -> None:
    sent = _at("2027-01-10T19:30")  # half past nine in Papua
    assert due(_official(), "whatsapp", HOUSE, sent) == sent
    assert due(_official(JAYAPURA), "whatsapp", HOUSE, sent) == _at("2027-01-11T05:00", "Asia/Jayapura")


def test_who_wants_none_and_machines_have_none() -> None:
    night = _at("2027-01-10T23:00")
    assert due(_official(quiet=NONE), "email", HOUSE, night) == night
    assert due(_official(), "webhook", HOUSE, night) == night
    assert due(_official(quiet="broken"), "email", HOUSE, night) == night
    assert due(_official(), "email", None, night) == night


def test_directory_takes_them_from_a_column() -> None:
    rows = read("d.csv", TABLE.format(quiet="22.00-04.00").encode())
    assert [each.official.quiet for each in rows if each.official] == ["22:00-04:00", NONE]
    wrong = read("d.csv", TABLE.format(quiet="malam").encode())[0]
    assert wrong.reason is not None
    assert "jam tenang “malam” keliru" in wrong.reason


def _around_now() -> str:
    """Hours in Jakarta that hold whenever this runs: from an hour ago until in two hours."""
    there = now().astimezone(ZoneInfo("Asia/Jakarta"))
    return f"{there - timedelta(hours=1):%H:%M}-{there + timedelta(hours=2):%H:%M}"


@pytest.fixture(scope="module")
async def service(
    stack_environment: dict[str, str], neighbours: Neighbours, box: tuple[mail.Box, int]
) -> AsyncIterator[Service]:
    async with with_officials(TABLE.format(quiet=_around_now()), smtp_port=box[1], sms_url="") as made:
        yield made


async def _direct(service: Service, **more: Any) -> str:
    form = {"csrf": CSRF, "title": "Jaga ketenangan", "text": "Sampaikan imbauan.", "regions": GAMBIR, **more}
    written = await service.client("pusat", True).post("/notification/directives", data=form)
    address = str(written.url)
    await service.client("pkub", True).post(f"{address}/approve", data={"csrf": CSRF})
    return address


async def _got(box: mail.Box, to: str, title: str) -> bool:
    return any(each["to"] == to and title in each["subject"] for each in box.mails)


async def test_directive_waits_for_the_morning_of_each(service: Service, box: tuple[mail.Box, int]) -> None:
    address = await _direct(service)
    await eventually(lambda: _got(box[0], "penyuluh@contoh.invalid", "Jaga ketenangan"))
    page = (await service.client("pusat", True).get(address)).text
    assert "menunggu jam tenang berakhir" in page
    assert not await _got(box[0], "kua@contoh.invalid", "Jaga ketenangan")
    # In the inbox it stands all the same.
    assert "Jaga ketenangan" in (await service.client("kua.gambir", True).get("/notification/directives")).text


async def test_urgent_directive_rings_at_night(service: Service, box: tuple[mail.Box, int]) -> None:
    address = await _direct(service, title="Segera tutup jalan", urgent="true")
    await eventually(lambda: _got(box[0], "kua@contoh.invalid", "Segera tutup jalan"))
    assert "menunggu jam tenang" not in (await service.client("pusat", True).get(address)).text


async def test_directive_for_today_is_not_told_when_today_is_over(service: Service) -> None:
    spreading = Spreading(service.app.state.store, None, None)  # type: ignore[arg-type]
    store, night = service.app.state.store, _at("2027-01-10T22:00")
    store.quiet, sleeper = HOUSE, _official()
    directive = Directive.model_construct(due_on=night.date(), urgent=False)
    try:
        assert spreading._awake(directive, NEW, sleeper, "email", night) == night
        tomorrow = Directive.model_construct(due_on=night.date() + timedelta(days=1), urgent=False)
        assert spreading._awake(tomorrow, NEW, sleeper, "email", night) == _at("2027-01-11T05:00")
        assert spreading._awake(directive, REMINDER, sleeper, "email", night) == _at("2027-01-11T05:00")
    finally:
        store.quiet = None


async def test_questions_of_a_night_ring_once_in_the_morning(service: Service) -> None:
    store = service.app.state.store
    store.quiet, officials = HOUSE, store.officials.collection
    own = (await officials.find_one({"email": "kua@contoh.invalid"}))["quiet"]
    await officials.update_one({"email": "kua@contoh.invalid"}, {"$set": {"quiet": ""}})
    evening = _at("2027-01-10T21:10")
    try:
        for hours in (0, 2, 5):
            waiting = recent(ConsultationWaiting, region=GAMBIR, jurisdiction=jurisdiction(GAMBIR))
            waiting = waiting.model_copy(
                update={"at": evening + timedelta(hours=hours), "consultation_id": f"q{hours}"}
            )
            message = Received(id=f"q{hours}", source="/intake", subject=f"q{hours}", sequence=1, event=waiting)
            await tell_office(store, [message])
    finally:
        store.quiet = None
        await officials.update_one({"email": "kua@contoh.invalid"}, {"$set": {"quiet": own}})
    found = store.deliveries.collection.find({"state.content.kind": "consultation"})
    assert [each["state"]["due_at"] async for each in found] == [_at("2027-01-11T05:00")]


async def test_directive_survives_a_half_broken_official(service: Service, box: tuple[mail.Box, int]) -> None:
    officials = service.app.state.store.officials.collection
    broken = {"name": "x", "role": "penyuluh", "email": "rusak@contoh.invalid", "regions": [GAMBIR, None], "quiet": 21}
    await officials.insert_one({"_id": "0-rusak", **broken})
    try:
        await _direct(service, title="Tetap jalan")
        await eventually(lambda: _got(box[0], "penyuluh@contoh.invalid", "Tetap jalan"))
    finally:
        await officials.delete_one({"_id": "0-rusak"})


async def test_alert_rings_at_night(service: Service, box: tuple[mail.Box, int], neighbours: Neighbours) -> None:
    siaga = {"scope_id": new_id(), "level": 2, "previous": 1, "region": GAMBIR, "jurisdiction": jurisdiction(GAMBIR)}
    changed = LevelChanged.model_validate({**recent(LevelChanged).model_dump(), **siaga, "at": now()})
    await neighbours.publish(changed)
    await eventually(lambda: _got(box[0], "kua@contoh.invalid", "Siaga"))


async def test_turn_that_begins_at_night_is_told_before_it(service: Service) -> None:
    store = service.app.state.store
    found = [(each.pop("_id"), each) async for each in store.officials.collection.find({"email": "kua@contoh.invalid"})]
    id, official = found[0][0], Official.model_validate(found[0][1])
    at = now()

    def told(begins: datetime) -> datetime:
        ends = begins + timedelta(days=1)
        notice = notices_of(store, "duty:turn:x", official, id, GAMBIR, begins, ends, at)[0]
        return notice["state"]["due_at"]  # type: ignore[no-any-return]

    assert told(at + timedelta(hours=1)) == at
    assert told(at + timedelta(hours=20)) > at + timedelta(hours=1)
