"""The one level of an area: the higher of what its statistics say and of its gravest open case.

Badge, tile, map, list, brief and API take it from here, so that no two of them disagree; both parts are shown.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.database import inside
from chassis.identity import Person
from contracts.vocabulary import Level
from kemenag.permissions import within
from services.escalation.area import AreaScore
from services.escalation.store import Store

_AREA = 5
"""Letters of the code of a kabupaten or kota."""


@dataclass(frozen=True)
class Tally:
    """Real cases above Normal: how many, and the highest level."""

    cases: int
    level: Level


@dataclass(frozen=True)
class Standing:
    """Where a kabupaten or kota stands."""

    statistics: Level = Level.NORMAL
    cases: Level = Level.NORMAL
    has_data: bool = False
    """Whether anything was ever reported there: silence is no calm."""

    @property
    def level(self) -> Level:
        """The level that everybody shows."""
        return max(self.statistics, self.cases)


def standings(areas: Mapping[str, AreaScore], tallies: Mapping[str, Tally]) -> dict[str, Standing]:
    """The standing of each area that is scored or has a case above Normal."""
    cases: dict[str, Level] = {}
    for code, tally in tallies.items():
        area = code[:_AREA]
        cases[area] = max(cases.get(area, Level.NORMAL), tally.level)
    return {
        code: Standing(
            statistics=areas[code].level if code in areas else Level.NORMAL,
            cases=cases.get(code, Level.NORMAL),
            has_data=code in cases or (code in areas and _has_reported(areas[code])),
        )
        for code in sorted({*areas, *cases})
    }


def _has_reported(area: AreaScore) -> bool:
    return area.level > Level.NORMAL or bool(area.score and area.score.has_reported)


def tally_of(found: Iterable[Standing]) -> Counter[Level | None]:
    """How many areas stand at each level; None are those that nothing was ever reported of."""
    return Counter(each.level if each.has_data else None for each in found)


def above_normal(person: Person, code: str) -> dict[str, Any]:
    """The query of the cases above Normal in a region that a person may see."""
    wanted = {**within(person), "state.level": {"$gt": 0}}
    return wanted if code == "ID" else {**wanted, "state.region": inside(code)}


async def case_tallies(store: Store, person: Person, code: str) -> dict[str, Tally]:
    """The tally of each region that has such cases, however many there are: counted by the database."""
    wanted = {**above_normal(person, code), "state.exercise": False}
    group = {"_id": "$state.region", "cases": {"$sum": 1}, "level": {"$max": "$state.level"}}
    found = await store.cases.collection.aggregate([{"$match": wanted}, {"$group": group}])
    return {each["_id"]: Tally(each["cases"], Level(each["level"])) async for each in found}
