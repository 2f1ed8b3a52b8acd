"""The method again, slowly and plainly: one area and one week at a time, by the formulas of docs/early-warning.md."""

import math
from datetime import date

from services.escalation.warning.parameters import Detector, Horizon, Parameters

Events = list[list[tuple[date, int]]]
"""By area: (day, number)."""


def decayed(events: list[tuple[date, int]], day: date, half_life_weeks: float, most: int | None = None) -> float:
    by_day: dict[date, int] = {}
    for when, number in events:
        by_day[when] = by_day.get(when, 0) + number
    return math.fsum(
        min(number, most or number) * 0.5 ** ((day - when).days / (7 * half_life_weeks))
        for when, number in by_day.items()
        if when <= day and number
    )


def weeks(began: date, day: date, half_life_weeks: float) -> float:
    ages = range((day - began).days + 1)
    return math.fsum(0.5 ** (age / (7 * half_life_weeks)) for age in ages) / 7


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat1, lng1, lat2, lng2 = map(math.radians, (*one, *other))
    half = math.sin((lat1 - lat2) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lng1 - lng2) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def forecast_terms(
    events: Events,
    provinces: list[str],
    points: list[tuple[float, float]],
    size: list[float],
    day: date,
    parameters: Parameters,
    horizon: Horizon,
) -> list[list[float]]:
    areas, base = range(len(events)), parameters.baseline
    began = min(when for each in events for when, number in each if number)
    slow = [decayed(each, day, base.half_life_weeks) for each in events]
    recent = [decayed(each, day, base.prior_half_life_weeks) for each in events]
    w_slow, w_recent = weeks(began, day, base.half_life_weeks), weeks(began, day, base.prior_half_life_weeks)
    national = (sum(recent) + base.national) / (len(events) * w_recent)
    rate = []
    for r in areas:
        members = [j for j in areas if provinces[j] == provinces[r]]
        total = sum(size[j] for j in members)
        provincial = (sum(recent[j] for j in members) + base.provincial) / (
            total * w_recent + base.provincial / national
        )
        rate.append((slow[r] + base.areal) / (w_slow + base.areal / (provincial * size[r])))
    fast = [
        [decayed(each, day, h, most=1) / weeks(began, day, h) for h in parameters.half_lives_weeks] for each in events
    ]
    found = []
    for r in areas:
        near = {j: kilometres(points[r], points[j]) for j in areas if j != r}
        close = {j: math.exp(-d / parameters.kernel.scale_km) for j, d in near.items() if d <= parameters.kernel.cut_km}
        close = close or {j: 1.0 for j in areas if j != r and provinces[j] == provinces[r]}
        weight = sum(close.values())
        heard = sum(k * fast[j][1] for j, k in close.items()) / weight if weight else 0.0
        expected = sum(k * size[j] for j, k in close.items()) / weight if weight else 0.0
        members = [j for j in areas if provinces[j] == provinces[r]]
        provincial = sum(fast[j][1] for j in members) / sum(size[j] for j in members) * size[r]
        nation = rate[r] / (sum(rate) / len(rate)) * sum(each[0] for each in fast) / len(fast)
        parts = [rate[r], *fast[r], heard / expected * size[r] if expected else 0.0, provincial, nation]
        found.append([w * x * horizon.days / 7 for w, x in zip(horizon.weights, parts, strict=True)])
    return found


def at_least(mean: float, horizon: Horizon, count: int) -> float:
    spread = horizon.kappa / (1 + mean / horizon.fading)
    return 1 - math.fsum(math.exp(log_mass(n, mean, mean + spread * mean**2)) for n in range(count))


def log_mass(n: int, mean: float, variance: float) -> float:
    """log P(N = n) of the negative binomial with this mean and variance."""
    size = mean**2 / (variance - mean)
    log = math.lgamma(n + size) - math.lgamma(size) - math.lgamma(n + 1)
    return log + size * math.log(size / (size + mean)) + n * math.log(mean / (size + mean))


