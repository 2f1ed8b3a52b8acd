"""Figures of forecasts with their intervals, ours beside the simple methods'."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.escalation.backtest.forecasts import Forecasts, Progress
from services.escalation.warning import metrics

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
DRAWS = 300
_SEED = 20261121
OURS = "rukun"


@dataclass(frozen=True)
class Figure:
    """A figure with the 90 % interval that drawing areas anew gives."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """Figures by method and name; for our own method also what the pictures need."""

    at_least: int
    origins: int
    areas: int
    share: float
    """Share of windows with so many events."""
    figures: dict[str, dict[str, Figure]]
    reliability: list[tuple[float, float, int]]
    curve: list[tuple[float, float]]
    """Precision over recall: (recall, precision)."""


Measure = Callable[[Array, Mask, Mask], float]
MEASURES: dict[str, Measure] = {
    "AUROC": lambda chance, came, quiet: metrics.auroc(chance, came),
    "AP": lambda chance, came, quiet: metrics.average_precision(chance, came),
    "Brier": lambda chance, came, quiet: metrics.brier(chance, came),
    "pred/obs": lambda chance, came, quiet: metrics.calibration(chance, came),
    "AUROC quiet": lambda chance, came, quiet: metrics.auroc(chance[quiet], came[quiet]),
}


def evaluate(found: Forecasts, at_least: int, progress: Progress) -> Evaluation:
    """All figures of all methods. Drawn are areas, with all their windows: those of one area are not independent."""
    came = found.happened >= at_least
    chances = {OURS: found.chance, **{name: as_chance(mean, at_least) for name, mean in found.others.items()}}
    draws = np.random.default_rng(_SEED).integers(0, came.shape[1], (DRAWS, came.shape[1]))
    figures = {}
    for n, (name, chance) in enumerate(chances.items()):
        drawn = []
        for k, areas in enumerate(draws):
            drawn.append(_measured(chance[:, areas], came[:, areas], found.quiet[:, areas]))
            progress("menghitung selang", n * DRAWS + k + 1, len(chances) * DRAWS)
        figures[name] = _figures(_measured(chance, came, found.quiet), drawn)
    precision, recall = metrics.precision_recall(found.chance.ravel(), came.ravel())
    return Evaluation(
        at_least=at_least,
        origins=came.shape[0],
        areas=came.shape[1],
        share=float(came.mean()),
        figures=figures,
        reliability=metrics.reliability(found.chance.ravel(), came.ravel()),
        curve=[(float(r), float(p)) for r, p in zip(recall, precision, strict=True)],
    )


def as_chance(mean: Array, at_least: int) -> Array:
    """The chance of so many events that a simple method's expected number means: Poisson."""
    below = np.exp(-mean)
    total = below.copy()
    for count in range(1, at_least):
        below = below * mean / count
        total = total + below
    return np.asarray(1 - total)


def _measured(chance: Array, came: Mask, quiet: Mask) -> dict[str, float]:
    flat = chance.ravel(), came.ravel(), quiet.ravel()
    return {name: measure(*flat) for name, measure in MEASURES.items()}


def _figures(measured: dict[str, float], drawn: list[dict[str, float]]) -> dict[str, Figure]:
    found = {}
    for name, value in measured.items():
        values = np.array([each[name] for each in drawn])
        low, high = np.nanquantile(values, [0.05, 0.95]) if np.isfinite(values).any() else (np.nan, np.nan)
        found[name] = Figure(value, float(low), float(high))
    return found
