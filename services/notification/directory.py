"""The directory of officials from a CSV or XLSX file, row by row."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from chassis.language import _
from chassis.tables import Row, find_heading, read_lines, rows_below, too_many
from contracts.regions import NATIONAL
from kemenag.cells import read_phone, read_place
from kemenag.permissions import ROLES
from services.notification.model import Official
from services.notification.quiet import NONE, parse

COLUMNS = ("nama", "peran", "wilayah", "email", "whatsapp", "sms", "webhook", "bahasa", "jam tenang")
_KNOWN = {
    **{each: each for each in COLUMNS},
    "nama lengkap": "nama", "nama pejabat": "nama", "jabatan": "peran", "kode wilayah": "wilayah",
    "wilayah tugas": "wilayah", "e mail": "email", "surel": "email", "alamat email": "email", "wa": "whatsapp",
    "no wa": "whatsapp", "nomor wa": "whatsapp", "no whatsapp": "whatsapp", "nomor whatsapp": "whatsapp",
    "no hp": "whatsapp", "nomor hp": "whatsapp", "no sms": "sms", "nomor sms": "sms", "telepon": "sms",
    "language": "bahasa", "jam_tenang": "jam tenang", "quiet hours": "jam tenang",
}  # fmt: skip
_LANGUAGES = {"id": ("", "id", "indonesia", "bahasa indonesia"), "en": ("en", "english", "inggris", "bahasa inggris")}
_MOST_ROWS = 60_000
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}", re.ASCII)


@dataclass(frozen=True)
class RowResult:
    """What became of a row."""

    number: int
    name: str
    id: str | None = None
    official: Official | None = None
    reason: str | None = None


def read(name: str, content: bytes) -> list[RowResult]:
    """Every row as an official or with the reason why not; 422 where the file is not what it should be."""
    lines = read_lines(name, content, _MOST_ROWS)
    heading = find_heading(lines, _KNOWN, ("nama", "peran", "wilayah"))
    found = [_row(each) for each in rows_below(lines, heading)]
    if len(found) > _MOST_ROWS:
        raise too_many(_MOST_ROWS)
    return found


def _row(row: Row) -> RowResult:
    cells, name = row.cells, row.cells.get("nama", "")
    try:
        if row.beyond:
            raise ValueError(_("di sebelah kanan judul masih ada “{text}”").format(text=row.beyond[0][:60]))
        if not name or "\ufffd" in name:
            raise ValueError(_("nama kosong") if not name else _("nama memuat huruf yang rusak; simpan sebagai UTF-8"))
        official = Official(
            name=name,
            role=_role(cells.get("peran", "")),
            regions=_regions(cells.get("wilayah", "")),
            email=_email(cells.get("email", "")),
            whatsapp=read_phone(cells.get("whatsapp", "")),
            sms=read_phone(cells.get("sms", "")),
            webhook=_webhook(cells.get("webhook", "")),
            language=_language(cells.get("bahasa", "")),
            quiet=_quiet(cells.get("jam tenang", "")),
        )
    except ValueError as wrong:
        return RowResult(row.number, name, reason=str(wrong))
    return RowResult(row.number, name, id=_id(official), official=official)


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
    parts = [part.strip() for part in text.replace(";", "|").split("|")]
    return tuple(NATIONAL if each.upper() in (NATIONAL, "INDONESIA") else read_place(each) for each in parts)


def _language(text: str) -> str:
    """The code of a language, by its code or its name in any of them; Indonesian where none is named."""
    word = text.strip().lower()
    found = next((code for code, names in _LANGUAGES.items() if word in names), None)
    if found is None:
        raise ValueError(_("bahasa “{text}” tidak dikenal; pakai id atau en").format(text=text))
    return found


def _quiet(text: str) -> str:
    try:
        found = parse(text)
    except ValueError as wrong:
        raise ValueError(_("jam tenang “{text}” keliru; tulis seperti 21:00-05:00").format(text=text)) from wrong
    return str(found) if found else (NONE if text.strip() else "")


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
