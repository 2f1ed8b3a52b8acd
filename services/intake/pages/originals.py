"""For who works on a case: what its reporters wrote, word for word, with numbers and addresses."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.clock import now
from chassis.language import _
from chassis.problems import not_found
from chassis.signin import SignedIn
from kemenag.permissions import Action, require
from services.intake.api import Reports
from services.intake.pages.rendering import show

router = APIRouter(prefix="/intake", include_in_schema=False)


@router.get("/originals/{report_id}")
async def originals(request: Request, report_id: str, person: SignedIn, store: Reports) -> Response:
    require(person, Action.HANDLE_CASE)
    row = await store.reports.get(report_id)
    if row is None:
        raise not_found()
    require(person, Action.HANDLE_CASE, row.state.jurisdiction)
    # Recorded before it is shown: nobody reads without a trace.
    await store.openings.record_reading(row, person, now())
    answer = show(
        request,
        "originals.html",
        title=_("Tulisan asli"),
        ticket=row.state.ticket,
        region=row.state.region,
        case_id=row.state.case_id,
        texts=list(store.originals.open(row.id, row.state)),
        destroyed="text" in row.state.destroyed,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
