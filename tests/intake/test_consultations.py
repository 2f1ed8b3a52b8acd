"""A question to an area's officers: asked by chat, told to the office, answered once, in the same chat."""

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import new_id, now
from contracts.events import ConsultationWaiting
from contracts.vocabulary import Rung
from services.intake.consultations.commands import Consultations
from services.intake.consultations.model import due, rung_of
from services.intake.sealing import Seal
from simulators.whatsapp import Phones
from tests.intake.test_chat_media import shows
from tests.neighbours import Neighbours
from tests.running import CSRF, Service
from tests.waiting import eventually

_NUMBERS = itertools.count(6281000000870)


async def asked(
    phones: Phones, intake: Service, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str, ConsultationWaiting]:
    """A question by chat: the phone, the words, and the event that tells the office."""
    monkeypatch.setattr(phones._settings, "intake_url", intake.address)
    turn = next(_NUMBERS)
    number, words = (
        str(turn),
        f"Bagaimana mengundang penyuluh ke kampung {chr(turn % 26 + 65)} di Gambir, Jakarta Pusat?",
    )
    known = {each.consultation_id for each in neighbours.received(ConsultationWaiting)}  # type: ignore[attr-defined]
    assert await phones.write(number, "petugas") == 200
    await shows(phones, number, "kecamatan Anda")
    assert await phones.write(number, words) == 200
    await shows(phones, number, "sudah sampai di *KUA Gambir*")

    async def told() -> list[ConsultationWaiting]:
        found = neighbours.received(ConsultationWaiting)
        return [each for each in found if each.consultation_id not in known]  # type: ignore[attr-defined,misc]

    return number, words, (await eventually(told))[0]


