"""What a level rests on, as a sentence. Events carry codes and values (`Reason`); this is where they become text.

A case: `stage`, `reports`, `sources`, `act:<code>`, `later:<code>` (violence told of after the verdict), `checked`,
`confirmation` (Awas waits for a person), `doubted` (sources whose last reports were hoaxes), `closed`.
 An area: `count`, `reported`, `ready`, `judged`, `score`, `tail`,
`expected`, `chance7`, `chance28`, `chance28_two`, `term:<name>`, `found`. Both: `officer`, who set it and why.
A request to look: `look` (how many reports), `act:<code>`.
"""

from collections.abc import Sequence

from chassis.language import _, ngettext, percent
from contracts.events import Reason
from contracts.regions import region
from contracts.vocabulary import Level, Stage
from kemenag.figures import odds, rarity, shares, usual
from kemenag.labels import LEVEL_LABELS, STAGE_LABELS, label

NOTABLE = 1.8
"""From this score on a week is called a surge: chance alone gives one a year."""
_Found = dict[str, Reason]


def sentence(code: str, reasons: Sequence[Reason]) -> str:
    """What an official reads of a case or an area in the region of this code."""
    found = {each.code: each for each in reasons}
    if "sentence" in found:
        # Release 0.1 stored the sentence itself.
        return found["sentence"].text
    if "look" in found:
        return _look(code, found)
    if "closed" in found:
        return _("Kasus sudah ditutup.")
    if "count" in found:
        return _area(code, found)
    if "officer" in found:
        return _spoken(found["officer"])
    return _case(code, found) if "stage" in found else ""


def _look(code: str, found: _Found) -> str:
    count = int(found["look"].value)
    return ngettext(
        "{count} laporan yang belum diperiksa menyebut {acts}. Mohon periksa di {place}. Ini bukan peringatan.",
        "{count} laporan yang belum diperiksa menyebut {acts}. Mohon periksa di {place}. Ini bukan peringatan.",
        count,
    ).format(count=count, acts=_named(found, "act:"), place=region(code).name)


def _case(code: str, found: _Found) -> str:
    acts = _named(found, "act:") or _("belum ada kejadian yang teramati")
    checked = _("sudah diperiksa petugas") if "checked" in found else _("belum diperiksa petugas")
    later = _named(found, "later:")
    if later:
        checked += _("; laporan sesudahnya, belum diperiksa: {acts}").format(acts=later)
    stage = Stage(int(found["stage"].value))
    text = _("Di {place}: tahap {number} ({stage}), {acts}; {checked}.").format(
        place=region(code).name, number=int(stage), stage=STAGE_LABELS[stage].lower(), acts=acts, checked=checked
    )
    waits = [_("Tingkat Awas menunggu penegasan pejabat.")] if "confirmation" in found else []
    return " ".join([text, *waits, *_doubted(found)])


def _doubted(found: _Found) -> list[str]:
    if "doubted" not in found:
        return []
    count = int(found["doubted"].value)
    return [
        ngettext(
            "{count} pelapor tidak ikut menaikkan tingkat, karena kabarnya belum lama ini terbukti hoaks.",
            "{count} pelapor tidak ikut menaikkan tingkat, karena kabarnya belum lama ini terbukti hoaks.",
            count,
        ).format(count=count)
    ]


def _named(found: _Found, prefix: str) -> str:
    return ", ".join(label(each.removeprefix(prefix)).lower() for each in found if each.startswith(prefix))


def _spoken(reason: Reason) -> str:
    level = Level(int(reason.value))
    return _("{office} menetapkan tingkat {number} {level}: {reason}").format(
        office=reason.by, number=int(level), level=LEVEL_LABELS[level], reason=reason.text
    )


def _area(code: str, found: _Found) -> str:
    text = _forecast(code, found) if "ready" in found else _too_early(code, found)
    return f"{text} {_spoken(found['officer'])}" if "officer" in found else text


def _too_early(code: str, found: _Found) -> str:
    count = int(found["count"].value)
    return ngettext(
        "Di {place} minggu ini ada {count} laporan. Catatan belum cukup panjang untuk menilai kewajaran.",
        "Di {place} minggu ini ada {count} laporan. Catatan belum cukup panjang untuk menilai kewajaran.",
        count,
    ).format(place=region(code).name, count=count)


def _forecast(code: str, found: _Found) -> str:
    terms = {each.removeprefix("term:"): reason.value for each, reason in found.items() if each.startswith("term:")}
    parts = ", ".join(f"{percent(share)} {name}" for name, share in shares(terms) if share >= 0.005)
    again = "reported" in found or found["count"].value > 0
    text = (
        _("Di {place} {week}; peluang ada laporan lagi dalam 28 hari {odds} ({parts}).")
        if again
        else _("Di {place} {week}; peluang ada laporan dalam 28 hari {odds} ({parts}).")
    )
    return text.format(place=region(code).name, week=_week(found), odds=odds(found["chance28"].value), parts=parts)


def _week(found: _Found) -> str:
    """What is usual, and what is now."""
    count = int(found["count"].value)
    if "reported" not in found and not count:
        return _("belum pernah ada laporan")
    before = (
        _("biasanya ada {rate}").format(rate=usual(found["expected"].value))
        if "reported" in found
        else _("belum pernah ada laporan sebelum minggu ini")
    )
    now = (
        ngettext("minggu ini ada {count}", "minggu ini ada {count}", count).format(count=count)
        if count
        else _("minggu ini tidak ada")
    )
    return f"{before}; {now}, {_surprise(found)}"


def _surprise(found: _Found) -> str:
    if "judged" not in found:
        return _("apakah itu luar biasa belum dapat dinilai")
    if found["score"].value >= NOTABLE:
        return _("lonjakan yang secara kebetulan hanya muncul {rarity}").format(rarity=rarity(found["tail"].value))
    if int(found["found"].value) == Level.WASPADA:
        return _("tidak di luar kebiasaan (tetapi peluangnya termasuk yang terbesar di negeri)")
    return _("tidak di luar kebiasaan")
