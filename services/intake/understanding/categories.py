"""What a story is about, by plain words; shown to the reporter before it is sent, as words can mislead."""

import re

from contracts.vocabulary import Act, Category
from services.intake.understanding.normalise import letters

_VIOLENT = {Act.KORBAN_JIWA, Act.KORBAN_LUKA, Act.KEKERASAN_FISIK, Act.PENGUSIRAN, Act.PEMBAKARAN}
_HOUSE = (
    r"rumah (ibadah|ibadat|doa)|tempat ibadah|gereja|kapel|masjid|mesjid|musal+a|mushol+a|langgar|surau|pura\b|vihara|"
    r"wihara|klenteng|kelenteng|sanggar"
)
_WORSHIP = (
    r"kebaktian|misa\b|(?<!rumah )(?<!tempat )ibada[ht]|s[h]?olat|salat|pengajian|majelis taklim|tahlilan|"
    r"perayaan|natal\b|nyepi|waisak|imlek|doa bersama|pemakaman|kuburan|makam"
)
_HINDERED = r"bubar|menolak|tolak\b|larang|halang|hadang|ganggu|usik|stop|hentikan|diusir|tidak boleh|gembok|segel"
_ABOUT: tuple[tuple[Category, re.Pattern[str]], ...] = (
    (Category.PENGERAS_SUARA, re.compile(r"pengeras suara|speaker|spiker|\btoa\b|sound system|suara (azan|adzan)")),
    (Category.PAHAM_ALIRAN, re.compile(r"sesat|aliran|ajaran|nabi palsu|paham|baiat|murtad|kafir-?kafirkan")),
    (Category.HAMBATAN_IBADAH, re.compile(rf"(?=.*({_WORSHIP}))(?=.*({_HINDERED}))", re.DOTALL)),
    (
        Category.UJARAN_KEBENCIAN,
        re.compile(r"hina|hinaan|menista|penista|kebencian|ceramah|khotbah|menghujat|hujat|dicaci|fitnah agama"),
    ),
    (
        Category.HOAKS_PROVOKASI,
        re.compile(r"hoa[kx]s|bohong|broadcast|pesan berantai|provokasi|viral|katanya|isu\b|beredar|diracun"),
    ),
    (Category.RUMAH_IBADAT, re.compile(_HOUSE)),
    (
        Category.INTERNAL_UMAT,
        re.compile(r"pengurus (lama|baru|masjid|gereja|pura)|takmir|dkm|sesama jemaat|dualisme|ormas|imam masjid"),
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