async def test_question_reaches_the_office_and_the_answer_comes_back_once(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, words, event = await asked(phones[0], intake, neighbours, monkeypatch)
    assert (event.region, event.rung) == ("31.71.01", Rung.KECAMATAN)
    assert words not in event.model_dump_json()
    kua, address = intake.client("kua.gambir", True), f"/intake/consultations/{event.consultation_id}/answer"
    assert words in (await kua.get("/intake/consultations")).text
    assert number not in (await kua.get("/intake/consultations")).text
    done = await kua.post(address, data={"csrf": CSRF, "text": "Datanglah hari Senin pagi."})
    assert "Jawaban sudah dikirim" in done.text
    await shows(phones[0], number, "Datanglah hari Senin pagi.")
    assert "Kepala KUA Gambir" in phones[0].talks[number][-1].text
    count = len(phones[0].talks[number])
    again = await intake.client("kasi.jakpus").post(address, data={"csrf": CSRF, "text": "Datanglah hari Selasa."})
    assert again.status_code == 409
    consultations: Consultations = intake.app.state.consultations
    await consultations._bring(event.consultation_id)  # as after a crash before it was noted
    await phones[0].write(number, "terima kasih")
    await eventually(lambda: _longer(phones[0], number, count))
    assert sum("Senin pagi" in each.text for each in phones[0].talks[number]) == 1


async def _longer(phones: Phones, number: str, count: int) -> bool:
    return len(phones.talks[number]) > count + 1


async def test_question_is_sealed_and_nobody_elsewhere_sees_or_answers_it(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    _number, words, event = await asked(phones[0], intake, neighbours, monkeypatch)
    stored = await intake.foundation.database["consultations"].find_one({"_id": event.consultation_id}) or {}
    assert words not in str(stored)
    address = f"/intake/consultations/{event.consultation_id}"
    elsewhere = intake.client("kua.bogor")
    assert words not in (await elsewhere.get("/intake/consultations")).text
    for verb in ("answer", "close"):
        refused = await elsewhere.post(f"{address}/{verb}", data={"csrf": CSRF, "text": "Jawaban saya."})
        assert refused.status_code == 404
    penyuluh = intake.client("penyuluh.gambir", regions=["31"])
    assert (await penyuluh.get("/intake/consultations")).status_code == 403
    assert "Ditutup" in (await intake.client("kua.gambir", True).post(f"{address}/close", data={"csrf": CSRF})).text
    assert (await intake.client("kua.gambir").post(f"{address}/close", data={"csrf": CSRF})).status_code == 409


async def test_question_that_nobody_answers_in_time_is_told_to_the_office_above_once(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _words, event = await asked(phones[0], intake, neighbours, monkeypatch)
    questions = intake.foundation.database["consultations"]
    late = {"$set": {"state.answer_by": now() - timedelta(minutes=1)}, "$inc": {"version": 1}}
    consultations: Consultations = intake.app.state.consultations
    for _ in range(2):
        await questions.update_one({"_id": event.consultation_id}, late)
        await consultations._work_on(event.consultation_id, now())
    told = await neighbours.wait(ConsultationWaiting, count=2, consultation_id=event.consultation_id)
    assert [each.rung for each in told] == [Rung.KECAMATAN, Rung.KABUPATEN]
    page = await intake.client("kasi.jakpus").get("/intake/consultations")
    assert "Terlambat" in page.text
    assert number not in page.text


async def test_who_wants_no_word_gets_none_and_the_officer_is_told(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _words, event = await asked(phones[0], intake, neighbours, monkeypatch)
    await phones[0].write(number, "stop")
    await eventually(lambda: _stopped(phones[0], number))
    count = len(phones[0].talks[number])
    address = f"/intake/consultations/{event.consultation_id}/answer"
    done = await intake.client("kua.gambir", True).post(address, data={"csrf": CSRF, "text": "Datanglah."})
    assert "tidak mau dihubungi lagi" in done.text
    assert len(phones[0].talks[number]) == count


async def _stopped(phones: Phones, number: str) -> bool:
    return "tidak akan" in phones.talks[number][-1].text or "mulai" in phones.talks[number][-1].text


async def test_one_that_cannot_be_read_waits_alone(intake: Service) -> None:
    broken = {
        "region": "31.71.01",
        "jurisdiction": ["ID", "31", "31.71", "31.71.01"],
        "sealed": b"x",
        "asked_at": now(),
        "answer_by": now() + timedelta(days=1),
    }
    id, questions = new_id(), intake.foundation.database["consultations"]
    await questions.insert_one({"_id": id, "schema": 1, "version": 1, "state": broken, "sequence": 0, "published": 0})
    assert (await intake.client("kua.gambir").get("/intake/consultations")).status_code == 200
    consultations: Consultations = intake.app.state.consultations
    half = {"_id": new_id(), "schema": 1, "version": 1, "state": {"sent": False}, "sequence": 0, "published": 0}
    await questions.insert_one(half)
    for each in (half["_id"], new_id()):  # half a document, and one whose time has just ended
        await consultations._work_on(each, now())
    set_aside = await questions.find_one({"_id": half["_id"]}) or {}
    assert "quarantined" in set_aside
    await questions.delete_one({"_id": half["_id"]})
    await questions.delete_one({"_id": id})


@pytest.mark.parametrize(
    ("asked_at", "answered_by"),
    [
        ("2026-11-23T02:00", "2026-11-23T09:00"),  # Monday, nine in Jakarta: today at four
        ("2026-11-23T05:00", "2026-11-24T09:00"),  # at noon: tomorrow
        ("2026-11-27T06:00", "2026-11-30T09:00"),  # Friday afternoon: Monday
        ("2026-11-28T01:00", "2026-11-30T09:00"),  # Saturday
        ("2026-12-31T16:59", "2027-01-01T09:00"),  # a minute to midnight
    ],
)
def test_office_answers_by_the_end_of_a_working_day(asked_at: str, answered_by: str) -> None:
    at, by = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (asked_at, answered_by))
    assert due("31.71.01", at) == by


async def test_answer_of_an_officer_who_reads_english_is_indonesian_and_numbers_are_masked(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones[0]._settings, "intake_url", intake.address)
    number = str(next(_NUMBERS))
    await phones[0].write(number, "petugas")
    await shows(phones[0], number, "kecamatan Anda")
    await phones[0].write(number, "Nomor saya 081000000123, kapan KUA Gambir di Jakarta Pusat buka?")
    await shows(phones[0], number, "sudah sampai")
    kua = intake.client("kua.gambir", True)
    kua.headers["accept-language"] = "en"
    page = (await kua.get("/intake/consultations")).text
    assert "081000000123" not in page
    (id,) = set(re.findall(r"/intake/consultations/(\w+)/answer", page[page.index("kapan KUA Gambir") :])[:1])
    await kua.post(f"/intake/consultations/{id}/answer", data={"csrf": CSRF, "text": "Setiap hari kerja."})
    await shows(phones[0], number, "untuk pertanyaan Anda")


async def test_what_an_older_key_sealed_is_sealed_anew(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    _number, words, event = await asked(phones[0], intake, neighbours, monkeypatch)
    consultations: Consultations = intake.app.state.consultations
    present = intake.app.state.settings.seal
    old = Seal("o" * 32)
    hidden = old.hide({"conversation": "c", "text": words}, event.consultation_id)
    questions = intake.foundation.database["consultations"]
    change = {"$set": {"state.sealed": hidden}, "$inc": {"version": 1}}
    await questions.update_one({"_id": event.consultation_id}, change)
    monkeypatch.setattr(consultations, "_seal", Seal("n" * 32, ["o" * 32]))
    (row,) = await consultations._questions.rows({"_id": event.consultation_id})
    await consultations._rehide(row)
    stored = await questions.find_one({"_id": event.consultation_id}) or {}
    assert Seal("n" * 32).show(stored["state"]["sealed"], event.consultation_id)["text"] == words
    assert not present.is_newest(stored["state"]["sealed"])
    await questions.delete_one({"_id": event.consultation_id})


def test_kabupaten_is_asked_first_where_it_is_named() -> None:
    assert [rung_of(each) for each in ("31.71.01", "31.71")] == [Rung.KECAMATAN, Rung.KABUPATEN]


def test_working_days_end_when_they_do_there() -> None:
    at = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert due("91.71.01", at) - due("31.71.01", at) == timedelta(hours=-2)  # Papua is two hours ahead
