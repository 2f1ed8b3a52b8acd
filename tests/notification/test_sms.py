"""Alerts by short message, through a gateway's own protocol."""

from collections.abc import AsyncIterator

import pytest

from contracts.events import AlertRaised, DeliveryRecorded, DeliveryStatusReported
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


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[tuple[ShortMessages, str]]:
    settings = SimulatorSettings()
    made = ShortMessages(settings)
    async with serving(application(Phones(settings), Telegram(settings), made, Mailboxes(settings), Box())) as address:
        yield made, f"{address}/sms/messages"


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, gateway: tuple[ShortMessages, str]
) -> AsyncIterator[Service]:
    async with with_officials(sms_url=gateway[1], smtp_port=1) as made:
        yield made


async def test_alert_reaches_a_telephone_without_the_internet(
    notification: Service, neighbours: Neighbours, gateway: tuple[ShortMessages, str]
) -> None:
    ids = await neighbours.publish(change(2, 1))
    await neighbours.wait(AlertRaised, alert_id=ids[0])
    sent = (await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="sms", status="sent"))[0]
    text = gateway[0].talks["6281000000101"][-1].text
    assert text.isascii()
    assert "Rukun: tingkat 2 Siaga di Gambir" in text
    address = text.rpartition(" ")[2]
    assert "/notification/a/" in address
    page = await notification.client().get(
        address.partition("/notification")[1] + address.partition("/notification")[2]
    )
    assert "Saya terima dan tangani" in page.text
    # What the gateway reports comes by intake, whose webhook it is.
    report = recent(DeliveryStatusReported, delivery_id=sent.delivery_id, status="delivered")
    await neighbours.publish(report)
    assert await neighbours.wait(DeliveryRecorded, delivery_id=sent.delivery_id, status="delivered")


async def test_who_has_no_number_for_short_messages_gets_none(
    notification: Service, neighbours: Neighbours, gateway: tuple[ShortMessages, str]
) -> None:
    ids = await neighbours.publish(change(3, 2))
    await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="sms", status="sent")
    deliveries = notification.foundation.database["deliveries"]
    found = await deliveries.find({"state.about": ids[0], "state.channel": "sms"}).to_list()
    assert len(found) == 1
    assert set(gateway[0].talks) == {"6281000000101"}
