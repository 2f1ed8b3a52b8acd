"""What codes are called, in the reader's language."""

from chassis.language import N_, Labels
from contracts.vocabulary import Act, Category, Channel, Level, Outcome, ReporterKind, Rung, Stage, Status, Verdict

LABELS: Labels[str] = Labels(
    {
        Category.RUMAH_IBADAT: N_("Rumah ibadat"),
        Category.HAMBATAN_IBADAH: N_("Hambatan beribadah"),
        Category.PAHAM_ALIRAN: N_("Paham atau aliran"),
        Category.PENODAAN: N_("Dugaan penodaan"),
        Category.UJARAN_KEBENCIAN: N_("Ujaran kebencian"),
        Category.PENYIARAN_AGAMA: N_("Penyiaran agama"),
        Category.SIMBOL_ATRIBUT: N_("Simbol atau atribut"),
        Category.INTERNAL_UMAT: N_("Internal umat"),
        Category.ANTARUMAT: N_("Antarumat"),
        Category.PENGERAS_SUARA: N_("Pengeras suara"),
        Category.POLITIK_PEMILU: N_("Politik dan pemilu"),
        Category.KEKERASAN_PENGUSIRAN: N_("Kekerasan atau pengusiran"),
        Category.HOAKS_PROVOKASI: N_("Hoaks atau provokasi"),
        Category.LAINNYA: N_("Lainnya"),
        Act.RUMOR: N_("Kabar yang meresahkan"),
        Act.PENOLAKAN_LISAN: N_("Penolakan lisan"),
        Act.SPANDUK_PENOLAKAN: N_("Spanduk penolakan"),
        Act.PROTES_TERBUKA: N_("Protes terbuka"),
        Act.GANGGUAN_IBADAH: N_("Ibadah terganggu"),
        Act.ANCAMAN: N_("Ancaman"),
        Act.MASSA_BERKUMPUL: N_("Massa berkumpul"),
        Act.AJAKAN_MOBILISASI: N_("Ajakan menggerakkan massa"),
        Act.PERUSAKAN: N_("Perusakan"),
        Act.PENUTUPAN_PAKSA: N_("Penutupan paksa"),
        Act.PEMBAKARAN: N_("Pembakaran"),
        Act.PENGUSIRAN: N_("Pengusiran"),
        Act.KEKERASAN_FISIK: N_("Kekerasan fisik"),
        Act.KORBAN_LUKA: N_("Ada korban luka"),
        Act.KORBAN_JIWA: N_("Ada korban jiwa"),
        ReporterKind.ANONYMOUS: N_("Tanpa nama"),
        ReporterKind.CITIZEN: N_("Warga"),
        ReporterKind.OFFICER: N_("Petugas"),
        Channel.API: N_("API"),
        Channel.WEB: N_("Formulir web"),
        Channel.WHATSAPP: N_("WhatsApp"),
        Channel.TELEGRAM: N_("Telegram"),
        Channel.SMS: N_("SMS"),
        Channel.EMAIL: N_("E-mail"),
        Channel.IMPORT: N_("Berkas impor"),
        Status.BARU: N_("Baru"),
        Status.DIPERIKSA: N_("Sedang diperiksa"),
        Status.DITANGANI: N_("Sedang ditangani"),
        Status.DITUTUP: N_("Ditutup"),
        Verdict.TERVERIFIKASI: N_("Terverifikasi"),
        Verdict.SEBAGIAN: N_("Terverifikasi sebagian"),
        Verdict.TIDAK_TERBUKTI: N_("Tidak terbukti"),
        Verdict.HOAKS: N_("Hoaks"),
        Verdict.DUPLIKAT: N_("Duplikat"),
        Verdict.DI_LUAR_LINGKUP: N_("Di luar lingkup"),
        Outcome.MEREDA: N_("Mereda"),
        Outcome.DISEPAKATI: N_("Ada kesepakatan"),
        Outcome.DIRUJUK: N_("Dirujuk ke instansi lain"),
    }
)

STAGE_LABELS: Labels[Stage] = Labels(
    {
        Stage.KETEGANGAN: N_("Ketegangan"),
        Stage.SENGKETA_TERBUKA: N_("Sengketa terbuka"),
        Stage.ANCAMAN_MOBILISASI: N_("Ancaman atau mobilisasi"),
        Stage.PERUSAKAN: N_("Perusakan atau penutupan paksa"),
        Stage.KORBAN: N_("Ada korban"),
    }
)

LEVEL_LABELS: Labels[Level] = Labels(
    {
        Level.NORMAL: N_("Normal"),
        Level.WASPADA: N_("Waspada"),
        Level.SIAGA: N_("Siaga"),
        Level.AWAS: N_("Awas"),
    }
)

RUNG_LABELS: Labels[Rung] = Labels(
    {
        Rung.KECAMATAN: N_("Kecamatan"),
        Rung.KABUPATEN: N_("Kabupaten/kota"),
        Rung.PROVINSI: N_("Provinsi"),
        Rung.PUSAT: N_("Pusat"),
    }
)

MOVE_LABELS: Labels[str] = Labels(
    {
        "assign": N_("tugaskan"),
        "verify": N_("verifikasi"),
        "ask": N_("tanya pelapor"),
        "split": N_("pisahkan laporan"),
        "act": N_("catat tindakan"),
        "close": N_("tutup"),
        "reopen": N_("buka kembali"),
        "merge": N_("gabungkan dengan kasus lain"),
        "move": N_("pindahkan ke kecamatan lain"),
    }
)
"""What may be done with a case."""


def label(code: str) -> str:
    """What a coded term is called; the code itself where it has no name."""
    return LABELS.get(code, code)


def move_label(code: str) -> str:
    """What a step of a case is called."""
    return MOVE_LABELS.get(code, code)
