"""A photo by chat: fetched apart from the story, seen by nobody before the report is sent, and never lost quietly."""

import itertools
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image

from chassis.deliveries.channel import Undelivered
from chassis.deliveries.graph import Graph
from contracts.events import ReportSubmitted
from simulators.whatsapp import Phones
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_NUMBERS = itertools.count(6281000000300)


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(made, "JPEG")
    return made.getvalue()


async def shows(phones: Phones, number: str, words: str) -> None:
    async def shown() -> bool:
        return bool(phones.talks[number]) and words in phones.talks[number][-1].text

    await eventually(shown)


async def tap(phones: Phones, number: str, id: str, then: str) -> None:
    reply = {"type": "button_reply", "button_reply": {"id": id, "title": id}}
    assert await phones.say(number, {"type": "interactive", "interactive": reply}, id) == 200
    await shows(phones, number, then)


async def report_with(
    photo: bytes, phones: Phones, intake: Service, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> ReportSubmitted:
    """A report by chat, from a photo with a story below it to the ticket."""
    monkeypatch.setattr(phones._settings, "intake_url", intake.address)
    turn = next(_NUMBERS)
    # Told apart by letters: a long number would be masked.
    number, story = str(turn), f"Spanduk menolak gereja dipasang di Gambir, Jakarta Pusat, oleh {chr(turn % 26 + 65)}."
    assert await phones.send_photo(number, photo, story) == 200
    await shows(phones, number, "Foto: 1")
    await tap(phones, number, "kirim", "Nomor tiket")
    return (await neighbours.wait(ReportSubmitted, narrative=story))[0]


async def seen(intake: Service, id: str, account: str = "kua.gambir") -> httpx2.Response:
    return await intake.client(account).get(f"/intake/v1/attachments/{id}")


async def test_photo_with_a_story_below_it_comes_with_the_report(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = (await report_with(picture(), phones[0], intake, neighbours, monkeypatch)).attachments

    async def there() -> httpx2.Response | None:
        answer = await seen(intake, id)
        return answer if answer.status_code == 200 else None

    shown = await eventually(there)
    assert shown is not None
    assert Image.open(BytesIO(shown.content)).size == (300, 200)
    assert (await seen(intake, id, "kua.bogor")).status_code == 404
    stored = await intake.foundation.database["attachments"].find_one({"_id": id}) or {}
    assert "forget_at" not in stored
    assert await intake.foundation.database["chat_photos"].count_documents({"_id": id}) == 0


async def test_what_is_no_picture_says_so_where_it_would_be_shown(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = (await report_with(b"no picture", phones[0], intake, neighbours, monkeypatch)).attachments
    waiting = intake.foundation.database["chat_photos"]

    async def given_up() -> bool:
        return await waiting.count_documents({"_id": id}) == 0

    await eventually(given_up)
    answer = await seen(intake, id)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem-type:rukun:photo-missing")


async def test_photo_waits_while_meta_is_away_and_holds_nobody_up(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = {"is": True}
    real = Graph.media

    async def media(self: Any, id: str, most: int) -> bytes:
        if away["is"]:
            raise Undelivered("whatsapp_away")
        return await real(self, id, most)

    monkeypatch.setattr(Graph, "media", media)
    sent = await report_with(picture(), phones[0], intake, neighbours, monkeypatch)
    (id,) = sent.attachments
    waiting = intake.foundation.database["chat_photos"]
    await eventually(lambda: waiting.find_one({"_id": id, "tries": {"$gte": 1}}))
    assert (await seen(intake, id)).status_code == 404
    away["is"] = False
    await waiting.update_one({"_id": id}, {"$set": {"due": sent.at}})

    async def there() -> bool:
        return (await seen(intake, id)).status_code == 200

    await eventually(there)


async def test_photo_of_a_report_that_is_never_sent_is_seen_by_nobody_and_forgotten(
    intake: Service, phones: tuple[Phones, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones[0]._settings, "intake_url", intake.address)
    number = str(next(_NUMBERS))
    attachments = intake.foundation.database["attachments"]
    before = [each["_id"] async for each in attachments.find({}, {"_id": 1})]
    assert await phones[0].send_photo(number, picture(), "") == 200
    await shows(phones[0], number, "Ceritakan apa yang terjadi")
    stored = await eventually(lambda: attachments.find_one({"_id": {"$nin": before}, "sealed": {"$exists": True}}))
    assert stored is not None
    assert stored["forget_at"]
    assert (await seen(intake, stored["_id"], "pusat")).status_code == 404
