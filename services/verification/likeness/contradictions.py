"""What two reports cannot both be about: another community's house, another street. Pure.

Words that are alike make two reports one; a named thing that differs makes them two, however alike the rest is: a crowd
against a musala and a banner at a church are no one event. Only what is surely different counts: two cases that should
be one are merged by an officer, and each alone calls somebody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_HOUSES = {
    "islam": "masjid mesjid musala musola mushola musholla mushalla surau meunasah pesantren ponpes",
    "kristen": "gereja kapel hkbp gki gbi gpib gbkp kebaktian",
    "hindu": "pura",
    "buddha": "vihara wihara cetiya",
    "khonghucu": "kelenteng klenteng litang",
    "yahudi": "sinagoga sinagog",
}
_HOUSE_OF = {word: house for house, words in _HOUSES.items() for word in words.split()}
_STREET = re.compile(r"\b(?:[Jj]l|JL|[Jj]ln|JLN|[Gg]g|GG|[Gg]ang|Jalan(?= +[A-Z]))\b\.? *((?:[A-Za-z.]+ ?){1,4})")
"""A word for a street before a name; "jalan" alone is a way as well, and counts where a name with a capital follows."""
_TITLES = frozenset(
    ["jenderal", "jendral", "jend", "sultan", "tuanku", "imam", "haji", "kapten", "kyai", "kiai", "raden", "pangeran",
     "letjen", "mayjen", "brigjen", "kolonel", "mayor", "prof", "raya", "jalan", "gang", "nomor", "dalam", "besar"]
)  # fmt: skip
"""Words of a street's name that people leave out, or that other streets have, too."""
_PRETENCE = re.compile(r"\bpura[- ]?pura\b")


@dataclass(frozen=True)
class Named:
    """What texts name that could only be one thing."""

    houses: frozenset[str] = frozenset()
    """Communities whose house of worship is named."""
    streets: frozenset[frozenset[str]] = frozenset()
    """The words behind each street's name, without numbers: people name the house from which they see it."""


@lru_cache(maxsize=2_000)
def named_in(text: str) -> Named:
    """What a text names."""
    plain = _PRETENCE.sub(" ", " ".join(re.sub(r"[^a-z0-9. -]", " ", text.lower()).split()))
    houses = {_HOUSE_OF[word] for word in re.findall(r"[a-z]+", plain) if word in _HOUSE_OF}
    streets = {words for each in _STREET.findall(text) if (words := _words(each))}
    return Named(frozenset(houses), frozenset(streets))


def together(all_of_them: Iterable[Named]) -> Named:
    """What several texts name."""
    found = list(all_of_them)
    houses = frozenset(each for one in found for each in one.houses)
    return Named(houses, frozenset(each for one in found for each in one.streets))


def contradicts(one: Named, other: Named) -> bool:
    """Whether both name something of a kind, and nothing of it can be the same."""
    if one.houses and other.houses and not one.houses & other.houses:
        return True
    may_be_one = any(mine & theirs for mine in one.streets for theirs in other.streets)
    return bool(one.streets and other.streets) and not may_be_one


def _words(name: str) -> frozenset[str]:
    words = frozenset(word for word in re.findall(r"[a-z]+", name.lower()) if len(word) > 3)
    return words - _TITLES
