"""Videos and documents by chat: stripped, sealed, opened for who handles the case and for nobody else."""

import itertools
from io import BytesIO

import httpx2
import pytest
from pypdf import PdfReader

from contracts.events import ReportSubmitted
from contracts.vocabulary import AttachmentKind, attachment_kind
from simulators.screens import Screens
from simulators.whatsapp import Phones
from tests.intake.test_chat_media import picture, seen, tap
from tests.intake.test_documents import letter
from tests.intake.videos import PLACE, video
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_NUMBERS = itertools.count(6281000000850)


async def sent_with(
    kind: str, content: bytes, media_type: str, phones: Phones, neighbours: Neighbours
) -> ReportSubmitted:
    """A report by chat, from a file with words below it to the ticket."""
    turn = next(_NUMBERS)
    number = str(turn)
    story = f"Surat dan video penolakan gereja beredar di Gambir, Jakarta Pusat, oleh {chr(turn % 26 + 65)}."
    await _send(phones, kind, number, content, media_type, story)
    await tap(phones, number, "kirim", "Nomor tiket")
    return (await neighbours.wait(ReportSubmitted, narrative=story))[0]


async def _send(screens: Screens, kind: str, number: str, content: bytes, media_type: str, story: str) -> None:
    if kind == "video":
        assert await screens.send_video(number, content, story) == 200
    else:
        assert await screens.send_document(number, content, media_type, story) == 200

    async def shown() -> bool:
        return "Periksa laporan" in screens.talks[number][-1].text

    await eventually(shown)


async def there(intake: Service, id: str) -> httpx2.Response:
    async def came() -> httpx2.Response | None:
        answer = await seen(intake, id, "kasi.jakpus")
        return answer if answer.status_code == 200 else None

    found = await eventually(came)
    assert found is not None
    return found


async def test_video_comes_without_its_place_and_in_parts_for_who_handles_the_case(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones[0]._settings, "intake_url", intake.address)
    given = video()
    (id,) = (await sent_with("video", given, "video/mp4", phones[0], neighbours)).attachments
    assert attachment_kind(id) is AttachmentKind.VIDEO
    shown = await there(intake, id)
    assert (shown.headers["content-type"], len(shown.content)) == ("video/mp4", len(given))
    assert PLACE not in shown.content
    client = intake.client("kasi.jakpus")
    part = await client.get(f"/intake/v1/attachments/{id}", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(given)}"
    penyuluh = intake.client("penyuluh.gambir", regions=["31"])
    assert (await penyuluh.get(f"/intake/v1/attachments/{id}")).status_code == 403
    assert (await seen(intake, id, "kua.bogor")).status_code == 404
    # Whoever asks for a part leaves the same trace as who asks for all.
    traces = await intake.foundation.database["access_log"].count_documents({"request": id})
    assert traces == 2


async def test_document_comes_as_pictures_of_its_pages(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones[0]._settings, "intake_url", intake.address)
    (id,) = (await sent_with("document", letter(), "application/pdf", phones[0], neighbours)).attachments
    assert attachment_kind(id) is AttachmentKind.DOCUMENT
    shown = await there(intake, id)
    assert shown.headers["content-type"] == "application/pdf"
    assert len(PdfReader(BytesIO(shown.content)).pages) == 2
    assert "Surat penolakan" not in PdfReader(BytesIO(shown.content)).pages[0].extract_text()


async def test_picture_that_is_sent_as_a_document_is_a_photo(
    intake: Service, phones: tuple[Phones, str], neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones[0]._settings, "intake_url", intake.address)
    (id,) = (await sent_with("document", picture(), "image/jpeg", phones[0], neighbours)).attachments
    assert attachment_kind(id) is AttachmentKind.PHOTO
    assert (await there(intake, id)).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(("kind", "media_type"), [("video", "video/mp4"), ("document", "application/pdf")])
async def test_what_is_something_else_says_so_where_it_would_be_shown(
    kind: str,
    media_type: str,
    intake: Service,
    phones: tuple[Phones, str],
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(phones[0]._settings, "intake_url", intake.address)
    (id,) = (await sent_with(kind, b"<script>alert(1)</script>", media_type, phones[0], neighbours)).attachments

    async def given_up() -> bool:
        return await intake.foundation.database["chat_photos"].count_documents({"_id": id}) == 0

    await eventually(given_up)
    answer = await seen(intake, id, "kasi.jakpus")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem-type:rukun:photo-missing")
