"""The country as the statistics see it: its kabupaten and kota, where they lie, and their kecamatan."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
from countrystatecity_countries import get_cities_of_country, get_states_of_country
from numpy.typing import NDArray

from contracts.regions import NATIONAL, Region, children, region
from services.escalation.warning.hierarchy import Hierarchy, hierarchy

_KIND = re.compile(r"\b(kabupaten|kota administrasi|kota|regency|city|administrasi)\b")
_POPULATION = Path(__file__).parent / "population.csv"
"""Inhabitants in thousands by Kemendagri code: Keputusan Menteri Dalam Negeri 300.2.2-2138 of 2025."""
_SUCCESSORS = Path(__file__).parent / "successors.csv"
_CITY = 2.25
"""How much more happens in a city of as many people; by likelihood on incidents of January to May 2021."""
_FIRST_CITY = 71
Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Country:
    """`areas` are the unit of alarms; `kecamatan` all those below them, and which area each is in."""

    areas: Hierarchy
    kecamatan: tuple[str, ...]
    kecamatan_index: Mapping[str, int]
    below: tuple[NDArray[np.intp], ...]
    """Rows of each area's kecamatan."""
    successor: Mapping[str, str]
    """Codes that were, and those that continue them: several for one where areas merged, one of the parts where an
    area was split; the other parts begin anew."""

    def row(self, area: str | None) -> int | None:
        """The row of an area by its code of today or of before; `None` where there is none."""
        return self.areas.index.get(self.successor.get(area or "", area or ""))


@cache
def indonesia() -> Country:
    """The regions of today, with points as far as they are known."""
    provinces = children(NATIONAL)
    areas = [(area, province.code) for province in provinces for area in children(province.code)]
    kecamatan = [(each.code, row) for row, (area, _) in enumerate(areas) for each in children(area.code)]
    codes = tuple(code for code, _ in kecamatan)
    owner = np.array([row for _, row in kecamatan])
    names = [area for area, _ in areas]
    sizes = [relative_size(area.code) for area in names]
    return Country(
        areas=hierarchy([(area.code, province) for area, province in areas], _points(names), sizes),
        kecamatan=codes,
        kecamatan_index={code: n for n, code in enumerate(codes)},
        below=tuple(np.flatnonzero(owner == row) for row in range(len(areas))),
        successor=successors(),
    )


@cache
def successors() -> Mapping[str, str]:
    """Kemendagri codes that are no more: those of Papua before 2022."""
    with _SUCCESSORS.open(newline="") as file:
        return {row["old"]: row["new"] for row in csv.DictReader(file)}


def relative_size(code: str) -> float:
    """How much may happen in a kabupaten or kota, all else alike: by its people; a new one is as large as most."""
    people = _population()
    return people.get(code, median(people.values())) * (_CITY if is_city(code) else 1.0)


@cache
def _population() -> dict[str, int]:
    with _POPULATION.open(newline="") as file:
        return {row["code"]: int(row["thousands"]) for row in csv.DictReader(file)}


def is_city(code: str) -> bool:
    """Whether a Kemendagri or BPS code is a kota's: the last two digits are 71 or more."""
    return code[-2:].isdigit() and int(code[-2:]) >= _FIRST_CITY


def _points(areas: list[Region]) -> dict[str, Point]:
    """Where areas lie: by province, kind and name, else by province and name; else in the middle of the known ones."""
    gazetteer = _gazetteer()
    found = {}
    for area in areas:
        where = _province(region(area.code[:2]).name)
        kind = area.name.lower().startswith("kota")
        point = gazetteer.get((where, _plain(area.name), kind)) or gazetteer.get((where, _plain(area.name), None))
        if point:
            found[area.code] = point
    middle = _middles(found)
    return {area.code: found.get(area.code) or middle[area.code[:2]] for area in areas if area.code[:2] in middle}


def _middles(found: dict[str, Point]) -> dict[str, Point]:
    groups: dict[str, list[Point]] = {}
    for code, point in found.items():
        groups.setdefault(code[:2], []).append(point)
    means = {code: np.mean(points, axis=0) for code, points in groups.items()}
    return {code: (float(mean[0]), float(mean[1])) for code, mean in means.items()}


def _gazetteer() -> dict[tuple[str, str, bool | None], Point]:
    """Points by province, plain name and whether it is a city (`None`: whatever bears the name)."""
    province = {each.state_code: _province(each.name) for each in get_states_of_country("ID")}
    found: dict[tuple[str, str, bool | None], Point] = {}
    for city in get_cities_of_country("ID"):
        if not city.latitude or not city.longitude:
            continue
        name, where = city.name.lower(), province[city.state_code]
        point = (float(city.latitude), float(city.longitude))
        found.setdefault((where, _plain(name), None), point)
        if _KIND.search(name):
            found[where, _plain(name), "kota" in name or "city" in name] = point
    return found


def _province(name: str) -> str:
    """A province's name however it is written: with or without what it is a special region of."""
    return re.sub(r"^(di|dki|daerahistimewa|daerahkhususibukota|daerahkhusus)(?=yogyakarta|jakarta)", "", _plain(name))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", _KIND.sub("", name.lower()))
