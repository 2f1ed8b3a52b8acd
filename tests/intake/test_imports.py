"""Files of reports: understood, shown, and only then stored; the same report is one whatever file it comes in."""

import asyncio
import re
from datetime import UTC, datetime
from io import BytesIO

import httpx2
import openpyxl
import pytest

from chassis.tables import Row
from contracts.events import ReportSubmitted
from services.intake.imports.reading import WrongRow, form_of, key_of, require_time
from tests.neighbours import Neighbours
from tests.running import CSRF, Service
from tests.waiting import eventually

GOOD = {"wilayah": "31.71.01", "kategori": "Rumah ibadat", "uraian": "Warga menolak"}


def form(**cells: str) -> dict[str, object]:
    return form_of(Row(2, {**GOOD, **cells})).model_dump()


def test_row_becomes_a_report() -> None:
    made = form(waktu="21/11/2026 14.30", tindakan="ancaman; Massa berkumpul", terlibat="40 orang", berlangsung="Iya")
    assert (made["region"], made["categories"], made["acts"]) == (
        "31.71.01",
        ["rumah_ibadat"],
        ["ancaman", "massa_berkumpul"],
    )
    assert str(made["occurred_at"]) == "2026-11-21 14:30:00+07:00"
    assert made["people"] == {"involved": 40, "injured": None, "dead": None}
    assert made["ongoing"] is True


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"wilayah": "Entah"}, "tidak ditemukan"),
        ({"wilayah": "Sukajadi"}, "beberapa"),
        ({"wilayah": ""}, "wilayah kosong"),
        ({"kategori": "apa saja"}, "tidak dikenal"),
        ({"kategori": ""}, "kategori kosong"),
        ({"uraian": ""}, "uraian kosong"),
        ({"uraian": "ab"}, "narrative"),
        ({"waktu": "kemarin"}, "tidak terbaca"),
        ({"terlibat": "banyak"}, "terlibat: “banyak” bukan bilangan"),
        ({"berlangsung": "mungkin"}, "berlangsung: “mungkin” bukan ya atau tidak"),
    ],
)
def test_wrong_row_says_why(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(WrongRow, match=reason):
        form(**cells)


def test_row_wider_than_its_heading_is_wrong_and_not_cut() -> None:
    with pytest.raises(WrongRow, match="lalu dua orang luka"):
        form_of(Row(2, GOOD, ("lalu dua orang luka",)))


def test_what_is_told_for_the_record_says_when_it_was() -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    for wrong in ("", "2012-03-02", "2026-12-01"):
        with pytest.raises(WrongRow, match="waktu"):
            require_time(form_of(Row(2, {**GOOD, "waktu": wrong})), at)
    require_time(form_of(Row(2, {**GOOD, "waktu": "2019-03-02"})), at)


def test_key_is_what_is_said_however_it_is_written() -> None:
    same = [{**GOOD, "waktu": "2026-11-20"}, {**GOOD, "wilayah": "317101", "waktu": "20/11/2026", "no": "7"},
            {**GOOD, "uraian": " warga  MENOLAK ", "waktu": "20 Nov 2026"}]  # fmt: skip
    other = [{**GOOD, "waktu": "2026-11-21"}, {**GOOD, "waktu": "2026-11-20", "luka": "1"}]
    keys = [key_of(form_of(Row(2, each))) for each in same + other]
    assert len(set(keys[:3])) == 1
    assert len(set(keys)) == 3
    assert key_of(form_of(Row(2, same[0])), is_history=True) not in keys


class Sent:
    """A file that was sent to intake."""

    def __init__(self, client: httpx2.AsyncClient, page: str) -> None:
        self.client = client
        self.page = page

    async def text(self) -> str:
        return (await self.client.get(self.page)).text

    async def shows(self, words: str) -> str:
        async def look() -> str | None:
            text = await self.text()
            return text if words in text else None

        return str(await eventually(look))

    async def do(self, what: str, **form: str) -> None:
        answer = await self.client.post(f"{self.page}/{what}", data={"csrf": CSRF, **form})
        assert answer.status_code == 303, answer.text


async def send(
    intake: Service, content: bytes | str, account: str = "kua.gambir", name: str = "a.csv", **form: str
) -> Sent:
    client = intake.client(account)
    files = {"file": (name, content.encode() if isinstance(content, str) else content)}
    answer = await client.post("/intake/import", data={"csrf": CSRF, **form}, files=files)
    assert answer.status_code == 303, answer.text
    return Sent(client, answer.headers["location"])


async def count(intake: Service) -> int:
    return await intake.foundation.database["reports"].count_documents({"idempotency": {"$regex": "^import:"}})


async def test_nothing_is_stored_before_it_was_shown_and_confirmed(intake: Service, neighbours: Neighbours) -> None:
    table = (
        "wilayah,kategori,uraian\n31.71.01,lainnya,Baris baik\n32.71.01,lainnya,Bukan wilayahnya\n"
        "Entah,lainnya,Salah\n31.71.01,lainnya,Koma tanpa kutip, lalu cerita hilang\n31.71.01,lainnya,baris  BAIK\n"
    )
    before, sent = await count(intake), await send(intake, table)
    shown = await sent.shows("Simpan 1 laporan")
    for words in ("di luar wilayah tugas", "tidak ditemukan", "lalu cerita hilang", "sama dengan baris 2", "3 keliru"):
        assert words in shown
    assert await count(intake) == before
    assert (await intake.client("kua.bogor").get(sent.page)).status_code == 404
    await asyncio.gather(sent.do("store"), sent.do("store"))
    done = await sent.shows("1 laporan baru masuk")
    (told,) = await neighbours.wait(ReportSubmitted, narrative="Baris baik")
    assert told.ticket in done
    assert (told.provenance, told.history) == ("officer", False)
    assert await count(intake) == before + 1


async def test_same_report_is_one_whoever_sends_it_in_whatever_file(intake: Service) -> None:
    book = openpyxl.Workbook()
    book.active.append(["REKAP"])
    book.active.append(["No", "Kecamatan", "Jenis", "Kronologi", "Tanggal"])
    book.active.append([1, 317101, "Rumah ibadat", "Spanduk penolakan di Jalan Contoh 3", "20 November 2026"])
    written = BytesIO()
    book.save(written)
    line = "31.71.01;Rumah ibadat;Spanduk penolakan di Jalan Contoh 3;2026-11-20\n"
    first = await send(intake, f"wilayah;kategori;uraian;waktu\n{line}")
    await first.shows("Simpan 1 laporan")
    await first.do("store")
    await first.shows("1 laporan baru masuk")
    before = await count(intake)
    again = [
        await send(intake, f"no;wilayah;kategori;uraian;waktu\n1;{line}"),
        await send(intake, written.getvalue(), "kasi.jakpus", "a.xlsx"),
    ]
    for each in again:
        assert "Simpan" not in await each.shows("1 sudah pernah masuk")
    assert await count(intake) == before


async def test_columns_are_corrected_on_the_page(intake: Service) -> None:
    sent = await send(intake, "wilayah;kategori;uraian;isi kejadian sebenarnya\n31.71.01;lainnya;7;Cerita yang benar\n")
    shown = await sent.shows("1 keliru")
    assert re.search(r'name="column-2".*?value="uraian" selected', shown, re.S)
    await sent.do("columns", **{"column-0": "wilayah", "column-1": "kategori", "column-2": "", "column-3": "uraian"})
    assert "Cerita yang benar" in await sent.shows("Simpan 1 laporan")


async def test_record_of_old_times_is_stored_and_calls_nobody(intake: Service, neighbours: Neighbours) -> None:
    table = "wilayah;kategori;uraian;waktu\n31.71.01;lainnya;Catatan lama;{day}\n31.71.01;lainnya;Tanpa hari;\n"
    day = f"2 Maret {datetime.now(UTC).year - 3}"
    sent = await send(intake, table.replace("{day}", day), history="true")
    assert "memerlukan tanggalnya" in await sent.shows("Simpan 1 laporan")
    await sent.do("store")
    await sent.shows("1 laporan baru masuk")
    (told,) = await neighbours.wait(ReportSubmitted, narrative="Catatan lama")
    assert told.history is True


@pytest.mark.parametrize("content", [b"", b"tanpa,judul\n1,2\n", b"PK\x03\x04rusak"])
async def test_file_that_cannot_be_read_says_what_to_do(intake: Service, content: bytes) -> None:
    sent = await send(intake, content, name="a.xlsx" if content[:2] == b"PK" else "a.csv")
    shown = await sent.shows('role="alert"')
    assert re.search("Isi sedikitnya|Tambahkan kolom|Simpan lembar kerja", shown)


async def test_import_goes_on_after_a_crash_and_stores_nothing_twice(intake: Service) -> None:
    lines = "".join(f"31.71.01;lainnya;Laporan ke {chr(97 + n // 26)}{chr(97 + n % 26)}\n" for n in range(250))
    sent = await send(intake, f"wilayah;kategori;uraian\n{lines}")
    await sent.shows("Simpan 250 laporan")
    before, files = await count(intake), intake.foundation.database["imports"]
    id = sent.page.rpartition("/")[2]
    await sent.do("store")
    await sent.shows("250 laporan baru masuk")
    # Stored as far as a process came that died before it said so.
    await files.update_one({"_id": id}, {"$set": {"step": "storing", "done": 100, "stored": 100}})
    await sent.shows("100 laporan baru masuk")
    assert await count(intake) == before + 250
