"""A voice by chat: fetched apart, sealed, heard by who handles the case and by nobody else."""

import itertools
from datetime import timedelta

import pytest

from chassis.clock import new_id, now
from contracts.events import ReportSubmitted
from contracts.vocabulary import Category
from services.intake.attachments.store import Attachments
from services.intake.attachments.voices import voice_type
from services.intake.dialogue.texts import VOICE_STORY
from services.intake.sealing import Seal
from simulators.whatsapp import Phones
from tests.intake.test_chat_media import picture, seen, shows, tap
from tests.intake.voices import voice
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_NUMBERS = itertools.count(6281000000700)
_PLACES = itertools.cycle(["Gambir, Jakarta Pusat", "Sawah Besar, Jakarta Pusat", "Senen, Jakarta Pusat"])


async def spoken(
    content: bytes, phones: Phones, intake: Service, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> ReportSubmitted:
    """A report that is a voice: its place, what about and what happened are tapped or written."""
    monkeypatch.setattr(phones._settings, "intake_url", intake.address)
    number, known = str(next(_NUMBERS)), {each.report_id for each in neighbours.received(ReportSubmitted)}  # type: ignore[attr-defined]
    assert await phones.send_voice(number, content) == 200
    await shows(phones, number, "pesan suara tidak langsung didengar")
    await phones.write(number, next(_PLACES))
    await shows(phones, number, "Tentang apa")
    await tap(phones, number, "hambatan_ibadah", "Apa yang sudah terjadi")
    await tap(phones, number, "massa_berkumpul", "Pesan suara: 1")
    await tap(phones, number, "kirim", "Nomor tiket")

    async def sent() -> list[ReportSubmitted]:
        found = neighbours.received(ReportSubmitted, narrative=VOICE_STORY)
        return [each for each in found if each.report_id not in known]  # type: ignore[attr-defined]

    return (await eventually(sent))[0]


async def test_report_that_is_spoken_reaches_who_handles_it_and_is_sealed(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = voice()
    report = await spoken(content, phones[0], intake, neighbours, monkeypatch)
    assert (report.categories, report.acts) == ((Category.HAMBATAN_IBADAH,), ("massa_berkumpul",))
    (id,) = report.attachments

    async def there() -> bool:
        return (await seen(intake, id, "kasi.jakpus")).status_code == 200

    await eventually(there)
    heard = await seen(intake, id, "kasi.jakpus")
    assert (heard.content, heard.headers["content-type"]) == (content, "audio/ogg")
    assert (await seen(intake, id, "kua.bogor")).status_code == 404
    assert (await seen(intake, id, "pusat")).status_code == 200
    penyuluh = intake.client("penyuluh.gambir", regions=["31"])
    assert (await penyuluh.get(f"/intake/v1/attachments/{id}")).status_code == 403
    assert "sha256" not in (await intake.foundation.database["attachments"].find_one({"_id": id}) or {})
    stored = await intake.foundation.database["attachments"].find_one({"_id": id}) or {}
    assert content[40:90] not in stored["sealed"]
    assert "content" not in stored
    traces = await intake.foundation.database["access_log"].find({"request": id}).to_list()
    assert [each["act"] for each in traces] == ["photo"] * 3


async def test_what_is_no_recording_says_so_where_it_would_be_heard(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await spoken(picture(), phones[0], intake, neighbours, monkeypatch)
    waiting = intake.foundation.database["chat_photos"]

    async def given_up() -> bool:
        return await waiting.count_documents({"_id": report.attachments[0]}) == 0

    await eventually(given_up)
    assert (await seen(intake, report.attachments[0], "kasi.jakpus")).json()[
        "type"
    ] == "urn:problem-type:rukun:photo-missing"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (voice(), "audio/ogg"),
        (b"ID3\x04" + bytes(20), None),
        (b"\xff\xfb\x90" + bytes(20), None),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(20), None),
        (b"#!AMR\n" + bytes(20), "audio/amr"),
        (b"OggS" + bytes(300), None),
        (b"<svg onload=alert(1)>", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_recording_is_known_by_what_it_is(content: bytes, kind: str | None) -> None:
    assert voice_type(content) == kind


async def test_photos_of_a_release_before_are_sealed_and_keys_change(intake: Service) -> None:
    database, old, new = intake.foundation.database, "o" * 32, "n" * 32
    collection, id = database[f"attachments-{new_id()}"], new_id()
    await collection.insert_one({"_id": id, "content": b"picture", "sha256": "x", "at": now() - timedelta(days=9)})
    before = Attachments(collection, Seal(old))
    assert before.open(await collection.find_one({"_id": id})) == (b"picture", "image/jpeg")
    await before.seal_plain()
    sealed = await collection.find_one({"_id": id}) or {}
    assert b"picture" not in b"".join(each for each in sealed.values() if isinstance(each, bytes))
    assert before.open(sealed) == (b"picture", "image/jpeg")
    after = Attachments(collection, Seal(new, [old]))
    assert await after.rewrap() == 0
    found = await collection.find_one({"_id": id}) or {}
    assert Attachments(collection, Seal(new)).open(found) == (b"picture", "image/jpeg")
    assert await Attachments(collection, Seal("x" * 32)).rewrap() == 1
