"""Files of events: `date,area[,weight][,lat,lng][,province][,size]`, and of areas that may have had none."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from chassis.language import _
from services.escalation.backtest.places import listed_areas, places_of
from services.escalation.backtest.rows import NO_COLUMNS, Columns, WrongFile, rows_of
from services.escalation.warning.counts import Counts
from services.escalation.warning.hierarchy import Hierarchy


@dataclass(frozen=True, eq=False)
class History:
    """Events by area and day."""

    places: Hierarchy
    counts: Counts
    first: date
    last: date
    events: int
    sized: bool
    """Whether the areas' sizes are known."""
    unplaced: int = 0
    """Lines without an area, which are left out."""
    unknown: tuple[str, ...] = ()
    """Areas that were not recognised, in a file that is about Indonesia."""


def read_history(path: Path, areas: Path | None = None, columns: Columns = NO_COLUMNS) -> History:
    """Events of a file, in the areas it names and those of `areas`."""
    given = list(rows_of(path, ("date", "area"), columns))
    rows = [row for row in given if row.values["area"].strip()]
    if not rows:
        raise WrongFile(_("{name} tidak berisi kejadian yang berwilayah").format(name=path.name))
    places = places_of([*rows, *(listed_areas(areas, columns) if areas else ())])
    days = [row.day() for row in rows]
    first, last = min(days), max(days)
    counts = Counts(len(places.areas.codes), first, years=(last - first).days // 364 + 2)
    counts.since = first
    weights = [row.whole("weight", 1) for row in rows]
    for row, day, weight in zip(rows, days, weights, strict=True):
        counts.add(places.areas.index[places.meant[row.area()]], day, weight)
    unplaced = len(given) - len(rows)
    return History(places.areas, counts, first, last, sum(weights), places.sized, unplaced, places.unknown)
