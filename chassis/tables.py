"""Tables from CSV and XLSX files: the heading wherever it stands, and rows that are never cut to fit it.

Cells stay text. What a cell means is decided by who knows the column; what it cannot mean is an error there, and never
a guess here.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

from chassis.language import _
from chassis.problems import Problem

_MOST_COLUMNS, _WIDEST = 40, 200
_LARGEST_UNPACKED = 400 * 1024 * 1024
_MOST_MERGED = 20_000
_HEADING_WITHIN = 25
"""Lines in which the heading must stand: titles and empty lines may be above it."""
_DELIMITERS = (";", ",", "\t", "|")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')


@dataclass(frozen=True)
class Line:
    """A line of a file as it stands there, with its number."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A line below the heading: cells by field, and what stands where the heading has no column."""

    number: int
    cells: dict[str, str]
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """Where the heading stands, what it says, and the field that each column is taken for."""

    number: int
    names: tuple[str, ...]
    fields: tuple[str | None, ...]


def read_lines(name: str, content: bytes, most: int) -> list[Line]:
    """The lines of a file that are not empty; `Problem` (422) where it cannot be read or has more than `most`."""
    table = _xlsx(content, most) if name.lower().endswith((".xlsx", ".xlsm")) else _csv(content)
    lines = [Line(n, tuple(cells)) for n, cells in enumerate(table, start=1) if any(cells)]
    if not lines:
        raise Problem("file-empty", 422, _("Berkas kosong"), _("Isi sedikitnya satu baris di bawah judul kolom."))
    if len(lines) > most + _HEADING_WITHIN:
        raise too_many(most)
    return lines


def too_many(most: int) -> Problem:
    """The refusal of a file with too many rows."""
    detail = _("Paling banyak {most} baris dalam satu berkas.").format(most=most)
    return Problem("too-many-rows", 422, _("Terlalu banyak baris"), detail)


def find_heading(lines: Sequence[Line], known: Mapping[str, str], required: Sequence[str]) -> Heading:
    """The line that names the most fields; `Problem` (422) where a required field is named by none of its columns.

    `known` maps what a column may be called, in plain small letters, to its field.
    """
    best = max(lines[:_HEADING_WITHIN], key=lambda line: len(_named(line, known)))
    heading = Heading(best.number, best.cells, _fields(best, known))
    if missing := [each for each in required if each not in heading.fields]:
        detail = _("Tambahkan kolom: {missing}.").format(missing=", ".join(missing))
        raise Problem("columns-missing", 422, _("Judul kolom kurang"), detail)
    return heading


def rows_below(lines: Sequence[Line], heading: Heading) -> Iterator[Row]:
    """The lines below the heading, cell by cell under its columns."""
    width = max((n for n, name in enumerate(heading.names, start=1) if name), default=0)
    for line in lines:
        if line.number > heading.number:
            cells = {field: text for field, text in zip(heading.fields, line.cells, strict=False) if field}
            yield Row(line.number, cells, tuple(each for each in line.cells[width:] if each))


def plain(name: str) -> str:
    """A column's name as it is compared: small letters and digits, without what stands in brackets."""
    bare = re.sub(r"\(.*?\)|\[.*?\]", " ", name.lower())
    return " ".join(re.findall(r"[a-z0-9]+", bare.replace("_", " ")))


def _named(line: Line, known: Mapping[str, str]) -> set[str]:
    return {known[plain(cell)] for cell in line.cells if plain(cell) in known}


def _fields(line: Line, known: Mapping[str, str]) -> tuple[str | None, ...]:
    """Each field once, at its first column."""
    taken: set[str] = set()
    found: list[str | None] = []
    for cell in line.cells:
        field = known.get(plain(cell))
        found.append(field if field not in taken else None)
        taken |= {field} if field else set()
    return tuple(found)


def _unreadable() -> Problem:
    detail = _("Simpan lembar kerja sebagai CSV atau XLSX.")
    return Problem("file-unreadable", 422, _("Berkas tidak terbaca"), detail)


def _csv(content: bytes) -> list[list[str]]:
    text = _text(content)
    try:
        read = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
        return [[_clean(cell) for cell in cells[:_WIDEST]] for cells in read]
    except csv.Error:
        raise _unreadable() from None


def _text(content: bytes) -> str:
    """Whatever a spreadsheet program writes: UTF-8, UTF-16 with its mark, or Windows' western code page."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """What separates the same number of cells in the most of the first lines: a story has commas, too, but not the same
    number each time; titles have none."""
    first = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines()[:_HEADING_WITHIN]]

    def agreement(delimiter: str) -> tuple[int, int]:
        counted = Counter(line.count(delimiter) for line in first if delimiter in line)
        count, lines = max(counted.items(), key=lambda each: (each[1], each[0]), default=(0, 0))
        return lines, count

    return max(_DELIMITERS, key=agreement)


def _xlsx(content: bytes, most: int) -> list[list[str]]:
    """The first sheet, row by row and never wider or longer than we read: a cell may claim to be anywhere."""
    # Loaded with the first workbook: it brings 26 MB that most processes never need.
    from openpyxl import load_workbook

    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _LARGEST_UNPACKED:
                raise _too_large()
            book = load_workbook(BytesIO(content), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            last = most + _HEADING_WITHIN + 1
            found = sheet.iter_rows(max_row=last, max_col=_MOST_COLUMNS, values_only=True)
            table = [["" if value is None else _cell(value) for value in cells] for cells in found]
            _fill_merged(table, packed.read(sheet._worksheet_path))  # type: ignore[attr-defined,unused-ignore]
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - a broken file breaks its reader in many ways; the answer is always the same
        raise _unreadable() from None
    return table


def _too_large() -> Problem:
    detail = _("Hapus gambar dan lembar lain, lalu simpan lagi.")
    return Problem("file-too-large", 422, _("Berkas terlalu besar"), detail)


def _fill_merged(table: list[list[str]], sheet: bytes) -> None:
    """A cell that reaches over several lines belongs to each of them; across columns it stays where it is."""
    for count, each in enumerate(_MERGED.finditer(sheet)):
        left, top, right, bottom = (part.decode() for part in each.groups())
        column = _column(left)
        if count >= _MOST_MERGED or left != right or column >= _MOST_COLUMNS:
            continue
        for number in range(int(top), min(int(bottom), len(table))):
            _put(table[number], column, _at(table[int(top) - 1], column))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _at(cells: list[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _put(cells: list[str], column: int, text: str) -> None:
    if column < len(cells) and not cells[column]:
        cells[column] = text


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else _clean(str(value))


def _clean(text: str) -> str:
    """Without the spaces around it, and without characters that no text has."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text.replace("\u00a0", " ")).strip()
