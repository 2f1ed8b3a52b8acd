"""Whom a directive reaches, and whom not: seen before it is sent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.regions import NATIONAL, children, level_of, region
from services.notification.store import Store, is_inside

_SHOWN = 100


@dataclass(frozen=True)
class Reach:
    """Offices and people of some regions."""

    offices: int
    people: int
    by_channel: dict[str, int]
    silent: int
    """People who see it only when they sign in."""
    empty: int
    """Offices without anybody."""
    empty_shown: tuple[tuple[str, tuple[str, ...]], ...]
    """The first of them, by the region above them."""


async def reach_of(store: Store, regions: tuple[str, ...], roles: tuple[str, ...]) -> Reach:
    """Whom a directive to these regions and roles would reach now."""
    manned: set[str] = set()
    by_channel: dict[str, int] = {}
    people = silent = 0
    async for _, official in store.officials_in(regions, roles):
        people += 1
        manned.update(code for code in official.regions if is_inside(code, regions))
        channels = store.addresses(official)
        silent += not channels
        for each in channels:
            by_channel[each] = by_channel.get(each, 0) + 1
    offices = list(dict.fromkeys(each for code in regions for each in _below(code)))
    empty = [code for code in offices if code not in manned]
    named: dict[str, tuple[str, ...]] = {}
    for code in empty[:_SHOWN]:
        above = region(code).path.partition(", ")[2]
        named[above] = (*named.get(above, ()), region(code).name)
    return Reach(len(manned), people, by_channel, silent, len(empty), tuple(named.items()))


def _below(code: str) -> Iterator[str]:
    """The offices of a region: its own, and those of all regions below."""
    yield code
    if level_of(code) < 3 or code == NATIONAL:
        for each in children(code):
            yield from _below(each.code)


def shares(counts: Iterable[tuple[str, int, int, int]]) -> list[dict[str, object]]:
    """How far each region has come, worst first. Takes region, offices, read, done."""
    rows = [
        {"region": code, "offices": offices, "read": read, "done": done, "share": done / offices if offices else 0.0}
        for code, offices, read, done in counts
    ]
    return sorted(rows, key=lambda each: (each["share"], each["region"]))
