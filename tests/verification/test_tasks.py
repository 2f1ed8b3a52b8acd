"""Tasks, notes and documents of a case."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from chassis.clock import new_id, now
from contracts.events import CaseStateRecorded
from services.verification.documents.model import read_code
from services.verification.store import Store
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.verification.test_verification import case_of, report

_PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification") as service:
        yield service


@pytest.fixture(scope="module")
async def case(verification: Service, neighbours: Neighbours) -> str:
    """A case in Gambir; its id."""
    said = report("31.71.01", 'Spanduk menolak rumah ibadat di ujung jalan, #read("/etc/passwd") *tebal* $x$.')
    await neighbours.publish(said)
    return str((await case_of(verification, said.report_id))["case_id"])


async def put(service: Service, case: str, what: str, days: int = 3, account: str = "kua.gambir") -> str:
    due = str((now() + timedelta(days=days)).date())
    form = {"csrf": CSRF, "what": what, "office": "31.71.01", "due_on": due}
    done = await service.client(account, True).post(f"/verification/cases/{case}/tasks", data=form)
    assert done.status_code == 200, done.text
    row = await service.app.state.store.cases.get(case)
    return str(row.state.tasks[-1].id)


async def test_task_stands_with_its_office_until_it_is_done(verification: Service, case: str) -> None:
    kua, kasi = verification.client("kua.gambir", True), verification.client("kasi.jakpus", True)
    task = await put(verification, case, "Temui ketua FKUB")
    assert "Temui ketua FKUB" in (await kua.get("/verification/", headers=_PAGE)).text
    assert "Temui ketua FKUB" not in (await kasi.get("/verification/", headers=_PAGE)).text, "it is another office's"
    form = {"csrf": CSRF, "note": "Bersedia menengahi."}
    both = await asyncio.gather(*(kua.post(f"/verification/cases/{case}/tasks/{task}/done", data=form) for _ in "ab"))
    assert sorted(each.status_code for each in both) == [200, 404], "done once, whoever presses twice"
    assert "Temui ketua FKUB" not in (await kua.get("/verification/", headers=_PAGE)).text
    page = (await kua.get(f"/verification/cases/{case}", headers=_PAGE)).text
    assert "Tugas selesai: Temui ketua FKUB. Bersedia menengahi." in page


async def test_task_that_is_late_says_so_and_comes_first(verification: Service, case: str) -> None:
    await put(verification, case, "Tugas kemudian", days=5)
    task = await put(verification, case, "Tugas lewat", days=1)

    def yesterday(loaded: object) -> list[object]:
        for each in loaded.state.tasks:  # type: ignore[attr-defined]
            if each.id == task:
                each.due_on = (now() - timedelta(days=2)).date()
        return []

    await verification.app.state.store.cases.update(case, yesterday)
    page = (await verification.client("kua.gambir").get("/verification/", headers=_PAGE)).text
    assert page.index("Tugas lewat") < page.index("Tugas kemudian")
    assert "lewat " in page[page.index("Tugas lewat") :]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"office": "32.71.01"}, 422),
        ({"office": "tidak ada"}, 422),
        ({"due_on": "2020-01-01"}, 422),
        ({"due_on": "besok"}, 422),
        ({"what": "  "}, 422),
    ],
)
async def test_task_that_makes_no_sense_is_refused_with_words(
    verification: Service, case: str, change: dict[str, str], status: int
) -> None:
    day = str((now() + timedelta(days=1)).date())
    form = {"csrf": CSRF, "what": "Cek lokasi", "office": "31.71", "due_on": day, **change}
    answer = await verification.client("kua.gambir").post(f"/verification/cases/{case}/tasks", data=form)
    assert answer.status_code == status


async def test_note_is_for_officials_of_the_case(verification: Service, neighbours: Neighbours, case: str) -> None:
    words = "Pengurusnya minta waktu sampai Jumat."
    kua = verification.client("kua.gambir", True)
    done = await kua.post(f"/verification/cases/{case}/notes", data={"csrf": CSRF, "text": words})
    assert f"Catatan: {words}" in done.text
    refused = await verification.client("penyuluh.gambir").post(
        f"/verification/cases/{case}/notes", data={"csrf": CSRF, "text": words}
    )
    assert refused.status_code == 403
    assert all(words not in each.event.model_dump_json() for _topic, each in neighbours.recorded)


async def test_document_leaves_out_what_officials_wrote_among_themselves(verification: Service, case: str) -> None:
    words = "Jangan sampai bocor ke luar."
    kua = verification.client("kua.gambir", True)
    await kua.post(f"/verification/cases/{case}/notes", data={"csrf": CSRF, "text": words})
    _, content = await issue(verification, case, kind="laporan")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    assert "Kasus dibuka" in text
    assert "bocor" not in text


async def issue(service: Service, case: str, account: str = "kua.gambir", **form: str) -> tuple[str, bytes]:
    client = service.client(account, True)
    done = await client.post(f"/verification/cases/{case}/documents", data={"csrf": CSRF, **form})
    assert done.status_code == 200, done.text
    assert done.headers["content-type"] == "application/pdf"
    return str(done.url).rpartition("/")[2], done.content


async def test_report_is_a_pdf_whose_texts_are_no_markup(verification: Service, case: str) -> None:
    code, content = await issue(verification, case, kind="laporan")
    reader = PdfReader(BytesIO(content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "LAPORAN KASUS" in text
    assert '#read("/etc/passwd") *tebal* $x$' in text.replace("”", '"').replace("“", '"')
    assert "root:" not in text
    assert "/LAP/K-" in text
    reads = await verification.foundation.database["reads"].count_documents({"case_id": case})
    grouped = "-".join(code[start : start + 5] for start in range(0, 15, 5))
    assert grouped in text
    again = await verification.client("kasi.jakpus").get(f"/verification/documents/{code}")
    assert hashlib.sha256(again.content).digest() == hashlib.sha256(content).digest()
    assert (await verification.client("kua.bogor").get(f"/verification/documents/{code}")).status_code == 404
    assert await verification.foundation.database["reads"].count_documents({"case_id": case}) == reads + 1
    page = (await verification.client("kua.gambir").get(f"/verification/cases/{case}", headers=_PAGE)).text
    assert f"/verification/documents/{code}" in page
    assert "/LAP/K-" in page
    steps = (await verification.client("kua.gambir").get(f"/verification/v1/cases/{case}/timeline")).json()["timeline"]
    issued = [each["values"] for each in steps if each["kind"] == "document_issued"]
    assert hashlib.sha256(content).hexdigest() in {each["sha256"] for each in issued}


async def test_documents_that_are_made_at_once_have_numbers_of_their_own(verification: Service, case: str) -> None:
    await asyncio.gather(*(issue(verification, case, kind="laporan") for _ in range(3)))
    found = verification.foundation.database["documents"].find({"case_id": case}, {"n": 1, "number": 1})
    numbers = [(each["n"], each["number"].partition("/")[0]) async for each in found]
    assert sorted(numbers) == [(n, f"{n:03d}") for n in range(1, len(numbers) + 1)]


async def test_documents_of_before_they_had_a_place_are_shown_and_counted(verification: Service) -> None:
    store: Store = verification.app.state.store
    old = {"kind": "laporan", "number": "001/LAP", "by": "KUA", "actor": "a", "at": now(), "sha256": "0", "steps": 1}
    documents = [{**old, "_id": new_id(), "case_id": "before", "head": "h", "content": b"%PDF"} for _ in range(2)]
    await store.documents.collection.insert_many(documents)
    assert await store.next_document("before") == 3
    assert len(await store.issued("before")) == 2
    read = await store.documents.get({"_id": documents[0]["_id"]})
    assert read is not None
    assert read.content == b"%PDF"


async def test_note_is_no_news_for_partners(verification: Service, neighbours: Neighbours, case: str) -> None:
    before = len(neighbours.received(CaseStateRecorded, case_id=case))
    kua = verification.client("kua.gambir", True)
    await kua.post(f"/verification/cases/{case}/notes", data={"csrf": CSRF, "text": "Antara kita saja."})
    await kua.post(f"/verification/cases/{case}/assign", data={"csrf": CSRF, "to": "KUA Gambir"})
    told = await neighbours.wait(CaseStateRecorded, count=before + 1, case_id=case)
    assert len(told) == before + 1


async def test_anybody_checks_a_copy_and_learns_nothing_of_the_case(verification: Service, case: str) -> None:
    code, content = await issue(verification, case, kind="laporan")
    anybody = verification.client()
    page = (await anybody.get("/verification/dokumen", params={"code": code.lower()[:5] + " " + code[5:]})).text
    assert "Dokumen ini dikeluarkan" in page
    assert "Spanduk" not in page
    files = {"file": ("a.pdf", content)}
    assert "sama persis" in (await anybody.post("/verification/dokumen", data={"code": code}, files=files)).text
    files = {"file": ("a.pdf", content[:-1])}
    assert "BERBEDA" in (await anybody.post("/verification/dokumen", data={"code": code}, files=files)).text
    assert "Tidak ada dokumen" in (await anybody.get("/verification/dokumen", params={"code": "AAAAA"})).text


async def test_minutes_need_a_verdict_and_a_letter_its_referral(verification: Service, case: str) -> None:
    client, address = verification.client("kua.gambir", True), f"/verification/cases/{case}/documents"
    assert (await client.post(address, data={"csrf": CSRF, "kind": "berita-acara"})).status_code == 409
    assert (await client.post(address, data={"csrf": CSRF, "kind": "rujukan"})).status_code == 422
    assert (await client.post(address, data={"csrf": CSRF, "kind": "akta"})).status_code == 422
    form = {"verdict": "terverifikasi", "source_grade": "B", "information_grade": "2", "note": "Diperiksa di tempat."}
    await client.post(f"/verification/cases/{case}/verify", data={"csrf": CSRF, **form})
    _, content = await issue(verification, case, kind="berita-acara")
    text = PdfReader(BytesIO(content)).pages[0].extract_text()
    assert "BERITA ACARA PEMERIKSAAN" in text
    assert "Diperiksa di tempat" in text


def test_code_is_read_as_people_type_it() -> None:
    assert read_code(" abcde-fghij klmno ") == "ABCDEFGHIJKLMNO"
