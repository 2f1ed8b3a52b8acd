"""Words of a report: what matters they belong to, and which of them are names. Pure.

Many words stand for one matter ("toa", "speaker", "corong"); a word that neither stands for one nor is an ordinary word
of reports is a name: of a house, a street, a person. `ordinary_words.txt` holds the words that at least three of
the lines use by which chat is trained (`services/intake/understanding/utterances`), or two of our own sentences and
articles, without those of the tables here.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_MATTERS = {
    "islam": "masjid mesjid musala musola mushola musholla mushalla langgar surau meunasah",
    "kristen": (
        "gereja grejo greja kapel jemaat kebaktian kristen pendeta pdt nasrani misa rosario oikumene hkbp gki gkii gbi "
        "gpib gbkp gpdi gmi gsja gksi gkp gkb paroki pastor romo susteran katolik protestan natal paskah"
    ),
    "hindu": "pura hindu sanggah nyepi odalan",
    "buddha": "vihara wihara buddha budha cetiya rupang biksu bhante",
    "tionghoa": "kelenteng klenteng litang hio dewa tionghoa cina cino",
    "kepercayaan": "penghayat kejawen kaharingan kepercayaan leluhur",
    "pesantren": "pesantren ponpes pondok santri tahfiz tahfidz kiai kyai pengasuh",
    "tolak": (
        "tolak nolak menolak ditolak penolakan keberatan protes memprotes diprotes setuju larang melarang dilarang "
        "pelarangan menentang"
    ),
    "spanduk": "spanduk baliho banner poster mmt",
    "bubar": "bubar bubarkan dibubarkan dibubarin membubarkan pembubaran dihentikan hentikan penghentian disuruh",
    "segel": "segel disegel menyegel penyegelan gembok digembok ditutup tutup penutupan dipalang palang",
    "suara": (
        "toa speaker spiker pengeras suara corong corongnya lonceng genset bising berisik brisik kenceng keras volume "
        "sound mic mikrofon tadarus tadarusan adzan azan selawatan selawat kaset"
    ),
    "rusak": (
        "lempar dilempar dilempari pelemparan timpuk ditimpuk batu kaca pecah pica perusakan dirusak rusak merusak "
        "vandal dicoret coretan"
    ),
    "bakar": "bakar dibakar membakar terbakar kebakar pembakaran api bensin molotov kobong diobong",
    "pukul": "dipukul dipukuli pemukulan keroyok dikeroyok luka berdarah bacok tusuk sayat ditikam benjol",
    "senjata": "parang badik golok celurit senjata panah busur pisau sajam",
    "massa": (
        "massa masa digeruduk geruduk mendatangi didatangi ngepung dikepung demo didemo kumpul berkumpul orasi konvoi"
    ),
    "makam": "makam pemakaman kuburan kubur dikubur dimakamkan jenazah mayat penguburan pekuburan mayit nisan tpu",
    "haram": "babi anjing haram nonhalal halal bakso kandang daging",
    "sekolah": ("sekolah guru murid siswa siswi kelas sd sdn smp smpn sma sman smk kampus mahasiswa wali ospek kepsek"),
    "jilbab": "jilbab berjilbab kerudung cadar bercadar mukena hijab",
    "simbol": "salib arca patung kaligrafi bendera simbol atribut topi santa",
    "ceramah": ("ceramah penceramah ustad ustadz ustaz habib khotbah khutbah pengajian tablig tabligh dakwah majelis"),
    "sesat": "sesat menyimpang nabi aliran ajaran ahmadiyah syiah mursyid padepokan jemaah baiat tarekat",
    "dana": "dana kas infak kotak hibah uang pungli duit sumbangan iuran donasi anggaran bantuan insentif",
    "pengurus": "pengurus takmir dkm ketua pemilihan kubu imam khatib bkm",
    "parkir": "parkir mobil garasi macet motor",
    "pindah_agama": (
        "baptis dibaptis kristenisasi dikristenkan mengkristenkan murtad pemurtadan pindah mualaf sembako beras baksos "
        "brosur selebaran traktat"
    ),
    "nikah": "nikah menikah pernikahan kawin pacar",
    "media": "fb facebook tiktok akun grup video vidio postingan komentar medsos ig twitter status siaran",
    "kabar": "kabar isu hoaks hoax beredar katanya broadcast pesan berantai",
    "pemilu": ("caleg paslon pilih pilkada pemilu kampanye calon tim sukses bupati walikota coblos partai lurah"),
    "izin": "izin ijin imb pbg rekomendasi fkub dukungan ktp ttd tanda tangan",
    "bangun": "pembangunan bangun dibangun mbangun renovasi pendirian didirikan fondasi pondasi tukang proyek",
    "tanah": "tanah lahan wakaf sertifikat sengketa batas tembok fasum persil ahli waris hak milik",
    "kos": "kos kosan indekos kost kontrakan mes asrama rusun",
    "mediasi": "mediasi musyawarah rapat berita acara kesepakatan hasil sepakat",
    "puasa": "puasa ramadan ramadhan romadon lebaran warung sahur takjil sweeping",
    "adat": "nyadran sesaji ritual syirik kirab larung sedekah bumi ruwatan haul ziarah",
    "yatim": "panti asuhan yatim",
    "sehat": "vaksin imunisasi puskesmas posyandu",
    "doa": "doa berdoa ibadah sembahyang sholat salat shalat ied jumatan peribadatan ibadat rumah",
    "usir": "usir diusir pengusiran ngusir",
    "ancam": "ancam diancam ancaman mengancam awas",
}
_MATTER_OF = {word: matter for matter, words in _MATTERS.items() for word in words.split()}
_HALF = frozenset({"tolak", "massa", "doa", "islam", "kristen"})
"""Matters that half of all reports touch: that two share one says little."""
_LITTLE = 3
_ORDINARY = frozenset((Path(__file__).parent / "ordinary_words.txt").read_text("utf-8").split())
_PREFIXES = "memper diper per meng meny mem men me di ber ter peng peny pem pen pe se ke ng"
_BEFORE = tuple(_PREFIXES.split())
_BEHIND = ("kannya", "annya", "inya", "nya", "kan", "an", "in", "i")
_SHORTEST_ROOT = 4
_ALL_RELATIVE = (
    "dekat belakang depan samping sebelah seberang sekitar ujung pojok antara arah menuju dalam luar atas bawah yang "
    "dan dari dengan kristen katolik protestan besar kecil baru lama jami raya nomor blok wilayah kecamatan kabupaten "
    "kota warga rumah"
)
_RELATIVE = frozenset(_ALL_RELATIVE.split())
"""Words of a place that name none by themselves."""
_FORGIVEN_FROM = 5
_ALIKE = 0.5


def tokens(text: str) -> list[str]:
    """The words and numbers of a text, in order; parts of "Al-Ikhlas" are words of their own."""
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[str, ...]:
    """The word, and what may be its root, without what is put before and behind: "didatanginya", "datang"."""
    without = {word, *(word.removesuffix(each) for each in _BEHIND)}
    roots = without | {each.removeprefix(before) for each in without for before in _BEFORE}
    return (word, *sorted(each for each in roots - {word} if len(each) >= _SHORTEST_ROOT))


def matters(words: Iterable[str]) -> frozenset[str]:
    """What words are about."""
    known = (next((_MATTER_OF[form] for form in _forms(each) if form in _MATTER_OF), None) for each in words)
    return frozenset(each for each in known if each)


def shared_matters(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of the shorter one's matters the other has, 0 to 1."""
    shared = _weight(one & other)
    return min(1.0, shared / max(min(_weight(one), _weight(other)), 1.0)) * min(1.0, shared)


