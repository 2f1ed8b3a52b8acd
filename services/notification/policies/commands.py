"""The ladder in force: kept up to date in each replica, written by one official and approved by another."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from chassis.aggregates import Aggregate
from chassis.database import Document
from chassis.identity import Person
from chassis.quarantine import READABLE, Unreadable
from contracts.base import Event
from kemenag.permissions import Action, office_of, require
from services.notification.model import Kind
from services.notification.policies import model
from services.notification.policies.model import BOUNDS, LADDER, Ladder, Past, Rule, Version
from services.notification.policy import LOOK, Policies
from services.notification.store import Store

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 2.0
_LOOKED_BACK = timedelta(days=365)
_MOST = 50_000


class InForce:
    """Keeps `store.policies` what was approved last. Each replica looks every two seconds, long before it has joined
    the topics at a start; where nothing is to be had, what held last goes on holding."""

    def __init__(self, store: Store, base: Policies) -> None:
        self._store = store
        self.base = base
        """What the release and its settings say."""

    async def refresh_always(self) -> None:
        """Look for what changed, until cancelled."""
        while True:
            try:
                await self.refresh()
            except (PyMongoError, Unreadable) as error:
                log.warning("policies not refreshed", reason=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def refresh(self) -> None:
        """Take what holds now."""
        version = (await ladder_of(self._store)).in_force
        # No await between reading and taking: an alert is raised under the one or the other, never half of each.
        self._store.policies = model.policies_of(self.base, version.rules if version else {})

    async def propose(self, person: Person, rules: dict[str, Rule], reason: str, at: datetime) -> None:
        """Write a version, for a second official to approve."""
        require(person, Action.EDIT_POLICY)
        version = Version(n=0, rules=rules, reason=reason, by=office_of(person), account=person.sub, at=at)

        def write(loaded: Aggregate[Ladder]) -> list[Event]:
            model.propose(loaded.state, version)
            return []

        await self._store.ladders.update(LADDER, write, lambda _: Ladder())

    async def decide(self, person: Person, n: int, approves: bool, at: datetime) -> None:
        """Let a version hold, or refuse it."""
        require(person, Action.EDIT_POLICY)

        def write(loaded: Aggregate[Ladder]) -> list[Event]:
            model.decide(loaded.state, n, person.sub, office_of(person), approves, at)
            return []

        await self._store.ladders.update(LADDER, write, lambda _: Ladder())
        await self.refresh()


async def ladder_of(store: Store) -> Ladder:
    """All versions."""
    row = await store.ladders.get(LADDER)
    return row.state if row else Ladder()


async def past(store: Store, at: datetime) -> list[Past]:
    """What became of the last year's alerts, the newest first."""
    wanted = {"state.raised_at": {"$gt": at - _LOOKED_BACK}, "state.exercise": {"$ne": True}, **READABLE}
    names = ("kind", "level", "raised_at", "acknowledged_at", "acted_at", "ended_at", "takings.at")
    fields = {f"state.{name}": 1 for name in names}
    found = store.alerts.collection.find(wanted, fields).sort("state.raised_at", -1).limit(_MOST)
    return [known async for each in found if (known := _past(each["state"])) is not None]


def _past(state: Document) -> Past | None:
    """Half a document tells nothing."""
    of = LOOK if state.get("kind") == Kind.LOOK else str(state.get("level"))
    raised = state.get("raised_at")
    if of not in BOUNDS or not isinstance(raised, datetime):
        return None
    taken = [each.get("at") for each in state.get("takings") or ()]
    answered = _first(*taken, state.get("acknowledged_at"), state.get("acted_at"), state.get("ended_at"))
    acted = _first(state.get("acted_at"), state.get("ended_at"))
    return Past(of, answered - raised if answered else None, acted - answered if acted and answered else None)


def _first(*moments: Any) -> datetime | None:
    return min((each for each in moments if isinstance(each, datetime)), default=None)
