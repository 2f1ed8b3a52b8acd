"""What speaks for two reports telling of one event, and what against it, as weighed reasons. Pure.

The weights are log odds: their sum is the score, `JOINS_AT` and `ASKS_AT` are its bounds. They were set by hand and by
a logistic regression on labelled pairs (`bench/grouping/seen.jsonl`), the sign of each fixed beforehand, and measured
on pairs of other hands that were kept aside (`rukun grouping evaluate`, bench/README.md, ADR 29).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import asin, cos, exp, radians, sin, sqrt

from contracts.events.reports import Point
from contracts.vocabulary import SPOKEN, Category
from services.verification.likeness.contradictions import named_in
from services.verification.likeness.words import alike, is_name, matters, may_name_a_place, meet, shared_matters, tokens

JOINS_AT = 2.0
"""From here a report joins by itself, where nothing that is named speaks against it."""
ASKS_AT = -0.8
"""From here an officer is asked."""
NEARLY_THE_SAME = 0.8

_KINDS = {
    "house": (
        "masjid mesjid musala musola mushola musholla mushalla langgar surau gereja kapel vihara wihara pura kelenteng "
        "klenteng hkbp gki gkii gbi gpib gbkp gpdi gmi gsja gksi gkp gkb gitj jki gp katedral paroki"
    ),
    "institution": (
        "yayasan ponpes pesantren pondok majelis taklim tahfiz tahfidz panti asuhan wredha padepokan perkumpulan "
        "kelompok sekolah sd sdn smp smpn sma sman smk tk paud akun stai kampus univ partai toko warung wisma plaza "
        "hotel"
    ),
    "street": "jl jln gg gang lr lorong",
    "village": "kp kampung desa dusun dukuh kel kelurahan nagari jorong lingkungan",
    "estate": "perum perumahan komplek kompleks griya rusun apartemen btn ruko cluster blok",
    "person": (
        "ustad ustadz ustaz habib pdt pendeta kyai kiai pastor romo sdr sdri mbok mang daeng bang haji gus lurah camat "
        "bu pak"
    ),
    "spot": "simpang pasar makam tpu pekuburan lapangan bukit pantai gapura aula balai alun",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_BEFORE_NAMES = "al an at as ar nurul kristen katolik persiapan kecil besar kecik cilik gede"
_BEFORE_A_NAME = frozenset(_BEFORE_NAMES.split())
_LONGEST_NAME = 3
_MOST_NAMES = 12
_NUMBERED = {
    "rt": re.compile(r"\brt\s*\.?\s*0*(\d+)"),
    "rw": re.compile(r"\brw\s*\.?\s*0*(\d+)"),
    "lane": re.compile(r"\b(?:lorong|lr|gang|gg)\s*\.?\s*0*(\d+)"),
}
_CHURCH = re.compile(r"G[A-Z]{2,4}[a-z]?[A-Z]?|GPd[A-Z]|HKBP|BNKP")
"""Churches are called by their initials."""
_SIDES = ("ilir hilir", "girang hulu", "lor utara", "kidul selatan", "wetan timur", "kulon barat")
_SIDE_OF = {word: words for words in _SIDES for word in words.split()}
"""Villages that differ by where they lie alone. Words that say something else as well ("atas") are left out."""
_WORD = re.compile(r"[A-Za-z0-9]+|\.")
_READ = 400
"""Letters of a text that are compared."""

_AGAINST = {
    "house": -1.3, "institution": -1.5, "street": -1.5, "village": -1.0, "estate": -1.0, "person": -0.8, "spot": -0.7,
    "rt": -1.0, "rw": -1.0, "lane": -1.2, "church": -1.5, "side": -1.2,
}  # fmt: skip
"""Another name of the same kind."""
_NAME, _NAME_AND_MATTER = 0.25, 0.6
_PLACE, _OTHER_PLACE = 0.2, -2.3
_SAME_NAMED = 0.7
"""The same house, street or village, where it is about a matter of both."""
_TEMPLATE = -2.9
_MATTERS, _OTHER_MATTERS = 0.75, -0.55
_CATEGORY = 1.45
_HALF_A_DAY, _DAYS = 0.75, 0.4
_NEAR, _FAR = 1.3, -2.2
_COPY = 3.4
_UNSURE = 0.4
"""What a name that may be none weighs of one that surely is."""
_BIAS = -0.95

_TOPICAL = ("category", "matters", "names", "text")
_TEMPLATE_FROM, _COPY_FROM = 0.28, 0.6
_COPIED_FROM = 40
"""Trigrams of a text that says enough for its copy to be more than the same two words."""
_SOON, _FADES = timedelta(hours=12), timedelta(hours=96)
_NEAR_KM, _FAR_KM = 0.8, 1.5
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Excerpt:
    """One report, as far as another is compared with it."""

    text: str
    place: str | None
    at: datetime
    point: Point | None = None


@dataclass(frozen=True)
class Name:
    """A word of a name; `sure` where it was written as one."""

    word: str
    sure: bool


Weighed = tuple[str, float]
"""A reason and its weight."""
Kinds = Mapping[str, frozenset[Name]]
"""Names by what they are of, and numbers of RT, RW and lanes."""


@dataclass(frozen=True)
class View:
    """What a text and its place say."""

    names: frozenset[str]
    matters: frozenset[str]
    kinds: Kinds
    place: frozenset[str]
    trigrams: frozenset[str]
    streets: frozenset[frozenset[str]]


@dataclass(frozen=True)
class Evidence:
    """The score, its reasons (`<code>` or `<code>:<value>`, the weightiest first), and whether something that is named
    speaks against it. `alike`: shared letter trigrams, 0 to 1."""

    score: float
    reasons: tuple[str, ...]
    contradicted: bool
    alike: float
    topical: bool
    """Whether it is more than when and where: what happened, or to whom."""


@lru_cache(maxsize=1_000)
def view(text: str, place: str | None) -> View:
    """Read a text once."""
    own = text[:_READ].replace(SPOKEN, "")
    # A full stop between: what stands at the end of the text is not named by the first word of the place.
    both = f"{own} . {place or ''}".replace("'", "")
    words = _WORD.findall(both)
    return View(
        names=_names(words),
        matters=matters(each.lower() for each in words),
        kinds={**_kinds(words), **_numbers(both.lower())},
        place=frozenset(each for each in tokens(place or "") if may_name_a_place(each) and each not in _KIND_OF),
        trigrams=trigrams(own),
        streets=named_in(both).streets,
    )


def _names(words: Sequence[str]) -> frozenset[str]:
    """The first names of a text, those with a capital before others: a text of nothing but invented words would make a
    comparison as long as it likes."""
    found = [each for each in words if is_name(each.lower()) and each.lower() not in _KIND_OF]
    found.sort(key=lambda each: not each[0].isupper())
    return frozenset([each.lower() for each in found][:_MOST_NAMES])


def _kinds(words: Sequence[str]) -> Kinds:
    """What follows a word for a kind, as it is written: a name with a capital is surely one."""
    found: dict[str, frozenset[Name]] = {}
    for n, word in enumerate(words):
        kind = _KIND_OF.get(word.lower())
        if kind and (name := _name_after(words[n + 1 : n + 1 + _LONGEST_NAME])):
            found[kind] = found.get(kind, frozenset()) | name
    churches = frozenset(Name(each.lower(), sure=True) for each in words if _CHURCH.fullmatch(each))
    sides = frozenset(Name(_SIDE_OF[each.lower()], sure=True) for each in words if each.lower() in _SIDE_OF)
    return found | ({"church": churches} if churches else {}) | ({"side": sides} if sides else {})


def _name_after(words: Sequence[str]) -> frozenset[Name]:
    """The name that follows the word for its kind at once."""
    name: list[Name] = []
    for each in words:
        word, sure = each.lower(), each[:1].isupper()
        if word not in _KIND_OF and (is_name(word) or (sure and may_name_a_place(word))):
            name.append(Name(word, sure))
        elif name or word not in _BEFORE_A_NAME:
            break
    return frozenset(name)


def _numbers(text: str) -> Kinds:
    found = {kind: frozenset(Name(n, True) for n in pattern.findall(text)) for kind, pattern in _NUMBERED.items()}
    return {kind: numbers for kind, numbers in found.items() if numbers}


def names_by_kind(all_of_them: Iterable[Excerpt]) -> Kinds:
    """All names by kind that several reports have."""
    found: dict[str, frozenset[Name]] = {}
    for each in all_of_them:
        for kind, names in view(each.text, each.place).kinds.items():
            found[kind] = found.get(kind, frozenset()) | names
    return found


def weigh(one: Excerpt, other: Excerpt, shared: Sequence[Category], known: Kinds) -> Evidence:
    """What speaks for and against two being one. `shared`: categories of both; `known`: all names by kind that the
    other one's case has."""
    a, b = view(one.text, one.place), view(other.text, other.place)
    similar = similarity(a.trigrams, b.trigrams)
    mine, theirs = _shared_names(a, b)
    # Each side has a name that the other has not: a form with other names in it.
    differs = len(mine) < len(a.names) and len(theirs) < len(b.names)
    against = [(f"other_{kind}", _AGAINST[kind]) for kind in _AGAINST if _differ(kind, a.kinds, known, True)]
    unsure = [
        (f"other_{kind}", _AGAINST[kind] * _UNSURE)
        for kind in _AGAINST
        if _differ(kind, a.kinds, known, False) and not _differ(kind, a.kinds, known, True)
    ]
    against += [("template", _TEMPLATE)] if similar >= _TEMPLATE_FROM and differs else []
    against += [("far", _FAR)] if (apart := kilometres(one.point, other.point)) is not None and apart > _FAR_KM else []
    against += [("other_place", _OTHER_PLACE)] if _other_place(a, b) else []
    found = [*_for_it(a, b, len(mine), shared, apart), *_by_time(one, other), *against, *unsure]
    long = min(len(a.trigrams), len(b.trigrams)) >= _COPIED_FROM
    if long and similar >= _COPY_FROM and not differs and not (a.matters - b.matters and b.matters - a.matters):
        found.append((f"text:{similar:.2f}", _COPY))
    found.sort(key=lambda each: -abs(each[1]))
    reasons = tuple(code for code, weight in found if weight)
    topical = any(code.startswith(_TOPICAL) for code in reasons)
    return Evidence(round(_BIAS + sum(weight for _, weight in found), 3), reasons, bool(against), similar, topical)


