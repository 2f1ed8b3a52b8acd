"""Where things are drawn: a region's weeks, and the country as a map of points. Pure."""

from dataclasses import dataclass

import numpy as np

from contracts.regions import region
from contracts.vocabulary import Level
from services.escalation.area import AreaScore
from services.escalation.country import Country
from services.escalation.rounds import Score
from services.escalation.warning.detector import upper_tail

_BAR, _HEIGHT, _GROUND = 20, 90.0, 100.0
_SHARE_BEYOND = 0.05
_WEST, _NORTH, _SCALE = 94.5, 6.5, 20.0


@dataclass(frozen=True)
class Bar:
    """One week's bar, in the units of the drawing."""

    x: float
    y: float
    height: float
    count: int
    ago: int


@dataclass(frozen=True)
class Weeks:
    """A region's weekly counts, with the band that 19 of 20 usual weeks stay in."""

    bars: list[Bar]
    width: float
    usual_y: float
    most_y: float
    most: int
    highest: int


def weeks_of(area: AreaScore, score: Score) -> Weeks:
    """The drawing of an area's weeks."""
    most = usual_most(score)
    top = max([*area.weekly, most, 3])
    bars = [
        Bar(n * _BAR + 2, _y(count, top), _GROUND - _y(count, top), count, len(area.weekly) - 1 - n)
        for n, count in enumerate(area.weekly)
    ]
    return Weeks(bars, len(area.weekly) * _BAR, _y(score.expected, top), _y(most, top), most, max(area.weekly))


def _y(count: float, top: int) -> float:
    return round(_GROUND - _HEIGHT * count / top, 1)


def usual_most(score: Score) -> int:
    """What 19 of 20 usual weeks stay at or below."""
    counts = np.arange(1, 2000, dtype=np.float64)
    mean, variance = np.full(counts.shape, score.expected), np.full(counts.shape, score.variance)
    return int(np.argmax(upper_tail(counts, mean, variance) <= _SHARE_BEYOND))


@dataclass(frozen=True)
class Dot:
    """An area on the map; its level is None where nothing was ever reported."""

    code: str
    name: str
    level: Level | None
    x: float
    y: float


@dataclass(frozen=True)
class Map:
    """Areas as points, those above Normal last, so that nothing covers them."""

    dots: list[Dot]
    left: float
    top: float
    width: float
    height: float


def map_of(country: Country, below: str, levels: dict[str, Level]) -> Map:
    """The areas below a region, at their places."""
    rows = [n for n, code in enumerate(country.areas.codes) if below == "ID" or code.startswith(f"{below}.")]
    dots = []
    for row in rows:
        code, (lat, lng) = country.areas.codes[row], country.areas.points[row]
        if not np.isnan(lat):
            x, y = round((lng - _WEST) * _SCALE, 1), round((_NORTH - lat) * _SCALE, 1)
            dots.append(Dot(code, region(code).name, levels.get(code), float(x), float(y)))
    return _framed(sorted(dots, key=lambda dot: -1 if dot.level is None else dot.level))


def _framed(dots: list[Dot]) -> Map:
    if not dots:
        return Map([], 0, 0, 100, 40)
    xs, ys = [dot.x for dot in dots], [dot.y for dot in dots]
    margin = round(max(max(xs) - min(xs), max(ys) - min(ys), 20.0) / 20, 1)
    left, top = min(xs) - margin, min(ys) - margin
    return Map(dots, left, top, max(xs) - left + margin, max(ys) - top + margin)
