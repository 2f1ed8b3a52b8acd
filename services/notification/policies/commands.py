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
from contracts.regions import NATIONAL
from kemenag.permissions import Action, office_of, require
from services.notification import answers
from services.notification.commands import policy_of
from services.notification.model import Kind, Loaded, State
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
            except PyMongoError as error:
                log.warning("policies not refreshed", reason=type(error).__name__)
            except Unreadable as error:  # after a start the settings hold until somebody mends it
                log.error("policies cannot be read", reason=str(error))
            await asyncio.sleep(_LOOK_SECONDS)

    async def refresh(self) -> None:
        """Take what holds now."""
        version = (await ladder_of(self._store)).in_force
        # No await between reading and taking: an alert is raised under the one or the other, never half of each.
        self._store.policies = model.policies_of(self.base, version.rules if version else {})

    async def propose(self, person: Person, rules: dict[str, Rule], reason: str, at: datetime) -> None:
        """Write a version, for a second official to approve."""
        _require_centre(person)
        version = Version(n=0, rules=rules, reason=reason, by=office_of(person), account=person.sub, at=at)

        def write(loaded: Aggregate[Ladder]) -> list[Event]:
            model.propose(loaded.state, version)
            return []

        await self._store.ladders.update(LADDER, write, lambda _: Ladder())

    async def decide(self, person: Person, n: int, approves: bool, at: datetime) -> None:
        """Let a version hold, or refuse it."""
        _require_centre(person)

        def write(loaded: Aggregate[Ladder]) -> list[Event]:
            model.decide(loaded.state, n, person.sub, office_of(person), approves, at)
            return []

        await self._store.ladders.update(LADDER, write, lambda _: Ladder())
        await self.refresh()
        await self._settle(at)

    async def _settle(self, at: datetime) -> None:
        """Alerts that have by the new rules all whom they wanted wait for nobody any more. Who dies before this finds
        them settled when their time is over."""
        raised = {"state.state": State.RAISED.value, "state.takings.0": {"$exists": True}}

        def settle(alert: Loaded) -> list[Event] | None:
            policy = policy_of(self._store, alert.state)
            waits = alert.state.state is State.RAISED and answers.is_settled(alert.state, policy)
            return answers.settle(alert, policy, at) if waits else None

        ids = [row.id for row in await self._store.alerts.rows(raised)]
        if ids:
            await self._store.alerts.update_many(ids, settle)


async def ladder_of(store: Store) -> Ladder:
    """All versions."""
    row = await store.ladders.get(LADDER)
    return row.state if row else Ladder()


async def past(store: Store, at: datetime) -> list[Past]:
    """What became of the last year's alerts, the newest first."""
    wanted = {"state.raised_at": {"$gt": at - _LOOKED_BACK}, "state.exercise": {"$ne": True}, **READABLE}
    names = ("kind", "level", "raised_at", "acted_at", "ended_at", "takings.at", "takings.rung", "case_id", "lapsed")
    fields = {f"state.{name}": 1 for name in names}
    found = store.alerts.collection.find(wanted, fields).sort("state.raised_at", -1).limit(_MOST)
    return [known async for each in found if (known := _past(each["state"], at)) is not None]


def _past(state: Document, at: datetime) -> Past | None:
    """Half a document tells nothing."""
    of = LOOK if state.get("kind") == Kind.LOOK else str(state.get("level"))
    raised = state.get("raised_at")
    if of not in BOUNDS or not isinstance(raised, datetime):
        return None
    rungs: dict[Any, datetime] = {}
    takings = state.get("takings")
    for each in takings if isinstance(takings, list) else ():
        if isinstance(each, dict) and isinstance(each.get("at"), datetime):
            rungs.setdefault(each.get("rung"), each["at"])
    over = [each for each in (state.get("acted_at"), state.get("ended_at")) if isinstance(each, datetime)]
    return Past(
        of=of,
        age=at - raised,
        taken=tuple(sorted(each - raised for each in rungs.values())),
        acted=min(over) - raised if over else None,
        promised=bool(state.get("case_id")),
        lapsed=bool(state.get("lapsed")),
    )


def _require_centre(person: Person) -> None:
    """The ladder is the whole country's: the right alone, in one province, is not enough."""
    require(person, Action.EDIT_POLICY)
    require(person, Action.EDIT_POLICY, (NATIONAL,))
