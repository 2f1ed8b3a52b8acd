"""Masks what identifies a person in free text: numbers of phones, identity cards, tax and bank accounts, number plates,
and e-mail addresses, in the ways in which people write them. Names cannot be found this way and stay.

Digits are looked at in clusters: digits, or letters that stand for them, with a little between them. A cluster is
judged by how it begins, how long it is and how it is grouped; dates, times, money and the like are taken out before.
"""

import re
from collections.abc import Iterator

MASK = "[disamarkan]"
"""What stands for what was taken out."""
_LETTERS = {"O": "0", "o": "0", "I": "1", "l": "1"}
_ZERO_WIDTH = "\u200b-\u200f\u2060\ufeff\u00ad"
_BETWEEN = rf"[\s.,:;_/()\[\]·•~–—‑‒−*-]|[{_ZERO_WIDTH}]"
_ENOUGH = re.compile(rf"(?:[\dOoIl](?:{_BETWEEN}){{0,4}}){{8}}")
_PLAIN = re.compile(r"(?<!\d)\(?(?:\+?62|0)[\s.()/-]*8(?:[\s.()/-]*\d){7,11}(?!\d)|(?<!\d)\d(?:[\s.-]?\d){15}(?!\d)")
"""The usual ways of writing a phone or an identity card, whatever stands before and after."""
_CLUSTER = re.compile(
    rf"(?<![\w@(\[+])[(\[+]{{0,3}}\+?(?:\d|[Oo](?=[8O]))(?:(?:{_BETWEEN}){{0,3}}\+?[\dOoIl])*(?![A-Za-z@])"
)
_HARMLESS = re.compile(
    r"(?i:\b(?:rp|idr|usd|rm|s?\$)\s*\.?\s*\d+(?:[.,]\d+)*(?:,-)?)"  # money
    r"|(?<![\d.,])(?<!\d\s)[1-9]\d{0,2}(?:[.,\s]\d{3})+(?![\d]|[.,\s-]\d)"  # thousands
    r"|(?<!\d)(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)"  # dates
    r"|(?<![\d.])(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)?\d\d(?![\d]|[.-]\d)"
    r"|(?<![\d.])(?:[01]?\d|2[0-4])[.:][0-5]\d(?:[.:][0-5]\d(?:\.\d+)?)?(?![\d]|[.:]\d)"  # times
    r"|(?<!\d)(?:19|20)\d\d\s?[-–/]\s?(?:19|20)\d\d(?!\d)"  # years
    r"|[-−]?(?<![\d.])\d{1,3}\.\d{4,8}(?![\d]|\.\d)"  # degrees
    r"|(?<![\d.])[1-9]\d\.\d\d(?:\.\d\d)?(?![\d.])"  # region codes
)
_MONEY = re.compile(r"(?i)\b(?:rp|idr|usd|rm)\s*\.?\s*$")
_ACCOUNT = re.compile(
    r"(?i)\b(?:no\.?\s*rek|norek|rek(?:ening)?|bca|bri|bni|btn|bsi|mandiri|dana|ovo|gopay|a/?n)\b\W*(?:\w+\W+){0,3}$"
)
_PLATE = re.compile(
    r"(?<![\w.])(?:A[ABDEG]?|B[ABDEGHKLMNP]?|D[ABCDEGHKLMNPRSTW]?|E[ABD]?|F|G|H|K[BHTU]?|L|M|N|P[AB]?|R[I]?|S|T|W|Z)"
    r"[ -]?[1-9]\d{0,3}[ -]?(?!RT\b|RW\b|KM\b)[A-Z]{1,3}(?!\w)"
)
_NAMED_PLATE = re.compile(
    r"(?i)(\b(?:plat|nopol|no\.?\s*pol|nomor\s+polisi)(?:\s+(?:nomor|no))?\W{1,3})"
    r"[a-z]{1,2}[ -]?\d{1,4}[ -]?[a-z]{1,3}(?!\w)"
)
_NO_PLATE = re.compile(
    r"(?i)(?:\b(?:kelas|gate|gerbang|blok|kamar|ruang|ruangan|lantai|gedung|kav|kavling|tipe|type|no|nomor|gang|gg|pintu|jl|jalan"
    r"|peron|tribun|sektor|zona|seri|versi|unit|qs|ayat|pasal)\W*)$"
)
_AT = r"(?:[@＠]|\s*(?:\[\s*at\s*\]|\(\s*at\s*\)|\{\s*at\s*\})\s*)"
_DOT = r"\s*(?:\.|\[\s*dot\s*\]|\(\s*dot\s*\)|\[\s*titik\s*\]|\(\s*titik\s*\))\s*"
_ADDRESS = re.compile(
    # Begun only where a word begins, and bounded: a long text without end costs no more than its length.
    rf"(?i)(?<![\w.+-])[\w.+-]{{1,64}}{_AT}[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}})+"
    r"|(?<![\w.+-])[\w.+-]{2,64}\s+at\s+[a-z0-9-]{1,63}(?:\s+(?:dot|titik)\s+[a-z0-9-]{1,63})+"
)