def _for_it(a: View, b: View, common: int, shared: Sequence[Category], apart: float | None) -> list[Weighed]:
    """Names, matters, category, distance."""
    names = min(2, common) / 2
    same = shared_matters(a.matters, b.matters)
    found = [("names", names * (_NAME + _NAME_AND_MATTER * same))] if names else []
    found += [("place", _PLACE)] if _same_place(a, b) else []
    found += [("same_named", _SAME_NAMED)] if same and _same_named(a, b) else []
    found += [("matters", _MATTERS * same)] if same else []
    found += [("other_matters", _OTHER_MATTERS)] if a.matters and b.matters and not a.matters & b.matters else []
    found += [(f"category:{shared[0].value}", _CATEGORY)] if shared else []
    return found + ([("near", _NEAR)] if apart is not None and apart <= _NEAR_KM else [])


def _by_time(one: Excerpt, other: Excerpt) -> list[Weighed]:
    apart = abs(one.at - other.at)
    weight = _DAYS * exp(-apart / _FADES) + (_HALF_A_DAY if apart <= _SOON else 0.0)
    return [(f"hours:{apart / timedelta(hours=1):.0f}", weight)]


def _shared_names(one: View, other: View) -> tuple[frozenset[str], frozenset[str]]:
    """The names of each that the other has, too, spelled as it spells them."""
    exact = one.names & other.names
    rest, others = one.names - exact, other.names - exact
    pairs = [(mine, theirs) for mine in rest for theirs in other.names if alike(mine, theirs)]
    pairs += [(mine, theirs) for theirs in others for mine in exact if alike(mine, theirs)]
    return exact | {mine for mine, _ in pairs}, exact | {theirs for _, theirs in pairs}


