"""What notification keeps: the directory, alerts, directives."""

from collections.abc import Iterable
from dataclasses import dataclass

from pymongo import IndexModel

from chassis.foundation import Foundation
from chassis.store import Aggregates, Collection
from services.notification.model import Alert, Directive, Directory, Office, Official


@dataclass
class Store:
    """Notification's collections."""

    officials: Collection
    offices: Aggregates[Office]
    alerts: Aggregates[Alert]
    directives: Aggregates[Directive]

    async def directory(self, offices: Iterable[str]) -> Directory:
        """The officials of some offices."""
        codes = list(set(offices))
        found: Directory = {}
        async for each in self.officials.find({"regions": {"$in": codes}}):
            official = Official.model_validate(each)
            for code in official.regions:
                found.setdefault(code, []).append((each["_id"], official))
        return found

    async def official(self, id: str) -> Official | None:
        """One official."""
        found = await self.officials.find_one({"_id": id})
        return Official.model_validate(found) if found else None


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    return Store(
        officials=foundation.collection("officials", [IndexModel("regions")]),
        offices=foundation.aggregates("offices", Office),
        alerts=foundation.aggregates(
            "alerts",
            Alert,
            [
                IndexModel([("state.called", 1), ("state.state", 1), ("state.raised_at", -1)]),
                IndexModel([("state.subject", 1), ("state.state", 1)]),
                IndexModel("state.deadline", partialFilterExpression={"state.state": "raised"}),
                IndexModel("state.deliveries.due", partialFilterExpression={"state.deliveries.status": "queued"}),
            ],
        ),
        directives=foundation.aggregates("directives", Directive, [IndexModel("state.receipts.office")]),
    )
