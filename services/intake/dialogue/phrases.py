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
    "correction": re.compile(
        rf"(saya |mau |ada )*(ralat|koreksi|perbaiki|betulkan|perbaikan|ubah|ganti|edit){_OF_MINE}"
    ),
    "withdrawal": re.compile(
        r"(saya |mau )*(tarik|cabut|menarik|mencabut|batalkan|batalin|hapus) laporan(nya|ku| saya)?"
    ),
}
"""With which a report that was sent is added to, corrected, withdrawn."""
WITHDRAWS = re.compile(
    r"((ya|iya) )?(tolong |mau )?(di)?(tarik|cabut|hapus|batalkan|batalin)"
    r"( saja| aja| ya)?( laporan\w*)?( saya)?( pak)?"
)
STAYS = re.compile(
    r"\?|\b(jangan|jgn|tidak|tdk|ga|gak|nggak|enggak|bukan|biar|biarkan|tetap|lanjut|apa|apakah|kenapa|bagaimana|gimana)\b"
)
"""With which somebody who was asked whether to withdraw does not."""
STATUS = re.compile(
    r"(cek |lihat )?(status|tiket|laporan( saya|ku)|cek laporan|cek status)( laporan)?( saya|ku|nya)?( pak| dong| ya)*"
)
STATUS_ALONE = re.compile(r"(cek )?status( laporan)?( saya|ku|nya)?( pak| dong| ya)*|cek laporan( saya)?")
ASKS_STATUS = re.compile(
    r"\blaporan( saya|ku|nya| aku)?( yang kemarin)? (sudah |udah )?(gimana|bagaimana|gmn|sampai mana|smp mana|diproses)"
)
HELPED = re.compile(rf"(sangat |sudah |cukup )?(terbantu|membantu){_POLITE}")
_NOT = r"\b(tidak|tdk|ga|gak|nggak|belum|blm|kurang|durung|dereng|trada|tra|ora|henteu|not)\b"
SAYS_HELPED = re.compile(rf"(?!.*{_NOT}).{{0,60}}\b(terbantu|membantu|menolong|helped)\b.{{0,40}}")
UNHELPED = re.compile(
    rf"{_NOT}.*\b(selesai|beres|rampung|membantu|terbantu|tuntas|reda|aman|solved)\b|"
    rf"(?<!tidak )(?<!ga )(?<!gak )(?<!nggak )(?<!tdk )\bkeberatan\b(?! (dengan|atas|sama) )|\bbohong\b"
)
"""With which people answer whether it helped, where that was asked."""
OBJECTS = re.compile(rf"(saya |mau |ajukan |mengajukan )*keberatan{_POLITE}")
START_WORDS = ("mulai", "start")
STOP = re.compile(r"(stop+|unsubscribe)( (pak|bu|kak|min|mas|mbak|bang|ya|dong|deh|please))*")
_DO_NOT = (
    r"\b(jangan|jgn|jang|ja|aja|ojo|ulah|gausah|stop+|berhenti|berenti|dont|don.t|do not|blokir|"
    r"((tidak|tdk|ga|gak|nggak|ndak|nda|tra|trada|ora) (usah|perlu|mau|ingin|boleh|pengen|gelem)))"
)
_WRITE = (
    r"(hubungi|menghubungi|kontak|ngontak|chat|chatting|telepon|telpon|telp|tlp|telfon|wa|sms|ganggu|tanya|tanyai|"
    r"contact|contacting|message|messaging|call|calling|kirim pesan|kirimi pesan|kirim wa)"
)
_ME = r"(saya|sy|aku|sa|kami|me|us|nomor (saya|ini))"
_NO_WORD = re.compile(
    rf"{_DO_NOT} (lagi )?{_WRITE}[ -]?(2|an)?( (lagi|lg|ke|sama))* {_ME}\b|"
    rf"{_DO_NOT} (lagi )?di ?(hubungi|kontak|chat|telepon|telpon|telp|tlp|telfon|wa|sms|ganggu)[ -]?2?\b|"
    r"\bblokir nomor saya"
)
NO_WORD_AT_ALL = re.compile(
    rf"((sudah|udah|sdh|tolong|mohon|pokoknya|saya|aku) )*{_DO_NOT} (lagi )?{_WRITE}( (lagi|lg|ke sini|maneh))*"
    r"( (pak|bu|kak|min|mas|mbak|ya|dong|deh))*"
)
"""The same where nobody is named whom they mean; to an officer who asked whether they may call it is an answer."""
CRIES = re.compile(r"\btolong|\btlg\b|\btulung|\bhelp|\bbantu|gawat|darurat|\bsos\b|\U0001f198|cepat")


def wants_no_word(answer: str) -> bool:
    """Whether somebody wants no word from us any more."""
    return _NO_WORD.search(answer) is not None


ASKS = re.compile(r"\?|^(apa|apakah|bagaimana|gimana|gmn|cara|boleh|bisa|kalau|kalo|kapan|siapa|how|can|what|may)\b")
