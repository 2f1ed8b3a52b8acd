"""Who gave a name can be written to as long as that name is retained; what they said is forgotten all the same."""

from datetime import timedelta

import pytest

from chassis.clock import new_id, now
from contracts.events import ReporterMessageRequested
from services.intake.dialogue.model import Conversation
from services.intake.privacy.addresses import retain_addresses
from services.intake.talks import Reply
from simulators.whatsapp import Phones
from tests.clocks import recent
from tests.intake.test_anonymity import Teller
from tests.intake.test_way_back import knocks, named_report
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_SILENCE = timedelta(days=8)


async def forgotten_on(intake: Service, id: str) -> object:
    found = await intake.foundation.database["conversations"].find_one({"_id": id})
    assert found is not None
    return found["state"]["forget_on"]


async def test_address_outlives_the_words_and_is_written_to(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    store, teller = intake.app.state.store, Teller(intake, phones[0], "6281000000061")
    report_id, _ticket = await named_report(intake, teller)
    id = store.talks.id_of("whatsapp", teller.user)

    def said(talk: Conversation) -> list[Reply]:
        talk.step, talk.draft, talk.last_report = "narrative", {"narrative": "Rahasia."}, "an-anonymous-report"
        talk.question_for, talk.ended = (report_id, "q"), report_id
        return []

    await store.talks.update(id, said)
    assert await retain_addresses(store, now() + _SILENCE) == 0
    left = await store.talks.get(id)
    assert (left.step, left.draft, left.read, left.last_report) == ("menu", {}, [], None)
    assert (left.address, left.question_for, left.ended) == (teller.number, (report_id, "q"), report_id)
    assert await forgotten_on(intake, id) > now() + _SILENCE + timedelta(days=8)  # type: ignore[operator]

    def silent(talk: Conversation) -> list[Reply]:
        talk.last_received_at = now() - timedelta(hours=25)
        return []

    await store.talks.update(id, silent)
    asked = recent(ReporterMessageRequested, report_id=report_id, message_id=new_id(), expects_answer=True)
    await neighbours.publish(asked)
    await eventually(lambda: knocks(phones[0], teller))
    # Whatever is written into it meanwhile: it is remembered until the day that was set.
    assert await forgotten_on(intake, id) > now() + _SILENCE + timedelta(days=8)  # type: ignore[operator]


async def test_conversation_that_goes_on_keeps_its_words(intake: Service, phones: tuple[Phones, str]) -> None:
    store, teller = intake.app.state.store, Teller(intake, phones[0], "6281000000062")
    await named_report(intake, teller)
    id = store.talks.id_of("whatsapp", teller.user)
    await teller.write("lapor")
    await retain_addresses(store, now() + _SILENCE - timedelta(hours=1))
    talk = await store.talks.get(id)
    assert (talk.step, len(talk.read)) == ("narrative", 2)


async def test_conversation_on_which_no_report_with_a_name_depends_is_forgotten(
    intake: Service, phones: tuple[Phones, str]
) -> None:
    store = intake.app.state.store
    talker, erased = (Teller(intake, phones[0], f"628100000006{n}") for n in (3, 4))
    await talker.write("menu")
    report_id, _ticket = await named_report(intake, erased)
    await intake.foundation.database["reports"].update_one({"_id": report_id}, {"$set": {"state.conversation": None}})
    ids = [store.talks.id_of("whatsapp", each.user) for each in (talker, erased)]
    before = [await forgotten_on(intake, each) for each in ids]
    assert await retain_addresses(store, now() + _SILENCE) == 0
    assert [await forgotten_on(intake, each) for each in ids] == before


@pytest.mark.parametrize("sealed", [b"x" * 40, b"", "no bytes"], ids=["another key", "empty", "text"])
async def test_conversation_that_cannot_be_read_holds_up_no_other(
    intake: Service, phones: tuple[Phones, str], sealed: bytes | str
) -> None:
    store, database = intake.app.state.store, intake.foundation.database
    tellers = [Teller(intake, phones[0], f"628100000006{n}") for n in (5, 6)]
    for each in tellers:
        await named_report(intake, each)
    broken, whole = (store.talks.id_of("whatsapp", each.user) for each in tellers)
    stored = await database["conversations"].find_one({"_id": broken})
    assert stored is not None
    await database["conversations"].update_one({"_id": broken}, {"$set": {"state.sealed": sealed}})
    try:
        assert await retain_addresses(store, now() + _SILENCE) == 1
        assert (await store.talks.get(whole)).read == []
    finally:
        await database["conversations"].update_one(
            {"_id": broken}, {"$set": {"state.sealed": stored["state"]["sealed"]}}
        )
