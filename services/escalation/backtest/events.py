"""Files of events: `date,area[,weight][,lat,lng][,province][,size]`, and of areas that may have had none."""

import csv
import gzip
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np

from contracts.regions import exists, level_of, region
from services.escalation.country import indonesia, relative_size
from services.escalation.warning.counts import Counts
from services.escalation.warning.hierarchy import Hierarchy, hierarchy

_BPS = Path(__file__).parent.parent / "bps.csv"
_KIND = re.compile(r"\b(kabupaten|kab|kota|administrasi|adm|regency|city)\b\.?", re.IGNORECASE)


_LARGEST = 1e6
Columns = Mapping[str, str]
NO_COLUMNS: Columns = {}
"""Our name of a column → its name in the file."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class WrongFile(ValueError):
    """A file that cannot be used, in one line that says what to do."""


@dataclass(frozen=True, eq=False)
class History:
    """Events by area and day. `sized` tells whether the areas' sizes are known."""

    places: Hierarchy
    counts: Counts
    first: date
    last: date
    events: int
    sized: bool
    unplaced: int = 0
    """Lines without an area, which are left out."""


@dataclass(frozen=True)
class Row:
    """A line of a file, as far as it was filled in."""

    line: int
    values: Mapping[str, str]

    def number(self, name: str, default: float) -> float:
        """A column's number; empty or missing gives the default."""
        text = self.values.get(name, "").strip()
        try:
            found = float(text) if text else default
        except ValueError:
            found = math.nan
        if text and not abs(found) <= _LARGEST:
            raise WrongFile(f"baris {self.line}: {name} “{text}” bukan angka yang wajar")
        return found

    def whole(self, name: str, default: int) -> int:
        """A column's whole number, zero or more."""
        found = self.number(name, default)
        if found < 0 or found != int(found):
            raise WrongFile(f"baris {self.line}: {name} “{self.values[name]}” bukan bilangan bulat nol atau lebih")
        return int(found)

    def area(self) -> str:
        """The column `area`."""
        found = self.values["area"].strip()
        if not found:
            raise WrongFile(f"baris {self.line}: area kosong")
        return found

    def day(self) -> date:
        """The column `date`."""
        try:
            found = date.fromisoformat(self.values["date"].strip()[:10])
        except ValueError as error:
            raise WrongFile(f"baris {self.line}: tanggal “{self.values['date']}” bukan TTTT-BB-HH") from error
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise WrongFile(f"baris {self.line}: tanggal {found} di luar {_FIRST_YEAR}-{_LAST_YEAR}")
        return found


def rows_of(path: Path, needed: tuple[str, ...], columns: Columns = NO_COLUMNS) -> Iterator[Row]:
    """The lines of a CSV file, packed with gzip or not, that has at least these columns.

    `columns` says what they are called there; `a/b` joins two of them.
    """
    there = {part for name in needed for part in columns.get(name, name).split("/")}
    try:
        with _opened(path) as file:
            reader = csv.DictReader(file)
            if missing := sorted(there - set(reader.fieldnames or ())):
                header = ", ".join(reader.fieldnames or ()) or "kosong"
                raise WrongFile(
                    f"{path.name} tidak berkolom {', '.join(missing)}; kepala berkas: {header[:100]} (pemisah: koma)"
                )
            for values in reader:
                yield Row(reader.line_num, _named({key: value or "" for key, value in values.items() if key}, columns))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongFile(f"{path} tidak dapat dibaca sebagai CSV: {error}") from error


def _named(values: dict[str, str], columns: Columns) -> dict[str, str]:
    """A line under our names for its columns."""
    found = {ours: [values.get(part, "") for part in theirs.split("/")] for ours, theirs in columns.items()}
    return {**values, **{ours: "/".join(parts) if any(parts) else "" for ours, parts in found.items()}}


def _opened(path: Path) -> IO[str]:
    return (
        gzip.open(path, "rt", newline="", encoding="utf-8-sig")
        if path.suffix == ".gz"
        else path.open(newline="", encoding="utf-8-sig")
    )


