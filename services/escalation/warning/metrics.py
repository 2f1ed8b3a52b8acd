"""How good a forecast or detector was: average precision, AUROC, Brier, calibration; sensitivity at a price."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def average_precision(chance: Array, happened: Mask) -> float:
    """Area under precision over recall, by steps; ties are one step. nan where nothing happened."""
    precision, recall = precision_recall(chance, happened)
    if not happened.any():
        return float("nan")
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def precision_recall(chance: Array, happened: Mask) -> tuple[Array, Array]:
    """Precision and recall at each distinct chance, from the highest down."""
    order = np.argsort(-chance, kind="stable")
    last_of_tie = np.append(np.diff(chance[order]) != 0, True) if chance.size else np.zeros(0, bool)
    found = np.cumsum(happened[order])[last_of_tie]
    called = (np.arange(chance.size) + 1)[last_of_tie]
    return found / called, found / max(int(happened.sum()), 1)


def auroc(chance: Array, happened: Mask) -> float:
    """The chance that something that happened ranks above something that did not; ties count half."""
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return float("nan")
    _, place, size = np.unique(chance, return_inverse=True, return_counts=True)
    rank = (np.cumsum(size) - (size - 1) / 2)[place]
    return float((rank[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(chance: Array, happened: Mask) -> float:
    """Mean squared distance between chance and outcome."""
    return float(np.mean((chance - happened) ** 2))


def calibration(chance: Array, happened: Mask) -> float:
    """Predicted over observed number."""
    return float(chance.sum() / happened.sum()) if happened.any() else float("nan")


def reliability(chance: Array, happened: Mask, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean chance, share that happened, and number, in bins of equal numbers of cases."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    return [(float(chance[part].mean()), float(happened[part].mean()), int(part.size)) for part in parts]
