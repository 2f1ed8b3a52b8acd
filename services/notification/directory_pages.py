"""What the administrator sees: the directory, who is away, and who would be called."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.language import N_, Labels, _
from chassis.problems import Problem, not_found
from chassis.signin import Guarded, SignedIn
from contracts.regions import ancestry, timezone_of
from contracts.vocabulary import Level
from kemenag.permissions import Action, may, require
from kemenag.places import code_of
from services.notification import channels, directory
from services.notification.absences import Absence, require_entitled
from services.notification.api import Alerts
from services.notification.coverage import NO_CHANNEL, NO_HEAD, NOBODY, ONE_PERSON, UNPROVEN, WEAK, coverage
from services.notification.people import People
from services.notification.proofs.commands import ways_of
from services.notification.proofs.model import Ways

_LARGEST = 10 * 1024 * 1024
_PEOPLE = 100

router = APIRouter(prefix="/notification", include_in_schema=False)


def current_people(request: Request) -> People:
    """The directory."""
    people: People = request.app.state.people
    return people


Listed = Annotated[People, Depends(current_people)]
HOLES: Labels[str] = Labels(
    {
        NOBODY: N_("Kosong: tidak ada pejabat di direktori."),
        NO_HEAD: N_("Tidak ada yang berwenang menerima pada tingkat ini."),
        NO_CHANNEL: N_("Yang berwenang tidak punya saluran selain kotak masuk."),
        UNPROVEN: N_("Belum terbukti bahwa pesan sampai kepada yang berwenang: kirim uji saluran."),
        ONE_PERSON: N_("Hanya satu orang yang berwenang."),
    }
)


@router.get("/directory")
async def officials(
    request: Request,
    person: SignedIn,
    people: Listed,
    store: Alerts,
    q: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
    imported: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The directory, and how far an import is."""
    require(person, Action.EDIT_DIRECTORY)
    listed, next = await people.search(q.strip(), after, _PEOPLE)
    absences = await store.absences.noted((each["_id"] for each in listed), now())
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "directory.html",
        title=_("Direktori pejabat"),
        officials=listed,
        absences=absences,
        next=next,
        q=q,
        imported=await people.progress(imported) if imported else None,
        columns=directory.COLUMNS,
    )


@router.get("/coverage")
async def show_coverage(
    request: Request,
    person: SignedIn,
    store: Alerts,
    region: Annotated[str, Query(max_length=100)] = "",
    level: Annotated[int, Query(ge=1, le=3)] = 2,
) -> Response:
    """Who would be called now, and where the ladder has holes: for who is in charge there, and the administrator."""
    action = Action.EDIT_DIRECTORY if may(person, Action.EDIT_DIRECTORY) else Action.SET_LEVEL
    require(person, action)
    found, problem, code = [], None, ""
    ways: Ways = {}
    policy = store.policies[Level(level)]
    try:
        code = code_of(region) if region.strip() else ""
    except Problem as unclear:
        problem = f"{unclear.title}. {unclear.detail}"
    if code:
        require(person, action, ancestry(code))
        contacts = await store.directory(ancestry(code))
        ways = await ways_of(store, {each.id for office in contacts.values() for each in office}, now())
        found = coverage(code, contacts, policy, ways)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "coverage.html",
        title=_("Siapa yang akan dihubungi?"),
        region_text=region,
        code=code,
        level=level,
        found=found,
        problem=problem,
        loud=policy.every_channel,
        minutes=int(policy.answer_within.total_seconds() // 60),
        channels=channels.LABELS,
        holes=HOLES,
        weak=WEAK,
        ways=ways,
    )


@router.post("/directory", dependencies=[Guarded])
async def import_officials(person: SignedIn, people: Listed, file: Annotated[UploadFile, File()]) -> Response:
    """Take a file; its rows are listed in the background, and the page shows how far that is."""
    require(person, Action.EDIT_DIRECTORY)
    content = await file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise Problem("file-too-large", 413, _("Berkas terlalu besar"), _("Paling besar 10 MB."))
    results = await asyncio.to_thread(directory.read, file.filename or "", content)
    import_id = await people.accept(results, now())
    return RedirectResponse(f"/notification/directory?imported={import_id}", 303)


class AwayForm(BaseModel):
    """Somebody will be away."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    begins: date
    ends: date
    substitute: str = Field(default="", max_length=200)


@router.post("/directory/{official_id}/away", dependencies=[Guarded])
async def away(
    request: Request,
    official_id: str,
    person: SignedIn,
    store: Alerts,
    people: Listed,
    form: Annotated[AwayForm, Form()],
) -> Response:
    """Let somebody be called instead of them, from the first day's morning to the last day's night, where they work."""
    require(person, Action.EDIT_DIRECTORY)
    official = await store.official(official_id)
    if official is None:
        raise not_found()
    zone = ZoneInfo(timezone_of(official.regions[0])[0])
    stands_in = await people.find_one_called(form.substitute) if form.substitute else None
    if stands_in:
        require_entitled(official, stands_in["role"], stands_in["regions"])
    absence = Absence(
        begins=datetime.combine(form.begins, time(), zone),
        ends=datetime.combine(form.ends, time(), zone) + timedelta(days=1),
        substitute=stands_in["_id"] if stands_in else None,
        substitute_name=stands_in["name"] if stands_in else "",
    )
    await store.absences.place(official_id, absence, now())
    request.session["notice"] = (
        _("{name} dihubungi sebagai pengganti.").format(name=absence.substitute_name)
        if stands_in
        else _("Tanpa pengganti: hanya pejabat lain di kantornya yang dihubungi.")
    )
    return RedirectResponse(f"/notification/directory?q={quote(official.name)}", 303)


@router.post("/directory/{official_id}/back", dependencies=[Guarded])
async def back(request: Request, official_id: str, person: SignedIn, store: Alerts) -> Response:
    """Somebody is back before their time."""
    require(person, Action.EDIT_DIRECTORY)
    await store.absences.end(official_id)
    request.session["notice"] = _("Dihubungi lagi seperti biasa.")
    return RedirectResponse("/notification/directory", 303)


@router.post("/directory/{official_id}/remove", dependencies=[Guarded])
async def remove_official(request: Request, official_id: str, person: SignedIn, people: Listed) -> Response:
    """Take somebody out of the directory."""
    require(person, Action.EDIT_DIRECTORY)
    if not await people.remove(official_id, now()):
        raise not_found()
    request.session["notice"] = _("Sudah dihapus dari direktori dan tidak akan dihubungi lagi.")
    return RedirectResponse("/notification/directory", 303)