def read_history(path: Path, areas: Path | None = None, columns: Columns = NO_COLUMNS) -> History:
    """Events of a file, in the areas it names and those of `areas`."""
    given = list(rows_of(path, ("date", "area"), columns))
    rows = [row for row in given if row.values["area"].strip()]
    if not rows:
        raise WrongFile(f"{path.name} tidak berisi kejadian yang berwilayah")
    listed = _listed(areas) if areas else []
    places, sized = _places([*rows, *listed])
    days = [row.day() for row in rows]
    counts = Counts(len(places.codes), min(days), years=_years(min(days), max(days)))
    counts.since = min(days)
    events = 0
    for row, day in zip(rows, days, strict=True):
        weight = row.whole("weight", 1)
        counts.add(places.index[row.area()], day, weight)
        events += weight
    return History(places, counts, min(days), max(days), events, sized, len(given) - len(rows))


def _listed(path: Path) -> list[Row]:
    """Areas of a CSV file with a column `area`, or of a plain list, one a line."""
    try:
        return list(rows_of(path, ("area",)))
    except WrongFile:
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
        if not lines or any("," in line for line in lines):
            raise
        return [Row(n, {"area": line}) for n, line in enumerate(lines, start=1) if line.strip()]


def _years(first: date, last: date) -> int:
    return (last - first).days // 364 + 2


def _places(rows: list[Row]) -> tuple[Hierarchy, bool]:
    """Areas with what is known of them: from the files, and from their codes or names where those are Indonesia's.

    Sizes are used only where they are known of all: half of them would only say which half is known.
    """
    areas: dict[str, str] = {}
    points: dict[str, list[tuple[float, float]]] = {}
    sizes: dict[str, float] = {}
    for row in rows:
        area = row.area()
        areas.setdefault(area, row.values.get("province", "").strip() or _province(area))
        if row.values.get("lat") and row.values.get("lng"):
            points.setdefault(area, []).append((row.number("lat", np.nan), row.number("lng", np.nan)))
        sizes[area] = row.number("size", sizes.get(area, 0.0))
    relative = [sizes[area] or _size(area) for area in areas]
    sized = min(relative) > 0
    where = {area: found for area in areas if (found := _point(area, points.get(area)))}
    return hierarchy(list(areas.items()), where, relative if sized else None), sized


def _province(area: str) -> str:
    """The province of a known region; otherwise what stands before a slash, if anything."""
    code = known_code(area)
    return code[:2] if code else area.rpartition("/")[0]


def _size(area: str) -> float:
    """The relative size of a known region; zero where it is not known."""
    code = known_code(area)
    return relative_size(code) if code else 0.0


def _point(area: str, given: list[tuple[float, float]] | None) -> tuple[float, float] | None:
    """The middle of the points of an area's events; of a known region, where it lies."""
    if given:
        lat, lng = np.mean(given, axis=0)
        return float(lat), float(lng)
    row = indonesia().areas.index.get(known_code(area) or "")
    if row is None:
        return None
    lat, lng = indonesia().areas.points[row]
    return float(lat), float(lng)


@cache
def known_code(area: str) -> str | None:
    """The Kemendagri code of a kabupaten or kota by that code, by its BPS code, or by its kind and name."""
    if exists(area) and level_of(area) == 2:
        return area
    return _by_bps().get(area) or (_by_name().get(_plain(area)) if _KIND.search(area) else None)


@cache
def _by_bps() -> dict[str, str]:
    with _BPS.open(newline="") as file:
        return {row["bps"]: row["kemendagri"] for row in csv.DictReader(file)}


@cache
def _by_name() -> dict[str, str]:
    return {_plain(region(code).name): code for code in indonesia().areas.codes}


def _plain(name: str) -> str:
    city = re.search(r"\b(kota|city)\b", name, re.IGNORECASE)
    bare = re.sub(r"[^a-z]", "", _KIND.sub("", name.lower()).replace("kepulauan", "kep"))
    return ("kota " if city else "kabupaten ") + bare