def mask(text: str) -> str:
    """The text with each of them replaced by `[disamarkan]`."""
    # Most texts have none: looking for eight digits or an @ costs a fraction of the whole search.
    if _ENOUGH.search(text):
        text = _mask_numbers(_PLAIN.sub(MASK, text))
    if "@" in text or "＠" in text or re.search(r"(?i)\bat\b", text):
        text = _ADDRESS.sub(MASK, text)
    if not any(each.isdigit() for each in text):
        return text
    return _NAMED_PLATE.sub(rf"\1{MASK}", _PLATE.sub(_plate, text))


def _plate(found: re.Match[str]) -> str:
    return found[0] if _NO_PLATE.search(found.string[max(found.start() - 20, 0) : found.start()]) else MASK


def _mask_numbers(text: str) -> str:
    spans = [span for cluster in _CLUSTER.finditer(text) for span in _secret(text, cluster)]
    for start, end in reversed(spans):
        text = text[:start] + MASK + text[end:]
    return text


def _secret(text: str, cluster: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The parts of a cluster that are somebody's number."""
    digits, groups = _digits(cluster[0])
    if digits and _is_phone(digits, cluster[0], groups) and not _HARMLESS.fullmatch(cluster[0].strip(" .,:;")):
        yield _trimmed(cluster[0], cluster.start())
        return
    at = cluster.start()
    for part in _parts(cluster[0]):
        if part and _is_number(part, text[:at]):
            yield _trimmed(part, at)
        at += len(part)


def _parts(cluster: str) -> list[str]:
    """A cluster cut where something harmless stands in it, or where a sentence goes on: after a comma with a space."""
    cut, at = [], 0
    for found in re.finditer(rf"{_HARMLESS.pattern}|[,;:]\s+", cluster):
        cut += [cluster[at : found.start()], found[0]]
        at = found.end()
    return [*cut, cluster[at:]]


def _trimmed(part: str, start: int) -> tuple[int, int]:
    """Without what stands around the number."""
    left = len(part) - len(part.lstrip(" \t\n.,:;/_-–—"))
    right = len(part.rstrip(" \t\n.,:;/_-–—([" + "\u200b\u200c\u200d\u2060\ufeff"))
    return start + left, start + right


def _is_number(part: str, before: str) -> bool:
    """Whether digits grouped so are a phone, a card, a tax or bank account."""
    if _HARMLESS.fullmatch(part.strip(" .,:;()")):
        return False
    digits, groups = _digits(part)
    return bool(digits) and (_is_phone(digits, part, groups) or _is_long(digits, groups, before))


def _digits(part: str) -> tuple[str, list[str]]:
    """The digits of a part and how they are grouped; none where it is rather a word."""
    plain = re.sub(f"[{_ZERO_WIDTH}]", "", part)
    groups = re.findall(r"[\dOoIl]+", plain)
    digits = "".join(_LETTERS.get(each) or str(int(each)) for each in "".join(groups))
    real = sum(each.isdigit() for each in plain)
    enough = 2 if digits.startswith(("08", "628")) else max(6, len(digits) // 2)
    return (digits, groups) if real >= enough else ("", [])


def _is_phone(digits: str, part: str, groups: list[str]) -> bool:
    count = len(digits)
    if "+" in part[:4]:
        return 8 <= count <= 15
    if digits.startswith("00"):
        return 10 <= count <= 17
    if digits.startswith("62"):
        return 10 <= count <= 15
    if digits.startswith("0"):
        return 9 <= count <= 14 and (digits.startswith("08") or max(map(len, groups)) >= 3)
    return digits.startswith("81") and 9 <= count <= 12 and len(groups[0]) in (3, 4, count)


def _is_long(digits: str, groups: list[str], before: str) -> bool:
    count = len(digits)
    if _MONEY.search(before[-8:]):
        return False
    if _ACCOUNT.search(before[-60:]):
        return 8 <= count <= 18
    if 15 <= count <= 20:  # an identity card, a civil servant, a tax payer
        return max(map(len, groups)) >= 3
    return len(groups) == 1 and 10 <= count <= 14
