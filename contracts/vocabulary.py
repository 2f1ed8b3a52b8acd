"""The words of the field, as codes with their Indonesian labels. Codes only grow: a published one stays readable."""

from enum import IntEnum, StrEnum


class Category(StrEnum):
    """What a report is about; several may apply. Other axes (relation, act, actor, object) are kept apart."""

    RUMAH_IBADAT = "rumah_ibadat"
    HAMBATAN_IBADAH = "hambatan_ibadah"
    PAHAM_ALIRAN = "paham_aliran"
    PENODAAN = "penodaan"
    UJARAN_KEBENCIAN = "ujaran_kebencian"
    PENYIARAN_AGAMA = "penyiaran_agama"
    SIMBOL_ATRIBUT = "simbol_atribut"
    INTERNAL_UMAT = "internal_umat"
    ANTARUMAT = "antarumat"
    PENGERAS_SUARA = "pengeras_suara"
    POLITIK_PEMILU = "politik_pemilu"
    KEKERASAN_PENGUSIRAN = "kekerasan_pengusiran"
    HOAKS_PROVOKASI = "hoaks_provokasi"
    LAINNYA = "lainnya"


class Act(StrEnum):
    """An observed act. Each belongs to one stage of escalation (`STAGE_OF_ACT`)."""

    RUMOR = "rumor"
    PENOLAKAN_LISAN = "penolakan_lisan"
    SPANDUK_PENOLAKAN = "spanduk_penolakan"
    PROTES_TERBUKA = "protes_terbuka"
    GANGGUAN_IBADAH = "gangguan_ibadah"
    ANCAMAN = "ancaman"
    MASSA_BERKUMPUL = "massa_berkumpul"
    AJAKAN_MOBILISASI = "ajakan_mobilisasi"
    PERUSAKAN = "perusakan"
    PENUTUPAN_PAKSA = "penutupan_paksa"
    PEMBAKARAN = "pembakaran"
    PENGUSIRAN = "pengusiran"
    KEKERASAN_FISIK = "kekerasan_fisik"
    KORBAN_LUKA = "korban_luka"
    KORBAN_JIWA = "korban_jiwa"


class Stage(IntEnum):
    """Five steps of a case, condensed from Glasl's nine."""

    KETEGANGAN = 1
    SENGKETA_TERBUKA = 2
    ANCAMAN_MOBILISASI = 3
    PERUSAKAN = 4
    KORBAN = 5


class Level(IntEnum):
    """Ordinal warning level; always shown as number, word and icon."""

    NORMAL = 0
    WASPADA = 1
    SIAGA = 2
    AWAS = 3


class ReporterKind(StrEnum):
    """How a reporter chose to be known."""

    ANONYMOUS = "anonymous"
    CITIZEN = "citizen"
    OFFICER = "officer"


class Channel(StrEnum):
    """The way a report came in."""

    API = "api"
    WEB = "web"
    WHATSAPP = "whatsapp"
    IMPORT = "import"


class Status(StrEnum):
    """Where a case stands."""

    BARU = "baru"
    DIPERIKSA = "diperiksa"
    TERVERIFIKASI = "terverifikasi"
    DITANGANI = "ditangani"
    DITUTUP = "ditutup"


class Verdict(StrEnum):
    """What the people on the ground found."""

    TERVERIFIKASI = "terverifikasi"
    SEBAGIAN = "sebagian"
    TIDAK_TERBUKTI = "tidak_terbukti"
    HOAKS = "hoaks"
    DUPLIKAT = "duplikat"
    DI_LUAR_LINGKUP = "di_luar_lingkup"


class Outcome(StrEnum):
    """How a case ended."""

    MEREDA = "mereda"
    DISEPAKATI = "disepakati"
    DIRUJUK = "dirujuk"
    TIDAK_TERBUKTI = "tidak_terbukti"


class Rung(IntEnum):
    """Steps of the alert ladder, by the level of the office."""

    KECAMATAN = 0
    KABUPATEN = 1
    PROVINSI = 2
    PUSAT = 3


FOUNDED: frozenset[Verdict] = frozenset({Verdict.TERVERIFIKASI, Verdict.SEBAGIAN})
"""Verdicts after which a case is handled; the others end it."""

STAGE_OF_ACT: dict[Act, Stage] = {
    Act.RUMOR: Stage.KETEGANGAN,
    Act.PENOLAKAN_LISAN: Stage.KETEGANGAN,
    Act.SPANDUK_PENOLAKAN: Stage.KETEGANGAN,
    Act.PROTES_TERBUKA: Stage.SENGKETA_TERBUKA,
    Act.GANGGUAN_IBADAH: Stage.SENGKETA_TERBUKA,
    Act.ANCAMAN: Stage.ANCAMAN_MOBILISASI,
    Act.MASSA_BERKUMPUL: Stage.ANCAMAN_MOBILISASI,
    Act.AJAKAN_MOBILISASI: Stage.ANCAMAN_MOBILISASI,
    Act.PERUSAKAN: Stage.PERUSAKAN,
    Act.PENUTUPAN_PAKSA: Stage.PERUSAKAN,
    Act.PEMBAKARAN: Stage.PERUSAKAN,
    Act.PENGUSIRAN: Stage.PERUSAKAN,
    Act.KEKERASAN_FISIK: Stage.KORBAN,
    Act.KORBAN_LUKA: Stage.KORBAN,
    Act.KORBAN_JIWA: Stage.KORBAN,
}

