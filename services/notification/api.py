"""Notification's JSON: the inbox and its acknowledgement."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.aggregates import Aggregate, Row
from chassis.clock import now
from chassis.deliveries.delivery import Delivery
from chassis.signin import SignedIn
from kemenag.permissions import Action, require, within
from services.notification import commands
from services.notification.model import Alert
from services.notification.store import Store

router = APIRouter(prefix="/notification/v1", tags=["alerts"])


def current_store(request: Request) -> Store:
    """The service's store."""
    store: Store = request.app.state.store
    return store


Alerts = Annotated[Store, Depends(current_store)]


_NAMELESS = {"__all__": {"who"}}
_HIDDEN: Any = {"queued": True, "lapsed": True, "takings": _NAMELESS, "refusals": _NAMELESS}


class Refusal(BaseModel):
    """Why somebody who was called cannot."""

    model_config = ConfigDict(str_strip_whitespace=True)
    reason: str = Field(min_length=3, max_length=500)


def shown(alert: Row[Alert] | Aggregate[Alert]) -> dict[str, Any]:
    """An alert as JSON."""
    return {"alert_id": alert.id, **alert.state.model_dump(mode="json", exclude=_HIDDEN)}


def _hop(id: str, delivery: Delivery) -> dict[str, Any]:
    """Who was called: by office and channel, never by name."""
    return {
        "id": id,
        "office": delivery.content["office"],
        "rung": delivery.content["rung"],
        "channel": delivery.channel,
        "status": delivery.status,
        "tries": delivery.attempts,
        "due": delivery.due_at,
        "done_at": delivery.finished_at,
        "detail": delivery.reason,
    }


@router.get("/alerts")
async def list_alerts(
    person: SignedIn, store: Alerts, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    """The newest alerts that called one of the person's offices."""
    require(person, Action.SEE_ALERTS)
    found = await store.alerts.rows(within(person, "state.called"), sort=[("state.raised_at", -1)], limit=limit)
    return {"alerts": [shown(each) for each in found]}


@router.get("/alerts/{alert_id}")
async def get_alert(alert_id: str, person: SignedIn, store: Alerts) -> dict[str, Any]:
    """One alert with its deliveries."""
    row = await commands.load_alert(store, alert_id, person, Action.SEE_ALERTS)
    return {**shown(row), "deliveries": [_hop(*each) for each in await store.deliveries_of(alert_id)]}


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(alert_id: str, person: SignedIn, store: Alerts) -> dict[str, Any]:
    """Take it; where that is enough, the ladder stops."""
    return shown(await commands.acknowledge(store, alert_id, person, now()))


@router.post("/alerts/{alert_id}/take-over")
async def take_over(alert_id: str, person: SignedIn, store: Alerts) -> dict[str, Any]:
    """Take it from the office that has it."""
    return shown(await commands.take_over(store, alert_id, person, now()))


@router.post("/alerts/{alert_id}/refuse")
async def refuse(alert_id: str, body: Refusal, person: SignedIn, store: Alerts) -> dict[str, Any]:
    """Cannot; the next rung is called at once."""
    return shown(await commands.refuse(store, alert_id, person, body.reason, now()))
