"""Notification on a real database, a real broker, a real mail server and real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chassis.clock import new_id, now
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertRaised,
    CaseActionRecorded,
    CaseStatusChanged,
    DeliveryRecorded,
    DeliveryStatusReported,
    LevelChanged,
    LookRequested,
    OfficeListed,
)
from contracts.regions import jurisdiction
from contracts.vocabulary import Level
from kemenag.levels import sentence
from rukun.receiver import Partner
from rukun.samples import DIRECTORY
from services.notification.people import People
from simulators import mail
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.notification.officials import imported, with_officials
from tests.running import CSRF, Service
from tests.waiting import eventually


@pytest.fixture(scope="module")
def hook() -> Iterator[Partner]:
    made = Partner()
    made.secret = "whsec_ZGV2ZWxvcG1lbnQtb25seS1zZWNyZXQtY2hhbmdlLW1l"
    yield made
    made.close()


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, box: tuple[mail.Box, int], hook: Partner
) -> AsyncIterator[Service]:
    table = DIRECTORY.replace("6281000000103,", f"6281000000103,{hook.url}")
    async with with_officials(table, smtp_port=box[1], waspada_minutes=0.01) as service:
        yield service


def change(level: int, previous: int = 0, **more: Any) -> LevelChanged:
    told = {"scope_id": new_id(), "level": level, "previous": previous, "at": now(), **more}
    return LevelChanged.model_validate({**recent(LevelChanged).model_dump(), **told})


async def test_directory_tells_offices_and_no_names(notification: Service, neighbours: Neighbours) -> None:
    listed = await neighbours.wait(OfficeListed, count=5)
    assert all("Kepala" not in each.model_dump_json() for each in listed)
    gambir = neighbours.received(OfficeListed, office="31.71.01")[-1]
    assert gambir.officials == 2


async def test_broken_entry_of_the_directory_is_set_aside_and_the_others_are_called(
    notification: Service, neighbours: Neighbours
) -> None:
    broken = {"_id": "broken", "name": "X", "regions": ["31.71", "31.71.01"], "email": 5}
    await notification.foundation.database["officials"].insert_one(broken)
    ids = await neighbours.publish(change(2, 1))
    assert await neighbours.wait(DeliveryRecorded, count=3, alert_id=ids[0], channel="email", status="sent")
    assert "broken" in [each["document"] for each in await notification.foundation.quarantine.all()]
    await notification.foundation.database["officials"].delete_one({"_id": "broken"})


async def test_pages_of_the_directory_skip_nobody_though_names_repeat(notification: Service) -> None:
    people: People = notification.app.state.people
    twins = [{"_id": f"twin-{n}", "name": "Aabenayu", "role": "kasi", "regions": ["91.71"]} for n in range(3)]
    await people.write(twins, now(), "twins")
    seen, after = [], ""
    while len(seen) < 3:
        found, following = await people.search("Aaben", after, 1)
        seen += [each["_id"] for each in found]
        after = following or "end"
    assert seen == ["twin-0", "twin-1", "twin-2"]
    for each in seen:
        await people.remove(each, now())


async def test_siaga_reaches_mail_webhook_and_inbox_and_is_recorded(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int], hook: Partner
) -> None:
    changed = change(2, 1)
    ids = await neighbours.publish(changed)
    raised = await neighbours.wait(AlertRaised, alert_id=ids[0])
    assert raised[0].case_id == changed.scope_id
    for channel in ("inbox", "email", "webhook"):
        assert await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel=channel, status="sent")
    mails = [each for each in box[0].mails if ids[0] in each["text"]]
    assert {each["to"] for each in mails} == {
        "kua.gambir@contoh.invalid", "penyuluh.gambir@contoh.invalid", "kasi.jakpus@contoh.invalid",
    }  # fmt: skip
    assert sentence(changed.region, changed.reasons) in mails[0]["text"]
    assert [each["data"]["alert_id"] for each in hook.received].count(ids[0]) == 1
    inbox = (await notification.client("kasi.jakpus").get("/notification/v1/alerts")).json()["alerts"]
    assert inbox[0]["alert_id"] == ids[0]
    assert "contoh.invalid" not in str(inbox)


async def test_same_level_heard_three_times_is_one_alert(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    changed, id = change(2, 1), new_id()
    for _ in range(3):
        await neighbours.publish(changed, id=id, sequence=1)
    await neighbours.wait(DeliveryRecorded, count=3, alert_id=id, channel="email", status="sent")
    assert len(neighbours.received(AlertRaised, alert_id=id)) == 1
    assert len([each for each in box[0].mails if id in each["text"]]) == 3


async def test_acknowledged_alert_stops_climbing_and_names_the_office(
    notification: Service, neighbours: Neighbours
) -> None:
    ids = await neighbours.publish(change(2, 1))
    await neighbours.wait(AlertRaised, alert_id=ids[0])
    address = f"/notification/v1/alerts/{ids[0]}/acknowledge"
    other = await notification.client("kua.bogor").post(address)
    first = await notification.client("kasi.jakpus").post(address)
    second = await notification.client("kabid.dki").post(address)
    assert (other.status_code, first.status_code, second.status_code) == (404, 200, 409)
    taken = await neighbours.wait(AlertAcknowledged, alert_id=ids[0])
    assert taken[0].by_role == "Kasi Bimas Islam Kota Administrasi Jakarta Pusat"


async def test_awas_waits_for_kecamatan_and_kabupaten_and_for_no_penyuluh(
    notification: Service, neighbours: Neighbours
) -> None:
    ids = await neighbours.publish(change(3, 2))
    await neighbours.wait(AlertRaised, alert_id=ids[0])
    address = f"/notification/v1/alerts/{ids[0]}"
    penyuluh = await notification.client("kua.gambir", roles=["penyuluh"]).post(f"{address}/acknowledge")
    assert (penyuluh.status_code, "not-entitled" in penyuluh.text) == (403, True)
    first = (await notification.client("kua.gambir").post(f"{address}/acknowledge")).json()
    assert (first["state"], first["deadline"] is not None) == ("raised", True)
    second = (await notification.client("kasi.jakpus").post(f"{address}/acknowledge")).json()
    assert second["state"] == "acknowledged"
    assert "kasi.jakpus" not in str(second)  # accounts are shown to nobody
    over = (await notification.client("kabid.dki").post(f"{address}/take-over")).json()
    assert over["acknowledged_by"] == "Kabid Daerah Khusus Ibukota Jakarta"


async def test_action_keeps_the_promise_of_who_took_it(notification: Service, neighbours: Neighbours) -> None:
    changed = change(2, 1)
    ids = await neighbours.publish(changed)
    await neighbours.wait(AlertRaised, alert_id=ids[0])
    client = notification.client("kasi.jakpus", True)
    await client.post(f"/notification/alerts/{ids[0]}/acknowledge", data={"csrf": CSRF})
    page = (await client.get(f"/notification/alerts/{ids[0]}", headers={"accept": "text/html"})).text
    assert "Tindakan pertama dicatat sebelum" in page
    inbox = (await client.get("/notification/", headers={"accept": "text/html"})).text
    assert "Catat tindakan pertama sebelum" in inbox
    await neighbours.publish(recent(CaseActionRecorded, case_id=changed.scope_id))

    async def kept() -> bool:
        row = await notification.app.state.store.alerts.get(ids[0])
        return row.state.acted_at is not None and row.state.deadline is None

    await eventually(kept)


async def test_page_of_an_alert_that_the_last_release_saw_taken_says_by_whom(
    notification: Service, neighbours: Neighbours
) -> None:
    ids = await neighbours.publish(change(2, 1))
    await neighbours.wait(AlertRaised, alert_id=ids[0])
    before = {"state.state": "acknowledged", "state.acknowledged_by": "Kasi dahulu", "state.acknowledged_at": now()}
    alerts = notification.app.state.store.alerts.collection
    gone = dict.fromkeys(("state.takings", "state.manned", "state.heads"), "")
    await alerts.update_one({"_id": ids[0]}, {"$set": {**before, "state.deadline": None}, "$unset": gone})
    page = await notification.client("kabid.dki").get(f"/notification/alerts/{ids[0]}", headers={"accept": "text/html"})
    assert "Diterima oleh Kasi dahulu" in page.text


async def test_who_cannot_says_why_and_the_next_one_is_called(notification: Service, neighbours: Neighbours) -> None:
    ids = await neighbours.publish(change(2, 1))
    await neighbours.wait(AlertRaised, alert_id=ids[0])
    client = notification.client("kasi.jakpus", True)
    form = {"csrf": CSRF, "reason": "Sedang di luar kota"}
    page = await client.post(f"/notification/alerts/{ids[0]}/refuse", data=form, headers={"accept": "text/html"})
    assert "Sedang di luar kota" in page.text
    climbed = await neighbours.wait(AlertClimbed, alert_id=ids[0])
    assert int(climbed[0].rung) == 2


async def test_transferred_official_is_called_at_the_new_office_alone(notification: Service) -> None:
    people, store = notification.app.state.people, notification.app.state.store
    old = {"name": "Pejabat Pindah", "role": "kasi", "regions": ["91.71"], "whatsapp": "6281000000404"}
    await people.write([{"_id": "old", **old}], now(), "one")
    await people.write([{"_id": "same-mailbox", **old, "name": "Orang Lain"}], now(), "two")
    await people.write([{"_id": "new", **old, "regions": ["91.72"]}], now(), "three")
    found = await store.directory(["91.71", "91.72"])
    assert {code: [each.id for each in listed] for code, listed in found.items()} == {
        "91.71": ["same-mailbox"], "91.72": ["new"],
    }  # fmt: skip
    both = [{"_id": "two-posts-a", **old}, {"_id": "two-posts-b", **old, "regions": ["91.01"]}]
    await people.write(both[:1], now(), "four")
    await people.write(both[1:], now(), "four")  # parts of one file
    found = await store.directory(["91.71", "91.72", "91.01"])
    assert {"two-posts-a", "two-posts-b"} <= {each.id for listed in found.values() for each in listed}
    for each in ("same-mailbox", "two-posts-a", "two-posts-b"):
        await people.remove(each, now())


async def test_page_shows_who_would_be_called_and_the_holes(notification: Service) -> None:
    page = {"accept": "text/html"}
    gambir = await notification.client("pusat").get("/notification/coverage?region=31.71.01&level=3", headers=page)
    assert gambir.text.count("Hanya satu orang yang berwenang") >= 3
    empty = await notification.client("admin").get("/notification/coverage?region=91.71&level=3", headers=page)
    assert "Kosong: tidak ada pejabat di direktori" in empty.text
    other = await notification.client("kua.bogor").get("/notification/coverage?region=31.71.01", headers=page)
    assert other.status_code == 404
    unclear = await notification.client("pusat").get("/notification/coverage?region=entah%20di%20mana", headers=page)
    assert (unclear.status_code, "tidak jelas" in unclear.text) == (200, True)


async def test_unanswered_alert_climbs_to_the_centre(notification: Service, neighbours: Neighbours) -> None:
    ids = await neighbours.publish(change(1))
    climbed = await neighbours.wait(AlertClimbed, count=3, alert_id=ids[0])
    assert [int(each.rung) for each in climbed] == [1, 2, 3]
    inbox = (await notification.client("pusat").get("/notification/v1/alerts")).json()["alerts"]
    assert ids[0] in {each["alert_id"] for each in inbox}


async def test_newer_level_and_closed_case_end_the_alert(notification: Service, neighbours: Neighbours) -> None:
    first = change(2, 1)
    one = (await neighbours.publish(first))[0]
    await neighbours.wait(AlertRaised, alert_id=one)
    second = first.model_copy(update={"level": Level.AWAS, "previous": Level.SIAGA, "at": now()})
    two = (await neighbours.publish(LevelChanged.model_validate(second.model_dump())))[0]
    assert (await neighbours.wait(AlertEnded, alert_id=one))[0].replaced is True
    (graver,) = await neighbours.wait(AlertRaised, alert_id=two)
    assert [each.alert_id for each in graver.replaces] == [one]
    closed = recent(CaseStatusChanged).model_copy(update={"case_id": first.scope_id, "at": now()})
    await neighbours.publish(closed)
    assert (await neighbours.wait(AlertEnded, alert_id=two))[0].replaced is False
    over = await eventually(lambda: _over(notification, two))
    assert over == await _called(notification, two)
    assert await _over(notification, one) == set()  # a graver one took its place


@pytest.mark.parametrize(("outcome", "unfounded"), [("tidak_terbukti", True), ("mereda", False)])
async def test_what_was_an_error_ends_as_one(
    notification: Service, neighbours: Neighbours, outcome: str, unfounded: bool
) -> None:
    first = change(2, 1)
    (one,) = await neighbours.publish(first)
    await neighbours.wait(AlertRaised, alert_id=one)
    ended = {**recent(CaseStatusChanged).model_dump(), "case_id": first.scope_id, "at": now(), "outcome": outcome}
    await neighbours.publish(CaseStatusChanged.model_validate(ended))
    assert (await neighbours.wait(AlertEnded, alert_id=one))[0].unfounded is unfounded


async def test_alert_of_a_case_that_went_into_another_ends_quietly(
    notification: Service, neighbours: Neighbours
) -> None:
    first = change(2, 1)
    (one,) = await neighbours.publish(first)
    await neighbours.wait(AlertRaised, alert_id=one)
    merged = {"case_id": first.scope_id, "at": now(), "outcome": None}
    await neighbours.publish(recent(CaseStatusChanged).model_copy(update=merged))
    await neighbours.wait(AlertEnded, alert_id=one)
    assert await _over(notification, one) == set()


async def test_level_that_falls_is_no_end_and_a_close_that_comes_after_it_is(
    notification: Service, neighbours: Neighbours
) -> None:
    first = change(2, 1)
    (one,) = await neighbours.publish(first)
    await neighbours.wait(AlertRaised, alert_id=one)
    fall = first.model_copy(update={"level": Level.NORMAL, "previous": Level.SIAGA, "at": now()})
    await neighbours.publish(LevelChanged.model_validate(fall.model_dump()))
    await neighbours.wait(AlertEnded, alert_id=one)
    assert await _over(notification, one) == set()
    closed = recent(CaseStatusChanged).model_copy(update={"case_id": first.scope_id, "at": now()})
    await neighbours.publish(closed)
    await neighbours.publish(closed, sequence=1)
    assert await eventually(lambda: _over(notification, one)) == await _called(notification, one)


async def test_silent_alert_since_keeps_nobody_who_was_called_before_from_learning_the_end(
    notification: Service, neighbours: Neighbours
) -> None:
    first = change(2, 1)
    (one,) = await neighbours.publish(first)
    await neighbours.wait(AlertRaised, alert_id=one)
    for level, previous in ((Level.NORMAL, Level.SIAGA), (Level.WASPADA, Level.NORMAL)):
        told = first.model_copy(update={"level": level, "previous": previous, "at": now()})
        (last,) = await neighbours.publish(LevelChanged.model_validate(told.model_dump()))
    await neighbours.wait(AlertRaised, alert_id=last)
    await neighbours.publish(recent(CaseStatusChanged).model_copy(update={"case_id": first.scope_id, "at": now()}))
    assert await eventually(lambda: _over(notification, one)) == await _called(notification, one)
    assert await _over(notification, last) == set()


async def test_area_is_over_when_it_is_calm_and_the_newest_alert_of_a_case_tells_it(
    notification: Service, neighbours: Neighbours
) -> None:
    area = {"scope": "area", "scope_id": "31.71", "region": "31.71", "jurisdiction": jurisdiction("31.71")}
    rise = change(2, 1).model_copy(update=area)
    (one,) = await neighbours.publish(rise)
    await neighbours.wait(AlertRaised, alert_id=one)
    for level, before in ((Level.WASPADA, Level.SIAGA), (Level.NORMAL, Level.WASPADA)):
        assert await _over(notification, one) == set()
        fall = rise.model_copy(update={"level": level, "previous": before, "at": now()})
        await neighbours.publish(LevelChanged.model_validate(fall.model_dump()))
    assert await eventually(lambda: _over(notification, one)) == await _called(notification, one)
    first = change(2, 1)
    (old,) = await neighbours.publish(first)
    await neighbours.wait(AlertRaised, alert_id=old)
    fall = first.model_copy(update={"level": Level.NORMAL, "previous": Level.SIAGA, "at": now()})
    again = first.model_copy(update={"at": now()})
    (new,) = [(await neighbours.publish(LevelChanged.model_validate(each.model_dump())))[0] for each in (fall, again)][
        1:
    ]
    await neighbours.wait(AlertRaised, alert_id=new)
    closed = recent(CaseStatusChanged).model_copy(update={"case_id": first.scope_id, "at": now()})
    await neighbours.publish(closed, closed)
    assert await eventually(lambda: _over(notification, new)) == await _called(notification, new)
    last = (await neighbours.publish(change(2, 1)))[0]
    await neighbours.wait(AlertRaised, alert_id=last)
    assert await _over(notification, old) == set()


async def _called(notification: Service, alert_id: str, purpose: str = "call") -> set[tuple[str, str]]:
    query = {"state.about": alert_id, "state.content.purpose": purpose}
    found = notification.foundation.database["deliveries"].find(query)
    return {(each["state"]["recipient"], each["state"]["channel"]) async for each in found}


async def _over(notification: Service, alert_id: str) -> set[tuple[str, str]]:
    return await _called(notification, alert_id, "over")


async def test_rise_and_fall_that_come_together_leave_nothing_standing(
    notification: Service, neighbours: Neighbours
) -> None:
    first = change(2, 1)
    (one,) = await neighbours.publish(first)
    await neighbours.wait(AlertRaised, alert_id=one)
    rise = first.model_copy(update={"level": Level.AWAS, "previous": Level.SIAGA, "at": now()})
    fall = first.model_copy(update={"level": Level.NORMAL, "previous": Level.AWAS, "at": now()})
    two, _ = await neighbours.publish(
        LevelChanged.model_validate(rise.model_dump()), LevelChanged.model_validate(fall.model_dump())
    )
    ends = [(await neighbours.wait(AlertEnded, alert_id=each))[0] for each in (one, two)]
    assert ends[-1].replaced is False


async def test_whatsapp_away_is_tried_again_and_disturbs_nothing(notification: Service, neighbours: Neighbours) -> None:
    ids = await neighbours.publish(change(2, 1))
    await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="email", status="sent")

    async def tried() -> bool:
        away = {"state.channel": "whatsapp", "state.status": "queued", "state.reason": "whatsapp_away"}
        return bool(await notification.foundation.database["deliveries"].count_documents(away))

    await eventually(tried)


async def test_awas_that_waits_for_a_person_calls_one_though_the_level_is_the_same(
    notification: Service, neighbours: Neighbours
) -> None:
    ids = await neighbours.publish(change(2, 2, needs_confirmation=True))
    assert await neighbours.wait(AlertRaised, alert_id=ids[0])


async def test_request_to_look_is_sent_says_so_and_ends_the_one_before_it(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    one = (await neighbours.publish(recent(LookRequested), sequence=1))[0]
    two = (await neighbours.publish(recent(LookRequested), sequence=2))[0]
    await neighbours.wait(DeliveryRecorded, alert_id=two, channel="email", status="sent")
    mails = [each for each in box[0].mails if two in each["text"]]
    assert {each["to"] for each in mails} == {"kua.gambir@contoh.invalid", "penyuluh.gambir@contoh.invalid"}
    assert "bukan peringatan" in mails[0]["text"]
    assert "3 laporan yang belum diperiksa menyebut ancaman, pembakaran" in mails[0]["text"]
    client = notification.client("kua.gambir", True)
    assert "MINTA DIPERIKSA" in (await client.get("/notification/")).text
    done = await client.post(f"/notification/alerts/{two}/acknowledge", data={"csrf": CSRF})
    assert "Diterima oleh Kepala KUA Gambir" in done.text
    row = await notification.app.state.store.alerts.get(one)
    assert row.state.state == "ended"
    assert neighbours.received(AlertRaised, alert_id=two) == []


async def test_message_that_was_read_is_shown_as_read(notification: Service, neighbours: Neighbours) -> None:
    ids = await neighbours.publish(change(2, 1))
    sent = (await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="email", status="sent"))[0]
    report = recent(DeliveryStatusReported, delivery_id=sent.delivery_id)
    await neighbours.publish(report, recent(DeliveryStatusReported, delivery_id="gone", service="elsewhere"))
    await neighbours.wait(DeliveryRecorded, delivery_id=sent.delivery_id, status="read")
    alert = (await notification.client("kasi.jakpus").get(f"/notification/v1/alerts/{ids[0]}")).json()
    assert [each["status"] for each in alert["deliveries"] if each["channel"] == "email"].count("read") == 1


async def test_inbox_rings_when_something_comes(notification: Service, neighbours: Neighbours) -> None:
    client = notification.client("kua.gambir")
    rung = asyncio.Event()

    async def listen() -> None:
        async with client.stream("GET", "/notification/live", timeout=60) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("retry"):
                    rung.clear()
                if line == "event: changed":
                    rung.set()
                    return

    listening = asyncio.create_task(listen())

    async def heard() -> bool:
        await neighbours.publish(change(1))
        return rung.is_set()

    await eventually(heard)
    await listening


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Nama,jabatan_lain,31.71.01,,,", "tidak dikenal"),
        ("Nama,kasi,Entah,,,", "tidak ditemukan"),
        ("Nama,kasi,31.71,bukan e-mail,,", "keliru"),
        ("Nama,kasi,31.71,,bukan nomor,", "keliru"),
        (",kasi,31.71,,,", "kosong"),
        ("Nama,kasi,31.71,,6.28E+11,", "keliru"),
        ("Nama,kasi,31.71,,123,", "keliru"),
        ("Nama,kasi,31.71,,,,lebih", "sebelah kanan"),
    ],
)
async def test_wrong_row_of_the_directory_says_why(notification: Service, line: str, reason: str) -> None:
    table = f"nama,peran,wilayah,email,whatsapp,webhook\n{line}\n".encode()
    client = notification.client("admin", True)
    done = await client.post("/notification/directory", data={"csrf": CSRF}, files={"file": ("d.csv", table)})
    await eventually(lambda: imported(client, str(done.url), "0 dari 1 baris masuk"))
    assert reason in done.text