LABELS: dict[str, str] = {
    Category.RUMAH_IBADAT: "Rumah ibadat",
    Category.HAMBATAN_IBADAH: "Hambatan beribadah",
    Category.PAHAM_ALIRAN: "Paham atau aliran",
    Category.PENODAAN: "Dugaan penodaan",
    Category.UJARAN_KEBENCIAN: "Ujaran kebencian",
    Category.PENYIARAN_AGAMA: "Penyiaran agama",
    Category.SIMBOL_ATRIBUT: "Simbol atau atribut",
    Category.INTERNAL_UMAT: "Internal umat",
    Category.ANTARUMAT: "Antarumat",
    Category.PENGERAS_SUARA: "Pengeras suara",
    Category.POLITIK_PEMILU: "Politik dan pemilu",
    Category.KEKERASAN_PENGUSIRAN: "Kekerasan atau pengusiran",
    Category.HOAKS_PROVOKASI: "Hoaks atau provokasi",
    Category.LAINNYA: "Lainnya",
    Act.RUMOR: "Kabar yang meresahkan",
    Act.PENOLAKAN_LISAN: "Penolakan lisan",
    Act.SPANDUK_PENOLAKAN: "Spanduk penolakan",
    Act.PROTES_TERBUKA: "Protes terbuka",
    Act.GANGGUAN_IBADAH: "Ibadah terganggu",
    Act.ANCAMAN: "Ancaman",
    Act.MASSA_BERKUMPUL: "Massa berkumpul",
    Act.AJAKAN_MOBILISASI: "Ajakan menggerakkan massa",
    Act.PERUSAKAN: "Perusakan",
    Act.PENUTUPAN_PAKSA: "Penutupan paksa",
    Act.PEMBAKARAN: "Pembakaran",
    Act.PENGUSIRAN: "Pengusiran",
    Act.KEKERASAN_FISIK: "Kekerasan fisik",
    Act.KORBAN_LUKA: "Ada korban luka",
    Act.KORBAN_JIWA: "Ada korban jiwa",
    ReporterKind.ANONYMOUS: "Tanpa nama",
    ReporterKind.CITIZEN: "Warga",
    ReporterKind.OFFICER: "Petugas",
    Channel.API: "API",
    Channel.WEB: "Formulir web",
    Channel.WHATSAPP: "WhatsApp",
    Channel.IMPORT: "Berkas impor",
    Status.BARU: "Baru",
    Status.DIPERIKSA: "Sedang diperiksa",
    Status.DITANGANI: "Sedang ditangani",
    Status.DITUTUP: "Ditutup",
    Verdict.TERVERIFIKASI: "Terverifikasi",
    Verdict.SEBAGIAN: "Terverifikasi sebagian",
    Verdict.TIDAK_TERBUKTI: "Tidak terbukti",
    Verdict.HOAKS: "Hoaks",
    Verdict.DUPLIKAT: "Duplikat",
    Verdict.DI_LUAR_LINGKUP: "Di luar lingkup",
    Outcome.MEREDA: "Mereda",
    Outcome.DISEPAKATI: "Ada kesepakatan",
    Outcome.DIRUJUK: "Dirujuk ke instansi lain",
}

STAGE_LABELS: dict[Stage, str] = {
    Stage.KETEGANGAN: "Ketegangan",
    Stage.SENGKETA_TERBUKA: "Sengketa terbuka",
    Stage.ANCAMAN_MOBILISASI: "Ancaman atau mobilisasi",
    Stage.PERUSAKAN: "Perusakan atau penutupan paksa",
    Stage.KORBAN: "Ada korban",
}

LEVEL_LABELS: dict[Level, str] = {
    Level.NORMAL: "Normal",
    Level.WASPADA: "Waspada",
    Level.SIAGA: "Siaga",
    Level.AWAS: "Awas",
}

RUNG_LABELS: dict[Rung, str] = {
    Rung.KECAMATAN: "Kecamatan",
    Rung.KABUPATEN: "Kabupaten/kota",
    Rung.PROVINSI: "Provinsi",
    Rung.PUSAT: "Pusat",
}


def label(code: str) -> str:
    """Indonesian label of a coded word; the code itself where there is none."""
    return LABELS.get(code, code)


def stage_of(acts: list[Act] | tuple[Act, ...]) -> Stage:
    """The furthest stage that any of the acts belongs to; tension where none was observed."""
    return max((STAGE_OF_ACT[act] for act in acts), default=Stage.KETEGANGAN)
