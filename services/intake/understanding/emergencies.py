"""Whether people are in danger now. It goes before every step of a conversation and every open question.

Two ways lead there, and either is enough: the trained weights are sure, or a word of violence, fire, weapon or injury
stands with a word of now and nothing says that it is over, later, elsewhere or made up. Who is asked for nothing loses
nothing: numbers to call are shown once more than needed rather than once less.
"""

import re

from services.intake.understanding.intents import EMERGENCY, probabilities
from services.intake.understanding.normalise import LONGEST, letters

_SURE, _PROBABLE = 0.65, 0.35
"""From which share of the weights on it is one: where something says that it is over, and where nothing does."""
_LIKELY = 0.045
"""From which share on words of danger and of now are believed."""
_END = 250
"""Letters of the last sentence of a long message, where the cry may stand after the history."""
_SENTENCES = re.compile(r"[.!?\n]+")
_DANGER = re.compile(
    r"serang|bakar|tabaka|bacok|tusuk|tikam|tikang|bunuh|keroyok|karoyok|kepung|kapuang|dipukul|pukuli|"
    r"\bpukul(?! (berapa|\d))|mukul|gebuk|digebug|dilempar|lempari|baledog|balang|tembak|ledak|bom\b|molotov|"
    r"bensin|solar|\bapi\b|\bobor|asap|parang|clurit|celurit|golok|pedang|pedhang|badik|peso\b|\blading|senjata|"
    r"senapan|pistol|panah|pisau|"
    r"lempar(in)? batu|diobong|diduruk|machete|surround|"
    r"kapak|kampak|bambu runcing|linggis|darah|dara\b|luka|sobek|bocor|tewas|\bmati\b|"
    r"sekarat|pingsan|diseret|dihakimi|dikejar|dioyak|diudag|massa|ngamuk|rusuh|tawuran|bentrok|perang|dobrak|"
    r"jebol|dikurung|terkurung|terjebak|sandera|batu bak hujan|stab|knife|\bshot|\bshoot|\bgun\b|\bfire\b|smoke|"
    r"burn|beaten|beating|attack|stoned|\bmob\b|blood|trapped|weapon|etoddhu|carok|etokol"
)
_NOW = re.compile(
    r"sekarang|\bskrg|\bskg|saat ini|detik ini|\blagi\b|\blg\b|sedang|barusan|baru saja|masih|terus|belum berhenti|"
    r"tolong|\btlg|\btlong|tulung|help|cepat|segera|\bgawat|darurat|di depan mata|sudah di|udah di|udh nyampe|"
    r"sebent?ar l(a)?gi|bentar lagi|sakeudeung|menit lagi|\bpaling \d+ menit|di lokasi|di depan (saya|rumah|kami)|"
    r"ga bisa keluar|tidak bisa keluar|ndak bisa kalua|saiki|sakniki|ayeuna|kini|sanonto|being|right now|still|"
    r"won.?t open|inside|ambulan|polisi mana|ka saha|telp siapa|telpon siapa|nomor berapa|neng dinna|muter2|neggu|"
    r"\bdong ada\b|sudah berdarah|bakal meledak"
)
_PAST = re.compile(
    r"kemarin|kemaren|kmrn|\bwingi|kamari|tahun|\btaun|bulan lalu|minggu lalu|dulu|dahulu|riolo|pernah|tadi malam|"
    r"semalam|malam tadi|\bsmlm|semalem|tadi siang|pekan lalu|besok|lusa|minggu depan|nanti|mengko|isuk|yesterday|"
    r"last (week|month|year)|tomorrow|history"
)
"""Another time than now; a word for now that comes after it takes it back."""
_PRESENT = re.compile(r"sekarang|\bskrg|\bskg|\bskr\b|saat ini|detik ini|right now|saiki|ayeuna|barusan")
_UNTIL_NOW = re.compile(r"(sampai|hingga|smpe|sampe) (sekarang|skrg|skg|saat ini|detik ini)")
_UNREAL = re.compile(
    r"sudah bubar|udah bubar|sdh bubar|sudah aman|udah aman|sdh aman|sudah padam|sudah selesai|sudah diamankan|"
    r"sdh diamankan|pelaku sudah|polisi (sudah|udah|sdh) (datang|di lokasi|tiba)|"
    r"(sudah|udah|sdh) (pergi|pulang)|sudah tenang|sudah reda|kalau|kalo\b|\bklo\b|misal|seandainya|\bandai\b|katanya|"
    r"kabarnya|konon|\bisu\b|hoax|hoaks|berita|video|film|novel|cerpen|naskah|drama|\bgame\b|lirik|\blagu\b|sejarah|mimpi|ayat|"
    r"pasal|hukum(nya|an)|\barti\b|maksud|apa itu|bagaimana cara|gimana cara|tidak ada|tdk ada|ga ada yg luka|"
    r"terima kasih|makasih|matur nuwun|simulasi|latihan|kabupaten serang|kota serang|mati lampu|\bikan\b|\bsate\b|"
    r"jagung|sampah|kurban|banjir|gempa|kompor|perang dunia|movie|what if|used to"
)
"""Over, made up, told by others, or something else."""
_STILL = re.compile(
    r"bukan (prank|video lama|hoaks|hoax)|di depan mata|bukan.{0,12}\bbercanda|lagi terjadi|"
    r"saya di lokasi"
)


_ALWAYS = re.compile(r"\bada bom\b|\bon fire\b|\U0001f198|\bsos\b|\bbantu kami\b")
_SELF = re.compile(r"(?<!bom )bunuh diri|akhiri hidup|mengakhiri hidup|kill myself|suicid")


def is_over(text: str) -> bool:
    """Whether something says that it is over, later, elsewhere or made up."""
    return _is_over(letters(text))


def names_danger(text: str) -> bool:
    """Whether a text has a word for violence, fire or weapons."""
    return _DANGER.search(letters(text)) is not None


def _is_over(plain: str) -> bool:
    if _UNREAL.search(plain):
        return True
    past = [each.end() for each in _PAST.finditer(plain)]
    if not past:
        return False
    now = _PRESENT.search(plain, past[-1])
    return now is None or not (_UNTIL_NOW.search(plain) or _DANGER.search(plain, now.start()))


def is_about_oneself(text: str) -> bool:
    """Whether somebody speaks of taking their own life."""
    return _SELF.search(letters(text)) is not None


def is_emergency(text: str, likely: float | None = None) -> bool:
    """Whether help is needed now. `likely`: what the weights say of it, where somebody has asked them already."""
    if len(text) > LONGEST and is_emergency(_SENTENCES.split(text.strip(" .!?\n"))[-1][-_END:]):
        return True
    share = probabilities(text)[EMERGENCY] if likely is None else likely
    plain = letters(text)
    if _STILL.search(plain) and _DANGER.search(plain):
        return True
    if _ALWAYS.search(plain) and not _is_over(plain):
        return True
    danger, over = _DANGER.search(plain) is not None, _is_over(plain)
    if share >= (_SURE if over else _PROBABLE):
        return True
    return share >= _LIKELY and danger and not over and _NOW.search(plain) is not None