def _weight(found: Iterable[str]) -> float:
    return sum(0.5 if each in _HALF else 1.0 for each in found)


def is_name(word: str) -> bool:
    """Whether a word stands for one thing: it is no matter, no ordinary word, and no number."""
    known = any(form in _MATTER_OF or form in _ORDINARY for form in _forms(word))
    return len(word) >= _LITTLE and word.isalpha() and not known


def may_name_a_place(word: str) -> bool:
    """Whether a word may be a name where one is written: in the field for the place, or with a capital behind "gereja".
    Ordinary words are names there: "Terang Kasih", "Lorong Sepakat"."""
    return len(word) >= _LITTLE and word.isalpha() and word not in _RELATIVE


@lru_cache(maxsize=20_000)
def _trigrams(word: str) -> frozenset[str]:
    framed = f"^{word}$"
    return frozenset(framed[n : n + 3] for n in range(len(framed) - 2))


@lru_cache(maxsize=20_000)
def alike(one: str, other: str) -> bool:
    """Whether two words are one, spelled otherwise or with an ending."""
    if one == other:
        return True
    if min(len(one), len(other)) < _FORGIVEN_FROM:
        return False
    a, b = _trigrams(one), _trigrams(other)
    return one in other or other in one or len(a & b) >= _ALIKE * len(a | b)


def meet(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether any of some is alike to any of others."""
    known = list(others)
    return any(alike(one, other) for one in some for other in known)
