"""The public form: a report in five minutes, without an account."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile

from chassis.clock import new_id, now
from chassis.database import insert_new
from chassis.language import _
from chassis.problems import Problem, reason_of
from chassis.signin import who
from contracts.regions import Region, jurisdiction, search_regions, timezone_of
from contracts.vocabulary import Act, Category, Channel, ReporterKind
from kemenag.permissions import proof_of
from services.intake.api import Configured, PseudonymKey, Reports
from services.intake.attachments.photos import clean
from services.intake.attachments.store import PHOTO_TYPE
from services.intake.commands import Sender, accept_report, find_by_ticket, offices_for
from services.intake.model import ReportForm, digest_of
from services.intake.pages.proofs import remember
from services.intake.pages.rendering import show
from services.intake.pages.uploads import read_upload
from services.intake.settings import IntakeSettings
from services.intake.store import Store

_BLANK: dict[str, Any] = {
    **dict.fromkeys(
        ("region_text", "narrative", "place", "when", "involved", "injured", "dead", "name", "contact"), ""
    ),
    **{"categories": [], "acts": [], "kind": "anonymous", "consent": False},
}
_MOST_PHOTOS = 5
_LARGEST_PHOTO = 10 * 1024 * 1024


class SentForm(BaseModel):
    """The fields of the form as a browser sends them; what is wrong with them is told on the form itself."""

    idempotency: str = Field(max_length=100)
    region_text: str = Field(default="", max_length=200)
    region_code: str = Field(default="", max_length=10)
    categories: list[str] = []
    acts: list[str] = []
    narrative: str = ""
    place: str = Field(default="", max_length=300)
    when: str = Field(default="", max_length=40)
    involved: str = Field(default="", max_length=9)
    injured: str = Field(default="", max_length=9)
    dead: str = Field(default="", max_length=9)
    ongoing: bool = False
    kind: str = "anonymous"
    name: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=200)
    consent: bool = False


router = APIRouter(prefix="/intake", include_in_schema=False)


@router.get("/report")
async def empty_form(request: Request, settings: Configured) -> Response:
    return show(request, "report.html", **_form_values(settings, idempotency=new_id()))


@router.post("/report")
async def send_form(
    request: Request, store: Reports, settings: Configured, key: PseudonymKey, form: Annotated[SentForm, Form()]
) -> Response:
    """Accept what the form holds, or show it again with what is missing."""
    await request.app.state.limits.take_for(request, "reports", settings.reports_rate)
    given = form.model_dump(exclude={"idempotency"})
    found = _regions(form.region_text, form.region_code)

    def again(mistakes: list[str], which: list[Region]) -> Response:
        values = _form_values(settings, form.idempotency, given, mistakes, which)
        return show(request, "report.html", status_code=422, **values)

    if errors := _errors(given, found):
        return again(errors, found if len(found) > 1 else [])
    report = _to_form(given, found[0].code, settings.notice_version)
    if isinstance(report, str):
        return again([report], [])
    try:
        attachments = await _store_photos(store, await _photos(request), jurisdiction(report.region), form.idempotency)
    except Problem as problem:
        return again(
            [_("{title}. {detail} Pilih foto lagi.").format(title=problem.title, detail=problem.detail)], found
        )
    # Who wants no name gets none, signed in or not.
    person = None if report.reporter.kind is ReporterKind.ANONYMOUS else await who(request)
    by = Sender(
        channel=Channel.WEB,
        sender=f"account:{person.sub}" if person else None,
        provenance=proof_of(person),
        digest=digest_of(json.dumps(given, sort_keys=True).encode()),
        idempotency=f"web:{form.idempotency}",
        attachments=attachments,
    )
    accepted = await accept_report(store, key, report, by, now())
    # Shown at once and nowhere else: an address ends up in histories, and a cookie can be read by who has the phone.
    # Sent again, the form shows the same ticket.
    remember(request, accepted.ticket, key)
    row = await find_by_ticket(store, accepted.ticket)
    offices = await offices_for(store, row.state)
    return show(
        request, "thanks.html", title=_("Laporan diterima"), tab=_("Formulir"), accepted=accepted, offices=offices
    )


async def _photos(request: Request) -> list[UploadFile]:
    return [each for each in (await request.form()).getlist("photos") if isinstance(each, UploadFile)]


def _form_values(
    settings: IntakeSettings,
    idempotency: str,
    given: dict[str, Any] | None = None,
    errors: list[str] | None = None,
    which: list[Region] | None = None,
) -> dict[str, Any]:
    return {
        "title": _("Buat laporan"),
        "tab": _("Formulir"),
        "idempotency": idempotency,
        "given": {**_BLANK, **(given or {})},
        "errors": errors or [],
        "which": which or [],
        "categories": list(Category),
        "acts": list(Act),
        "notice": settings.notice_version,
    }


def _regions(text: str, code: str) -> list[Region]:
    if code and (found := search_regions(code)):
        return found[:1]
    return search_regions(text) if text.strip() else []


def _errors(given: dict[str, Any], found: list[Region]) -> list[str]:
    errors = []
    if not found:
        errors.append(_("Tempat belum ditemukan. Tulis nama kecamatan, misalnya “Gambir”."))
    if len(found) > 1:
        errors.append(_("Ada beberapa tempat dengan nama itu. Pilih yang benar di bawah."))
    if not given["categories"]:
        errors.append(_("Pilih sedikitnya satu hal yang dilaporkan."))
    if len(given["narrative"].strip()) < 10:
        errors.append(_("Ceritakan sedikitnya satu kalimat tentang apa yang Anda lihat atau dengar."))
    if given["kind"] != "anonymous" and not given["consent"]:
        errors.append(_("Setujui pemberitahuan privasi bila Anda menyebut nama atau nomor, atau pilih tanpa nama."))
    errors += [
        _("Jumlah “{given}” bukan bilangan.").format(given=given[each])
        for each in ("involved", "injured", "dead")
        if given[each] and not (given[each].isascii() and given[each].isdigit())
    ]
    return errors


def _to_form(given: dict[str, Any], code: str, notice: str) -> ReportForm | str:
    named = given["kind"] != ReporterKind.ANONYMOUS
    people = {each: int(given[each]) if given[each] else None for each in ("involved", "injured", "dead")}
    try:
        return ReportForm.model_validate(
            {
                "region": code,
                "categories": given["categories"],
                "acts": given["acts"],
                "narrative": given["narrative"],
                "place": given["place"] or None,
                "occurred_at": _when(given["when"], code),
                "people": people,
                "ongoing": given["ongoing"],
                "reporter": {
                    "kind": given["kind"],
                    "name": given["name"] or None if named else None,
                    "contact": given["contact"] or None if named else None,
                    "consent": notice if named else None,
                },
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        return f"{first['loc'][-1]}: {reason_of(first)}"
    except ValueError:
        return _("Waktu tidak terbaca. Pilih salah satu.")


def _when(text: str, code: str) -> datetime | None:
    """`datetime-local` of a browser, or one of the three words, in the region's own time."""
    if not text:
        return None
    if text == "now":
        return now()
    if text == "today":
        return now() - timedelta(hours=3)
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone_of(code)[0]))


async def _store_photos(
    store: Store, photos: list[UploadFile], where: tuple[str, ...], idempotency: str
) -> tuple[str, ...]:
    given = [each for each in photos if each.filename]
    if len(given) > _MOST_PHOTOS:
        raise Problem(
            "too-many-photos", 422, _("Terlalu banyak foto"), _("Paling banyak {most} foto.").format(most=_MOST_PHOTOS)
        )
    stored: list[str] = []
    for count, each in enumerate(given):
        content = await clean(await read_upload(each, _LARGEST_PHOTO))
        # The form's own key: sent twice, a photo is stored once.
        stored.append(hashlib.sha256(f"photo:{idempotency}:{count}".encode()).hexdigest()[:32])
        fields = store.attachments.sealed(stored[-1], content, PHOTO_TYPE)
        photo = {"_id": stored[-1], **fields, "jurisdiction": list(where), "at": now()}
        await insert_new(store.attachments.collection, [photo])
    return tuple(stored)
