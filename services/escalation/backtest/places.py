"""Areas of files, recognised where they are Indonesia's, and what is known of them.

What a file says of areas is used only where it says it of all: half of it would only tell which areas had events.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from chassis.language import _
from contracts.regions import exists, level_of, region
from services.escalation.backtest.rows import NO_COLUMNS, Columns, Row, WrongFile, opened, rows_of
from services.escalation.country import indonesia, relative_size, successors
from services.escalation.warning.hierarchy import Hierarchy, hierarchy

_BPS = Path(__file__).parent.parent / "bps.csv"
_KIND = re.compile(r"\b(kabupaten|kab|kota|administrasi|adm|regency|city)\b\.?", re.IGNORECASE)
_MOST = 0.9
"""If so many of its areas are Indonesia's, a file is about Indonesia."""
_LARGEST_SIZE = 1e10
Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Places:
    """The areas of files; `meant` says which of them each written name is."""

    areas: Hierarchy
    meant: Mapping[str, str]
    sized: bool
    """Whether the areas' sizes are known."""
    unknown: tuple[str, ...]
    """Areas that were not recognised, in a file that is about Indonesia."""


def places_of(rows: list[Row]) -> Places:
    """The areas that lines name. Two ways to write an Indonesian area mean the same one."""
    written = {row.area() for row in rows}
    codes = {name: code for name in written if (code := known_code(name))}
    if len(codes) < _MOST * len(written):
        codes = {}
    meant = {name: codes.get(name, name) for name in written}
    areas = list(dict.fromkeys(meant[row.area()] for row in rows))
    known = set(codes.values())
    sizes = _sizes(rows, meant, areas, bool(known))
    provinces = _provinces(rows, meant, areas, known)
    places = hierarchy(list(zip(areas, provinces, strict=True)), _points(rows, meant, areas, known), sizes)
    return Places(places, meant, sizes is not None, tuple(sorted(written - codes.keys())) if known else ())


def listed_areas(path: Path, columns: Columns = NO_COLUMNS) -> list[Row]:
    """Areas of a CSV file with a column `area`, or of a plain list, one a line."""
    for named in (columns, NO_COLUMNS):
        try:
            return list(rows_of(path, ("area",), named))
        except WrongFile as error:
            wrong = error
    lines = _plain_list(path)
    if not lines:
        raise wrong
    return lines


def _plain_list(path: Path) -> list[Row]:
    """The lines of a file that has no header; nothing where it is no such list."""
    if not path.is_file():
        return []
    with opened(path) as file:
        lines = [[cell.strip() for cell in line] for line in csv.reader(file)]
    found = [line[0] for line in lines if len(line) == 1 and line[0]]
    if len(found) < len([line for line in lines if any(line)]) or any(";" in name or "\t" in name for name in found):
        return []
    if len(found) > 1 and not known_code(found[0]) and all(known_code(name) for name in found[1:]):
        raise WrongFile(
            _("{name}: baris pertama “{found}” tampaknya kepala; namai kolomnya area").format(
                name=path.name, found=found[0]
            )
        )
    return [Row(n, {"area": name}) for n, name in enumerate(found, start=1)]


def _given(rows: list[Row], meant: Mapping[str, str], column: str, areas: Iterable[str]) -> dict[str, list[Row]]:
    """The lines that fill in a column, by area; none unless there are some for each of these areas."""
    found: dict[str, list[Row]] = {area: [] for area in areas}
    for row in rows:
        if meant[row.area()] in found and row.values.get(column, "").strip():
            found[meant[row.area()]].append(row)
    return found if all(found.values()) else {}


def _provinces(rows: list[Row], meant: Mapping[str, str], areas: list[str], known: set[str]) -> list[str]:
    """The province of a known area; of others the column's, or what stands before a slash."""
    given_columns = _given(rows, meant, "province", [area for area in areas if area not in known])

    def province(area: str) -> str:
        if area in known:
            return area[:2]
        return given_columns[area][0].values["province"].strip() if given_columns else area.rpartition("/")[0]

    return [province(area) for area in areas]


def _sizes(rows: list[Row], meant: Mapping[str, str], areas: list[str], about_indonesia: bool) -> list[float] | None:
    """The column's sizes; without them, inhabitants where the file is about Indonesia."""
    given_columns = _given(rows, meant, "size", areas)
    sizes = [given_columns[area][-1].number("size", 0.0, _LARGEST_SIZE) for area in areas] if given_columns else []
    if sizes and min(sizes) > 0:
        return sizes
    return [relative_size(area) for area in areas] if about_indonesia else None


def _points(rows: list[Row], meant: Mapping[str, str], areas: list[str], known: set[str]) -> dict[str, Point]:
    """The middle of the points of each area's events; without them, where known areas lie."""
    given_columns = _given(rows, meant, "lat", areas)
    points = {area: np.mean([_point(row) for row in found], axis=0) for area, found in given_columns.items()}
    country = indonesia().areas
    found = points or {area: country.points[country.index[area]] for area in areas if area in known}
    return {area: (float(lat), float(lng)) for area, (lat, lng) in found.items()}


def _point(row: Row) -> Point:
    return row.number("lat", np.nan), row.number("lng", np.nan)


@cache
def known_code(area: str) -> str | None:
    """The Kemendagri code of a kabupaten or kota by that code, by its BPS code, or by its kind and name.

    Spreadsheets that take codes for numbers write 1803 as 1803.0, and 11.10 as 11.1.
    """
    code = re.sub(r"^(\d{4})\.0+$", r"\1", re.sub(r"^(\d\d\.\d)$", r"\g<1>0", area))
    code = successors().get(code, code)
    if exists(code) and level_of(code) == 2:
        return code
    return _by_bps().get(code) or (_by_name().get(_plain(area)) if _KIND.search(area) else None)


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
