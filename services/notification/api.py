"""Notification's JSON: the inbox and its acknowledgement."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from chassis.clock import now
from chassis.permissions import Action, require, within
from chassis.signin import SignedIn
from chassis.store import Kept
from services.notification import commands
from services.notification.model import Alert
from services.notification.store import Store


def shown(kept: Kept[Alert]) -> dict[str, Any]:
    """An alert as JSON: who was called is told by office and channel, never by name."""
    body = kept.state.model_dump(mode="json", exclude={"deliveries"})
    hops = [each.model_dump(mode="json", exclude={"official"}) for each in kept.state.deliveries]
    return {"alert_id": kept.id, **body, "deliveries": hops}


def router(store: Store) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/notification/v1", tags=["alerts"])

    @routes.get("/alerts")
    async def alerts(person: SignedIn, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> dict[str, Any]:
        """The newest alerts that called one of the person's offices."""
        require(person, Action.SEE_ALERTS)
        found = await store.alerts.find(within(person, "state.called"), [("state.raised_at", -1)], limit)
        return {"alerts": [shown(each) for each in found]}

    @routes.get("/alerts/{alert_id}")
    async def alert(alert_id: str, person: SignedIn) -> dict[str, Any]:
        """One alert with its hops."""
        return shown(await commands.load_alert(store, alert_id, person, Action.SEE_ALERTS))

    @routes.post("/alerts/{alert_id}/acknowledge")
    async def acknowledge(alert_id: str, person: SignedIn) -> dict[str, Any]:
        """Take it; the ladder stops."""
        return shown(await commands.acknowledge(store, alert_id, person, now()))

    return routes
