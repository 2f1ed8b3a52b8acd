"""Who is away is not called; their substitute is, and a second channel shows it beforehand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from chassis.clock import new_id, now
from contracts.events import DeliveryRecorded
from rukun.cli import app
from services.notification.absences import Absence, Substitute, stand_in
from services.notification.model import Contact
from tests.clocks import clock
from tests.neighbours import Neighbours
from tests.notification.parts import official
from tests.notification.test_notification import change
from tests.running import CSRF, Service, running

HERE = "73.06.01"
HEAD, KASI, COUNSELLOR = "head", "kasi", "counsellor"


@pytest.fixture(scope="module")
async def notification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("notification", graph_url="http://127.0.0.1:1/v23.0") as service:
        rows = [
            official(HEAD, "Kepala Uji", "kepala_kua", HERE),
            official(KASI, "Kasi Uji", "kasi", "73.06"),
            official(COUNSELLOR, "Penyuluh Uji", "penyuluh", HERE),
            official("far", "Jauh Uji", "kasi", "32.71"),
        ]
        await service.app.state.people.write(rows, now(), "test")
        yield service


async def leave(service: Service, official: str, substitute: str = "", days: int = 2, first: int = 0) -> int:
    begins, ends = ((now() + timedelta(days=n)).date().isoformat() for n in (first, days))
    form = {"csrf": CSRF, "begins": begins, "ends": ends, "substitute": substitute}
    return (await service.client("admin").post(f"/notification/directory/{official}/away", data=form)).status_code


async def called(service: Service, neighbours: Neighbours) -> set[str]:
    """Who is called for a new alert here."""
    ids = await neighbours.publish(change(2, 1, region=HERE, jurisdiction=("ID", "73", "73.06", HERE)))
    await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="inbox")
    # All of a first call are queued in the write that raises the alert.
    return {each.recipient for _id, each in await service.app.state.store.deliveries_of(ids[0])}


async def test_substitute_is_called_in_place_of_who_is_away(notification: Service, neighbours: Neighbours) -> None:
    assert await called(notification, neighbours) == {HEAD, KASI, COUNSELLOR}
    assert await leave(notification, HEAD, "Kasi Uji") == 303
    assert await called(notification, neighbours) == {KASI, COUNSELLOR}
    # The kasi is called for two offices now, and gets one message by each channel.
    newest = await notification.foundation.database["alerts"].find_one({}, sort=[("_id", -1)])
    assert newest is not None
    queued = [
        (each.recipient, each.channel) for _id, each in await notification.app.state.store.deliveries_of(newest["_id"])
    ]
    assert len(queued) == len(set(queued))
    page = await notification.client("admin").get("/notification/directory", params={"q": "Kepala Uji"})
    assert "Digantikan Kasi Uji" in page.text
    await notification.client("admin").post(f"/notification/directory/{HEAD}/back", data={"csrf": CSRF})
    assert await called(notification, neighbours) == {HEAD, KASI, COUNSELLOR}


async def test_absence_of_next_week_changes_nothing_today(notification: Service, neighbours: Neighbours) -> None:
    assert await leave(notification, HEAD, first=7, days=9) == 303
    assert HEAD in await called(notification, neighbours)
    await notification.app.state.store.absences.end(HEAD)


@pytest.mark.parametrize("substitute", ["Penyuluh Uji", "Jauh Uji", "Kepala Uji", "Tidak Ada"])
async def test_who_could_not_answer_does_not_stand_in(notification: Service, substitute: str) -> None:
    assert await leave(notification, HEAD, substitute) == 422
    assert not await notification.app.state.store.absences.noted([HEAD], now())


@pytest.mark.parametrize(("first", "days"), [(3, 1), (-9, -8), (0, 500)])
async def test_wrong_dates_are_a_sentence(notification: Service, first: int, days: int) -> None:
    assert await leave(notification, HEAD, first=first, days=days) == 422


async def test_file_of_the_directory_leaves_absences_as_they_are(notification: Service) -> None:
    await leave(notification, HEAD, "Kasi Uji")
    await notification.app.state.people.write([official(HEAD, "Kepala Uji", "kepala_kua", HERE)], now(), new_id())
    directory = await notification.app.state.store.directory([HERE])
    assert {(each.id, each.role) for each in directory[HERE]} == {(KASI, "kepala_kua"), (COUNSELLOR, "penyuluh")}
    await notification.app.state.store.absences.end(HEAD)


async def test_command_shows_who_would_be_called_and_the_holes(notification: Service) -> None:
    def ask(region: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["whom", region, "--level", "3"])
        return done.exit_code, done.output

    code, text = await asyncio.to_thread(ask, HERE)
    assert "Kepala KUA: E-mail" in text
    assert "Kosong: tidak ada pejabat di direktori." in text  # province and centre
    assert code == 1
    unclear = await asyncio.to_thread(ask, "Antah Berantah")
    assert (unclear[0], "tidak jelas" in unclear[1]) == (1, True)


HEAD_ROLE = Contact("h", "kepala_kua", ("email",))
OTHER = Contact("p", "penyuluh", ())


@pytest.mark.usefixtures("set_clock")
def test_who_stands_in_is_called_once_with_the_role_of_the_post() -> None:
    absence = Absence(begins=clock.at, ends=clock.at + timedelta(days=1), substitute="p")
    other_head = Substitute("kasi", ("73.06",), ("whatsapp",))
    second = Contact("p", "kasi", ())
    for order in ([HEAD_ROLE, second], [second, HEAD_ROLE]):
        assert {each.id for each in stand_in(HERE, order, {"h": absence}, {"p": other_head})} == {"p"}
    # A head who stands in for a counsellor stays a head.
    counsellor = absence.model_copy(update={"substitute": "h"})
    head = Substitute("kepala_kua", (HERE,), ())
    for order in ([HEAD_ROLE, OTHER], [OTHER, HEAD_ROLE]):
        assert [each.role for each in stand_in(HERE, order, {"p": counsellor}, {"h": head})] == ["kepala_kua"]


@pytest.mark.usefixtures("set_clock")
def test_who_is_away_is_called_where_else_nobody_could_answer() -> None:
    absence = Absence(begins=clock.at, ends=clock.at + timedelta(days=1), substitute="s")
    nobody = absence.model_copy(update={"substitute": None})
    assert stand_in(HERE, [HEAD_ROLE, OTHER], {"h": nobody}, {}) == [OTHER, HEAD_ROLE]
    assert stand_in(HERE, [OTHER, HEAD_ROLE], {"p": nobody}, {}) == [HEAD_ROLE]
    # A substitute who is gone, lost the role, or has a post elsewhere now stands in for nobody.
    for now_is in ({}, {"s": Substitute("penyuluh", (HERE,), ())}, {"s": Substitute("kasi", ("32.71",), ())}):
        assert stand_in(HERE, [HEAD_ROLE], {"h": absence}, now_is) == [HEAD_ROLE]
    admin = Contact("a", "admin", ())
    assert stand_in("ID", [admin], {"a": nobody}, {}) == [admin]
