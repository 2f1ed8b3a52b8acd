"""Telegram: the same conversation, told apart from other channels, and only with a person alone."""

import itertools
from typing import Any

import pytest

from contracts.events import ReportSubmitted
from contracts.vocabulary import Channel, Provenance
from services.intake.channels import telegram
from tests.intake.conftest import Outside
from tests.intake.test_chat_media import picture
from tests.marks import mark
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_NUMBERS = itertools.count(700000001)
PERSON: dict[str, Any] = {"id": 7, "is_bot": False}
CHAT: dict[str, Any] = {"id": 7, "type": "private"}


async def shows(outside: Outside, number: str, words: str) -> None:
    async def shown() -> bool:
        return bool(outside.telegram.talks[number]) and words in outside.telegram.talks[number][-1].text

    await eventually(shown)


async def test_report_by_telegram_with_a_photo_and_buttons(
    intake: Service, outside: Outside, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside.telegram._settings, "intake_url", intake.address)
    number, story = str(next(_NUMBERS)), f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."
    assert await outside.telegram.send_photo(number, picture(), story) == 200
    await shows(outside, number, "Foto: 1")
    for choice, then in (("ubah", "Apa yang ingin"), ("ubah:time", "Kapan"), ("earlier", "Sebelumnya")):
        assert await outside.telegram.tap(number, choice) == 200
        await shows(outside, number, then)
    assert await outside.telegram.tap(number, "kirim_boleh") == 200
    await shows(outside, number, "Nomor tiket")
    sent = (await neighbours.wait(ReportSubmitted, narrative=story))[0]
    assert (sent.channel, sent.provenance) == (Channel.TELEGRAM, Provenance.PERSON)
    # Each tap was acknowledged in the webhook's own answer, and no mark of WhatsApp is shown.
    assert len(outside.telegram.acknowledged) == 4
    assert not any("*" in each.text for each in outside.telegram.talks[number])
    officer = intake.client("kua.gambir")

    async def came() -> bool:
        return (await officer.get(f"/intake/v1/attachments/{sent.attachments[0]}")).status_code == 200

    await eventually(came)
    identity = await intake.foundation.database["identities"].find_one({"_id": sent.report_id})
    assert identity is not None
    assert number not in str(identity)


async def test_the_same_number_on_another_channel_is_another_conversation(
    intake: Service, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside.telegram._settings, "intake_url", intake.address)
    monkeypatch.setattr(outside.phones._settings, "intake_url", intake.address)
    number = str(next(_NUMBERS))
    await outside.phones.write(number, "lapor")

    async def asked() -> bool:
        return "Ceritakan" in outside.phones.talks[number][-1].text

    await eventually(asked)
    await outside.telegram.write(number, "/start")
    await shows(outside, number, "Selamat datang")


async def test_update_is_taken_with_the_agreed_secret_alone(intake: Service) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "from": PERSON, "chat": CHAT, "text": "halo"}}
    for headers in ({}, {"x-telegram-bot-api-secret-token": "salah"}):
        answer = await intake.client().post("/intake/v1/channels/telegram", json=update, headers=headers)
        assert answer.status_code == 401
    assert not telegram.genuine("", "")


@pytest.mark.parametrize(
    "update",
    [
        [],
        {"update_id": "1"},
        {"update_id": 1},
        {"update_id": 1, "message": []},
        {"update_id": 1, "channel_post": {"text": "x"}},
        {"update_id": 1, "edited_message": {"from": PERSON, "chat": CHAT, "text": "x"}},
        {"update_id": 1, "message": {"from": PERSON, "chat": {"id": -5, "type": "group"}, "text": "x"}},
        {"update_id": 1, "message": {"from": {"id": 8, "is_bot": True}, "chat": CHAT, "text": "x"}},
        {"update_id": 1, "message": {"chat": CHAT, "text": "x"}},
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_is_no_persons_message_begins_no_conversation(update: Any) -> None:
    assert telegram.message(update) is None


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"text": "halo"}, "text", "halo"),
        ({"text": "/lapor@rukun_bot"}, "text", "lapor"),
        ({"photo": [{"file_id": "a"}, {"file_id": "b"}]}, "photo", ""),
        ({"photo": [{"file_id": "b"}], "caption": "ceritanya"}, "text", "ceritanya"),
        ({"photo": "x"}, "unknown", ""),
        ({"voice": {"file_id": "v"}}, "voice", ""),
        ({"audio": {"file_id": "v"}, "caption": "ceritanya"}, "text", "ceritanya"),
        ({"audio": {"file_id": "v"}}, "media", ""),
        ({"voice": "x"}, "media", ""),
        ({"video": {"file_id": "v"}}, "video", ""),
        ({"video": {}}, "media", ""),
        ({"video_note": {"file_id": "v"}}, "video", ""),
        ({"animation": {"file_id": "v"}, "document": {"file_id": "v", "mime_type": "video/mp4"}}, "video", ""),
        ({"document": {"file_id": "v", "mime_type": "application/pdf"}}, "document", ""),
        ({"document": {"file_id": "v", "mime_type": "image/png"}}, "photo", ""),
        ({"document": {"file_id": "v", "mime_type": "application/zip"}}, "media", ""),
        ({"document": {"file_id": "v"}, "caption": "surat penolakan"}, "text", "surat penolakan"),
        ({"contact": {"phone_number": "+628100000001"}}, "unknown", ""),
        ({"location": {"latitude": -6.17, "longitude": 106.8}}, "location", ""),
        ({"location": {"latitude": 999, "longitude": "x"}}, "unknown", ""),
        ({"location": []}, "unknown", ""),
    ],
)
def test_messages_of_every_shape_are_read(content: dict[str, Any], kind: str, text: str) -> None:
    found = telegram.message({"update_id": 5, "message": {"from": PERSON, "chat": CHAT, **content}})
    assert found is not None
    assert (found.channel, found.person, found.kind, found.text) == ("telegram", "7", kind, text)


def test_edited_message_names_the_one_that_it_was() -> None:
    first = {"from": PERSON, "chat": CHAT, "message_id": 9, "text": "Spanduk di Gambir."}
    edited = {**first, "text": "Spanduk di Senen.", "edit_date": 1}
    sent = telegram.message({"update_id": 5, "message": first})
    changed = telegram.message({"update_id": 6, "edited_message": edited})
    assert sent is not None
    assert changed is not None
    assert (changed.kind, changed.text, changed.ref) == ("edit", "Spanduk di Senen.", sent.ref)
    assert changed.id != sent.id
