"""What stands in a document: texts in the language of the house, by what the case holds. Pure."""

from datetime import datetime
from typing import Any

from chassis import language
from chassis.database import Document
from chassis.language import _
from contracts.regions import region
from kemenag.labels import STAGE_LABELS, label
from kemenag.look import local_time
from services.verification import wording
from services.verification.documents.model import KIND_LABELS, DocumentForm, Kind, spoken
from services.verification.model import Case

Facts = list[tuple[str, str]]


def content_of(
    form: DocumentForm,
    case: Case,
    reports: list[Document],
    steps: list[Document],
    about: dict[str, str],
    at: datetime,
) -> dict[str, Any]:
    """The texts of a document. `about`: its number, code, office, and the address where a copy is checked."""
    with language.use(language.SOURCE):
        return {
            "title": (_("LATIHAN") + ": " if case.exercise else "") + KIND_LABELS[form.kind.value],
            "number": about["number"],
            "office": about["office"],
            "place": region(case.region).name,
            "day": local_time(at, case.region, True),
            "opening": _opening(form, case),
            "facts": _facts(case),
            "reports": [] if form.kind is Kind.REFERRAL else [_report(each, case.region) for each in reports],
            "steps": _steps(steps, case.region) if form.kind is Kind.REPORT else [],
            "findings": wording.text(_last(steps, "verified"), case.region) if form.kind is Kind.MINUTES else "",
            "code": spoken(about["code"]),
            "check": about["check"],
            "words": _words(),
        }


def _words() -> dict[str, str]:
    return {
        "house": _("Kementerian Agama Republik Indonesia"),
        "number": _("Nomor"),
        "facts": _("Kasus"),
        "reports": _("Laporan yang masuk"),
        "steps": _("Jejak langkah"),
        "findings": _("Hasil"),
        "signature": _("Nama dan NIP"),
        "check": _("Keaslian salinan ini diperiksa dengan kode"),
        "at": _("di"),
        "masked": _("Nomor dan alamat orang disamarkan; nama pelapor tidak dimuat."),
    }


def _opening(form: DocumentForm, case: Case) -> str:
    place = region(case.region).path
    if form.kind is Kind.MINUTES:
        return _("Pada hari ini telah dicatat hasil pemeriksaan kasus {number} di {place}.").format(
            number=case.number, place=place
        )
    if form.kind is Kind.REFERRAL:
        return _("Kepada {to}. Dengan ini kasus {number} di {place} dirujuk. {reason}").format(
            to=form.to, number=case.number, place=place, reason=form.reason
        )
    return _("Keadaan kasus {number} di {place} menurut catatan sampai saat ini.").format(
        number=case.number, place=place
    )


def _facts(case: Case) -> Facts:
    found = [
        (_("Perihal"), wording.title(case)),
        (_("Keadaan"), label(case.status)),
        (_("Tahap"), f"{int(case.stage)} {STAGE_LABELS[case.stage]}"),
        (_("Tentang"), ", ".join(label(each) for each in case.categories)),
        (_("Kejadian"), ", ".join(label(each) for each in case.acts) or _("belum ada yang teramati")),
        (_("Petugas"), case.assigned_to or _("belum ditugaskan")),
        (_("Jumlah laporan"), str(case.report_count)),
        (_("Dibuka"), local_time(case.opened_at, case.region)),
    ]
    if case.outcome:
        found.append((_("Hasil"), label(case.outcome)))
    return found


def _report(report: Document, code: str) -> dict[str, str]:
    told = report["report"]
    head = f"{told['ticket']} · {label(told['channel'])} · {local_time(report['at'], code)}"
    return {"head": head, "text": told["narrative"]}


def _steps(steps: list[Document], code: str) -> list[dict[str, str]]:
    """In their order, without what officials wrote among themselves: a document leaves the house."""
    return [_step(each, code) for each in reversed(steps) if each["kind"] != "noted"]


def _step(step: Document, code: str) -> dict[str, str]:
    head = f"{step['n']}. {local_time(step['at'], code)} · {wording.by(step)}"
    return {"head": head, "text": wording.text(step, code)}


def _last(steps: list[Document], kind: str) -> Document:
    """The newest step of a kind; steps come newest first."""
    return next(each for each in steps if each["kind"] == kind)
