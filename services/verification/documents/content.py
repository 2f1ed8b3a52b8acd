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
REPORTS, STEPS = 50, 200
"""How much of a case a document holds: the newest."""


def content_of(
    form: DocumentForm,
    case: Case,
    reports: list[Document],
    steps: list[Document],
    verified: Document | None,
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
            "findings": _findings(verified, case) if form.kind is Kind.MINUTES else "",
            "left_out": _left_out(form.kind, case),
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
    content = report["report"]
    head = f"{content['ticket']} · {label(content['channel'])} · {local_time(report['at'], code)}"
    return {"head": head, "text": content["narrative"]}


def _steps(steps: list[Document], code: str) -> list[dict[str, str]]:
    """In their order, without what officials wrote among themselves: a document leaves the house."""
    return [_step(each, code) for each in reversed(steps) if each["kind"] != "noted"]


def _step(step: Document, code: str) -> dict[str, str]:
    head = f"{step['n']}. {local_time(step['at'], code)} · {wording.by(step)}"
    return {"head": head, "text": wording.text(step, code)}


def _findings(verified: Document | None, case: Case) -> str:
    """The verdict as its step tells it; as the case has it where release 0.1 wrote the step."""
    if verified is not None:
        return wording.text(verified, case.region)
    return label(case.verdict) if case.verdict else ""


def _left_out(kind: Kind, case: Case) -> str:
    """What a document that cannot hold all of a case says of the rest."""
    parts = []
    if kind is not Kind.REFERRAL and case.report_count > REPORTS:
        parts.append(_("{shown} laporan terbaru dari {count}").format(shown=REPORTS, count=case.report_count))
    if kind is Kind.REPORT and case.steps > STEPS:
        parts.append(_("{shown} langkah terbaru dari {count}").format(shown=STEPS, count=case.steps))
    return "; ".join(parts)
