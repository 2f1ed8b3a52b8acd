"""How many events to expect, and with what chance at least so many. Pure.

    L = ratio·H·(w0·m + w1·e1 + w2·e4 + w3·e13 + w4·K e4 + w5·e4_prov + w6·(m/m̄)·e1_nat)

m is the area's slow rate with shrinkage to its province and the nation; e1, e4, e13 are its rates of active days with
half-lives of 1, 4 and 13 weeks (a burst of messages in a day is one active day); K e4 its neighbours', e4_prov its
province's, e1_nat the nation's; all per week. What comes from others is scaled to the area's size. N is negative
binomial with mean L and variance L + k·L², k = kappa/(1 + L/fading). The terms are the explanation: they sum to L.

Arrays have a row per area. A forecast made as of a day uses that day and those before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.escalation.warning.hierarchy import Hierarchy, kernel
from services.escalation.warning.parameters import Baseline, Horizon, Parameters

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Setting:
    """What forecasts need to know of the areas, made once. `size` is relative, with mean 1."""

    places: Hierarchy
    size: Array
    near: Array
    near_size: Array
    sizes: Array

    @classmethod
    def of(cls, places: Hierarchy, parameters: Parameters) -> "Setting":
        """For some areas and a parameter set."""
        near = kernel(places, parameters.kernel.scale_km, parameters.kernel.cut_km)
        return cls(places, places.size, near, near @ places.size, places.by_province(places.size))


def shrunk(slow: Array, weeks: float, recent: Array, recent_weeks: float, at: Setting, constants: Baseline) -> Array:
    """Slow rates per week, [areas], from decayed sums over decayed weeks.

    An area leans on its province's recent rate times its size, the province on the nation's.
    """
    national = (recent.sum() + constants.national) / (recent.size * recent_weeks)
    provincial = at.places.by_province(recent) + constants.provincial
    provincial = provincial / (at.sizes * recent_weeks + constants.provincial / national)
    prior = provincial[at.places.province] * at.size
    return np.asarray((slow + constants.areal) / (weeks + constants.areal / prior))


def parts(base: Array, fast: Array, at: Setting) -> Array:
    """The parts of forecasts before weighing, per week, [areas, terms]; `base` [areas] and `fast` [3, areas]."""
    week1, weeks4, weeks13 = fast
    near = at.near @ weeks4
    around = np.divide(near, at.near_size, out=np.zeros_like(near), where=at.near_size > 0) * at.size
    provincial = (at.places.by_province(weeks4) / at.sizes)[at.places.province] * at.size
    national = base / base.mean() * week1.mean()
    return np.stack([base, week1, weeks4, weeks13, around, provincial, national], axis=1)


def terms(rates: Array, horizon: Horizon, ratio: float = 1.0) -> Array:
    """Expected events by term, [areas, terms]; a row sums to L."""
    return np.asarray(rates * np.array(horizon.weights) * (ratio * horizon.days / 7))


def chance(mean: Array, horizon: Horizon, at_least: int) -> Array:
    """P(N >= at_least)."""
    spread = horizon.kappa / (1 + mean / horizon.fading)
    mass = (1 + spread * mean) ** (-1 / spread)
    below = mass
    for count in range(1, at_least):
        mass = mass * (mean / (1 + spread * mean)) * (1 + spread * (count - 1)) / count
        below = below + mass
    return np.asarray(np.clip(1 - below, 0, 1))
