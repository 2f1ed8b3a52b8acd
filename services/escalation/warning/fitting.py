"""Fits a forecast's weights and dispersion by penalised maximum likelihood. Pure, and the same on every run.

The penalty pulls towards the set that is known to work elsewhere, so that a short history cannot run away with the
weights. Windows that overlap say the same thing several times: their likelihood counts by the share that is new.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from services.escalation.warning.parameters import Horizon

Array = NDArray[np.float64]
RIDGE = 100.0
"""Of the weights, in units of log likelihood; found by fitting on early months and testing on later ones."""
_RIDGE_KAPPA = 1.0
_KAPPA_BOUNDS = (0.05, 50.0)
_TINY = 1e-9


@dataclass(frozen=True)
class Fit:
    """A fitted horizon and its log likelihood per window."""

    horizon: Horizon
    log_likelihood: float


def fit(parts: Array, happened: Array, prior: Horizon, overlap: float, ridge: float = RIDGE) -> Fit:
    """From parts [windows, terms] (per week) and counts [windows]; `overlap` is step over horizon, at most one."""
    rates = parts * (prior.days / 7)
    start = np.append(np.maximum(prior.weights, 1e-3), np.log(prior.kappa))
    anchor = np.append(prior.weights, np.log(prior.kappa))
    strength = np.append(np.full(len(prior.weights), ridge), _RIDGE_KAPPA)

    def loss(guess: Array) -> tuple[float, Array]:
        value, slope = _negative_log_likelihood(guess, rates, happened, prior.fading)
        away = guess - anchor
        return overlap * value + float(strength @ away**2) / 2, overlap * slope + strength * away

    bounds = [(0.0, None)] * len(prior.weights) + [tuple(np.log(_KAPPA_BOUNDS))]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    weights = tuple(float(f"{each:.6g}") for each in found.x[:-1])
    kappa = float(f"{np.exp(found.x[-1]):.6g}")
    value, _ = _negative_log_likelihood(np.append(weights, np.log(kappa)), rates, happened, prior.fading)
    horizon = Horizon(days=prior.days, weights=weights, kappa=kappa, fading=prior.fading)
    return Fit(horizon, -value / max(happened.size, 1))


def _negative_log_likelihood(guess: Array, rates: Array, happened: Array, fading: float) -> tuple[float, Array]:
    """Of the negative binomial with mean L = rates·w and variance L + k L², k = kappa/(1 + L/fading); and its slope."""
    mean = rates @ guess[:-1] + _TINY
    spread = np.exp(guess[-1]) / (1 + mean / fading)
    size, whole = 1 / spread, 1 + spread * mean
    logs = gammaln(happened + size) - gammaln(size) - gammaln(happened + 1)
    logs = logs - size * np.log(whole) + happened * (np.log(spread * mean) - np.log(whole))
    by_mean = happened / mean - (1 + spread * happened) / whole
    by_size = digamma(happened + size) - digamma(size) - np.log(whole)
    by_spread = -by_size * size**2 + happened / spread - (size + happened) * mean / whole
    slope = by_mean - by_spread * spread / (fading + mean)
    return -float(logs.sum()), -np.append(rates.T @ slope, (by_spread * spread).sum())
