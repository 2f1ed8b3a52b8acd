"""Files are read row by row; a wrong row says why and stops nobody."""

from io import BytesIO

import openpyxl
import pytest

from chassis.problems import Problem
from services.intake.spreadsheet import WrongRow, form_of, rows

OFFICER = {"kind": "officer"}
HEAD = "wilayah,kategori,uraian,waktu,tindakan,terlibat\n"


def first(line: str) -> dict[str, str]:
    return rows("x.csv", (HEAD + line).encode())[0].cells


def test_row_becomes_a_report() -> None:
    row = rows("x.csv", (HEAD + 'Gambir,"Rumah ibadat",Warga menolak,21/11/2026 14:30,ancaman,40\n').encode())[0]
    form = form_of(row, OFFICER)
    assert (form.region, form.categories, form.acts) == ("31.71.01", ["rumah_ibadat"], ["ancaman"])
    assert form.occurred_at is not None
    assert form.occurred_at.isoformat() == "2026-11-21T14:30:00+07:00"
    assert form.people.involved == 40


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Entah,rumah_ibadat,Uraian,,,", "tidak ditemukan"),
        ("Sukajadi,rumah_ibadat,Uraian,,,", "ada beberapa"),
        ("31.71.01,apa_saja,Uraian,,,", "tidak dikenal"),
        ("31.71.01,rumah_ibadat,Uraian,kemarin,,", "tidak terbaca"),
        ("31.71.01,rumah_ibadat,Uraian,,,banyak", "bukan bilangan"),
        ("31.71.01,rumah_ibadat,,,,", "narrative"),
        ("31.71.01,,Uraian,,,", "categories"),
    ],
)
def test_wrong_row_says_why(line: str, reason: str) -> None:
    with pytest.raises(WrongRow, match=reason):
        form_of(rows("x.csv", (HEAD + line).encode())[0], OFFICER)


def test_semicolons_and_byte_order_mark_are_understood() -> None:
    content = "\ufeffwilayah;kategori;uraian\n31.71.01;lainnya;Uraian\n".encode()
    assert form_of(rows("x.csv", content)[0], OFFICER).region == "31.71.01"


def test_workbook_is_read_like_a_text_file() -> None:
    book = openpyxl.Workbook()
    book.active.append(["wilayah", "kategori", "uraian", "terlibat"])
    book.active.append(["31.71.01", "lainnya", "Uraian", 12])
    written = BytesIO()
    book.save(written)
    assert form_of(rows("x.xlsx", written.getvalue())[0], OFFICER).people.involved == 12


def test_cell_that_claims_to_be_far_away_costs_nothing() -> None:
    book = openpyxl.Workbook()
    book.active.append(["wilayah", "kategori", "uraian"])
    book.active.append(["31.71.01", "lainnya", "Uraian"])
    book.active["XFD1048576"] = "jauh"
    written = BytesIO()
    book.save(written)
    assert len(rows("x.xlsx", written.getvalue())) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.csv", b""), ("x.csv", b"a,b\n1,2\n"), ("x.xlsx", b"not a workbook"), ("x.csv", b"\x00\xff")],
)
def test_wrong_file_is_refused_with_what_to_do(name: str, content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        rows(name, content)
    assert refused.value.status == 422
    assert refused.value.detail
