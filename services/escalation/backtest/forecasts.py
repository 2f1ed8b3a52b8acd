"""Forecasts as they would have been made: as of each week, from what had happened by then, beside simple methods."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from services.escalation.backtest.events import History
from services.escalation.warning import forecast
from services.escalation.warning.fitting import fit
from services.escalation.warning.forecast import Setting
from services.escalation.warning.parameters import Horizon, Parameters
from services.escalation.warning.rates import Rates

Array = NDArray[np.float64]
STEP = timedelta(days=7)
REFIT = timedelta(days=91)
QUIET = timedelta(days=56)
_FIRST = timedelta(days=49)
_LEARNED_FROM = timedelta(weeks=520)
_RATIO_FROM = 104
_FEWEST = 3
_AVERAGED = timedelta(days=91)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Forecasts:
    """What was forecast and what came; arrays are [origins, areas]."""

    origins: list[date]
    chance: Array
    mean: Array
    happened: Array
    quiet: NDArray[np.bool_]
    others: dict[str, Array]
    """Scores of the simple methods: expected counts."""
    sets: list[Horizon]
    """The weights that each origin's forecast used."""
    ratios: list[float]


@dataclass(frozen=True, eq=False)
class Windows:
    """The parts of forecasts as of each origin, [origins, areas, terms], and what came, [origins, areas]."""

    origins: list[date]
    parts: Array
    happened: Array


def horizon_of(parameters: Parameters, days: int) -> Horizon:
    """The set's weights for a horizon: those for weeks up to a fortnight, those for months beyond."""
    return (parameters.week if days <= 14 else parameters.month).model_copy(update={"days": days})


def windows(history: History, parameters: Parameters, days: int, origins: list[date], progress: Progress) -> Windows:
    """Read the history as of each origin; a forecast made at an origin knows the days before it."""
    rates = Rates(history.counts, Setting.of(history.places, parameters), parameters)
    parts = []
    for n, origin in enumerate(origins):
        parts.append(rates.at(origin - timedelta(days=1)))
        progress("membaca riwayat", n + 1, len(origins))
    return Windows(origins, np.array(parts), _between(history, origins, 0, days))


def origins_until(history: History, days: int, start: date, last: date | None = None) -> list[date]:
    """Weekly origins that `start` is one of, from the seventh week on, whose windows are over at the end."""
    end = min(last or history.last, history.last) - timedelta(days=days - 1)
    begin = max(history.first + _FIRST, start - _LEARNED_FROM)
    first = start - ((start - begin) // STEP) * STEP
    return list(_weekly(max(first, history.first + STEP), end))


def _weekly(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += STEP


def rolling(
    history: History, parameters: Parameters, days: int, start: date, at_least: int, refit: bool, progress: Progress
) -> Forecasts:
    """Forecasts from `start` on. With `refit`, weights are fitted there and each quarter after, on ended windows."""
    origins = origins_until(history, days, start)
    seen = windows(history, parameters, days, origins, progress)
    prior = used = horizon_of(parameters, days)
    fitted_at: date | None = None
    made: list[tuple[Array, Array, Horizon, float]] = []
    for n, origin in enumerate(origins):
        if origin < start:
            continue
        if refit and (fitted_at is None or origin - fitted_at >= REFIT):
            used, fitted_at = _fitted(seen, n, days, prior), origin
        ratio = _ratio(seen, n, used, parameters)
        mean = forecast.terms(seen.parts[n], used, ratio).sum(axis=1)
        made.append((forecast.chance(mean, used, at_least), mean, used, ratio))
        progress("meramal", n + 1, len(origins))
    return _gathered(history, days, [each for each in origins if each >= start], made, seen)


def ended(seen: Windows, n: int, days: int) -> NDArray[np.intp]:
    """Windows that were over when the origin with this number began."""
    late = -(-days // STEP.days)
    return np.arange(max(n - late + 1, 0), dtype=np.intp)


def _fitted(seen: Windows, n: int, days: int, prior: Horizon) -> Horizon:
    over = ended(seen, n, days)
    if over.size < _FEWEST:
        return prior
    parts = seen.parts[over].reshape(-1, seen.parts.shape[-1])
    return fit(parts, seen.happened[over].reshape(-1), prior, min(1.0, STEP.days / days)).horizon


def _ratio(seen: Windows, n: int, used: Horizon, parameters: Parameters) -> float:
    """Areas that had an event over those expected to, by windows that are over, the newest counting most."""
    settings, over = parameters.ratio, ended(seen, n, used.days)[-_RATIO_FROM:]
    observed = expected = settings.prior_areas
    for k in over:
        age = (seen.origins[n] - seen.origins[k]).days - used.days
        weight = 0.5 ** (age / 7 / settings.half_life_weeks) * min(1.0, STEP.days / used.days)
        observed += weight * float((seen.happened[k] > 0).sum())
        expected += weight * float(forecast.chance(forecast.terms(seen.parts[k], used).sum(axis=1), used, 1).sum())
    return float(np.clip(observed / expected, settings.least, settings.most))


def _gathered(
    history: History, days: int, origins: list[date], made: list[tuple[Array, Array, Horizon, float]], seen: Windows
) -> Forecasts:
    averaged = min(_AVERAGED, max(origins[0] - history.first, STEP)) if origins else _AVERAGED
    return Forecasts(
        origins=origins,
        chance=np.array([each[0] for each in made]),
        mean=np.array([each[1] for each in made]),
        happened=seen.happened[len(seen.origins) - len(origins) :],
        quiet=_between(history, origins, -QUIET.days, 0) == 0,
        others={
            "persistence": _between(history, origins, -days, 0),
            "area mean": _so_far(history, origins) * days,
            f"moving average {averaged.days} d": _between(history, origins, -averaged.days, 0) * days / averaged.days,
        },
        sets=[each[2] for each in made],
        ratios=[each[3] for each in made],
    )


def _between(history: History, origins: list[date], since: int, until: int) -> Array:
    """Events from `since` days after each origin to before `until` days after it, [origins, areas]."""
    table, zero = history.counts.table, history.counts.first
    spans = [((each - zero).days + since, (each - zero).days + until) for each in origins]
    return np.array([table[:, max(begin, 0) : max(end, 0)].sum(axis=1) for begin, end in spans], dtype=np.float64)


def _so_far(history: History, origins: list[date]) -> Array:
    """Events a day of each area before each origin."""
    days = np.array([[max((each - history.first).days, 1)] for each in origins])
    events = np.array([history.counts.until(each - timedelta(days=1)).sum(axis=1) for each in origins])
    return np.asarray(events / days)
