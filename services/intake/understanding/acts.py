"""What a story says has happened, by plain words; shown to the reporter before it is sent, as words can mislead."""

import re

from contracts.vocabulary import Act
from services.intake.understanding.normalise import letters

_SAID = {
    Act.KORBAN_JIWA: r"tewas|meninggal|terbunuh|dibunuh|killed|dead\b",
    Act.KORBAN_LUKA: r"luka|berdarah|badarah|darah|ditusuk|dibacok|tikam|stabbed|wounded|injured|bleeding",
    Act.KEKERASAN_FISIK: r"dipukul|memukul|keroyok|karoyok|diserang|menyerang|dihakimi|dilempar|beaten|beating|attack",
    Act.PENGUSIRAN: r"diusir|mengusir|pengusiran|expelled",
    Act.PEMBAKARAN: r"(?<!sate )(?<!ikan )(?<!jagung )(?<!ayam )\b(mem|di|ter|ke)?bakar(?!an jenggot)|"
    r"\bapi\b|bensin|molotov|burn|\bfire\b",
    Act.PENUTUPAN_PAKSA: r"disegel|digembok|tutup paksa|ditutup paksa",
    Act.PERUSAKAN: r"dirusak|merusak|perusakan|dipecah|jebol|didobrak|roboh",
    Act.MASSA_BERKUMPUL: r"massa|kerumunan|dikepung|mengepung|\bmob\b|crowd|orang banyak",
    Act.ANCAMAN: r"ancam|\bparang\b|celurit|clurit|golok|senjata|threat|knife|\bgun\b",
}
_LIGHTER = {
    Act.PROTES_TERBUKA: r"\bdemo\b|unjuk rasa|\bprotes|\borasi",
    Act.SPANDUK_PENOLAKAN: r"spanduk|baliho|banner|selebaran|poster",
    Act.PENOLAKAN_LISAN: r"menolak|ditolak|penolakan|tolak\b|keberatan|tidak setuju|melarang|dilarang",
    Act.RUMOR: r"katanya|\bisu\b|\bkabar(nya)?\b|rumor|desas|hoa[kx]s|dengar-dengar|beredar|broadcast|pesan berantai",
}
"""Of these the gravest alone: a banner that refuses is a banner, and a rumour is what nothing else was."""
_WORDS = {act: re.compile(words) for act, words in _SAID.items()}
_DENIED = re.compile(
    r"(tidak|tdk|gak|ga|belum|blm|bukan|tanpa|no)\s+(sampai\s+|sempat\s+|pernah\s+)?(ada\s+|terjadi\s+)?"
    r"(yang\s+|yg\s+|korban\s+|one\s+)?((meninggal|luka|tewas)\s+(maupun|atau|dan)\s+)?(di|me|mem|men|meng|ter)?$"
)


def told_acts(text: str) -> list[Act]:
    """The acts that a story names, the grave ones or else the gravest of the lighter ones."""
    if grave := acts_of(text):
        return grave
    plain = letters(text)
    return [act for act, words in _LIGHTER.items() if re.search(words, plain)][:1]


def acts_of(text: str) -> list[Act]:
    """The grave acts that a story names and does not deny, the gravest first."""
    plain = letters(text)
    return [
        act
        for act, words in _WORDS.items()
        if any(not _DENIED.search(plain[: found.start()]) for found in words.finditer(plain))
    ]