def _differ(kind: str, one: Kinds, other: Kinds, sure: bool) -> bool:
    """Whether both have names of a kind and share none; `sure`: of those that were written as names alone."""
    mine = [each for each in one.get(kind, ()) if each.sure or not sure]
    theirs = [each for each in other.get(kind, ()) if each.sure or not sure]
    shared = meet((each.word for each in one.get(kind, ())), (each.word for each in other.get(kind, ())))
    return bool(mine and theirs) and not shared


def _same_named(a: View, b: View) -> bool:
    """Whether both name the same house, street, village, or the like; not a person, whose name many have."""
    kinds = ("house", "institution", "street", "village", "estate", "spot", "church")
    if any(meet(_sure(a.kinds, each), _sure(b.kinds, each)) for each in kinds):
        return True
    return any(mine & theirs for mine in a.streets for theirs in b.streets)


def _sure(kinds: Kinds, kind: str) -> list[str]:
    return [each.word for each in kinds.get(kind, ()) if each.sure]


def _same_place(a: View, b: View) -> bool:
    return meet(a.place, b.names | b.place) or meet(b.place, a.names)


def _other_place(a: View, b: View) -> bool:
    return bool(a.place and b.place) and not _same_place(a, b)


def kilometres(one: Point | None, other: Point | None) -> float | None:
    """Between two points on the sphere; None where one is not known."""
    if one is None or other is None:
        return None
    north, south = radians(one.lat), radians(other.lat)
    half = sin((north - south) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(one.lng - other.lng) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


def trigrams(text: str) -> frozenset[str]:
    """Letter trigrams of the words, which forgive spelling. What stands for a voice is like nothing."""
    plain = f" {' '.join(tokens(text[:_READ].replace(SPOKEN, '')))} "
    return frozenset(plain[n : n + 3] for n in range(len(plain) - 2))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared trigrams over all (Jaccard), 0 to 1."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0
