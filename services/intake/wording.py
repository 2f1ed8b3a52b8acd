"""What a reporter is told of the end of their report: what is true, and no verdict that was not given."""

from chassis.language import N_, Labels, _
from contracts.vocabulary import Outcome, Supplement, Verdict
from kemenag.labels import label


def result(outcome: Outcome, verdict: Verdict | None) -> str:
    """How it ended. A case that ended by its verdict bears `tidak_terbukti` whatever the verdict was."""
    if outcome is Outcome.TIDAK_TERBUKTI and verdict is Verdict.DUPLIKAT:
        return _("Kejadian ini sudah dilaporkan sebelumnya; penanganannya berjalan di laporan itu")
    if outcome is Outcome.TIDAK_TERBUKTI and verdict is Verdict.DI_LUAR_LINGKUP:
        return _("Di luar lingkup layanan ini; tanyakan kepada pemerintah daerah atau kepolisian setempat")
    if outcome is Outcome.TIDAK_TERBUKTI and verdict is Verdict.HOAKS:
        return _("Kabar ini sudah diperiksa dan tidak benar; mohon jangan diteruskan")
    return label(outcome)


SUPPLEMENTS: Labels[str] = Labels(
    {
        Supplement.ADDITION.value: N_("Tambahan keterangan"),
        Supplement.CORRECTION.value: N_("Perbaikan"),
        Supplement.WITHDRAWAL.value: N_("Saya menarik laporan ini"),
        Supplement.NO_CONTACT.value: N_("Saya tidak mau dihubungi lagi"),
        Supplement.CONTACT_AGAIN.value: N_("Saya boleh dihubungi lagi"),
        Supplement.HELPED.value: N_("Penanganannya membantu"),
        Supplement.STILL_CALM.value: N_("Keadaannya tetap tenang"),
        Supplement.RECURRED.value: N_("Terjadi lagi"),
        Supplement.OBJECTION.value: N_("Saya keberatan atas hasilnya"),
    }
)
"""What a reporter may add to a report that was sent."""

TRACES: Labels[str] = Labels(
    {
        "requested": N_("Diminta"),
        "approved": N_("Disetujui"),
        "opened": N_("Dibuka"),
        "erased": N_("Nama dan kontak dihapus"),
        "read": N_("Tulisan asli dibaca"),
        "held": N_("Ditahan dari penghapusan"),
        "released": N_("Tidak ditahan lagi"),
    }
)
"""What the access log tells of identities."""

TRACED_BY: Labels[str] = Labels({"reporter": N_("atas permintaan pelapor"), "retention": N_("masa simpan habis")})
"""Who did it, where it was no official."""

INTENTS: Labels[str] = Labels(
    {
        "lapor_konflik": N_("Melaporkan kejadian"),
        "darurat": N_("Keadaan darurat"),
        "cek_status": N_("Perkembangan laporan"),
        "ubah_laporan": N_("Menambah atau memperbaiki laporan"),
        "batal_laporan": N_("Membatalkan atau menarik laporan"),
        "kerahasiaan": N_("Kerahasiaan pelapor"),
        "data_pribadi": N_("Data pribadi"),
        "alur_penanganan": N_("Alur penanganan"),
        "tingkat_peringatan": N_("Tingkat peringatan"),
        "mediasi": N_("Mediasi"),
        "hubungi_petugas": N_("Menghubungi petugas"),
        "jam_layanan": N_("Jam layanan"),
        "bahasa_aksesibilitas": N_("Bahasa dan kemudahan akses"),
        "menu_bantuan": N_("Cara memakai layanan ini"),
        "umpan_balik": N_("Pujian dan keluhan"),
        "ujaran_kebencian": N_("Ujaran kebencian"),
        "hoaks": N_("Kabar bohong"),
        "penodaan_agama": N_("Penodaan agama"),
        "aliran_paham": N_("Aliran dan paham"),
        "hambatan_ibadah": N_("Hambatan beribadah"),
        "syarat_rumah_ibadat": N_("Mendirikan rumah ibadat"),
        "rekomendasi_fkub": N_("FKUB dan rekomendasinya"),
        "moderasi_beragama": N_("Moderasi beragama"),
        "daftar_nikah": N_("Pendaftaran nikah"),
        "biaya_nikah": N_("Biaya nikah"),
        "layanan_kemenag_lain": N_("Layanan kementerian lainnya"),
    }
)
"""What an article is about."""

STANDS: Labels[str] = Labels(
    {"waiting": N_("menunggu diperiksa"), "published": N_("terbit"), "refused": N_("tidak diterbitkan")}
)
"""Where a version of an article stands."""
