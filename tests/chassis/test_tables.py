"""Tables are read as they stand: the heading wherever it is, rows never cut to fit, whatever program wrote the file."""

from io import BytesIO

import openpyxl
import pytest

from chassis.problems import Problem
from chassis.tables import Row, find_heading, plain, read_lines, rows_below

KNOWN = {"wilayah": "wilayah", "kategori": "kategori", "uraian": "uraian", "kronologi": "uraian"}
REQUIRED = ("wilayah", "uraian")


def rows(content: bytes, name: str = "x.csv", most: int = 100) -> list[Row]:
    lines = read_lines(name, content, most)
    return list(rows_below(lines, find_heading(lines, KNOWN, REQUIRED)))


def workbook(*lines: list[object], merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    for each in lines:
        book.active.append(each)
    if merged:
        book.active.merge_cells(merged)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def test_row_wider_than_its_heading_keeps_what_is_beyond() -> None:
    text = b"wilayah,kategori,uraian\n31.71.01,Rumah ibadat,Warga datang ke balai, lalu dua orang luka\n"
    assert rows(text) == [
        Row(
            2,
            {"wilayah": "31.71.01", "kategori": "Rumah ibadat", "uraian": "Warga datang ke balai"},
            ("lalu dua orang luka",),
        )
    ]


def test_quoted_cell_with_line_break_and_empty_cells_at_the_end_are_no_more() -> None:
    text = b'wilayah,uraian,,\n31.71.01,"Satu, dua\ntiga",,\n'
    assert rows(text) == [Row(2, {"wilayah": "31.71.01", "uraian": "Satu, dua\ntiga"})]


def test_title_and_empty_lines_may_stand_above_the_heading() -> None:
    text = b"REKAP LAPORAN, BULAN INI\n\nNo;Wilayah (kode);Kronologi\n1;31.71.01;Uraian\n"
    assert rows(text) == [Row(4, {"wilayah": "31.71.01", "uraian": "Uraian"})]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_whatever_separates_is_found(delimiter: str) -> None:
    text = delimiter.join(["wilayah", "uraian"]) + "\n" + delimiter.join(["31.71.01", "Uraian"])
    assert rows(text.encode()) == [Row(2, {"wilayah": "31.71.01", "uraian": "Uraian"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_survive_whatever_wrote_them(encoding: str) -> None:
    assert rows("wilayah;uraian\n31.71.01;Café “ini”".encode(encoding))[0].cells["uraian"] == "Café “ini”"


def test_column_named_twice_is_taken_once() -> None:
    assert rows(b"wilayah,uraian,kronologi\n1,a,b\n") == [Row(2, {"wilayah": "1", "uraian": "a"})]


def test_workbook_with_title_merged_cells_and_numbers() -> None:
    content = workbook(
        ["REKAP"], [], ["wilayah", "kategori", "uraian"], ["31.71.01", 12, "Satu"], [None, 1.5, "Dua"], merged="A4:A5"
    )
    assert [each.cells for each in rows(content, "x.xlsx")] == [
        {"wilayah": "31.71.01", "kategori": "12", "uraian": "Satu"},
        {"wilayah": "31.71.01", "kategori": "1.5", "uraian": "Dua"},
    ]


def test_cell_that_claims_to_be_far_away_costs_nothing() -> None:
    book = openpyxl.Workbook()
    book.active.append(["wilayah", "kategori", "uraian"])
    book.active.append(["31.71.01", "lainnya", "Uraian"])
    book.active["XFD1048576"] = "jauh"
    book.active.merge_cells("B3:B1048570")
    written = BytesIO()
    book.save(written)
    assert len(rows(written.getvalue(), "x.xlsx")) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.csv", b""), ("x.csv", b"a,b\n1,2\n"), ("x.xlsx", b"not a workbook"), ("x.csv", b"\x00\xff"),
     ("x.csv", b"wilayah,uraian\n" + b"1,a\n" * 200)],
)  # fmt: skip
def test_wrong_file_is_refused_with_what_to_do(name: str, content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        rows(content, name)
    assert refused.value.status == 422
    assert refused.value.detail


def test_names_are_compared_without_their_dress() -> None:
    assert plain("  Tanggal_Kejadian (WIB)*") == "tanggal kejadian"


def test_story_full_of_commas_does_not_change_what_separates() -> None:
    text = b"Wilayah;Kategori;Uraian\n31.71.01;lainnya;Satu, dua, tiga, empat, lima\n31.71.01;lainnya;Enam\n"
    assert [each.cells["uraian"] for each in rows(text)] == ["Satu, dua, tiga, empat, lima", "Enam"]
    quoted = b'wilayah,uraian\n31.71.01,"a;b;c"\n31.71.01,"d;e;f"\n'
    assert [each.cells["uraian"] for each in rows(quoted)] == ["a;b;c", "d;e;f"]
