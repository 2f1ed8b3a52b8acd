"""The directory of officials from a CSV file, row by row."""

import csv
import hashlib
import re
from dataclasses import dataclass
from io import StringIO
from urllib.parse import urlsplit

import phonenumbers

from chassis.language import _
from chassis.problems import Problem
from contracts.regions import NATIONAL, exists, search_regions
from kemenag.permissions import ROLES
from services.notification.model import Official

COLUMNS = ("nama", "peran", "wilayah", "email", "whatsapp", "webhook")
_MOST_ROWS = 60_000
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


@dataclass(frozen=True)
class RowResult:
    """What became of a row."""

    number: int
    name: str
    id: str | None = None
    official: Official | None = None
    reason: str | None = None


def read(content: bytes) -> list[RowResult]:
    """Every row as an official or with the reason why not; 422 where the file is not what it should be."""
    text = content.decode("utf-8-sig", errors="replace")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    try:
        table = list(csv.DictReader(StringIO(text), delimiter=delimiter))
    except csv.Error:
        raise Problem(
            "file-unreadable", 422, _("Berkas tidak terbaca"), _("Simpan lembar kerja sebagai CSV.")
        ) from None
    if not table or not {"nama", "peran", "wilayah"} <= {str(each).strip().lower() for each in table[0]}:
        raise Problem(
            "columns-missing",
            422,
            _("Judul kolom kurang"),
            _("Pakai kolom: {columns}.").format(columns=", ".join(COLUMNS)),
        )
    if len(table) > _MOST_ROWS:
        raise Problem(
            "too-many-rows", 422, _("Terlalu banyak baris"), _("Paling banyak {most} baris.").format(most=_MOST_ROWS)
        )
    return [_row(number, line) for number, line in enumerate(table, start=2)]


def _row(number: int, line: dict[str, str | None]) -> RowResult:
    cells = {str(name).strip().lower(): (value or "").strip() for name, value in line.items() if name}
    name = cells.get("nama", "")
    try:
        official = Official(
            name=name,
            role=_role(cells.get("peran", "")),
            regions=_regions(cells.get("wilayah", "")),
            email=_email(cells.get("email", "")),
            whatsapp=_number(cells.get("whatsapp", "")),
            webhook=_webhook(cells.get("webhook", "")),
        )
    except ValueError as wrong:
        return RowResult(number, name, reason=str(wrong))
    if not name:
        return RowResult(number, name, reason=_("nama kosong"))
    return RowResult(number, name, id=_id(official), official=official)


def _id(official: Official) -> str:
    return hashlib.sha256(f"{official.name.lower()}|{official.role}|{'|'.join(official.regions)}".encode()).hexdigest()[
        :24
    ]


def _role(text: str) -> str:
    role = text.lower().replace(" ", "_")
    if role not in ROLES:
        raise ValueError(
            _("peran “{text}” tidak dikenal; pakai salah satu: {roles}").format(text=text, roles=", ".join(ROLES))
        )
    return role


def _regions(text: str) -> tuple[str, ...]:
    codes = []
    for part in text.replace(";", "|").split("|"):
        wanted = part.strip()
        if wanted.upper() == NATIONAL:
            codes.append(NATIONAL)
            continue
        if exists(wanted):
            codes.append(wanted)
            continue
        found = search_regions(wanted) if wanted else []
        if len(found) != 1:
            raise ValueError(
                _("wilayah “{wanted}” tidak jelas; tulis kodenya, misalnya 31.71.01").format(wanted=wanted)
            )
        codes.append(found[0].code)
    return tuple(codes)


def _email(text: str) -> str | None:
    if text and not _EMAIL.fullmatch(text):
        raise ValueError(_("e-mail “{text}” keliru").format(text=text))
    return text or None


def _webhook(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        fits = not text or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(_("alamat webhook “{text}” keliru").format(text=text))
    return text or None


def _number(text: str) -> str | None:
    if not text:
        return None
    try:
        parsed = phonenumbers.parse(text if not text.startswith("62") else f"+{text}", "ID")
    except phonenumbers.NumberParseException:
        raise ValueError(_("nomor WhatsApp keliru")) from None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
