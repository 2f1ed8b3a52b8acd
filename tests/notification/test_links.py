"""An official answers by the link of their own message: a tap, no sign-in; at Awas they sign in."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import new_id, now
from contracts.events import AlertAcknowledged, DeliveryRecorded, LookRequested
from services.notification.links.tokens import read_token, token_of
from simulators import mail
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.notification.test_notification import change
from tests.running import Service

KEY = b"k" * 32
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, box: tuple[mail.Box, int]
) -> AsyncIterator[Service]:
    async with with_officials(smtp_port=box[1], sms_url="") as service:
        yield service


async def called(neighbours: Neighbours, box: mail.Box, event: Any) -> tuple[str, dict[str, str]]:
    """An alert that was raised, and the address in each mail of it."""
    ids = await neighbours.publish(event)
    await neighbours.wait(DeliveryRecorded, count=2, alert_id=ids[0], channel="email", status="sent")
    mails = [each for each in box.mails if ids[0] in each["text"]]
    return ids[0], {each["to"].partition("@")[0]: _link(each["text"]) for each in mails}


async def state_of(notification: Service, id: str) -> str:
    row = await notification.app.state.store.alerts.get(id)
    return str(row.state.state.value)


def _link(text: str) -> str:
    found = re.search(r"/notification/a/\S+", text)
    return found[0] if found else ""


@pytest.mark.parametrize(
    "id", ["01a2201a-170a-7281-bdce-3572af374229:0", "01a2201a-170a-7281-bdce-3572af374229:117", "not-a-uuid:3"]
)
def test_token_names_its_message_and_nobody_makes_one(id: str) -> None:
    token = token_of(id, KEY)
    assert read_token(token, KEY) == id
    assert len(token) <= 45
    assert read_token(token, b"another key") is None
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert read_token(forged, KEY) in (None, id)  # the last letter has bits that say nothing
    for nonsense in ("", "x", "é", "A" * 400, "====", "a.b"):
        assert read_token(nonsense, KEY) is None


async def test_head_takes_an_alert_by_the_link_of_the_mail(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id, links = await called(neighbours, box[0], change(2, 1))
    client = notification.client(follow=True)
    page = await client.get(links["kua.gambir"], headers=HTML)
    assert "Saya terima dan tangani" in page.text
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert await state_of(notification, id) == "raised"  # a mail server that opens it answers nothing
    done = await client.post(f"{links['kua.gambir']}/acknowledge", headers=HTML)
    assert "Terima kasih. Peringatan ini sekarang Anda tangani; catat" in done.text
    assert "Tindakan pertama dicatat sebelum" in done.text
    taken = await neighbours.wait(AlertAcknowledged, alert_id=id)
    assert taken[0].by_role == "Kepala KUA Gambir"
    again = await client.post(f"{links['kasi.jakpus']}/acknowledge", headers=HTML)
    assert again.status_code == 409
    assert "Peringatan ini sudah diterima oleh Kepala KUA Gambir" in again.text


async def test_field_officer_cannot_take_what_a_head_has_to(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    _id, links = await called(neighbours, box[0], change(2, 1))
    client = notification.client()
    page = await client.get(links["penyuluh.gambir"], headers=HTML)
    assert "Saya terima dan tangani" not in page.text
    assert "Sampaikan kepada atasan Anda" in page.text
    assert (await client.post(f"{links['penyuluh.gambir']}/acknowledge")).status_code == 403


async def test_who_cannot_says_why_and_the_next_are_called(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id, links = await called(neighbours, box[0], change(2, 1))
    client = notification.client(follow=True)
    assert (await client.post(f"{links['kua.gambir']}/refuse", data={"reason": " "})).status_code == 422
    page = await client.post(f"{links['kua.gambir']}/refuse", data={"reason": "Di luar kota."}, headers=HTML)
    assert "Pejabat berikutnya dihubungi sekarang" in page.text
    # By their account they are the same head, and call nobody else once more.
    again = await notification.client("kua.gambir").post(
        f"/notification/v1/alerts/{id}/refuse", json={"reason": "Lagi."}
    )
    assert (again.status_code, again.json()["type"]) == (409, "urn:problem-type:rukun:not-asked")
    shown = (await notification.client("kua.gambir").get(f"/notification/v1/alerts/{id}")).json()
    assert [(each["by"], each["reason"]) for each in shown["refusals"]] == [("Kepala KUA Gambir", "Di luar kota.")]


async def test_at_awas_there_is_no_such_link(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id, links = await called(neighbours, box[0], change(3, 2))
    assert set(links.values()) == {""}
    # Nor may one be made by hand of a message that has none.
    deliveries = await notification.app.state.store.deliveries_of(id)
    mine = next(
        each for each, state in deliveries if state.channel == "email" and state.content["office"] == "31.71.01"
    )
    address = f"/notification/a/{token_of(mine, notification.app.state.store.links.key)}"
    page = await notification.client().get(address, headers=HTML)
    assert "perlu masuk dahulu" in page.text
    refused = await notification.client().post(f"{address}/acknowledge")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:problem-type:rukun:sign-in-needed")


async def test_request_to_look_is_taken_by_the_officer_on_the_spot(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    asked = recent(LookRequested, subject=f"look-{new_id()}")
    id, links = await called(neighbours, box[0], asked)
    client = notification.client(follow=True)
    assert "Saya periksa" in (await client.get(links["penyuluh.gambir"], headers=HTML)).text
    done = await client.post(f"{links['penyuluh.gambir']}/acknowledge")
    assert "Catat apa yang Anda temukan" in done.text
    shown = (await notification.client("kua.gambir").get(f"/notification/v1/alerts/{id}")).json()
    assert shown["acknowledged_by"] == "Penyuluh Gambir"


async def test_link_ends_with_its_time_with_the_post_and_is_nobody_elses(
    notification: Service, neighbours: Neighbours, box: tuple[mail.Box, int]
) -> None:
    id, links = await called(neighbours, box[0], change(2, 1))
    client, database = notification.client(), notification.foundation.database
    other = links["kua.gambir"][:-4] + ("AAAA" if links["kua.gambir"][-4:] != "AAAA" else "BBBB")
    assert (await client.get(other)).status_code == 404
    kasi = await database["officials"].find_one({"email": "kasi.jakpus@contoh.invalid"})
    assert kasi is not None
    await database["officials"].update_one({"_id": kasi["_id"]}, {"$set": {"regions": ["32.01"]}})
    try:
        gone = await client.get(links["kasi.jakpus"])
        assert (gone.status_code, gone.json()["type"]) == (410, "urn:problem-type:rukun:link-over")
    finally:
        await database["officials"].replace_one({"_id": kasi["_id"]}, kasi)
    old = {"$set": {"state.created_at": now() - timedelta(hours=25)}}
    await database["deliveries"].update_many({"state.about": id}, old)
    assert (await client.post(f"{links['kua.gambir']}/acknowledge")).status_code == 410
    assert await state_of(notification, id) == "raised"
