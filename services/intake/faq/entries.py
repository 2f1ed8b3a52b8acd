"""The answers. Each carries its legal basis, since when it holds, when it must be looked at again, and its owner.

Never a religious ruling, never another person's data.
"""

from dataclasses import dataclass
from datetime import date

from chassis.language import N_


@dataclass(frozen=True)
class Entry:
    """One question with the ways people ask it."""

    question: str
    answer: str
    phrasings: tuple[str, ...]
    basis: str
    valid_from: date
    review_at: date
    owner: str = "Subdit Bina Paham Keagamaan"


ENTRIES: tuple[Entry, ...] = (
    Entry(
        N_("Bagaimana cara melapor?"),
        N_(
            "Ketik *lapor* di WhatsApp ini atau buka formulir web. Ceritakan apa yang terjadi dan di kecamatan mana. "
            "Anda mendapat nomor tiket. Melapor tidak dipungut biaya dan boleh tanpa nama."
        ),
        (
            "gimana cara lapor",
            "cara melapor gmn ya",
            "mau ngadu ke mana",
            "bagaimana melaporkan kejadian",
            "lapor kemana kalau ada konflik",
            "apakah lapor bayar",
            "bisa lapor tanpa nama tidak",
        ),
        "KMA 332/2023",
        date(2026, 1, 1),
        date(2027, 6, 30),
    ),
    Entry(
        N_("Apakah identitas saya aman?"),
        N_(
            "Ya. Nama dan nomor Anda disimpan terpisah dan terkunci. Petugas hanya melihat isi laporan. Identitas "
            "hanya dapat dibuka oleh dua pejabat bersama-sama, dengan alasan, dan selalu tercatat."
        ),
        (
            "identitas saya aman gak",
            "apakah nama saya dirahasiakan",
            "nomor hp saya ketahuan tidak",
            "takut ketahuan siapa yang lapor",
            "data pribadi pelapor dilindungi",
            "rahasia kan ini",
        ),
        "UU 27/2022 tentang Pelindungan Data Pribadi",
        date(2026, 1, 1),
        date(2027, 6, 30),
    ),
    Entry(
        N_("Apa yang terjadi setelah saya melapor?"),
        N_(
            "Laporan diperiksa petugas KUA kecamatan atau Kantor Kementerian Agama setempat. Bila perlu, petugas "
            "bertanya lagi kepada Anda. Perkembangannya dapat dilihat dengan nomor tiket."
        ),
        (
            "laporan saya diapakan",
            "habis lapor terus gimana",
            "kapan laporan ditindaklanjuti",
            "siapa yang memeriksa laporan",
            "berapa lama prosesnya",
        ),
        "KMA 332/2023",
        date(2026, 1, 1),
        date(2027, 6, 30),
    ),
    Entry(
        N_("Apa syarat mendirikan rumah ibadat?"),
        N_(
            "Menurut peraturan yang berlaku: daftar 90 pengguna, dukungan 60 warga setempat, serta rekomendasi "
            "tertulis Kantor Kementerian Agama dan FKUB kabupaten/kota; bupati atau wali kota menjawab dalam 90 hari. "
            "Aturan ini sedang ditinjau; tanyakan keadaan terbaru kepada FKUB setempat."
        ),
        (
            "syarat bangun masjid apa",
            "syarat mendirikan gereja",
            "izin rumah ibadah gimana",
            "pendirian rumah ibadat butuh berapa dukungan",
            "aturan 90 60 rumah ibadah",
            "izin mendirikan vihara pura",
        ),
        "PBM 9 dan 8 Tahun 2006 (dalam peninjauan)",
        date(2006, 3, 21),
        date(2027, 1, 31),
        "PKUB",
    ),
    Entry(
        N_("Bagaimana bila keadaan berbahaya?"),
        N_(
            "Utamakan keselamatan. Hubungi 112 atau kantor polisi terdekat sekarang juga. Setelah aman, laporkan di "
            "sini agar petugas kerukunan ikut menangani."
        ),
        (
            "darurat tolong ada kekerasan",
            "ada serangan sekarang",
            "keadaan bahaya hubungi siapa",
            "nomor darurat berapa",
            "massa mau menyerang tolong",
        ),
        "UU 7/2012 tentang Penanganan Konflik Sosial",
        date(2026, 1, 1),
        date(2027, 6, 30),
    ),
)
