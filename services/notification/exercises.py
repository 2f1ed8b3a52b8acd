"""What an exercise showed: who was reached when, who took it, where the ladder broke; beside the last ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.aggregates import Row
from chassis.deliveries.delivery import Delivery, Status
from chassis.language import _
from chassis.signin import SignedIn
from contracts.regions import region
from contracts.vocabulary import Level, Rung
from kemenag.permissions import Action, require, within
from services.notification.api import Alerts
from services.notification.model import INBOX, Alert, Kind

_SHOWN = 20
_MOOT = ("alert_ended", "not_listed")
"""What was not tried, as nobody needed it any more."""
_REACHED = (Status.SENT, Status.DELIVERED, Status.READ)

router = APIRouter(prefix="/notification/exercises", include_in_schema=False)


@dataclass(frozen=True)
class Outcome:
    """One alert of an exercise."""

    alert_id: str
    place: str
    look: bool
    level: Level
    raised_at: datetime
    sent: int
    """Messages that left, and those that failed for good."""
    failed: int
    first_minutes: float | None
    """Minutes until the first message had left."""
    taken_by: str | None
    taken_minutes: float | None
    acted_minutes: float | None
    silent: tuple[Rung, ...]
    """Rungs that did not answer in time."""
    unanswered: bool


def outcome(row: Row[Alert], deliveries: Iterable[Delivery]) -> Outcome:
    """What came of an alert. Pure."""
    alert = row.state
    loud = [each for each in deliveries if each.channel != INBOX]
    left = [each for each in loud if each.status in _REACHED]
    first = min((each.finished_at for each in left if each.finished_at), default=None)
    taken = alert.takings[0] if alert.takings else None  # the first who took it
    return Outcome(
        alert_id=row.id,
        place=region(alert.region).path,
        look=alert.kind is Kind.LOOK,
        level=alert.level,
        raised_at=alert.raised_at,
        sent=len(left),
        failed=sum(each.status is Status.FAILED and each.reason not in _MOOT for each in loud),
        first_minutes=_minutes(alert.raised_at, first),
        taken_by=taken.by if taken else alert.acknowledged_by,
        taken_minutes=_minutes(alert.raised_at, taken.at if taken else alert.acknowledged_at),
        acted_minutes=_minutes(alert.raised_at, alert.acted_at),
        silent=tuple(sorted(set(alert.silent))),
        unanswered=alert.unanswered_at is not None,
    )


def _minutes(begin: datetime, end: datetime | None) -> float | None:
    return max((end - begin).total_seconds() / 60, 0.0) if end else None


def middle(outcomes: list[Outcome]) -> float | None:
    """The median of the minutes until somebody took it; None where nobody did."""
    taken = [each.taken_minutes for each in outcomes if each.taken_minutes is not None]
    return median(taken) if taken else None


@router.get("")
async def exercises(request: Request, person: SignedIn, store: Alerts) -> Response:
    """The newest exercises in the person's regions."""
    require(person, Action.SEE_ALERTS)
    wanted = {"state.exercise": True, **within(person)}
    rows = await store.alerts.rows(wanted, sort=[("state.raised_at", -1)], limit=_SHOWN)
    found = [outcome(row, [each for _id, each in await store.deliveries_of(row.id)]) for row in rows]
    half = len(found) // 2
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "exercises.html",
        title=_("Hasil latihan"),
        outcomes=found,
        newer=middle(found[: half or 1]),
        older=middle(found[half:]) if half else None,
    )
