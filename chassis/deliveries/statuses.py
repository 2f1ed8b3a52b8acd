"""What a channel's provider reports of deliveries after they were sent: arrived, read, or failed after all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregates import Aggregate, Aggregates
from chassis.deliveries.delivery import Delivery, Status
from chassis.deliveries.recorder import Results
from chassis.quarantine import READABLE
from contracts.base import Event


@dataclass(frozen=True)
class Reported:
    """One report. `reason` is a code for people's pages where it failed."""

    delivery_id: str
    status: Status
    at: datetime
    reason: str = ""


async def note(deliveries: Aggregates[Delivery], reports: Iterable[Reported], results: Results) -> None:
    """Bring deliveries on; reports may come late, twice and in any order, and of deliveries that are gone."""
    by_id: dict[str, list[Reported]] = {}
    for each in reports:
        by_id.setdefault(each.delivery_id, []).append(each)
    query = {"_id": {"$in": list(by_id)}, **READABLE}
    known = [each["_id"] async for each in deliveries.collection.find(query, {"_id": 1})]

    def decide(delivery: Aggregate[Delivery]) -> list[Event] | None:
        news = [each for each in by_id[delivery.id] if delivery.state.advance(each.status, each.at, each.reason)]
        return list(results(delivery.id, delivery.state)) if news else None

    if known:
        await deliveries.update_many(known, decide)
