"""Whole answers that mean something to the conversation, as people write them. Who writes more than these means
something else by it."""

import re

REPORT = re.compile(
    r"((as+al+am[a-z']*|selamat (pagi|siang|sore|malam)|permisi|halo|pak|bu|min|kak|saya|mau|ingin|tolong|buat) )*"
    r"(lapor|melapor|laporan|report)( (pak|bu|min|kak|mas|mbak|bang|ndan|dong|ya|dulu))*"
)
MENU_WORDS = ("menu", "mulai", "start")
_POLITE = (
    r"( (ya|iya|dulu|saja|aja|lah|deh|dong|sekarang|juga|kirim|lapor|laporan|laporannya|pak|bu|kak|min|mas|mbak|bos|om|"
    r"tolong|mohon|segera|cepat|semua|semuanya|makasih|terima kasih|(segera )?ditindaklanjuti))*"
)
YES = re.compile(
    r"((tolong|mohon|sudah|sdh|udah|ya|iya|ok|oke|siap) )*"
    r"(ya|iya|y|ok|oke|okay|yes|yes send|yes please send|send it|nggih|inggih|iye|muhun|mangga|kirim mi|silakan kirim|"
    r"kirim|kirimkan|kirimin|dikirim|send|benar|bener|betul|setuju|lanjut|lanjutkan|siap|sip)" + _POLITE
)
CANCEL = re.compile(
    r"(batal|batalkan|batalin|cancel|don.?t send|(ga|gak|nggak|tidak|tdk) jadi|"
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
THANKS = re.compile(
    r"(terima ?kasih|makasih|trims|thanks|thank you|matur nuwun|hatur nuhun)( (banyak|ya|pak|bu|kak|min|mas|mbak))*"
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
_DOUBTS = r"\b(apa|apanya|tapi|siapa|malah|sedikit)\b|\?"
SAYS_HELPED = re.compile(rf"(?!.*({_NOT}|{_DOUBTS})).{{0,60}}\b(terbantu|membantu|menolong|helped)\b.{{0,40}}")
UNHELPED = re.compile(
    rf"{_NOT}.*\b(selesai|beres|rampung|membantu|terbantu|tuntas|reda|puas|dicopot|solved)\b|"
    rf"(?<!tidak )(?<!ga )(?<!gak )(?<!nggak )(?<!tdk )\bkeberatan\b(?! (dengan|atas|sama) )|\bmasih ada\b|\bbohong\b"
)
"""With which people answer whether it helped, where that was asked."""
_SURE = r"(ya|iya|alhamdulillah|syukur|syukurlah|puji tuhan|masih|tetap|sudah|udah|sampun|isih|sekarang|sejauh ini)"
_CALM = r"(tenang|aman|damai|kondusif|rukun|tent?e?ram|reda|normal|adem|baik|baik[ -]?baik( saja| aja)?|aman[ -]aman)"
_ADDRESS = r"( (pak|bu|kak|min|mas|mbak|bang|saja|aja|wae|kok|ya|nggih|terima kasih|makasih|matur nuwun))*"
_NOTHING = (
    r"(tidak|tdk|ga|gak|gk|nggak|enggak|engga|ndak|nda|tak|belum|blm|ora|dereng|trada|tra) "
    r"((pernah )?(terjadi|terulang|kejadian|ribut|muncul|kambuh)( lagi| maneh| deui)?|"
    r"ada( (apa[ -]?apa|masalah|gangguan|keributan|kejadian))?( lagi)?|apa[ -]?apa)"
)
STAYS_CALM = re.compile(rf"({_SURE} )*({_CALM}|{_NOTHING})( ({_CALM}|{_NOTHING}))?{_ADDRESS}")
_AGAIN = r"(lagi|maneh|deui|baliak|pole|ulang)"
CAME_BACK = re.compile(
    rf"((ya|iya) )?((sudah|udah|malah|masih|kemarin|semalam|tadi) )?"
    rf"((terjadi|kejadian)( {_AGAIN})?|terulang|kambuh|kumat|(ribut|ada|muncul|mulai|datang|panas) {_AGAIN}){_ADDRESS}"
)
"""With which people answer whether it is calm or happened again; nothing longer is concluded from, but asked about."""
OBJECTS = re.compile(rf"(saya |mau |ajukan |mengajukan )*keberatan{_POLITE}")
NO = re.compile(r"(tidak|tdk|ga|gak|nggak|belum|blm|durung|trada|no)( (pak|bu|kak|min|sama sekali))*")
START_WORDS = ("mulai", "start")
STOP = re.compile(r"(stop+|unsubscribe)( (pak|bu|kak|min|mas|mbak|bang|ya|dong|deh|please))*")
_STOP_IT = r"(jangan|jgn|jang|ja|aja|ojo|ulah|gausah|stop+|berhenti|berenti|dont|don.t|do not)"
_NOT_NEEDED = r"((tidak|tdk|ga|gak|nggak|ndak|nda|tra|trada|ora) (usah|perlu))"
_NOT_WANTED = r"((tidak|tdk|ga|gak|nggak|ndak|nda|tra|trada|ora) (mau|ingin|boleh|pengen|gelem))"
_WRITE = (
    r"(hubungi|menghubungi|kontak|ngontak|nelpon|chat|chatting|telepon|telpon|telp|tlp|telfon|wa|sms|tanya|tanyai|"
    r"contact|contacting|message|messaging|call|calling|kirim pesan|kirimi pesan|kirim wa)"
)
_ME = r"(saya|sy|aku|sa|beta|abdi|kami|me|us|nomor (saya|ini))"
_LEAD = r"((saya|sy|aku|sa|beta|tolong|mohon|pokoknya|udah|sudah|sdh|stop|pak|bu|min|kak|takut|maaf|please) )*"
_TO_US = re.compile(
    rf"\b({_STOP_IT}|{_NOT_NEEDED}) ((lagi|pernah|ada yang) )?{_WRITE}[ -]?(2|an)?( (lagi|lg|ke|sama))* {_ME}\b|"
    r"\bblokir nomor saya"
)
_OF_ME = re.compile(
    rf"{_LEAD}({_STOP_IT}|{_NOT_NEEDED}|{_NOT_WANTED}) (lagi )?"
    r"di ?(hubungi|kontak|chat|telepon|telpon|telp|tlp|telfon|wa|sms|ganggu)[ -]?2?\b"
)
_SHORT = 7
"""Words: who writes more tells something, in which somebody else wants no word of somebody."""
NO_WORD_AT_ALL = re.compile(
    rf"{_LEAD}({_STOP_IT}|{_NOT_NEEDED}) (lagi )?{_WRITE}( (lagi|lg|ke sini|maneh))*"
    r"( (pak|bu|kak|min|mas|mbak|ya|dong|deh))*"
)
"""The same where nobody is named whom they mean; to an officer who asked whether they may call it is an answer."""
OF_VOICE = re.compile(r"\b(suara|vn|voice|rekaman)\b")
"""They speak of the voice that they sent."""
CRIES = re.compile(r"\btolong|\btlg\b|\btulung|\bhelp|\bbantu|gawat|darurat|\bsos\b|\U0001f198|cepat")


def wants_no_word(answer: str) -> bool:
    """Whether somebody wants no word from us any more."""
    if len(answer.split()) > _SHORT:
        return False
    return _TO_US.search(answer) is not None or _OF_ME.match(answer) is not None


NO_NAME = re.compile(
    r"\b(anonim\w*|tanpa nama|rahasiakan|sembunyikan nama|anonymous\w*|without (my )?name|"
    r"jangan (sebut|pakai|pake|tulis|kasih|cantumkan) nama|"
    r"(ga|gak|nggak|tidak|tdk) (usah|perlu|boleh|mau)( (pakai|pake|sebut))? (nama|ditanya)|(ga|gak|tidak|tdk) boleh)\b"
)
"""They want no name, however they were to be sent before."""
SENDS = re.compile(r"\b(kirim|dikirim|kirimkan|kirimin|send)\b")
ABOUT_SENDING = re.compile(r"kirim|\bsend|proses|tindak ?lanjut|ditarik|lanjut|teruskan|\bdicek|diperiksa")
WAIT = re.compile(r"\b(tunggu|sebentar|bentar)\b|\b(jangan|nanti) dulu\b|(sudah|udah) (kirim|dikirim)")
ADDED_AT_ONCE = re.compile(
    r"(?is)(?P<how>tambah|tambahan|ralat|koreksi)( (pak|bu|min|kak))?\s*[:,]\s*(?P<what>\S.{7,})"
)
ASKS = re.compile(r"\?|^(apa|apakah|bagaimana|gimana|gmn|cara|boleh|bisa|kalau|kalo|kapan|siapa|how|can|what|may)\b")
