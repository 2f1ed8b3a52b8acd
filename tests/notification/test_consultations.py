"""Whoever can answer a question is told of it: on duty first, the office above where there is nobody, once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chassis.clock import new_id, now
from contracts.events import ConsultationWaiting
from contracts.regions import jurisdiction
from contracts.vocabulary import Rung
from services.notification.consultations.messages import KIND
from services.notification.duty.commands import arrange
from simulators.mail import Box
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.running import Service
from tests.waiting import eventually

# A district of its own, so that nobody else's mail is among it.
TABLE = """nama,peran,wilayah,email,whatsapp,webhook
Kepala Contoh,kepala_kua,73.06.02,kepala@contoh.invalid,,
Penghulu Contoh,kepala_kua,73.06.02,penghulu@contoh.invalid,,
Penyuluh Contoh,penyuluh,73.06.02,penyuluh@contoh.invalid,,
Tanpa Alamat,kepala_kua,73.06.03,,,
Kasi Contoh,kasi,73.06,kasi@contoh.invalid,,
"""


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, box: tuple[Box, int]
) -> AsyncIterator[Service]:
    async with with_officials(TABLE, smtp_port=box[1]) as service:
        yield service


def question(region: str, rung: Rung = Rung.KECAMATAN, ago: timedelta = timedelta(0)) -> ConsultationWaiting:
    """One that was asked some time ago: in a quarter of an hour an office is written to once."""
    where = {"region": region, "jurisdiction": jurisdiction(region), "rung": rung}
    return recent(
        ConsultationWaiting, consultation_id=new_id(), answer_by=now() + timedelta(days=1), **where
    ).model_copy(update={"at": now() - ago})


async def told(service: Service, event: ConsultationWaiting, count: int) -> set[str]:
    """The addresses that were written to, when they are so many."""
    deliveries, officials = service.foundation.database["deliveries"], service.app.state.store.officials

    async def sent() -> set[str]:
        mine = {"state.content.consultation": event.consultation_id, "state.status": "sent"}
        rows = await deliveries.find(mine).to_list()
        found = [await officials.get({"_id": each["state"]["recipient"]}) for each in rows]
        return {each.email for each in found} if len(found) == count else set()

    return await eventually(sent)


async def test_everybody_of_the_office_who_may_answer_is_told_once(
    notification: Service, neighbours: Neighbours, box: tuple[Box, int]
) -> None:
    event = question("73.06.02")
    another = event.model_copy(update={"consultation_id": new_id()})
    for each in (event, event, another):
        await neighbours.publish(each)
    assert await told(notification, event, 2) == {"kepala@contoh.invalid", "penghulu@contoh.invalid"}
    mails = [each for each in box[0].mails if "ada pertanyaan warga" in each["subject"]]
    assert len(mails) == 2
    assert "/intake/consultations" in mails[0]["text"]
    kinds = await notification.foundation.database["deliveries"].distinct("state.content.kind")
    assert KIND in kinds


async def test_office_without_anybody_who_can_be_reached_leaves_it_to_the_one_above(
    notification: Service, neighbours: Neighbours
) -> None:
    for hours, region in enumerate(("73.06.03", "73.06.04"), start=1):
        event = question(region, ago=timedelta(hours=hours))
        await neighbours.publish(event)
        assert await told(notification, event, 1) == {"kasi@contoh.invalid"}


async def test_overdue_question_is_told_to_the_office_above(
    notification: Service, neighbours: Neighbours, box: tuple[Box, int]
) -> None:
    event = question("73.06.02", Rung.KABUPATEN, timedelta(hours=3))
    await neighbours.publish(event)
    assert await told(notification, event, 1) == {"kasi@contoh.invalid"}
    assert [each for each in box[0].mails if "belum dijawab" in each["subject"]]


async def test_who_is_on_duty_is_told_alone(notification: Service, neighbours: Neighbours) -> None:
    officials = notification.foundation.database["officials"]
    found = await officials.find_one({"email": "penghulu@contoh.invalid"})
    assert found
    await arrange(notification.app.state.store, "73.06.02", [found["_id"]], 7, now(), now())
    event = question("73.06.02", ago=timedelta(hours=4))
    await neighbours.publish(event)
    assert await told(notification, event, 1) == {"penghulu@contoh.invalid"}
