"""What a story is about, by plain words; shown to the reporter before it is sent, as words can mislead."""

import re

from contracts.vocabulary import Act, Category
from services.intake.understanding.normalise import letters

_VIOLENT = {Act.KORBAN_JIWA, Act.KORBAN_LUKA, Act.KEKERASAN_FISIK, Act.PENGUSIRAN, Act.PEMBAKARAN}
_HOUSE = (
    r"rumah (ibadah|ibadat|doa)|tempat ibadah|gereja|\bkapel|\bmas?jid|mesjid|musal+a|mushol+a|\blanggar\b|\bsurau|"
    r"(?<!pura[- ])\bpura\b(?![- ]pura)|vihara|wihara|klenteng|kelenteng|sanggar"
)
_WORSHIP = (
    r"kebaktian|\bmisa\b|(?<!rumah )(?<!tempat )\bibada[ht]|\bs[h]?olat|\bsalat|pengajian|majelis taklim|tahlilan|"
    r"perayaan|\bnatal\b|\bnyepi|waisak|imlek|doa bersama|pemakaman|kuburan|\bmakam"
)
_HINDERED = (
    r"bubar|menolak|\btolak\b|melarang|dilarang|\blarang\b|halang|hadang|ganggu|\busik|\bstop|hentikan|diusir|"
    r"tidak boleh|gembok|segel"
)
_ABOUT: tuple[tuple[Category, re.Pattern[str]], ...] = (
    (Category.PENGERAS_SUARA, re.compile(r"pengeras suara|\bspeaker|\bspiker|\btoa\b|sound system|suara (azan|adzan)")),
    (
        Category.PAHAM_ALIRAN,
        re.compile(
            r"\bsesat|\baliran (?!listrik|air|sungai|dana|uang)|\bajaran\b|nabi palsu|"
            r"(?<!salah )(?<!kurang )(?<!tidak )\bpaham (?!ya|pak|bu|saya)|\bbaiat|\bmurtad|kafir-?kafirkan"
        ),
    ),
    (Category.HAMBATAN_IBADAH, re.compile(rf"(?=.*({_WORSHIP}))(?=.*({_HINDERED}))", re.DOTALL)),
    (
        Category.UJARAN_KEBENCIAN,
        re.compile(
            r"\b(meng|di|peng)?hina(an|kan)?\b|\b(me|di|pe)?nista|kebencian|\bceramah|\bkhotbah|hujat|dicaci|"
            r"fitnah agama"
        ),
    ),
    (
        Category.HOAKS_PROVOKASI,
        re.compile(r"hoa[kx]s|\bbohong|broadcast|pesan berantai|provokasi|\bviral|\bkatanya|\bisu\b|beredar|\bdiracun"),
    ),
    (Category.RUMAH_IBADAT, re.compile(_HOUSE)),
    (
        Category.INTERNAL_UMAT,
        re.compile(
            r"pengurus (lama|baru|masjid|gereja|pura)|\btakmir|\bdkm\b|sesama jemaat|dualisme|\bormas\b|imam masjid"
        ),
    ),
    (
        Category.ANTARUMAT,
        re.compile(r"antar ?(umat|agama)|beda agama|lain agama|agama lain|umat lain|dua (kampung|kelompok)"),
    ),
)
"""In the order in which they are looked for: what is told more exactly comes first."""


def category_of(text: str, acts: list[Act]) -> Category:
    """The one category that a story names first; `lainnya` where it names none."""
    plain = letters(text)
    found = next((category for category, words in _ABOUT if words.search(plain)), None)
    if _VIOLENT & set(acts) and found in (None, Category.RUMAH_IBADAT, Category.ANTARUMAT, Category.HOAKS_PROVOKASI):
        return Category.KEKERASAN_PENGUSIRAN
    return found or Category.LAINNYA
