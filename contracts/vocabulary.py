"""The terms of the field, as codes. They only grow: a published one stays readable."""

from enum import IntEnum, StrEnum


class Category(StrEnum):
    """What a report is about; several may apply. Other axes (relation, act, actor, object) are kept apart."""

    RUMAH_IBADAT = "rumah_ibadat"
    HAMBATAN_IBADAH = "hambatan_ibadah"
    PAHAM_ALIRAN = "paham_aliran"
    PENODAAN = "penodaan"
    UJARAN_KEBENCIAN = "ujaran_kebencian"
    PENYIARAN_AGAMA = "penyiaran_agama"
    SIMBOL_ATRIBUT = "simbol_atribut"
    INTERNAL_UMAT = "internal_umat"
    ANTARUMAT = "antarumat"
    PENGERAS_SUARA = "pengeras_suara"
    POLITIK_PEMILU = "politik_pemilu"
    KEKERASAN_PENGUSIRAN = "kekerasan_pengusiran"
    HOAKS_PROVOKASI = "hoaks_provokasi"
    LAINNYA = "lainnya"


class Act(StrEnum):
    """An observed act. Each belongs to one stage of escalation (`STAGE_OF_ACT`)."""

    RUMOR = "rumor"
    PENOLAKAN_LISAN = "penolakan_lisan"
    SPANDUK_PENOLAKAN = "spanduk_penolakan"
    PROTES_TERBUKA = "protes_terbuka"
    GANGGUAN_IBADAH = "gangguan_ibadah"
    ANCAMAN = "ancaman"
    MASSA_BERKUMPUL = "massa_berkumpul"
    AJAKAN_MOBILISASI = "ajakan_mobilisasi"
    PERUSAKAN = "perusakan"
    PENUTUPAN_PAKSA = "penutupan_paksa"
    PEMBAKARAN = "pembakaran"
    PENGUSIRAN = "pengusiran"
    KEKERASAN_FISIK = "kekerasan_fisik"
    KORBAN_LUKA = "korban_luka"
    KORBAN_JIWA = "korban_jiwa"


class Stage(IntEnum):
    """Five steps of a case, condensed from Glasl's nine."""

    KETEGANGAN = 1
    SENGKETA_TERBUKA = 2
    ANCAMAN_MOBILISASI = 3
    PERUSAKAN = 4
    KORBAN = 5


class Level(IntEnum):
    """Ordinal warning level; always shown as number, word and icon."""

    NORMAL = 0
    WASPADA = 1
    SIAGA = 2
    AWAS = 3


class ReporterKind(StrEnum):
    """How a reporter chose to be known."""

    ANONYMOUS = "anonymous"
    CITIZEN = "citizen"
    OFFICER = "officer"


class Provenance(StrEnum):
    """Who says so: what is proven of a reporter, whatever they claim."""

    OFFICER = "officer"
    """Signed in, in an office."""
    PERSON = "person"
    """Proven by the channel: one phone, one person."""
    CLIENT = "client"
    """A program that signed in: one voice."""
    UNPROVEN = "unproven"
    """Anybody; two of them may be one."""


class Channel(StrEnum):
    """The way a report came in."""

    API = "api"
    WEB = "web"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    SMS = "sms"
    EMAIL = "email"
    IMPORT = "import"


class Status(StrEnum):
    """Where a case stands."""

    BARU = "baru"
    DIPERIKSA = "diperiksa"
    TERVERIFIKASI = "terverifikasi"
    DITANGANI = "ditangani"
    DITUTUP = "ditutup"


class Verdict(StrEnum):
    """What the people on the ground found."""

    TERVERIFIKASI = "terverifikasi"
    SEBAGIAN = "sebagian"
    TIDAK_TERBUKTI = "tidak_terbukti"
    HOAKS = "hoaks"
    DUPLIKAT = "duplikat"
    DI_LUAR_LINGKUP = "di_luar_lingkup"


class Outcome(StrEnum):
    """How a case ended."""

    MEREDA = "mereda"
    DISEPAKATI = "disepakati"
    DIRUJUK = "dirujuk"
    TIDAK_TERBUKTI = "tidak_terbukti"


class Supplement(StrEnum):
    """What a reporter adds to a report that was sent."""

    ANSWER = "answer"
    ADDITION = "addition"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    """The report is not theirs any more; the case is looked at all the same."""
    NO_CONTACT = "no_contact"
    """They do not want to be written to any more."""
    CONTACT_AGAIN = "contact_again"
    """They take that back."""
    HELPED = "helped"
    """What was done helped them."""
    UNDELIVERED = "undelivered"
    """Not by them: an officer's message does not reach them; its text is why (`waits`, `gone`, `stopped`, `failed`)."""
    STILL_CALM = "still_calm"
    """Asked some weeks after the end: it is calm."""
    RECURRED = "recurred"
    """After the end it happened again."""
    OBJECTION = "objection"
    """They say that it did not end as it was recorded; once a report."""


class AttachmentKind(StrEnum):
    """What a file of a report is. The id of one that is no photo begins with its sign."""

    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"

    @property
    def sign(self) -> str:
        """What the ids of such files begin with."""
        return {"voice": "v.", "video": "m.", "document": "d."}.get(self, "")


def attachment_kind(id: str) -> AttachmentKind:
    """What the file with this id is."""
    signed = (each for each in AttachmentKind if each.sign and id.startswith(each.sign))
    return next(signed, AttachmentKind.PHOTO)


SPOKEN = "Ceritanya ada di pesan suara."
"""Stands for the story of a report that was spoken. It is like no other story."""


class Rung(IntEnum):
    """Steps of the alert ladder, by the level of the office."""

    KECAMATAN = 0
    KABUPATEN = 1
    PROVINSI = 2
    PUSAT = 3


FOUNDED: frozenset[Verdict] = frozenset({Verdict.TERVERIFIKASI, Verdict.SEBAGIAN})
"""Verdicts after which a case is handled; the others end it."""

STAGE_OF_ACT: dict[Act, Stage] = {
    Act.RUMOR: Stage.KETEGANGAN,
    Act.PENOLAKAN_LISAN: Stage.KETEGANGAN,
    Act.SPANDUK_PENOLAKAN: Stage.KETEGANGAN,
    Act.PROTES_TERBUKA: Stage.SENGKETA_TERBUKA,
    Act.GANGGUAN_IBADAH: Stage.SENGKETA_TERBUKA,
    Act.ANCAMAN: Stage.ANCAMAN_MOBILISASI,
    Act.MASSA_BERKUMPUL: Stage.ANCAMAN_MOBILISASI,
    Act.AJAKAN_MOBILISASI: Stage.ANCAMAN_MOBILISASI,
    Act.PERUSAKAN: Stage.PERUSAKAN,
    Act.PENUTUPAN_PAKSA: Stage.PERUSAKAN,
    Act.PEMBAKARAN: Stage.PERUSAKAN,
    Act.PENGUSIRAN: Stage.PERUSAKAN,
    Act.KEKERASAN_FISIK: Stage.KORBAN,
    Act.KORBAN_LUKA: Stage.KORBAN,
    Act.KORBAN_JIWA: Stage.KORBAN,
}


def stage_of(acts: list[Act] | tuple[Act, ...]) -> Stage:
    """The furthest stage that any of the acts belongs to; tension where none was observed."""
    return max((STAGE_OF_ACT[act] for act in acts), default=Stage.KETEGANGAN)
