"""What the bot says. Short, plain, polite; at most three buttons (20 letters), lists of ten rows (24 letters)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from contracts.regions import region
from contracts.vocabulary import SPOKEN, Act, AttachmentKind, Category, attachment_kind
from kemenag.labels import label
from services.intake.dialogue.model import TYPED
from services.intake.faq.articles import Article

WELCOME = (
    "Selamat datang di *Rukun*, layanan laporan dini kerukunan umat.\n\n"
    "Ketuk salah satu, atau tulis *lapor*, *tiket*, atau pertanyaan Anda."
)
NARRATIVE = (
    "Ceritakan apa yang Anda lihat atau dengar, dengan kata-kata Anda sendiri: apa, *di kecamatan mana*, dan kapan. "
    "Ketik *batal* kapan saja."
)
NARRATIVE_SHORT = "Mohon ceritakan sedikit lebih banyak: apa yang terjadi?"
PLACE = "Di kecamatan apa? Tulis nama kecamatan, misalnya *Gambir* atau *Bogor Selatan, Kota Bogor*."
PLACE_UNKNOWN = "Nama itu tidak kami temukan. Coba tulis nama kecamatan bersama kabupaten atau kotanya."
PLACE_UNSURE = "Tidak apa-apa. Tulis nama kabupaten atau kota yang terdekat; itu sudah cukup."
PLACE_MEANT = "Nama itu tidak kami temukan persis. Apakah salah satu dari ini?"
PLACE_WHICH = "Ada beberapa tempat dengan nama itu. Pilih yang benar:"
SPOT = "Terima kasih, titiknya kami catat."
TIME = "Kapan terjadinya?"
CATEGORY = "Tentang apa kejadian ini?"
ACTS = "Apa yang sudah terjadi sejauh ini? Pilih, tulis, atau balas *tidak tahu*."
CONSENT = (
    "Bolehkah petugas bertanya lewat sini? Nomor atau alamat Anda disimpan terpisah dan terkunci. Pilih cara "
    "mengirimnya. Ada yang keliru? Pilih *Ubah*, atau tulis saja yang benar. *Batal* untuk berhenti."
)
SENDING = ("kirim", "kirim_boleh")
"""The choices that send a report off: without a name, and with leave to ask."""
NOT_SENT_YET = "*Belum dikirim.* Balas *kirim* untuk mengirim, atau tulis apa yang keliru."
WAITS = "Belum dikirim, dan kami simpan. Balas *kirim* bila siap, atau *batal* untuk menghapusnya."
SENT_ALREADY = "Laporan itu sudah dikirim. Ketik *tambah* untuk menambah keterangan, atau *lapor* untuk laporan baru."
NOTHING_BEGUN = "Belum ada laporan yang sedang dibuat. Ketik *lapor* untuk mulai."
NOT_TAKEN = "Maaf, laporan ini belum dapat kami terima. Ketik *lapor*, lalu ceritakan sekali lagi dengan kata-kata."
NOT_HERE = (
    "Lewat {channel} laporan tidak dapat ditarik atau diralat, karena pengirim {channel} mudah dipalsukan. Pakailah "
    "*Lacak laporan* di situs kami dengan tiket dan kode rahasia."
)
CHANGE = "Apa yang ingin Anda ubah?"
STOP = "Ketik *batal* kapan saja."
_SHOWN_STORY = 360
STORY_LINE = "Cerita: "
"""What a summary tells of the story begins with it, and ends with the paragraph."""
CANCELLED = "Laporan dibatalkan, tidak ada yang dikirim."
ADD = {
    "addition": "Silakan tulis tambahannya dalam satu pesan. Ketik *batal* bila tidak jadi.",
    "correction": "Silakan tulis yang benar dalam satu pesan. Ketik *batal* bila tidak jadi.",
    "withdrawal": (
        "Laporan yang ditarik tetap dapat diperiksa, karena orang lain mungkin bergantung padanya. "
        "Ketik *ya* untuk menariknya, tulis alasannya, atau ketik *batal*."
    ),
    "objection": (
        "Tulis dalam satu pesan apa yang belum selesai atau tidak benar. Petugas akan memeriksanya sekali lagi. "
        "Ketik *batal* bila tidak jadi."
    ),
    "recurred": (
        "Mohon ceritakan dalam satu pesan apa yang terjadi, dan kapan. Petugas akan memeriksanya lagi. Bila ada yang "
        "terancam sekarang, hubungi *110*. Ketik *batal* bila tidak jadi."
    ),
}
STOPPED = (
    "Baik, kami tidak akan menulis kepada Anda lagi. Laporan yang sudah terkirim tetap ditangani. Anda selalu boleh "
    "menulis kepada kami; ketik *mulai* bila kami boleh menulis lagi. Dalam bahaya hubungi *112*."
)
CONTACT_AGAIN = "Baik, kami boleh menulis kepada Anda lagi."
NO_CONTACT = "Baik: laporan ini *tanpa nama*, petugas tidak akan menghubungi Anda. *Belum dikirim.*"
WHICH_MEANT = (
    "Petugas juga baru bertanya. Balas *kirim* untuk mengirim laporan di bawah ini; "
    "pertanyaan petugas dijawab sesudahnya."
)
LATER = "Laporan yang ini belum dikirim. Kirim atau batalkan dahulu, lalu ketik *{word}*."
QUESTION_WAITS = (
    "Petugas masih menunggu jawaban Anda; tulis saja jawabannya. Untuk menarik laporan ketik *tarik laporan*, dan "
    "*stop* bila tidak mau dihubungi lagi."
)
SENT_BEFORE = "Laporan Anda sudah terkirim, jadi tidak dapat dibatalkan; Anda dapat menariknya."
WITHDRAW_SURE = "Alasan itu kami catat. Ketik *ya* untuk menarik laporan Anda, atau *batal* supaya laporannya tetap."
WITHDRAWN_DONE = "Laporan Anda sudah ditarik; petugas kami beri tahu."
OLD_DROPPED = "Laporan lama yang belum dikirim tidak kami teruskan."
USE_ACTS = "Pilih salah satu, tulis apa yang terjadi, atau balas *tidak tahu*."
WHETHER_HELPED_TYPED = "Bila membantu, balas *TERBANTU*. Bila belum, pakai Lacak laporan di situs kami."
ANOTHER_TICKET = "Untuk laporan lain, tulis nomor tiketnya."
STILL_CALM = "Syukurlah. Terima kasih, petugas kami beri tahu. Bila terjadi lagi, tulislah kepada kami."
STILL, BACK = "tetap_tenang:", "terjadi_lagi:"
"""With which the ids of those two buttons begin."""
WHETHER_BACK = "Apakah keadaannya *tetap tenang*, atau *terjadi lagi*?"
HELPED = "Terima kasih, senang mendengarnya. Petugas kami beri tahu."
WHETHER_HELPED = "Apakah penanganan ini membantu? Balas *terbantu*, atau *keberatan* bila keadaannya belum seperti itu."
ADDED = "Terima kasih, sudah kami teruskan kepada petugas. Untuk menambah lagi ketik *tambah*."
WITHDRAWN = "Ditarik oleh pelapor."
NOT_ADDED = "Tidak ada yang ditambahkan."
NOTHING_TO_ADD_TO = (
    "Di percakapan ini tidak ada laporan Anda dari delapan hari terakhir. Bukalah *Lacak laporan* di situs kami dengan "
    "tiket dan kode rahasia, atau ketik *lapor* untuk laporan baru."
)
ELSEWHERE = "Titik itu di luar Indonesia, jadi tidak kami catat."
THANKS_ANSWER = "Terima kasih, jawaban Anda sudah kami teruskan kepada petugas."
ONLY_TEXT = "Maaf, jenis pesan ini belum dapat kami baca. Tulislah dengan kata-kata, atau ketik *menu*."
MEDIA = (
    "Maaf, berkas ini belum dapat kami terima. Yang dapat: foto, video, pesan suara (tahan tombol mikrofon), dan "
    "dokumen PDF. Atau tulislah ceritanya."
)
ATTACHED = {
    "photo": "Foto Anda kami simpan bersama laporan ini.",
    "voice": "Pesan suara Anda kami simpan terkunci bersama laporan ini, untuk petugas yang menanganinya.",
    "video": "Video Anda kami simpan terkunci bersama laporan ini, untuk petugas yang menanganinya.",
    "document": "Dokumen Anda kami simpan terkunci bersama laporan ini, untuk petugas yang menanganinya.",
}
FIRST = {
    "photo": "Foto Anda kami simpan. Ceritakan apa yang terjadi, dengan kata-kata sendiri. Ketik *batal* kapan saja.",
    "voice": (
        "Pesan suara Anda kami simpan terkunci, untuk petugas yang menanganinya. Bila ada bahaya *sekarang*, telepon "
        "*110* atau *112*: pesan suara tidak langsung didengar.\n\n*Di kecamatan apa* kejadiannya? Tulis namanya. "
        "Ketik *batal* kapan saja."
    ),
    "video": (
        "Video Anda kami simpan terkunci, untuk petugas yang menanganinya. Bila ada bahaya *sekarang*, telepon *110* "
        "atau *112*: video tidak langsung ditonton.\n\nCeritakan *apa yang terjadi, di mana*, dengan kata-kata "
        "sendiri. Ketik *batal* kapan saja."
    ),
    "document": (
        "Dokumen Anda kami simpan terkunci, untuk petugas yang menanganinya. Ceritakan *apa yang terjadi, di mana*, "
        "dengan kata-kata sendiri. Ketik *batal* kapan saja."
    ),
}
CONSULT = (
    "Petugas kantor agama (KUA) di kecamatan Anda membalas lewat sini. Tulis *pertanyaan Anda* dan *kecamatan Anda*. "
    "Nama dan nomor Anda tidak terlihat petugas.\n\nMelaporkan kejadian: ketik *lapor*. Ada bahaya sekarang: telepon "
    "*110*. Ketik *batal* untuk berhenti."
)
CONSULT_ANSWER = (
    "Jawaban {office} untuk pertanyaan Anda:\n“{question}”\n\n{answer}\n\nAda pertanyaan lagi? Ketik *petugas*."
)
CONSULT_NOT_HERE = (
    "Lewat {channel} pertanyaan belum dapat kami teruskan: pakai WhatsApp atau Telegram, atau datang ke KUA kecamatan "
    "Anda pada jam kerja. Melaporkan kejadian: ketik *lapor*. Ada bahaya sekarang: telepon *110*."
)
NOT_ASKED = "Baik, tidak ada yang kami teruskan. Ketik *petugas* untuk bertanya lagi, atau *menu*."
CONSULT_SHORT = "Tulis pertanyaannya sedikit lebih lengkap."
CONSULT_PLACE = "Anda di *kecamatan apa*? Tulis namanya, dengan kabupaten atau kotanya."
CONSULTED_ENOUGH = (
    "Sudah tiga pertanyaan Anda teruskan dalam sehari. Tunggu jawabannya dahulu, atau datang ke KUA pada jam kerja. "
    "Ada bahaya sekarang: telepon *110*."
)
CONSULTED = (
    "Pertanyaan Anda sudah sampai di *{office}*. Petugas membalas lewat sini pada hari kerja, paling lambat *{by}* "
    "(hari libur bisa lebih lama). Bila belum dibalas, kantor di atasnya ikut diberi tahu."
)
LATE = {
    "video": "Video ini tidak kami simpan: video hanya dapat dikirim bersama laporan baru. Ketik *lapor* untuk mulai.",
    "document": (
        "Dokumen ini tidak kami simpan: dokumen hanya dapat dikirim bersama laporan baru. Ketik *lapor* untuk mulai."
    ),
    "photo": "Foto ini tidak kami simpan: foto hanya dapat dikirim bersama laporan baru. Ketik *lapor* untuk mulai.",
    "voice": "Pesan suara ini tidak kami simpan: tulislah dengan kata-kata, atau ketik *lapor* untuk laporan baru.",
}
NO_ANSWER = {
    "video": "Petugas menunggu jawaban Anda. Tulislah dengan kata-kata; video ini tidak kami simpan.",
    "document": "Petugas menunggu jawaban Anda. Tulislah dengan kata-kata; dokumen ini tidak kami simpan.",
    "photo": "Petugas menunggu jawaban Anda. Tulislah dengan kata-kata; foto ini tidak kami simpan.",
    "voice": "Petugas menunggu jawaban Anda. Tulislah dengan kata-kata; pesan suara ini tidak kami simpan.",
}
EDITED_LATE = "Pesan itu sudah kami teruskan dan tidak ikut berubah. Tulis yang benar, atau ketik *ralat*."
REVOKED_LATE = "Pesan itu sudah kami teruskan dan tidak ikut terhapus. Ketik *tarik laporan* untuk menarik laporannya."
EDITED = "Cerita Anda kami ubah sesuai pesan yang Anda perbaiki."
REVOKED = "Pesan yang Anda hapus kami buang dari cerita."
ENOUGH = {
    "photo": "Foto ini tidak kami simpan: paling banyak lima berkas dalam satu laporan.",
    "voice": "Pesan suara ini tidak kami simpan: paling banyak lima berkas dalam satu laporan.",
    "video": "Video ini tidak kami simpan: paling banyak lima berkas dalam satu laporan.",
    "document": "Dokumen ini tidak kami simpan: paling banyak lima berkas dalam satu laporan.",
}
"""By what it is (`AttachmentKind`)."""
_COUNTED = {
    AttachmentKind.PHOTO: "Foto",
    AttachmentKind.VIDEO: "Video",
    AttachmentKind.VOICE: "Pesan suara",
    AttachmentKind.DOCUMENT: "Dokumen",
}
VOICE_STORY = SPOKEN
"""The story of who sent a voice and wrote none."""
READ = "baca_pesan"
"""What the button under "a message waits for you" sends."""
NOTHING_NEW = "Tidak ada pesan yang menunggu Anda."
ASK_TICKET = "Tulis nomor tiket Anda, misalnya *7K3M-9QXD*."
SOMEBODYS_REPORT = (
    "Laporan {ticket} ada pada kami. Perkembangannya dapat dilihat di halaman Lacak laporan dengan kode rahasia "
    "yang diberikan waktu melapor."
)
NO_FAQ = "Maaf, saya belum mengerti. Ketik *lapor* untuk melapor, *tiket* untuk menanyakan laporan, atau *menu*."
OFFER = "Maksud Anda salah satu dari ini? Pilih, atau tulis dengan kata lain. Ketik *lapor* untuk melapor."
ARTICLE = "artikel:"
EMERGENCY = (
    "Bila ada bahaya *sekarang*: telepon *110* (polisi), *112* (darurat) atau *119* (ambulans). Menjauhlah bila bisa, "
    "dan jangan melawan sendiri."
)
EMERGENCY_REPORT = (
    "Supaya petugas ikut bergerak, cerita Anda dapat dikirim, tanpa nama; *belum dikirim* sebelum ada tempatnya. "
    "*Di kecamatan apa?* Tulis namanya, atau ketik *batal*."
)
ONESELF = (
    "Kami mendengar Anda, dan ini berat. Jangan sendirian: panggil orang terdekat yang Anda percaya sekarang, atau "
    "telepon *119*. Layanan ini tidak dapat menolong dalam hal itu, tetapi mereka bisa."
)
NOT_SENT = "Laporan Anda belum dikirim. Ketik *batal* untuk berhenti, atau teruskan:"
STORY = "Cerita Anda kami catat."
USE_BUTTONS = "Mohon pilih salah satu yang tersedia, atau ketik *batal*."

TIMES = [("now", "Sedang terjadi"), ("today", "Hari ini"), ("earlier", "Sebelumnya")]
CATEGORIES: list[Category] = [
    Category.RUMAH_IBADAT,
    Category.HAMBATAN_IBADAH,
    Category.PAHAM_ALIRAN,
    Category.UJARAN_KEBENCIAN,
    Category.ANTARUMAT,
    Category.INTERNAL_UMAT,
    Category.PENGERAS_SUARA,
    Category.KEKERASAN_PENGUSIRAN,
    Category.HOAKS_PROVOKASI,
    Category.LAINNYA,
]
ACT_CHOICES: list[Act] = [
    Act.RUMOR,
    Act.PENOLAKAN_LISAN,
    Act.SPANDUK_PENOLAKAN,
    Act.PROTES_TERBUKA,
    Act.ANCAMAN,
    Act.MASSA_BERKUMPUL,
    Act.PERUSAKAN,
    Act.PENUTUPAN_PAKSA,
    Act.PENGUSIRAN,
    Act.KORBAN_LUKA,
]


LIGHT_ACTS = frozenset((Act.RUMOR, Act.PENOLAKAN_LISAN, Act.SPANDUK_PENOLAKAN, Act.PROTES_TERBUKA))


def text(body: str) -> dict[str, Any]:
    """A plain reply."""
    return {"text": body}


def buttons(body: str, choices: list[tuple[str, str]]) -> dict[str, Any]:
    """A reply with up to three buttons: (id, title)."""
    return {"text": body, "buttons": [{"id": id, "title": title[:20]} for id, title in choices[:3]]}


def rows(body: str, choices: list[tuple[str, str, str]], button: str = "Pilih") -> dict[str, Any]:
    """A reply with a list of up to ten rows: (id, title, description)."""
    shown = [{"id": id, "title": title[:24], "description": more[:72]} for id, title, more in choices[:10]]
    return {"text": body, "rows": shown, "button": button}


def offer(few: list[Article]) -> dict[str, Any]:
    """Which of a few things was meant."""
    return rows(OFFER, [(f"{ARTICLE}{each.id}", label_of_intent(each.intent), each.question) for each in few])


def label_of_intent(intent: str) -> str:
    """A short heading of what somebody may want, at most 24 letters."""
    return intent.replace("_", " ").capitalize()[:24]


def menu() -> dict[str, Any]:
    """The beginning."""
    return buttons(WELCOME, [("lapor", "Buat laporan"), ("tiket", "Cek laporan"), ("tanya", "Tanya jawab")])


def ask_category() -> dict[str, Any]:
    """The categories, as a list."""
    return rows(CATEGORY, [(each.value, label(each), "") for each in CATEGORIES])


def ask_acts() -> dict[str, Any]:
    """What was seen, as a list."""
    return rows(ACTS, [(each.value, label(each), "") for each in ACT_CHOICES])


def ask_time() -> dict[str, Any]:
    """When it happened."""
    return buttons(TIME, TIMES)


def summary(draft: dict[str, Any], place: str) -> dict[str, Any]:
    """What will be sent, for a last look."""
    photos = _attached(draft.get("photos", ()))
    story = draft["narrative"]
    story = story if len(story) <= _SHOWN_STORY else f"{story[: _SHOWN_STORY - 1]}…"
    body = (
        f"*Periksa laporan Anda*\nTempat: {place}\nWaktu: {_when(draft)}\nTentang: {label(draft['categories'][0])}\n"
        f"Kejadian: {_acts(draft)}{photos}{_sent_as(draft)}\n{STORY_LINE}{story}\n\n{CONSENT}"
    )
    anonymous, citizen = SENDING
    return buttons(body, [(anonymous, "Kirim tanpa nama"), (citizen, "Kirim, boleh ditanya"), ("ubah", "Ubah")])


def _attached(ids: Sequence[str]) -> str:
    kinds = Counter(map(attachment_kind, ids))
    return "".join(f"\n{name}: {kinds[kind]}" for kind, name in _COUNTED.items() if kinds[kind])


def has_voice(draft: dict[str, Any]) -> bool:
    """Whether a voice belongs to a draft."""
    return AttachmentKind.VOICE in map(attachment_kind, draft.get("photos", ()))


def _sent_as(draft: dict[str, Any]) -> str:
    """Who let us ask before, reads that it was understood; a voice or a face tells who it is."""
    asked = "\nPetugas boleh bertanya" if draft.get("reporter") == "citizen" else ""
    if AttachmentKind.VIDEO in map(attachment_kind, draft.get("photos", ())):
        return f"{asked}\n_Wajah dan suara dalam video dapat dikenali petugas yang menontonnya._"
    return asked + ("\n_Suara Anda dapat dikenali petugas yang mendengarnya._" if has_voice(draft) else "")


def _when(draft: dict[str, Any]) -> str:
    return dict(TIMES).get(draft.get("when", ""), "belum disebut")


def _acts(draft: dict[str, Any]) -> str:
    return ", ".join(label(each) for each in draft["acts"]) or "belum jelas"


def ask_what_to_change(draft: dict[str, Any]) -> dict[str, Any]:
    """The lines of the summary, each of which can be changed."""
    lines = [
        ("ubah:place", "Tempat", region(draft["region"]).path),
        ("ubah:time", "Waktu", _when(draft)),
        ("ubah:category", "Tentang", label(draft["categories"][0])),
        ("ubah:acts", "Kejadian", _acts(draft)),
        ("ubah:narrative", "Cerita", draft["narrative"]),
    ]
    return rows(CHANGE, lines)


def answer(found: Article | None, few: list[Article]) -> dict[str, Any]:
    """An article as an answer; a few to choose from; else what the bot can do."""
    if found:
        return text(f"{found.answer}\n\n_Dasar: {found.rests_on}_")
    return offer(few) if few else text(NO_FAQ)


def ask_to_resume(draft: dict[str, Any]) -> dict[str, Any]:
    """Whether a report that was left lying goes on."""
    story = f"\n_{draft['narrative'][:200]}_" if draft.get("narrative") else ""
    body = f"Ada laporan yang Anda mulai dan *belum dikirim*.{story}\n\nLanjutkan laporan itu?"
    return buttons(body, [("lanjutkan", "Lanjutkan"), ("buang", "Buang")])


def whether_helped() -> list[dict[str, str]]:
    """The buttons below how a report ended."""
    return [{"id": "terbantu", "title": "Terbantu"}, {"id": "keberatan", "title": "Keberatan"}]


def ask_back(channel: str, report: str, before: str = "") -> dict[str, Any]:
    """Whether it came back; its buttons name the report, as there may be two. Without buttons where it is
    typed."""
    body = f"{before}\n\n{WHETHER_BACK}".strip()
    choices = [(f"{STILL}{report}", "Tetap tenang"), (f"{BACK}{report}", "Terjadi lagi")]
    return text(body) if channel in TYPED else buttons(body, choices)


def received(ticket: str, receipt: str) -> dict[str, Any]:
    """The ticket, and what proves that it is the reader's own."""
    return text(
        f"Laporan Anda sudah kami terima. Terima kasih.\n\nNomor tiket: *{ticket}*\nKode rahasia: {receipt}\n"
        "Simpan keduanya; siapa yang memegang keduanya dapat melihat perkembangan laporan ini.\n\n"
        "Ada yang kurang atau keliru? Ketik *tambah* atau *ralat*.\n\n"
        "Bila ada bahaya sekarang, hubungi *112* atau polisi terdekat."
    )
