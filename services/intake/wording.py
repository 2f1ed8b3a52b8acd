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
