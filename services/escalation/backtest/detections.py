"""Detectors on weekly series `[series,]week,count[,outbreak_id or outbreak]`: what they find, how often for nothing.

An outbreak is found when an alarm falls into any of its weeks. A false alarm is a week with an alarm outside every
outbreak; weeks in a row count each. The first year is a run-in that no method is judged by.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chassis.language import _
from services.escalation.backtest.evaluation import DRAWS, OURS, Figure
from services.escalation.backtest.forecasts import Progress
from services.escalation.backtest.rows import WrongFile, rows_of
from services.escalation.warning import comparison, detector
from services.escalation.warning.parameters import Parameters

Array = NDArray[np.float64]
RUN_IN_WEEKS = 52
_SEED = 20261121
_COVERED = 0.8
_NO_OUTBREAK = {"", "0", "0.0", "NA", "nan"}


@dataclass(frozen=True, eq=False)
class Series:
    """Weekly counts [series, weeks], and which outbreak each week belongs to (0 none)."""

    names: list[str]
    counts: Array
    outbreaks: NDArray[np.int64]
    labelled: bool


@dataclass(frozen=True)
class Detection:
    """How a detector does at a threshold."""

    method: str
    budget: float
    """False alarms per area-year that were meant."""
    threshold: float
    sensitivity: Figure
    false_alarms: Figure
    """Per area-year, measured."""


def read_series(path: Path) -> Series:
    """Series from a CSV file; weeks that are missing count as none."""
    rows = list(rows_of(path, ("week", "count")))
    if not rows:
        raise WrongFile(_("{name} tidak berisi minggu").format(name=path.name))
    names = sorted({row.values.get("series", "") for row in rows})
    weeks = [row.whole("week", -1) for row in rows]
    _plausible(weeks)
    first, place = min(weeks), {name: n for n, name in enumerate(names)}
    counts = np.zeros((len(names), max(weeks) - first + 1))
    outbreaks = np.zeros(counts.shape, dtype=np.int64)
    labels: dict[str, int] = {}
    column = "outbreak_id" if "outbreak_id" in rows[0].values else "outbreak"
    filled = np.zeros(counts.shape, dtype=bool)
    for row, week in zip(rows, weeks, strict=True):
        where = place[row.values.get("series", "")], week - first
        if filled[where]:
            raise WrongFile(
                _("baris {line}: minggu {week} deret “{values}” ada dua kali").format(
                    line=row.line, week=week, values=row.values.get("series", "")
                )
            )
        filled[where], counts[where] = True, row.whole("count", 0)
        label = row.values.get(column, "").strip()
        if label not in _NO_OUTBREAK:
            outbreaks[where] = labels.setdefault(label, len(labels) + 1)
    labelled = column in rows[0].values
    return Series(names, counts, outbreaks if column == "outbreak_id" else _runs(outbreaks), labelled)


def _runs(marked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weeks that are only marked as outbreak: each run of them is one."""
    begins = (marked > 0) & (np.pad(marked, ((0, 0), (1, 0)))[:, :-1] == 0)
    return np.where(marked > 0, np.cumsum(begins.ravel()).reshape(marked.shape), 0)


def _plausible(weeks: list[int]) -> None:
    """Refuse weeks that nobody can have counted one by one."""
    span = max(weeks) - min(weeks) + 1
    if span <= RUN_IN_WEEKS:
        raise WrongFile(
            _("deret hanya {span} minggu; perlu lebih dari {run_in}, sebab tahun pertama tidak dinilai").format(
                span=span, run_in=RUN_IN_WEEKS
            )
        )
    if len(set(weeks)) < span * _COVERED:
        raise WrongFile(_("nomor minggu berlubang; beri nomor 1, 2, 3 … tanpa tahun (misalnya bukan 202401)"))


