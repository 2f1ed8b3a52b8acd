"""Cases, steps of a timeline and groupings in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from chassis.database import Document
from chassis.language import N_, Labels, _, day, ngettext, percent
from chassis.masking import MASK
from contracts.events import Reason
from contracts.regions import region
from contracts.vocabulary import STAGE_OF_ACT, AttachmentKind, Level, Rung, Supplement, attachment_kind
from kemenag.labels import LEVEL_LABELS, RUNG_LABELS, label
from kemenag.levels import sentence
from services.verification.documents.model import KIND_LABELS
from services.verification.model import REPORTER, SUPPLEMENT_STEPS, SYSTEM, Case
from services.verification.referrals.model import ORGANISATIONS

_BY: Labels[str] = Labels({SYSTEM: N_("Sistem"), REPORTER: N_("Pelapor")})
SOURCE_GRADES: Labels[str] = Labels(
    {
        "A": N_("A dapat dipercaya penuh"),
        "B": N_("B biasanya dapat dipercaya"),
        "C": N_("C cukup dapat dipercaya"),
        "D": N_("D kurang dapat dipercaya"),
        "E": N_("E tidak dapat dipercaya"),
        "F": N_("F belum dapat dinilai"),
    }
)
INFORMATION_GRADES: Labels[int] = Labels(
    {
        1: N_("1 dipastikan sumber lain"),
        2: N_("2 sangat mungkin benar"),
        3: N_("3 mungkin benar"),
        4: N_("4 meragukan"),
        5: N_("5 sangat meragukan"),
        6: N_("6 belum dapat dinilai"),
    }
)
Values = Mapping[str, Any]


def title(case: Case) -> str:
    """What a case is called: the gravest that happened, or else what it is about, and where."""
    gravest = max(case.acts, key=lambda act: STAGE_OF_ACT[act], default=None)
    what = label(gravest or case.categories[0]) if gravest or case.categories else _("Kasus")
    spot = next((each.place for each in case.samples if each.place), None)
    place = region(case.region).name
    return _("{what} di {place}").format(what=what, place=f"{spot[:60]}, {place}" if spot else place)


def by(step: Mapping[str, Any]) -> str:
    """Who did it."""
    who = str(step["by"])
    return _BY.get(who, who)


def text(step: Mapping[str, Any], code: str) -> str:
    """What happened to a case of this region; steps of release 0.1 carry their sentence."""
    if "text" in step:
        return str(step["text"])
    if step["kind"] == "level":
        return _level(step["values"], code)
    write = _SENTENCES.get(step["kind"])
    return write(step["values"]) if write else str(step["kind"])


def referred_to(organisation: str, office: str) -> str:
    """Whom a case was referred to: the organisation, and which office of theirs."""
    return f"{ORGANISATIONS[organisation]} ({office})"


def _to(values: Values) -> str:
    return referred_to(values["to"], values["office"])


def grouped(reasons: Sequence[str]) -> str:
    """Why a report was put into its case; what release 0.1 stored is a sentence already."""
    return ", ".join(_grouped(each) for each in reasons)


def weighed(reasons: Sequence[str]) -> str:
    """What speaks for two cases being one, and what against it."""
    against = [each for each in reasons if each.startswith(_AGAINST)]
    parts = [grouped([each for each in reasons if each not in against])]
    parts += [_("tetapi {reasons}").format(reasons=grouped(against))] if against else []
    return "; ".join(part for part in parts if part)


def _grouped(reason: str) -> str:
    code, _sep, value = reason.partition(":")
    write = _REASONS.get(code)
    return write(value) if write else reason


_AGAINST = ("other_", "far", "template")
_REASONS: dict[str, Callable[[str], str]] = {
    "category": lambda value: _("kategori sama: {category}").format(category=label(value)),
    "text": lambda value: _("kata-kata mirip {share}").format(share=percent(float(value))),
    "place": lambda _value: _("tempat sama"),
    "names": lambda _value: _("nama yang sama disebut"),
    "matters": lambda _value: _("soal yang sama"),
    "near": lambda _value: _("titiknya berdekatan"),
    "far": lambda _value: _("titiknya berjauhan"),
    "other_matters": lambda _value: _("soalnya lain"),
    "other_place": lambda _value: _("tempatnya lain"),
    "template": lambda _value: _("kalimatnya sama, namanya lain"),
    "other_house": lambda _value: _("rumah ibadatnya lain"),
    "other_institution": lambda _value: _("lembaganya lain"),
    "other_street": lambda _value: _("jalannya lain"),
    "other_village": lambda _value: _("kampungnya lain"),
    "other_estate": lambda _value: _("perumahannya lain"),
    "other_person": lambda _value: _("orangnya lain"),
    "other_spot": lambda _value: _("lokasinya lain"),
    "same_named": lambda _value: _("rumah ibadat, jalan, atau kampung yang sama"),
    "other_lane": lambda _value: _("lorongnya lain"),
    "other_church": lambda _value: _("gerejanya lain"),
    "other_side": lambda _value: _("sisi kampungnya lain"),
    "other_rt": lambda _value: _("RT lain"),
    "other_rw": lambda _value: _("RW lain"),
    "hours": lambda value: ngettext("selisih waktu {n} jam", "selisih waktu {n} jam", int(value)).format(n=value),
    "split": lambda _value: _("dipisahkan oleh petugas"),
    "merged": lambda _value: _("kasusnya digabungkan oleh petugas"),
    "moved": lambda _value: _("kasusnya dipindahkan oleh petugas"),
}


def _joined(values: Values) -> str:
    count, named = values["count"], ", ".join(values["tickets"])
    found = ngettext("{count} laporan masuk: {tickets}", "{count} laporan masuk: {tickets}", count)
    more = count - len(values["tickets"])
    rest = _(" dan {count} lagi").format(count=more) if more > 0 else ""
    return found.format(count=count, tickets=named) + rest


def _ended(sentence: str, note: str) -> str:
    return f"{sentence}. {note}".rstrip(". ") + "."


def _level(values: Values, code: str) -> str:
    level = Level(values["level"])
    reasons = []
    for each in values["reasons"]:
        name, _sep, value = each.partition("=")
        spoken = (
            {"text": values.get("text", ""), "by": values.get("office", "")} if name in ("officer", "sentence") else {}
        )
        reasons.append(Reason(code=name, value=float(value), **spoken))
    return _("Tingkat {number} {level}: {sentence}").format(
        number=int(level), level=LEVEL_LABELS[level], sentence=sentence(code, reasons)
    )


def _rung(values: Values) -> str:
    return RUNG_LABELS[Rung(values["rung"])]


_UNDELIVERED: Labels[str] = Labels(
    {
        "waits": N_("Pesan kepada pelapor menunggu: dikirim begitu pelapor menulis lagi, dan ada di halaman Lacak"),
        "gone": N_("Pesan kepada pelapor tidak terkirim: percakapannya sudah dihapus. Pesan itu ada di halaman Lacak"),
        "stopped": N_("Pesan kepada pelapor tidak dikirim: ia tidak mau dihubungi. Pesan itu ada di halaman Lacak"),
        "failed": N_("Pesan kepada pelapor tidak sampai; ia ada di halaman Lacak. Cari jalan lain bila mendesak"),
    }
)

_SENTENCES: dict[str, Callable[[Values], str]] = {
    "opened": lambda v: _("Kasus dibuka: {category} di {place}").format(
        category=label(v["category"]), place=region(v["region"]).name
    ),
    "joined": _joined,
    "split": lambda _values: _("Satu laporan dipisahkan menjadi kasus sendiri"),
    "kept_apart": lambda v: (
        _("Bukan kejadian yang sama dengan kasus {number}").format(number=v["number"])
        if v["number"]
        else _("Bukan kejadian yang sama dengan kasus lain")
    ),
    "assigned": lambda v: _("Ditugaskan kepada {office}").format(office=v["to"]),
    "verified": lambda v: _ended(
        _("Hasil pemeriksaan: {verdict} ({grading})").format(verdict=label(v["verdict"]), grading=v["grading"]),
        v["note"],
    ),
    "asked": lambda v: _("Pertanyaan kepada pelapor: {text}").format(text=v["text"]),
    "informed": lambda v: _("Pesan kepada pelapor: {text}").format(text=v["text"]),
    "answered": lambda v: _("Jawaban pelapor: {text}").format(text=v["text"]),
    "added": lambda v: _("Pelapor menambahkan: {text}").format(text=v["text"]),
    "corrected": lambda v: _("Pelapor memperbaiki: {text}").format(text=v["text"]),
    "withdrawn": lambda v: _("Pelapor menarik laporannya: {text}").format(text=v["text"]),
    "transcribed": lambda v: _("Isi suara, video, atau dokumen: {text}").format(text=v["text"]),
    "no_contact": lambda _values: _("Pelapor tidak mau dihubungi lagi"),
    "contact_again": lambda _values: _("Pelapor boleh dihubungi lagi"),
    "undelivered": lambda v: _UNDELIVERED.get(v["text"]) or _UNDELIVERED["failed"],
    "opened_outside": lambda v: _("Dibuka untuk dibaca dari luar wilayah: {text}").format(text=v["text"]),
    "outside_fitting": lambda v: _ended(
        _("Pembukaan oleh {office} ditinjau: wajar").format(office=v["office"]), v["note"]
    ),
    "outside_unfitting": lambda v: _ended(
        _("Pembukaan oleh {office} ditinjau: tidak pada tempatnya").format(office=v["office"]), v["note"]
    ),
    "helped": lambda _values: _("Pelapor: penanganannya membantu"),
    "still_calm": lambda _values: _("Pelapor: keadaannya tetap tenang"),
    "recurred": lambda v: _("Pelapor: terjadi lagi. {text}").format(text=v["text"]),
    "objected": lambda v: _("Pelapor keberatan atas hasilnya: {text}").format(text=v["text"]),
    "document_issued": lambda v: _("{kind} {number} dikeluarkan").format(
        kind=KIND_LABELS[v["document"]], number=v["number"]
    ),
    "noted": lambda v: _("Catatan: {text}").format(text=v["text"]),
    "task_set": lambda v: _("Tugas untuk {office} sampai {day}: {what}").format(
        office=v["to"], day=day(date.fromisoformat(v["due"])), what=v["what"]
    ),
    "task_done": lambda v: _ended(_("Tugas selesai: {what}").format(what=v["what"]), v["note"]),
    "referred": lambda v: _("Dirujuk ke {to}; jawaban ditunggu sampai {day}").format(
        to=_to(v), day=day(date.fromisoformat(v["due"]))
    ),
    "referral_accepted": lambda v: _ended(
        _("{to} menerima rujukan; hasil ditunggu sampai {day}").format(
            to=_to(v), day=day(date.fromisoformat(v["due"]))
        ),
        v["note"],
    ),
    "referral_refused": lambda v: _ended(_("{to} menolak rujukan").format(to=_to(v)), v["note"]),
    "referral_done": lambda v: _ended(_("{to} selesai menangani").format(to=_to(v)), v["note"]),
    "referral_withdrawn": lambda v: _ended(_("Rujukan ke {to} ditarik").format(to=_to(v)), v["note"]),
    "acted": lambda v: _("Tindakan: {text}").format(text=v["text"]),
    "closed": lambda v: _ended(_("Kasus ditutup: {outcome}").format(outcome=label(v["outcome"])), v["note"]),
    "reopened": lambda v: _("Kasus dibuka kembali: {reason}").format(reason=v["text"]),
    "reopened_by_reporter": lambda _values: _("Kasus dibuka kembali karena ada kabar baru dari pelapor"),
    "merged": lambda v: _("Digabungkan dengan kasus {number}: {reason}").format(number=v["to"], reason=v["reason"]),
    "merged_here": lambda v: _("Kasus {number} digabungkan ke sini: {reason}").format(
        number=v["from"], reason=v["reason"]
    ),
    "moved": lambda v: _("Dipindahkan menjadi kasus {number}: {reason}").format(number=v["to"], reason=v["reason"]),
    "moved_here": lambda v: _("Dipindahkan ke sini dari kasus {number}: {reason}").format(
        number=v["from"], reason=v["reason"]
    ),
    "alert_raised": lambda v: _("Peringatan dikirim kepada tingkat {rung}").format(rung=_rung(v)),
    "alert_climbed": lambda v: _("Belum ada tanggapan; peringatan naik ke tingkat {rung}").format(rung=_rung(v)),
    "alert_unanswered": lambda _values: _("Semua pejabat sudah dihubungi; tidak ada yang menjawab"),
    "alert_acknowledged": lambda _values: _("Peringatan diterima dan ditangani"),
}


def files_of(row: Document) -> dict[str, list[str]]:
    """The files of a report, by what they are."""
    found: dict[str, list[str]] = {each.value: [] for each in AttachmentKind}
    for id in row["report"].get("attachments", ()):
        found[attachment_kind(id)].append(id)
    return found


def has_words(row: Document) -> bool:
    """Whether somebody has to listen to a report, or look at it, to know what it says."""
    return any(files for kind, files in files_of(row).items() if kind != AttachmentKind.PHOTO)


def supplement(answer: Document) -> str:
    """What a reporter answered or added, in a sentence."""
    return _SENTENCES[SUPPLEMENT_STEPS[answer.get("kind", Supplement.ANSWER)]](answer)


def is_masked(row: Document) -> bool:
    """Whether something was taken out of a report's texts, which intake has word for word."""
    report = row["report"]
    texts = [report["narrative"], report.get("place") or "", *(each["text"] for each in row.get("answers", ()))]
    return any(MASK in each for each in texts)
