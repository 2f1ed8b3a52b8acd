"""Whole answers that mean something to the conversation, as people write them. Who writes more than these means
something else by it."""

import re

REPORT_WORDS = ("lapor", "melapor", "laporan", "report", "mau lapor", "buat laporan")
MENU_WORDS = ("menu", "mulai", "start")
_POLITE = (
    r"( (ya|iya|dulu|saja|aja|lah|deh|dong|sekarang|juga|kirim|lapor|laporan|laporannya|pak|bu|kak|min|mas|mbak|bos|om|"
    r"tolong|mohon|segera|cepat|semua|semuanya|makasih|terima kasih|(segera )?ditindaklanjuti))*"
)
YES = re.compile(
    r"((tolong|mohon|sudah|sdh|udah|ya|iya|ok|oke|siap) )*"
    r"(ya|iya|y|ok|oke|okay|yes|kirim|kirimkan|kirimin|dikirim|send|benar|bener|betul|setuju|lanjut|lanjutkan|siap|sip)"
    + _POLITE
)
CANCEL = re.compile(
    r"(batal|batalkan|batalin|(ga|gak|nggak|tidak|tdk) jadi|"
    r"(jangan|gausah|(ga|gak|nggak|tidak|tdk) usah) (di)?kirim(kan)?)" + _POLITE
)
NOTHING = re.compile(rf"(tidak|tdk|ga|gak|nggak|jangan|(tidak|tdk|ga|gak) ada|sudah|udah){_POLITE}")
NOT_NOW = re.compile(
    r"\b(jangan|gausah|(ga|gak|nggak|tidak|tdk|belum) usah|tunda|nanti dulu)\b.{0,20}\b(di)?kirim|\bnanti dulu\b"
)
REPORTS = re.compile(r"(saya |mau |ingin )*(lapor|melapor|melaporkan)\b[ :,]")
"""How somebody begins who reports, whatever they were asked."""
GREETS = re.compile(
    r"(p|hallo|halo|hai|hi|hello|permisi|punten|tes|test|selamat( (pagi|siang|sore|malam))?|pagi|siang|sore|malam|"
    r"as+al+am[a-z']*('alaikum)?|ass?w[rb. ]*|salam)"
    r"( (pak|bu|kak|min|mas|mbak|semua|wr|wb|warahmatullahi|wabarakatuh))*"
)
TIMES_OF_DAY = ("pagi", "siang", "sore", "malam")
"""Greetings that are answers as well."""
_OF_MINE = r"( (laporan|laporannya|laporanku|keterangan|info|cerita|saya|ya|pak|bu|kak|min))*"
ADDS: dict[str, re.Pattern[str]] = {
    "addition": re.compile(rf"(mau |ada |ingin )?(tambah|tambahan|tambahin|menambah|nambah){_OF_MINE}"),
    "correction": re.compile(rf"(mau |ada )?(ralat|koreksi|perbaiki|betulkan|perbaikan){_OF_MINE}"),
    "withdrawal": re.compile(r"(mau )?(tarik|cabut|menarik|mencabut) laporan(nya|ku| saya)?"),
}
"""With which a report that was sent is added to, corrected, withdrawn."""
STATUS = re.compile(r"(cek |lihat )?(status|tiket|laporan( saya|ku)|cek laporan|cek status)( laporan)?( saya|ku|nya)?")
HELPED = re.compile(rf"(sangat |sudah |cukup )?(terbantu|membantu){_POLITE}")
OBJECTS = re.compile(rf"(saya |mau |ajukan |mengajukan )*keberatan{_POLITE}")
STOP = re.compile(rf"(stop|berhenti|unsubscribe){_POLITE}")
_WRITE = "((di|meng)?hubungi|(di)?(kontak|chat|telepon|telpon|tanya|ganggu)|wa|sms)"
NO_CONTACT = re.compile(
    r"(tolong |mohon |saya |aku )*(jangan|jgn|gausah|((tidak|tdk|ga|gak|nggak) (usah|perlu|mau|ingin|boleh)))"
    rf" (lagi )?{_WRITE}( (saya|aku|lagi|nomor|ini|ke|sini)|-ku|ku){{1,4}}{_POLITE}"
)
"""Whoever wants no word from us any more."""
ASKS = re.compile(r"\?|^(apa|apakah|bagaimana|gimana|gmn|cara|boleh|bisa|kalau|kalo|kapan|siapa|how|can|what|may)\b")
