"""Pages of directives: written, looked at before they go out, approved, followed, answered."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.language import _
from chassis.signin import Guarded, SignedIn
from contracts.regions import NATIONAL, level_of, region
from kemenag.permissions import Action, may, require, within
from kemenag.places import codes_of
from services.notification import channels
from services.notification.api import Alerts
from services.notification.directives.commands import Directives
from services.notification.directives.model import Directive, Draft, Progress, Receipt, Step
from services.notification.directives.reach import reach_of, shares
from services.notification.policy import FIELD

_LISTED = 50
_RECEIPTS = 200
_EXPORTED = 100_000
_AHEAD = {"=", "+", "-", "@", "\t", "\r"}

router = APIRouter(prefix="/notification/directives", include_in_schema=False)


def current_directives(request: Request) -> Directives:
    """The directives."""
    directives: Directives = request.app.state.directives
    return directives


Issued = Annotated[Directives, Depends(current_directives)]


class DirectiveForm(Draft):
    """A directive as it is written."""

    regions: str = Field(default=NATIONAL, max_length=500)


class Withdrawal(BaseModel):
    """Why it holds no more."""

    model_config = ConfigDict(str_strip_whitespace=True)
    reason: str = Field(min_length=3, max_length=500)


class Done(BaseModel):
    """What an office has done."""

    model_config = ConfigDict(str_strip_whitespace=True)
    note: str = Field(default="", max_length=1000)


@router.get("")
async def list_directives(
    request: Request, person: SignedIn, directives: Issued, after: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """What waits for approval; directives of the person's offices, and those issued in the person's regions."""
    found = [] if after else await directives.receive(person, now())
    known = {each.id for each in found}
    issued = await directives.issued(person, after, _LISTED + 1)
    others = [each for each in issued[:_LISTED] if each.id not in known]
    every = sorted([*found, *others], key=lambda each: each.id, reverse=True)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "directives.html",
        title=_("Arahan"),
        waiting=[] if after else await directives.waiting(person),
        directives=every,
        next=issued[_LISTED - 1].id if len(issued) > _LISTED else None,
        roles=sorted(FIELD),
        today=now().date(),
    )


@router.post("", dependencies=[Guarded])
async def propose(person: SignedIn, directives: Issued, form: Annotated[DirectiveForm, Form()]) -> Response:
    """Write one; it is looked at before it goes out."""
    draft = Draft.model_validate(form.model_dump(exclude={"regions"}))
    directive_id = await directives.propose(person, draft, codes_of(form.regions), now())
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.get("/{directive_id}")
async def directive(
    request: Request,
    directive_id: str,
    person: SignedIn,
    store: Alerts,
    directives: Issued,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """One directive. Opening it says nothing: a browser that looks ahead, or a link in a message, opens it, too."""
    row = await directives.load(directive_id, person)
    proposed = row.state.step is Step.PROPOSED
    wanted = {"state.directive_id": directive_id, **({"_id": {"$gt": after}} if after else {})}
    receipts = await store.receipts.rows(wanted, sort=[("_id", 1)], limit=_RECEIPTS + 1)
    mine = await directives.receipts_of(directive_id, person)
    # Everybody who was told opens the page: only who follows the whole is counted for.
    follows = not proposed and may(person, Action.ISSUE_DIRECTIVE, row.state.jurisdiction)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "directive.html",
        title=row.state.title,
        directive_id=directive_id,
        directive=row.state,
        wrote=person.sub == row.state.written_by,
        reach=await reach_of(store, row.state.regions, row.state.roles) if proposed else None,
        channels=channels.LABELS,
        messages=await store.count_messages(directive_id) if follows else {},
        waits_until=await store.waits_until(directive_id, now()) if follows else None,
        shares=shares(await store.progress_of(directive_id, _letters(row.state))) if follows else [],
        receipts=receipts[:_RECEIPTS],
        more=len(receipts) > _RECEIPTS,
        mine=[each.state for each in mine],
    )


def _letters(directive: Directive) -> int:
    """How much of an office's code names the region that is shown: provinces, or kabupaten within one."""
    provinces = {code[:2] for code in directive.regions}
    return 2 if NATIONAL in directive.regions or len(provinces) > 1 else 5 if _are_wide(directive) else 8


def _are_wide(directive: Directive) -> bool:
    return any(level_of(code) < 2 for code in directive.regions)


@router.post("/{directive_id}/approve", dependencies=[Guarded])
async def approve(request: Request, directive_id: str, person: SignedIn, directives: Issued) -> Response:
    """A second official lets it go out."""
    await directives.approve(directive_id, person, now())
    request.session["notice"] = _("Arahan dikirim ke setiap kantor sekarang.")
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.post("/{directive_id}/withdraw", dependencies=[Guarded])
async def withdraw(
    request: Request, directive_id: str, person: SignedIn, directives: Issued, form: Annotated[Withdrawal, Form()]
) -> Response:
    """It holds no more."""
    await directives.withdraw(directive_id, person, form.reason, now())
    request.session["notice"] = _("Arahan dicabut; yang sudah menerimanya diberi tahu.")
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.post("/{directive_id}/read", dependencies=[Guarded])
async def read(directive_id: str, person: SignedIn, directives: Issued) -> Response:
    """The person's offices have read it."""
    await directives.mark(directive_id, person, Progress.READ, now())
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.post("/{directive_id}/done", dependencies=[Guarded])
async def carried_out(
    directive_id: str, person: SignedIn, directives: Issued, form: Annotated[Done, Form()]
) -> Response:
    """The person's offices have carried it out."""
    await directives.mark(directive_id, person, Progress.DONE, now(), form.note)
    return RedirectResponse(f"/notification/directives/{directive_id}", 303)


@router.get("/{directive_id}/offices.csv")
async def export(directive_id: str, person: SignedIn, store: Alerts, directives: Issued) -> Response:
    """How far each office has come, for the spreadsheet of whoever issues directives there."""
    row = await directives.load(directive_id, person)
    require(person, Action.ISSUE_DIRECTIVE, row.state.jurisdiction)
    wanted = {"state.directive_id": directive_id, **within(person)}
    receipts = await store.receipts.rows(wanted, sort=[("_id", 1)], limit=_EXPORTED)
    headers = {"Content-Disposition": 'attachment; filename="arahan.csv"'}
    lines = _lines([each.state for each in receipts])
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _lines(receipts: list[Receipt]) -> Iterator[str]:
    yield "\ufeff" + _line("kode", "kantor", "diterima", "dibaca", "dilaksanakan", "keterangan")
    for each in receipts:
        times = (moment.isoformat() if moment else "" for moment in (each.delivered_at, each.read_at, each.done_at))
        yield _line(each.office, region(each.office).path, *times, each.note)


def _line(*cells: str) -> str:
    made = io.StringIO()
    cells = tuple(" ".join(each.replace(";", ",").split()) for each in cells)  # Excel here parts cells at semicolons
    # A cell that begins like a formula would be one in the reader's spreadsheet.
    csv.writer(made).writerow([f"'{each}" if each[:1] in _AHEAD else each for each in cells])
    return made.getvalue()
