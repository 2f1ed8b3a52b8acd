"""Directives: seen before they go out, approved by a second official, told by everybody's own channels, followed."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from chassis.clock import now
from contracts.events import DirectiveIssued, DirectiveReceiptRecorded, DirectiveWithdrawn
from rukun.samples import DIRECTORY
from services.notification.directives import spreading
from simulators import mail
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.running import CSRF, Service
from tests.waiting import eventually

_PATH = "/notification/directives"
_PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, box: tuple[mail.Box, int]
) -> AsyncIterator[Service]:
    # One person of two offices, and one whom nothing but the inbox reaches.
    more = "Merangkap,kasi,32.71|32.71.01,rangkap@contoh.invalid,,,\nTanpa alamat,penyuluh,32.71.02,,,,\n"
    async with with_officials(DIRECTORY + more, smtp_port=box[1], sms_url="") as service:
        yield service


async def proposed(author: httpx2.AsyncClient, **more: object) -> str:
    form = {"csrf": CSRF, "title": "Siaga hari raya", "text": "Tingkatkan komunikasi.", "regions": "31;32.71", **more}
    done = await author.post(_PATH, data=form)
    assert done.status_code == 200, done.text
    return str(done.url).rpartition("/")[2]


async def approved(service: Service, **more: object) -> str:
    id = await proposed(service.client("pusat", True), **more)
    done = await service.client("pkub", True).post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})
    assert done.status_code == 200, done.text
    return id


def mails(box: tuple[mail.Box, int], id: str, words: str = "") -> list[str]:
    return sorted(each["to"] for each in box[0].mails if f"/{id}" in each["text"] and words in each["subject"])


async def received(box: tuple[mail.Box, int], id: str, count: int, words: str = "") -> None:
    async def came() -> bool:
        return len(mails(box, id, words)) >= count

    await eventually(came)


async def test_author_sees_whom_it_reaches_and_nobody_else_sees_it_yet(notification: Service) -> None:
    pusat = notification.client("pusat", True)
    id = await proposed(pusat)
    page = (await pusat.get(f"{_PATH}/{id}", headers=_PAGE)).text
    assert "<strong>7</strong><br>orang" in page
    assert "1 orang hanya melihatnya bila masuk" in page
    assert "kantor tanpa orang" in page
    assert "<strong>Kota Administrasi Jakarta Pusat, Daerah Khusus Ibukota Jakarta</strong><br>Sawah Besar" in page
    assert "Setujui dan kirim" not in page
    assert "Setujui dan kirim" in (await notification.client("pkub").get(f"{_PATH}/{id}", headers=_PAGE)).text
    for account in ("kua.gambir", "kasi.jakpus"):
        assert (await notification.client(account).get(f"{_PATH}/{id}", headers=_PAGE)).status_code == 404
        assert id not in (await notification.client(account).get(_PATH, headers=_PAGE)).text


async def test_nobody_approves_their_own_nor_twice(notification: Service) -> None:
    pusat, pkub = notification.client("pusat"), notification.client("pkub")
    id = await proposed(notification.client("pusat", True))
    refused = await pusat.post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})
    assert (refused.status_code, "pejabat lain" in refused.text) == (403, True)
    assert (await pkub.post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})).status_code == 303
    assert (await pkub.post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})).status_code == 409


async def test_everybody_gets_one_message_by_each_channel_and_offices_answer(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id = await approved(notification)
    issued = await neighbours.wait(DirectiveIssued, directive_id=id)
    assert issued[0].offices == 6
    await received(box, id, 6)
    assert mails(box, id) == sorted(
        f"{name}@contoh.invalid"
        for name in ("kua.gambir", "penyuluh.gambir", "kasi.jakpus", "kabid.dki", "kua.bogor", "rangkap")
    )
    text = next(each["text"] for each in box[0].mails if f"/{id}" in each["text"])
    assert "Tingkatkan komunikasi." in text
    kua = notification.client("kua.gambir", True)
    assert id in (await kua.get(_PATH)).text
    assert "Sudah dibaca" in (await kua.get(f"{_PATH}/{id}", headers=_PAGE)).text
    receipts = notification.foundation.database["receipts"]
    receipt = await receipts.find_one({"_id": f"{id}:31.71.01"}) or {}
    assert receipt["state"]["progress"] == "delivered", "looking at it says nothing"
    await kua.post(f"{_PATH}/{id}/read", data={"csrf": CSRF})
    await kua.post(f"{_PATH}/{id}/done", data={"csrf": CSRF, "note": "=Rapat bersama FKUB"})
    told = await neighbours.wait(DirectiveReceiptRecorded, count=3, directive_id=id, office="31.71.01")
    assert [each.state for each in told] == ["delivered", "read", "done"]
    pusat = notification.client("pusat", True)

    async def counted() -> bool:
        return "1 melaksanakan" in (await pusat.get(f"{_PATH}/{id}", headers=_PAGE)).text

    await eventually(counted)
    rows = list(csv.DictReader(io.StringIO((await pusat.get(f"{_PATH}/{id}/offices.csv")).text.lstrip("\ufeff"))))
    assert len(rows) == 6
    assert next(each["keterangan"] for each in rows if each["kode"] == "31.71.01") == "'=Rapat bersama FKUB"
    page = (await notification.client("kua.bogor").get(f"{_PATH}/{id}", headers=_PAGE)).text
    assert "Rapat bersama" not in page, "what an office wrote is for itself and those above"


async def test_crash_in_the_middle_tells_nobody_twice(
    notification: Service, box: tuple[mail.Box, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = spreading.model.note_queued, []

    def dies_once(loaded: spreading.model.Loaded, purpose: str) -> list[object]:
        calls.append(purpose)
        if len(calls) == 1:
            raise RuntimeError("killed before it was noted")
        return real(loaded, purpose)  # type: ignore[return-value]

    monkeypatch.setattr(spreading.model, "note_queued", dies_once)
    id = await approved(notification)
    await received(box, id, 6)

    async def noted() -> bool:
        row = await notification.app.state.store.directives.get(id)
        return bool(row.state.queued == ["new"])

    await eventually(noted)
    assert len(calls) == 2
    assert len(mails(box, id)) == 6


async def test_roles_are_chosen_and_unknown_ones_refused(notification: Service, box: tuple[mail.Box, int]) -> None:
    id = await approved(notification, roles=["kepala_kua"])
    await received(box, id, 2)
    assert mails(box, id) == ["kua.bogor@contoh.invalid", "kua.gambir@contoh.invalid"]
    form = {"csrf": CSRF, "title": "Uji", "text": "Uji coba", "regions": "31", "roles": ["admin"]}
    assert (await notification.client("pusat").post(_PATH, data=form)).status_code == 422


async def test_offices_that_have_not_done_it_are_reminded_after_the_day(
    notification: Service, box: tuple[mail.Box, int]
) -> None:
    id = await approved(notification, due_on=(now() + timedelta(days=1)).date().isoformat(), regions="31")
    await received(box, id, 4)
    kua, store = notification.client("kua.gambir", True), notification.app.state.store
    await kua.get(_PATH)
    await kua.post(f"{_PATH}/{id}/done", data={"csrf": CSRF})

    def yesterday(directive: spreading.model.Loaded) -> list[object]:
        directive.state.due_on = now().date() - timedelta(days=2)
        directive.state.spread_at = now()
        return []

    await store.directives.update(id, yesterday)
    await received(box, id, 2, "Belum dilaksanakan")
    assert mails(box, id, "Belum dilaksanakan") == ["kabid.dki@contoh.invalid", "kasi.jakpus@contoh.invalid"]


async def test_withdrawn_is_told_to_all_and_what_waited_is_not_sent(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id = await approved(notification, regions="31", due_on=(now() + timedelta(days=9)).date().isoformat())
    await received(box, id, 4)
    # WhatsApp is away: what waits there is not sent any more once it is withdrawn.
    waiting = {"state.about": id, "state.channel": "whatsapp", "state.status": "queued"}
    assert await notification.foundation.database["deliveries"].count_documents(waiting) == 4
    done = await notification.client("pkub", True).post(
        f"{_PATH}/{id}/withdraw", data={"csrf": CSRF, "reason": "Tanggalnya keliru."}
    )
    assert "Tanggalnya keliru." in done.text
    await received(box, id, 4, "dicabut")
    assert await neighbours.wait(DirectiveWithdrawn, directive_id=id)
    states = notification.foundation.database["deliveries"].find({"state.about": id, "state.channel": "whatsapp"})
    found = sorted([(each["state"]["content"]["purpose"], each["state"]["status"]) async for each in states])
    # Who was told nothing by it is told no withdrawal either.
    assert found == [("new", "dropped")] * 4
    told = next(each["text"] for each in box[0].mails if f"/{id}" in each["text"] and "dicabut" in each["subject"])
    assert "Tanggalnya keliru." in told
    assert "paling lambat" not in told


async def test_office_below_neither_approves_nor_takes_back_an_order_from_above(notification: Service) -> None:
    kabid = notification.client("kabid.dki")
    id = await proposed(notification.client("pusat", True), regions="31")
    assert (await kabid.post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})).status_code == 403
    await notification.client("pkub").post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})
    refused = await kabid.post(f"{_PATH}/{id}/withdraw", data={"csrf": CSRF, "reason": "Tidak setuju."})
    assert (refused.status_code, "kantor di atas Anda" in refused.text) == (403, True)
    own = await proposed(notification.client("kabid.dki", True), regions="31")
    assert (await notification.client("pusat").post(f"{_PATH}/{own}/approve", data={"csrf": CSRF})).status_code == 303


async def test_address_that_several_share_gets_one_message(notification: Service, box: tuple[mail.Box, int]) -> None:
    people = notification.app.state.people
    twins = [
        {"_id": f"kembar-{n}", "name": f"Kembar {n}", "role": "penyuluh", "regions": ["31.72.01"]}
        | {"email": "satu.kotak@contoh.invalid"}
        for n in range(3)
    ]
    await people.write(twins, now(), "kembar")
    id = await approved(notification, regions="31.72.01")
    await received(box, id, 1)
    row = await notification.app.state.store.directives.get(id)
    assert row.state.offices == 1
    found = notification.foundation.database["deliveries"].find({"state.about": id})
    assert [each["state"]["channel"] async for each in found] == ["email"]
    for each in twins:
        await people.remove(each["_id"], now())


async def test_title_is_one_line_and_nobody_reached_is_said(notification: Service, box: tuple[mail.Box, int]) -> None:
    id = await approved(notification, title="Siaga\thari\nraya", regions="31.71.01")
    await received(box, id, 2)
    assert {each["subject"] for each in box[0].mails if f"/{id}" in each["text"]} == {"Rukun: Arahan: Siaga hari raya"}
    client, form = notification.client("pusat"), {"csrf": CSRF, "title": "Uji coba", "text": "Uji coba"}
    nobody = await client.post(_PATH, data={**form, "regions": "31.71.01", "roles": ["kabid"]})
    assert (nobody.status_code, "Belum ada kantor" in nobody.text) == (422, True)
    assert (await client.post(_PATH, data={**form, "title": "\n\t x"})).status_code == 422


async def test_draft_that_was_withdrawn_stays_unseen(notification: Service) -> None:
    id = await proposed(notification.client("pusat", True), title="Rahasia dulu", regions="31")
    await notification.client("pusat").post(f"{_PATH}/{id}/withdraw", data={"csrf": CSRF, "reason": "Salah tulis."})
    kasi = notification.client("kasi.jakpus")
    assert (await kasi.get(f"{_PATH}/{id}", headers=_PAGE)).status_code == 404
    assert "Rahasia dulu" not in (await kasi.get(_PATH, headers=_PAGE)).text


async def test_what_offices_wrote_is_read_by_who_is_above_them(notification: Service) -> None:
    id = await approved(notification)

    async def listed() -> bool:
        row = await notification.app.state.store.directives.get(id)
        return bool(row.state.expanded)

    await eventually(listed)
    bogor = notification.client("kua.bogor", True)
    await bogor.post(f"{_PATH}/{id}/done", data={"csrf": CSRF, "note": "Rapat; =HYPERLINK(1)\nbaris"})
    await bogor.post(f"{_PATH}/{id}/done", data={"csrf": CSRF, "note": "Rapat kedua"})
    kabid = notification.client("kabid.dki", True)
    assert "Rapat" not in (await kabid.get(f"{_PATH}/{id}", headers=_PAGE)).text
    table = (await kabid.get(f"{_PATH}/{id}/offices.csv")).text
    assert "32.71" not in table
    assert "31.71.01" in table
    table = (await notification.client("pusat").get(f"{_PATH}/{id}/offices.csv")).text
    assert "Rapat kedua" in table
    await notification.client("pkub").post(f"{_PATH}/{id}/withdraw", data={"csrf": CSRF, "reason": "Selesai."})
    assert (await bogor.post(f"{_PATH}/{id}/read", data={"csrf": CSRF})).status_code == 409


async def test_withdrawn_before_it_went_out_tells_nobody(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id = await proposed(notification.client("pusat", True))
    await notification.client("pusat").post(f"{_PATH}/{id}/withdraw", data={"csrf": CSRF, "reason": "Salah tulis."})
    assert (await notification.client("pkub").post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})).status_code == 409
    assert await notification.foundation.database["deliveries"].count_documents({"state.about": id}) == 0
    assert neighbours.received(DirectiveWithdrawn, directive_id=id) == []


async def test_directive_outside_the_own_region_is_refused(notification: Service) -> None:
    kabid = notification.client("kabid.dki")
    form = {"csrf": CSRF, "title": "Uji", "text": "Uji coba", "regions": "32"}
    assert (await kabid.post(_PATH, data=form)).status_code == 404
    id = await proposed(notification.client("pusat", True), regions="31;32.71")
    assert (await kabid.post(f"{_PATH}/{id}/approve", data={"csrf": CSRF})).status_code == 404
    assert (await kabid.post(f"{_PATH}/{id}/withdraw", data={"csrf": CSRF, "reason": "xxx"})).status_code == 404
