"""Where it happened: named and shown, asked for, or chosen of several; never guessed. Pure."""

import re
from datetime import datetime

from contracts.gazetteer import Found, find_place
from contracts.regions import is_in_the_country, level_of, region, search_regions
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.dialogue.summary import add_to_story, summarise

FEW, _SOME = 4, 3
"""From how many words on an answer tells more than was asked; and may do so where it names no place."""
_NAMES_A_PLACE = re.compile(r"\b(kec|kecamatan|kab|kabupaten|kota|kotamadya)\b")
_CORRECTS = re.compile(
    r"\b(bukan (?!cuma|hanya|saja|itu)(di )?\w+|salah (tempat|kecamatan|wilayah|lokasi)|(tempat|lokasi|kecamatan)nya|"
    r"(yang benar|harusnya|maksud(nya| saya)?) (di |kec|kecamatan |kota |kab))"
)
_LONGEST_CORRECTION = 12
"""Words: who writes more tells more."""
_NO_IDEA = re.compile(
    r"(tidak|tdk|ga|gak|nggak|kurang|ndak) (tau|tahu|mau|boleh)( .{0,20})?|lupa|bingung|rahasia|mau kirim( saja)?"
)
_RIGHT_ONE = re.compile(
    r"\b(harusnya|seharusnya|yang benar|maksud saya|tapi|melainkan)\b( (di|itu|kec|kecamatan))* (?P<name>.{3,40})$"
)


def answer_place(talk: Conversation, inbound: Inbound, answer: str, at: datetime) -> Turn:
    """The answer to where it was: a name, a point, one of several, or more of the story."""
    if inbound.point:
        return _take_point(talk, inbound, at)
    if inbound.choice in talk.options:
        return _placed(talk, inbound.choice, at)
    if _NO_IDEA.fullmatch(answer):  # before names: "tidak mau" is no Ma'u
        return Turn(replies=[texts.text(texts.PLACE_UNSURE)])
    found = find_place(inbound.text, whole=True)
    if not found.covers and len(inbound.text.split()) >= FEW:
        found = find_place(inbound.text)
        add_to_story(talk, inbound.text)
        if not found.codes:
            return Turn(replies=[texts.text(f"{texts.STORY} {texts.PLACE}")])
    elif not found.codes:
        begins = tuple(each.code for each in search_regions(inbound.text, level=3))
        found = Found(begins, exact=False)
    if found.codes:
        return take_place(talk, found, at)
    if len(inbound.text.split()) >= _SOME:  # no place: more of the story
        add_to_story(talk, inbound.text)
    return Turn(replies=[texts.text(texts.PLACE_UNKNOWN)])


def take_place(talk: Conversation, found: Found, at: datetime) -> Turn:
    """One that is clearly meant is named, and can be changed; of several the person chooses."""
    if found.clear:
        return _placed(talk, found.clear, at)
    talk.step, talk.options = "place", list(found.codes[:10])
    named = [region(code) for code in talk.options]
    asked = texts.PLACE_WHICH if found.exact else texts.PLACE_MEANT
    return Turn(replies=[texts.rows(asked, [(each.code, each.name, each.path) for each in named])])


def ask_place(talk: Conversation, text: str, at: datetime) -> Turn:
    """On to the summary where the story names its place; else the question."""
    talk.step, found = "place", told_place(text)
    return take_place(talk, found, at) if found else Turn(replies=[texts.text(texts.PLACE)])


def told_place(text: str) -> Found | None:
    """The place that a story names. One that is almost named is offered only where a place is meant to be named: a
    market ("pasar") is no Paser."""
    found, plain = find_place(text), text.lower()
    written = any(region(code).name.lower() in plain for code in found.codes)
    return found if found.codes and (found.exact or written or _NAMES_A_PLACE.search(plain)) else None


def corrected_place(talk: Conversation, text: str, at: datetime) -> Turn | None:
    """Another place that is named in the summary's stead: alone, or with words that say the first was wrong."""
    whole = find_place(text, whole=True)
    if whole.covers and whole.exact:
        return take_place(talk, whole, at)
    if not _CORRECTS.search(text.lower()) or len(text.split()) > _LONGEST_CORRECTION:
        return None
    right = _RIGHT_ONE.search(text.lower())
    named = find_place(right["name"], whole=True) if right else None
    found = named if named and named.exact else find_place(text)
    others = tuple(code for code in found.codes if code != talk.draft["region"])
    if not others:
        return None
    if len(text.split()) >= FEW:  # it may tell more than the place
        add_to_story(talk, text)
    return take_place(talk, Found(others, exact=found.exact), at)


def _take_point(talk: Conversation, inbound: Inbound, at: datetime) -> Turn:
    point = inbound.point
    if point is None or not is_in_the_country(point.lat, point.lng):
        asked = f"{texts.ELSEWHERE} {texts.PLACE}" if talk.step == "place" else texts.ELSEWHERE
        return Turn(replies=[texts.text(asked)])
    talk.draft["point"] = point.model_dump()
    talk.draft["place"] = inbound.place or None
    if talk.step == "confirm":
        return Turn(replies=[texts.text(texts.SPOT), *summarise(talk, at).replies])
    return Turn(replies=[texts.text(texts.SPOT), texts.text(texts.PLACE)])


def _placed(talk: Conversation, code: str, at: datetime) -> Turn:
    if level_of(code) < 2:
        talk.step = "place"
        return Turn(replies=[texts.text(texts.PLACE)])
    talk.draft["region"] = code
    return summarise(talk, at)
