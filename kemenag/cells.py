"""What the cells of people's spreadsheets mean: flags, numbers, times, telephone numbers, places.

Each reader answers the one meaning that a text can have, or raises `ValueError` with a sentence that says what to write
instead. A spreadsheet program's own traces (`12.0`, a lost zero, a code without dots) are understood; what could mean
two things never is.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers

from chassis.language import _
from contracts.gazetteer import find_place
from contracts.regions import exists, read_code, region, timezone_of

_YES = {"ya", "iya", "y", "yes", "1", "true", "benar", "betul", "ada", "masih", "✓", "v", "√"}
_NO = {"", "tidak", "tdk", "tak", "t", "no", "n", "0", "false", "bukan", "belum", "-", "selesai", "sudah selesai"}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january", "februari feb pebruari february", "maret mar march", "april apr", "mei may",
            "juni jun june", "juli jul july", "agustus agu ags agt aug august", "september sep sept",
            "oktober okt oct october", "november nov nopember", "desember des dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
_DAY = r"(?:[a-z']+,?\s+)?"
_CLOCK = (
    r"(?:[ t,]*(?:pukul|jam)?\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2}(?:\.\d+)?)?"
    r"\s*(?P<zone>wib|wita|wit|z|[+-]\d\d:?\d\d)?)?"
)
_DATES = [
    re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}"),
    re.compile(rf"{_DAY}(?P<day>\d{{1,2}})[-/. ](?P<month>\d{{1,2}})[-/. ](?P<year>\d{{4}}){_CLOCK}"),
    re.compile(rf"{_DAY}(?P<day>\d{{1,2}})[/.](?P<month>\d{{1,2}})[/.](?P<year>\d{{2}}){_CLOCK}"),
    re.compile(rf"{_DAY}(?P<day>\d{{1,2}})[-/. ]+(?P<name>[a-z]+)[-/., ]+(?P<year>\d{{4}}|\d{{2}}){_CLOCK}"),
]
_THOUSANDS = re.compile(r"\d{1,3}((\.\d{3})+|(,\d{3})+)")
_MOST = 1_000_000


def read_flag(text: str) -> bool:
    """Yes or no, as people write it; empty is no."""
    word = text.strip().lower().rstrip(".!")
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(_("“{text}” bukan ya atau tidak").format(text=text))


def read_count(text: str) -> int | None:
    """A number of people; None where none is named."""
    bare = re.sub(r"\s*(orang|jiwa|org)$", "", text.strip().lower())
    if bare in ("", "-"):
        return None
    number = re.sub("[.,]", "", bare) if _THOUSANDS.fullmatch(bare) else re.sub(r"[.,]0{1,2}$", "", bare)
    if not (number.isascii() and number.isdigit()) or int(number[:8]) > _MOST:
        raise ValueError(_("“{text}” bukan bilangan").format(text=text))
    return int(number)


def read_time(text: str, code: str) -> datetime | None:
    """A moment in a region's own time, unless another is named; None where none is. A day alone begins at midnight."""
    bare = " ".join(text.strip().lower().split())
    if bare in ("", "-"):
        return None
    parts = next((found.groupdict() for each in _DATES if (found := each.fullmatch(bare))), None)
    try:
        if parts is None:
            raise ValueError
        return _moment(parts, timezone_of(code)[0])
    except (KeyError, ValueError):
        raise ValueError(_("waktu “{text}” tidak terbaca; tulis misalnya 2026-11-21 14:30").format(text=text)) from None


def _moment(parts: dict[str, str | None], own_zone: str) -> datetime:
    year, month, day = int(parts["year"] or 0), parts.get("month"), int(parts["day"] or 0)
    number = int(month) if month else _MONTHS[str(parts.get("name"))]
    moment = datetime(
        year if year > 99 else 2000 + year, number, day, int(parts["hour"] or 0), int(parts["minute"] or 0)
    )
    zone = parts["zone"] or ""
    if zone == "z" or zone[:1] in ("+", "-"):
        return datetime.fromisoformat(f"{moment.isoformat()}{zone.upper()}")
    return moment.replace(tzinfo=ZoneInfo(_ZONES.get(zone, own_zone)))


def read_phone(text: str) -> str | None:
    """A telephone number with its country, digits alone; None where none is named. Indonesian without a country."""
    bare = re.sub(r"[.,]0$", "", text.strip())
    if bare in ("", "-"):
        return None
    try:
        # The library reads letters as keys and cuts off what it does not know: "0812 … (Budi)" or "…34/35" would be
        # somebody else's number, and so would "6.28E+11".
        if not re.fullmatch(r"\+?[\d\s().-]+", bare):
            raise ValueError
        parsed = phonenumbers.parse(f"+{bare}" if bare.startswith("62") else bare, "ID")
        if not phonenumbers.is_possible_number(parsed) or len(str(parsed.national_number)) < 7:
            raise ValueError
    except (phonenumbers.NumberParseException, ValueError):
        raise ValueError(_("nomor “{text}” keliru; tulis misalnya 0810 0000 0001").format(text=text)) from None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def read_place(text: str) -> str:
    """The code of the one region that a cell can mean: by code in any of its forms, or by name."""
    if code := read_code(text):
        return code
    found = find_place(text, whole=True)
    if found.clear and exists(found.clear):
        return found.clear
    if len(found.codes) > 1 or (found.codes and not found.exact):
        named = "; ".join(region(code).path for code in found.codes[:3])
        raise ValueError(
            _("wilayah “{text}” dapat berarti beberapa ({named}); tulis kode atau tambahkan kabupaten/kota").format(
                text=text, named=named
            )
        )
    raise ValueError(_("wilayah “{text}” tidak ditemukan; tulis kode atau nama kecamatan").format(text=text))
