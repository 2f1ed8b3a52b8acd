"""Reports from a CSV or XLSX file, row by row: a wrong row is told apart, and never stops the others."""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from chassis.language import _
from chassis.problems import Problem, reason_of
from contracts.regions import search_regions, timezone_of
from contracts.vocabulary import Act, Category
from kemenag.labels import LABELS
from services.intake.model import ReportForm

COLUMNS = (
    "wilayah",
    "kategori",
    "uraian",
    "tempat",
    "waktu",
    "tindakan",
    "terlibat",
    "luka",
    "meninggal",
    "berlangsung",
)
_REQUIRED = ("wilayah", "kategori", "uraian")
_MOST_ROWS = 5_000
_MOST_COLUMNS = 40
_LARGEST_UNPACKED = 40 * 1024 * 1024
_TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y")


@dataclass(frozen=True)
class Row:
    """A row with its number in the file and its cells by column."""

    number: int
    cells: dict[str, str]


class WrongRow(ValueError):
    """A row that cannot be a report, and why."""


def rows(name: str, content: bytes) -> list[Row]:
    """The rows below the heading; 422 where the file is not what it should be."""
    table = _xlsx(content) if name.lower().endswith((".xlsx", ".xlsm")) else _csv(content)
    if not table:
        raise Problem("file-empty", 422, _("Berkas kosong"), _("Isi sedikitnya satu baris di bawah judul kolom."))
    heading = [cell.strip().lower() for cell in table[0]]
    if missing := [each for each in _REQUIRED if each not in heading]:
        raise Problem(
            "columns-missing",
            422,
            _("Judul kolom kurang"),
            _("Tambahkan kolom: {missing}.").format(missing=", ".join(missing)),
        )
    filled = [(n, line) for n, line in enumerate(table[1:], start=2) if any(cell.strip() for cell in line)]
    if len(filled) > _MOST_ROWS:
        raise Problem(
            "too-many-rows",
            422,
            _("Terlalu banyak baris"),
            _("Paling banyak {most} baris dalam satu berkas.").format(most=_MOST_ROWS),
        )
    return [Row(n, dict(zip(heading, (cell.strip() for cell in line), strict=False))) for n, line in filled]


def _csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    try:
        return list(csv.reader(StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","))
    except csv.Error:
        raise Problem(
            "file-unreadable", 422, _("Berkas tidak terbaca"), _("Simpan lembar kerja sebagai CSV atau XLSX.")
        ) from None


def _xlsx(content: bytes) -> list[list[str]]:
    """The first sheet, row by row and never wider or longer than we read: a cell may claim to be anywhere."""
    # Loaded with the first workbook: it brings 26 MB that most processes never need.
    from openpyxl import load_workbook

    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _LARGEST_UNPACKED:
                raise Problem(
                    "file-too-large",
                    422,
                    _("Berkas terlalu besar"),
                    _("Hapus gambar dan lembar lain, lalu simpan lagi."),
                )
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        lines = book.worksheets[0].iter_rows(max_row=_MOST_ROWS + 2, max_col=_MOST_COLUMNS, values_only=True)
        table = [["" if value is None else _cell(value) for value in line] for line in lines]
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - a broken file breaks its reader in many ways; the answer is always the same
        raise Problem(
            "file-unreadable", 422, _("Berkas tidak terbaca"), _("Simpan lembar kerja sebagai CSV atau XLSX.")
        ) from None
    return table


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def form_of(row: Row, reporter: dict[str, str]) -> ReportForm:
    """The row as a report; `WrongRow` with the reason in words where it cannot be one."""
    cells = row.cells
    code = _region(cells.get("wilayah", ""))
    given: dict[str, Any] = {
        "region": code,
        "categories": _codes(cells.get("kategori", ""), Category, "kategori"),
        "narrative": cells.get("uraian", ""),
        "place": cells.get("tempat") or None,
        "occurred_at": _time(cells.get("waktu", ""), code),
        "acts": _codes(cells.get("tindakan", ""), Act, "tindakan"),
        "people": {
            "involved": _number(cells.get("terlibat", ""), "terlibat"),
            "injured": _number(cells.get("luka", ""), "luka"),
            "dead": _number(cells.get("meninggal", ""), "meninggal"),
        },
        "ongoing": cells.get("berlangsung", "").lower() in ("ya", "y", "1", "true"),
        "reporter": reporter,
    }
    try:
        return ReportForm.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongRow(f"{'.'.join(str(part) for part in first['loc'])}: {reason_of(first)}") from None


def _region(text: str) -> str:
    found = search_regions(text, level=3) or search_regions(text)
    if not found:
        raise WrongRow(_("wilayah “{text}” tidak ditemukan").format(text=text))
    if len(found) > 1:
        named = "; ".join(each.path for each in found[:3])
        raise WrongRow(
            _("wilayah “{text}” ada beberapa ({named}); tulis kode atau tambahkan kabupaten/kota").format(
                text=text, named=named
            )
        )
    return found[0].code


def _codes(text: str, kind: type[Category] | type[Act], column: str) -> list[Any]:
    # A file is filled in with the names of one language and may be sent by a reader of another.
    known = {each.value: each for each in kind}
    known |= {name.lower(): each for each in kind for name in (LABELS[each], LABELS.sources[each])}
    wanted = [part.strip().lower() for part in text.replace(",", ";").split(";") if part.strip()]
    if unknown := [each for each in wanted if each not in known]:
        raise WrongRow(_("{column} “{unknown}” tidak dikenal").format(column=column, unknown=unknown[0]))
    return [known[each] for each in wanted]


def _number(text: str, column: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise WrongRow(_("{column} “{text}” bukan bilangan").format(column=column, text=text))
    return int(text)


def _time(text: str, code: str) -> datetime | None:
    if not text:
        return None
    zone = ZoneInfo(timezone_of(code)[0])
    for pattern in _TIMES:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=zone)
        except ValueError:
            continue
    raise WrongRow(_("waktu “{text}” tidak terbaca; tulis misalnya 2026-11-21 14:30").format(text=text))
