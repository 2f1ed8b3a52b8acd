"""The next release, as far as rolling to it goes: `python -m tests.journeys.next_release NAME`.

A case has a field more and a higher schema; an event carries it. All of it only grows, as CONTRIBUTING asks.
"""

import sys
from collections.abc import Sequence
from typing import Any

import uvloop

from chassis.aggregates import Aggregates, Upgrade
from chassis.foundation import Foundation
from contracts.events import ReportsJoined
from rukun.services import serve
from services.verification import model

_aggregates = Foundation.aggregates


class Case(model.Case):
    urgency: str = "unset"


class Joined(ReportsJoined):
    urgency: str = "low"


def upgrade_to_3(state: dict[str, Any]) -> dict[str, Any]:
    return {**state, "urgency": "high" if state["level"] >= 2 else "low"}


def aggregates(
    self: Foundation, collection: str, kind: type[Any], indexes: Sequence[Any] = (), upgrades: Sequence[Upgrade] = ()
) -> Aggregates[Any]:
    if collection == "cases" and kind is not Case and issubclass(Case, kind):
        kind, upgrades = Case, [*upgrades, upgrade_to_3]
    return _aggregates(self, collection, kind, indexes, upgrades)


if __name__ == "__main__":
    Foundation.aggregates = aggregates  # type: ignore[method-assign]
    model.Case, model.ReportsJoined = Case, Joined  # type: ignore[misc]
    uvloop.run(serve(sys.argv[1:]))
