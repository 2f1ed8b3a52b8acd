"""Cells mean one thing or are refused: never a guess, and never somebody else's number."""

from collections.abc import Callable
from typing import Any

import pytest

from kemenag.cells import read_count, read_flag, read_phone, read_place, read_time

HERE = "31.71.01"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("ya", True), ("Iya", True), ("YA.", True), ("benar", True), ("1", True), ("tidak", False), ("Tdk", False),
     ("", False), ("-", False), ("belum", False)],
)  # fmt: skip
def test_flags(text: str, meant: bool) -> None:
    assert read_flag(text) is meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", None),
        ("-", None),
        ("12", 12),
        ("12.0", 12),
        ("12,0", 12),
        ("1.200", 1200),
        ("1,200", 1200),
        ("2.00", 2),
        ("40 orang", 40),
        ("0", 0),
    ],
)
def test_counts(text: str, meant: int | None) -> None:
    assert read_count(text) == meant


@pytest.mark.parametrize(
    "text",
    ["2026-11-20 14:30:00", "20/11/2026 14.30", "20-11-2026 14:30", "20 November 2026 14:30", "20 Nov 2026 pukul 14.30",
     "20/11/26 14:30", "20/11/2026 14:30 WIB", "Jumat, 20 November 2026 16.30 WIT", "2026-11-20T07:30:00Z",
     "20.11.2026 14:30", "20-Nov-26 14:30", "2026-11-20T15:30:00+08:00", "20 Nopember 2026, jam 14:30"],
)  # fmt: skip
def test_times_of_the_office(text: str) -> None:
    read = read_time(text, HERE)
    assert read is not None
    assert read.astimezone().isoformat() == read.fromisoformat("2026-11-20T14:30:00+07:00").astimezone().isoformat()


def test_day_alone_begins_in_the_regions_own_time() -> None:
    assert str(read_time("20/11/26", "91.71.01")) == "2026-11-20 00:00:00+09:00"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("628100000013.0", "628100000013"), ("+62 810 0000 0016", "6281000000016"), ("0810-0000-0016", "6281000000016"),
     ("081000000016", "6281000000016"), ("", None), ("-", None)],
)  # fmt: skip
def test_telephone_numbers(text: str, meant: str | None) -> None:
    assert read_phone(text) == meant


@pytest.mark.parametrize(
    ("text", "code"),
    [("31.71.01", HERE), ("317101", HERE), ("317101.0", HERE), ("31.71.1", HERE), ("31.71.01.1001", HERE),
     ("3171011001", HERE), ("KUA Gambir", HERE), ("gambir", HERE), ("Kec. Gambir, Kota Jakarta Pusat", HERE),
     ("3171", "31.71"), ("Kota Bogor", "32.71"), ("11.10", "11.10")],
)  # fmt: skip
def test_places(text: str, code: str) -> None:
    assert read_place(text) == code


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((read_flag, text) for text in ("mungkin", "x", "2", "ya dan tidak")),
        *((read_count, text) for text in ("±50", "10-20", "-3", "1,5", "banyak", "99999999999", "²")),
        *((read_phone, text) for text in ("123", "6.28E+11", "tidak ada", "08", "628", "08123456789 (Budi)", "021-5551234/35", "0812 3456 789O", "081234567,890", "+62 810 0000 00160000000")),
        *((read_place, text) for text in ("11.1", "3171010", "3171010001", "99.99.99", "Sukajadi", "Entah", "31.71.01.10", "", "di")),
        *((lambda text: read_time(text, HERE), text)
          for text in ("26-11-21", "kemarin", "11/25/2026", "46346", "32 Januari 2026", "2026-02-30", "20 Foo 2026", "14:30")),
    ],
)  # fmt: skip
def test_what_could_mean_two_things_is_refused_with_what_was_written(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(ValueError, match="“") as refused:
        read(text)
    assert f"“{text}”" in str(refused.value)