def detector_scores(weekly: list[list[int]], constants: Detector, first: int) -> list[list[float]]:
    """s of every week of every area, [areas][weeks]."""
    areas = range(len(weekly))
    state = [{"A": 0.0, "B": 0.0, "D": 0.0, "M": 0.0, "c": 0.0, "s": 0.0} for _ in areas]
    sure = 1 / constants.season_deviation**2
    information = [[sure, sure, 0.0] for _ in areas]
    keep = 0.5 ** (1 / constants.half_life_weeks)
    seen: list[list[tuple[int, float, float, float, float]]] = [[] for _ in areas]
    scores: list[list[float]] = [[] for _ in areas]
    for week in range(len(weekly[0])):
        if week >= constants.lag_weeks:
            for r in areas:
                _learn(
                    state[r],
                    information[r],
                    seen[r][week - constants.lag_weeks],
                    first + week - constants.lag_weeks,
                    keep,
                    constants,
                )
        exposure, predicted = sum(x["B"] for x in state), sum(x["M"] for x in state)
        national = (sum(x["A"] for x in state) + 0.5) / exposure if exposure else 0.3
        common = (constants.phi_start * constants.phi_national_events + sum(x["D"] for x in state)) / (
            constants.phi_national_events + predicted
        )
        common = min(max(common, 1), constants.phi_most)
        for r in areas:
            x, turn = state[r], 2 * math.pi * (first + week) / (365.25 / 7)
            season = math.exp(x["c"] * math.cos(turn) + x["s"] * math.sin(turn) - (x["c"] ** 2 + x["s"] ** 2) / 4)
            shape = x["A"] + constants.prior_events
            mean = shape / (x["B"] + constants.prior_events / national) * season
            phi = (constants.phi_areal_events * common + x["D"]) / (constants.phi_areal_events + x["M"])
            phi = min(max(phi, 1), constants.phi_most)
            seen[r].append((weekly[r][week], mean, phi * mean + mean**2 / shape, phi, season))
            scores[r].append(_score(seen[r], constants) if week >= constants.warm_up_weeks else 0.0)
    return scores


def _learn(x: dict[str, float], h: list[float], seen: tuple, week: int, keep: float, constants: Detector) -> None:
    count, mean, variance, phi, season = seen
    if x["A"] == 0 and count == 0:
        return
    most, below = 0, 0.0
    while True:
        below += math.exp(log_mass(most, mean, max(variance, mean * 1.0001)))
        if 1 - below <= constants.cap_tail:
            break
        most += 1
    capped = min(count, max(most, constants.cap_least))
    residual, turn = capped - mean, 2 * math.pi * week / (365.25 / 7)
    c, s, gain = math.cos(turn), math.sin(turn), mean / phi
    h[0], h[1], h[2] = h[0] + gain * c * c, h[1] + gain * s * s, h[2] + gain * c * s
    determinant = h[0] * h[1] - h[2] ** 2
    x["c"] = min(max(x["c"] + residual / phi * (h[1] * c - h[2] * s) / determinant, -1), 1)
    x["s"] = min(max(x["s"] + residual / phi * (h[0] * s - h[2] * c) / determinant, -1), 1)
    x["A"], x["B"] = x["A"] * keep + capped, x["B"] * keep + season
    x["D"], x["M"] = x["D"] * keep + residual**2, x["M"] * keep + mean


def _score(seen: list[tuple], constants: Detector) -> float:
    """The likelihood of an outbreak's weeks over that of usual ones, both negative binomial, averaged over ways."""
    if seen[-1][0] <= seen[-1][1]:
        return 0.0
    ratios = []
    for extra in constants.extra:
        for onset in range(1, constants.onsets + 1):
            total = 0.0
            for age, (count, mean, variance, _, _) in enumerate(seen[-onset:]):
                spread = constants.phi_margin * variance / mean
                more = mean + extra * constants.decay**age
                total += log_mass(count, more, spread * more) - log_mass(count, mean, spread * mean)
            ratios.append(math.exp(total))
    return max(constants.slope * math.log10(sum(ratios) / len(ratios)) + constants.shift, 0.0)
