"""A parameter set from a history of events."""

import numpy as np

from chassis.language import _
from services.escalation.backtest.events import History
from services.escalation.backtest.forecasts import STEP, Progress, horizon_of, origins_until, windows
from services.escalation.backtest.rows import WrongFile
from services.escalation.warning.fitting import Fit, fit
from services.escalation.warning.parameters import Fitted, Parameters

_FEWEST_WINDOWS = 6


def fit_parameters(history: History, prior: Parameters, name: str, progress: Progress) -> Parameters:
    """Fit both horizons on every window of the history; all else is as in `prior`."""
    week = _fit(history, prior, prior.week.days, progress)
    month = _fit(history, prior, prior.month.days, progress)
    return Parameters.model_validate(
        {
            **prior.model_dump(),
            "name": name,
            "week": week.horizon,
            "month": month.horizon,
            "fitted": Fitted(
                events=history.events,
                areas=len(history.places.codes),
                since=history.first,
                until=history.last,
                log_likelihood={"7d": _short(week.log_likelihood), "28d": _short(month.log_likelihood)},
            ),
        }
    )


def _fit(history: History, prior: Parameters, days: int, progress: Progress) -> Fit:
    origins = origins_until(history, days, history.last)
    if len(origins) < _FEWEST_WINDOWS:
        raise WrongFile(_("riwayatnya terlalu pendek: perlu sekurangnya 20 minggu kejadian"))
    seen = windows(history, prior, days, origins, progress)
    parts = seen.parts.reshape(-1, seen.parts.shape[-1])
    return fit(parts, seen.happened.reshape(-1).astype(np.float64), horizon_of(prior, days), min(1.0, STEP.days / days))


def _short(value: float) -> float:
    return float(f"{value:.6g}")
