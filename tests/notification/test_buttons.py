"""An official answers by the buttons of WhatsApp, whose webhook comes to intake, and is replied to."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.clock import now
from contracts.events import AlertAcknowledged, AlertRaised, DeliveryAnswered, DeliveryRecorded
from services.notification.links.commands import answer_by_button
from simulators.email import Mailboxes
from simulators.mail import Box
from simulators.pages import application
from simulators.settings import SimulatorSettings
from simulators.sms import ShortMessages
from simulators.telegram import Telegram
from simulators.whatsapp import Phones
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.notification.test_notification import change
from tests.running import Service, serving
from tests.waiting import eventually

KUA, PENYULUH = "6281000000101", "6281000000102"


@pytest.fixture(scope="module")
async def phones() -> AsyncIterator[tuple[Phones, str]]:
    settings = SimulatorSettings()
    made = Phones(settings)
    parts = (made, Telegram(settings), ShortMessages(settings), Mailboxes(settings), Box())
    async with serving(application(*parts)) as address:
        yield made, f"{address}/v23.0"


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, phones: tuple[Phones, str]
) -> AsyncIterator[Service]:
    async with with_officials(graph_url=phones[1], smtp_port=1, sms_url="") as made:
        yield made


async def buttons(neighbours: Neighbours, phones: Phones, number: str, event: Any) -> tuple[str, dict[str, str]]:
    """An alert that was raised, and what the buttons on a phone send back, by verb."""
    ids = await neighbours.publish(event)
    await neighbours.wait(DeliveryRecorded, count=2, alert_id=ids[0], channel="whatsapp", status="sent")
    choices = [each["id"] for each in phones.talks[number][-1].choices]
    return ids[0], {each.split(":")[2]: each.split(":")[3] for each in choices}


async def tap(neighbours: Neighbours, verb: str, token: str) -> None:
    await neighbours.publish(recent(DeliveryAnswered, service="notification", verb=verb, token=token))


async def read(phones: Phones, number: str, words: str) -> bool:
    return any(words in each.text for each in phones.talks[number][-2:])


@pytest.mark.usefixtures("notification")
async def test_head_takes_an_alert_by_a_button_and_is_replied_to(
    neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    id, tokens = await buttons(neighbours, phones[0], KUA, change(2, 1))
    assert set(tokens) == {"acknowledge", "refuse"}
    await tap(neighbours, "acknowledge", tokens["acknowledge"])
    taken = await neighbours.wait(AlertAcknowledged, alert_id=id)
    assert taken[0].by_role == "Kepala KUA Gambir"
    await eventually(lambda: read(phones[0], KUA, "Peringatan ini sekarang Anda tangani"))
    assert phones[0].talks[KUA][-1].text.endswith(f"/notification/alerts/{id}")
    before = len(phones[0].talks[KUA])
    await tap(neighbours, "acknowledge", tokens["acknowledge"])  # once more: it is theirs
    await eventually(lambda: more(phones[0], KUA, before))
    assert "sekarang Anda tangani" in phones[0].talks[KUA][-1].text


async def more(phones: Phones, number: str, than: int) -> bool:
    return len(phones.talks[number]) > than


@pytest.mark.usefixtures("notification")
async def test_tap_that_was_replied_to_does_nothing_when_it_comes_again(
    notification: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    id, tokens = await buttons(neighbours, phones[0], KUA, change(2, 1))
    store = notification.app.state.store
    told = recent(DeliveryAnswered, service="notification", verb="acknowledge", token=tokens["acknowledge"])
    await answer_by_button(store, "tap-one", told.token, told.verb, now())
    again = {
        "$set": {"state.state": "raised", "state.takings": [], "state.acknowledged_by": None},
        "$inc": {"version": 1},
    }
    await store.alerts.collection.update_one({"_id": id}, again)
    await answer_by_button(store, "tap-one", told.token, told.verb, now())
    row = await store.alerts.get(id)
    assert (row.state.state.value, row.state.takings) == ("raised", [])
    page = await notification.client().get(f"/notification/a/{told.token}")
    assert page.status_code == 404  # a button's token opens no page


async def test_who_cannot_by_a_button_calls_the_next(
    notification: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    id, tokens = await buttons(neighbours, phones[0], KUA, change(2, 1))
    await tap(neighbours, "refuse", tokens["refuse"])
    await eventually(lambda: read(phones[0], KUA, "Pejabat berikutnya dihubungi sekarang"))
    shown = (await notification.client("kua.gambir").get(f"/notification/v1/alerts/{id}")).json()
    assert [each["by"] for each in shown["refusals"]] == ["Kepala KUA Gambir"]
    page = await notification.client("kua.gambir").get(f"/notification/alerts/{id}", headers={"accept": "text/html"})
    assert "tanpa alasan" in page.text


@pytest.mark.usefixtures("notification")
async def test_field_officer_and_awas_are_told_what_to_do_instead(
    neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    _id, tokens = await buttons(neighbours, phones[0], PENYULUH, change(2, 1))
    await tap(neighbours, "acknowledge", tokens["acknowledge"])
    await eventually(lambda: read(phones[0], PENYULUH, "Sampaikan kepada atasan Anda"))
    id, tokens = await buttons(neighbours, phones[0], KUA, change(3, 2))
    await tap(neighbours, "acknowledge", tokens["acknowledge"])
    await eventually(lambda: read(phones[0], KUA, "Pada tingkat Awas Anda perlu masuk dahulu"))
    assert not neighbours.received(AlertAcknowledged, alert_id=id)


@pytest.mark.usefixtures("notification")
async def test_answer_to_no_message_of_ours_holds_up_nothing(
    neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    for verb, token in (("acknowledge", "nonsense"), ("shout", "x" * 190)):
        await tap(neighbours, verb, token)
    id, tokens = await buttons(neighbours, phones[0], KUA, change(2, 1))
    await tap(neighbours, "shout", tokens["acknowledge"])
    await eventually(lambda: read(phones[0], KUA, "Jawaban Anda tidak dapat dicatat."))
    assert await neighbours.wait(AlertRaised, alert_id=id)
    assert not neighbours.received(AlertAcknowledged, alert_id=id)