def detect_all(series: Series, parameters: Parameters, progress: Progress) -> list[Detection]:
    """Our detector at its frozen thresholds; the others at whatever threshold costs them as much on this very file."""
    scores = {
        OURS: detector.run(series.counts, parameters.detector),
        "EARS C1": comparison.standardised(series.counts, 7, 0),
        "EARS C2": comparison.standardised(series.counts, 7, 2),
        "EARS C3": comparison.recent_excess(series.counts),
        "moving average + k sd": comparison.standardised(series.counts, 26, 0),
    }
    found = []
    for budget, frozen in parameters.thresholds.frozen:
        for n, (method, score) in enumerate(scores.items()):
            threshold = frozen if method == OURS else threshold_for(score, series, budget)
            found.append(judged(method, budget, score, threshold, series))
            progress(f"{budget} alarm palsu", n + 1, len(scores))
    return found


def judged(method: str, budget: float, score: Array, threshold: float, series: Series) -> Detection:
    """Sensitivity and false alarms at a threshold, with 90 % intervals from drawing series anew."""
    caught, total = _caught(score, threshold, series.outbreaks)
    alarms, years = _false_alarms(score, threshold, series.outbreaks)
    draws = np.random.default_rng(_SEED).integers(0, len(series.names), (DRAWS, len(series.names)))
    # Where there is no outbreak nothing can be missed: what cannot be computed is nan.
    sensitivity = np.array([caught[rows].sum() / total[rows].sum() if total[rows].any() else np.nan for rows in draws])
    rate = np.array([alarms[rows].sum() / max(years[rows].sum(), 1e-9) for rows in draws])
    return Detection(
        method,
        budget,
        threshold,
        _figure(caught.sum() / total.sum() if total.any() else np.nan, sensitivity[~np.isnan(sensitivity)]),
        _figure(alarms.sum() / max(years.sum(), 1e-9), rate),
    )


def threshold_for(score: Array, series: Series, budget: float) -> float:
    """The lowest threshold with no more false alarms per area-year than the budget."""
    outside = score[:, RUN_IN_WEEKS:][series.outbreaks[:, RUN_IN_WEEKS:] == 0]
    years = score[:, RUN_IN_WEEKS:].size / 52
    if not outside.size:
        raise WrongFile(_("semua minggu yang dinilai termasuk kejadian luar biasa; alarm palsu tidak dapat dihitung"))
    ranked = np.sort(outside)[::-1]
    return float(ranked[min(int(budget * years), ranked.size - 1)])


def tradeoff(score: Array, series: Series) -> list[tuple[float, float]]:
    """(false alarms per area-year, sensitivity) over all thresholds that matter, for a picture."""
    budgets = np.geomspace(0.05, 4, 25)
    found = []
    for budget in budgets:
        threshold = threshold_for(score, series, budget)
        caught, total = _caught(score, threshold, series.outbreaks)
        found.append((float(budget), float(caught.sum() / max(total.sum(), 1))))
    return found


def _figure(value: float, drawn: Array) -> Figure:
    low, high = np.quantile(drawn, [0.05, 0.95]) if drawn.size else (np.nan, np.nan)
    return Figure(float(value), float(low), float(high))


def _caught(score: Array, threshold: float, outbreaks: NDArray[np.int64]) -> tuple[Array, Array]:
    """Outbreaks found, and outbreaks there were, by series."""
    caught, total = np.zeros(len(score)), np.zeros(len(score))
    for row in range(len(score)):
        late, labels = score[row, RUN_IN_WEEKS:], outbreaks[row, RUN_IN_WEEKS:]
        for label in np.unique(labels[labels > 0]):
            total[row] += 1
            caught[row] += bool((late[labels == label] > threshold).any())
    return caught, total


def _false_alarms(score: Array, threshold: float, outbreaks: NDArray[np.int64]) -> tuple[Array, Array]:
    """Weeks with an alarm and no outbreak, and years observed, by series."""
    late, labels = score[:, RUN_IN_WEEKS:], outbreaks[:, RUN_IN_WEEKS:]
    return ((late > threshold) & (labels == 0)).sum(axis=1).astype(float), np.full(len(score), late.shape[1] / 52)
