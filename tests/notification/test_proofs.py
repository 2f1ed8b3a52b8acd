"""Whether the ways to an official lead to them is asked, answered by a tap, and seen by who is in charge."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chassis.clock import now
from services.notification.proofs.model import HOLDS, Proof, hash_of, proven
from simulators import mail
from tests.clocks import clock
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.notification.test_links import called
from tests.notification.test_notification import change
from tests.running import CSRF, Service
from tests.waiting import eventually

HTML = {"accept": "text/html"}
KEY = b"k" * 32


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, box: tuple[mail.Box, int]
) -> AsyncIterator[Service]:
    async with with_officials(smtp_port=box[1], sms_url="") as service:
        yield service


def test_proof_is_of_one_address_and_ends() -> None:
    at = clock.at
    proof = Proof(official="a", channel="whatsapp", address=hash_of("6281000000001", KEY), at=at)
    assert proven(proof, "6281000000001", KEY, at + HOLDS - timedelta(hours=1))
    assert not proven(proof, "6281000000001", KEY, at + HOLDS)
    assert not proven(proof, "6281000000002", KEY, at)
    assert not proven(None, "6281000000001", KEY, at)


async def coverage(notification: Service, region: str) -> str:
    answer = await notification.client("pusat").get(f"/notification/coverage?region={region}", headers=HTML)
    return answer.text


async def check(notification: Service, box: mail.Box, office: str, to: str) -> str:
    """Let an office be asked; the address in the mail."""
    before = len(box.mails)
    client = notification.client("pusat", follow=True)
    answer = await client.post("/notification/coverage/check", data={"csrf": CSRF, "office": office}, headers=HTML)
    assert "pesan uji dikirim" in answer.text

    async def arrived() -> str | None:
        mine = [each["text"] for each in box.mails[before:] if each["to"] == to]
        found = re.search(r"/notification/c/\S+", mine[0]) if mine else None
        return found[0] if found else None

    found = await eventually(arrived)
    assert found is not None
    return found


async def test_channel_is_proven_by_a_tap_and_not_by_opening(notification: Service, box: tuple[mail.Box, int]) -> None:
    before = await coverage(notification, "31.71.01")
    assert "Belum terbukti bahwa pesan sampai" in before
    link = await check(notification, box[0], "31.71.01", "kua.gambir@contoh.invalid")
    client = notification.client(follow=True)
    page = await client.get(link, headers=HTML)
    assert "sampai kepada Anda lewat E-mail" in page.text
    assert "terbukti sampai" not in await coverage(notification, "31.71.01")
    done = await client.post(f"{link}/arrived", headers=HTML)
    assert "Peringatan akan sampai kepada Anda lewat cara ini." in done.text
    shown = await coverage(notification, "31.71.01")
    assert "terbukti sampai" in shown
    # Of the rungs above it the others are still without.
    assert shown.count("Belum terbukti bahwa pesan sampai") == before.count("Belum terbukti bahwa pesan sampai") - 1


async def test_another_address_is_not_proven_by_the_first(notification: Service, box: tuple[mail.Box, int]) -> None:
    database = notification.foundation.database
    link = await check(notification, box[0], "31", "kabid.dki@contoh.invalid")
    kabid = await database["officials"].find_one({"email": "kabid.dki@contoh.invalid"})
    assert kabid is not None
    change_of = {"$set": {"email": "lain@contoh.invalid"}}
    await database["officials"].update_one({"_id": kabid["_id"]}, change_of)
    try:
        assert (await notification.client().post(f"{link}/arrived")).status_code == 303
        assert not await database["proofs"].find_one({"official": kabid["_id"]})
    finally:
        await database["officials"].replace_one({"_id": kabid["_id"]}, kabid)


async def test_link_of_a_check_answers_no_alert_and_ends(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    link = await check(notification, box[0], "31.71", "kasi.jakpus@contoh.invalid")
    client, token = notification.client(), link.rpartition("/")[2]
    assert (await client.get(f"/notification/a/{token}")).status_code == 404
    _id, links = await called(neighbours, box[0], change(2, 1))
    alert = links["kua.gambir"].rpartition("/")[2]
    assert (await client.post(f"/notification/c/{alert}/arrived")).status_code == 404
    old = {"$set": {"state.created_at": now() - timedelta(days=8)}}
    await notification.foundation.database["deliveries"].update_many({"state.content.kind": "check"}, old)
    gone = await client.get(link)
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:problem-type:rukun:link-over")


async def test_nobody_is_asked_too_often_nor_by_who_may_not(notification: Service) -> None:
    form = {"csrf": CSRF, "office": "31.71.01"}
    assert (await notification.client("kua.bogor").post("/notification/coverage/check", data=form)).status_code == 404
    assert (
        await notification.client("penyuluh.gambir").post("/notification/coverage/check", data=form)
    ).status_code == 403
    empty = await notification.client("pusat").post("/notification/coverage/check", data={**form, "office": "91.71"})
    assert (empty.status_code, empty.json()["type"]) == (409, "urn:problem-type:rukun:nothing-to-check")
    answers = [await notification.client("pusat").post("/notification/coverage/check", data=form) for _ in range(11)]
    assert 429 in {each.status_code for each in answers}
