"""The parts of forecasts as of any day, from counts that may still change."""

from datetime import date

from services.escalation.warning import forecast
from services.escalation.warning.counts import Counts
from services.escalation.warning.decay import Array, Decayed, exposure
from services.escalation.warning.forecast import Setting
from services.escalation.warning.parameters import Parameters


class Rates:
    """What `forecast.terms` weighs."""

    def __init__(self, counts: Counts, setting: Setting, parameters: Parameters) -> None:
        self._counts = counts
        self._setting = setting
        self._base = parameters.baseline
        self._slow_lives = (self._base.half_life_weeks, self._base.prior_half_life_weeks)
        self._fast_lives = parameters.half_lives_weeks
        self._slow = Decayed(counts, self._slow_lives)
        self._fast = Decayed(counts, self._fast_lives, most_a_day=1)

    def at(self, day: date) -> Array:
        """Parts as of the end of a day, [areas, terms]."""
        since = max(self._counts.since or day, self._counts.first)
        days = max((day - since).days + 1, 1)
        weeks, recent_weeks = exposure(self._slow_lives, days)
        slow, recent = self._slow.sums(day)
        base = forecast.shrunk(slow, weeks, recent, recent_weeks, self._setting, self._base)
        fast = self._fast.sums(day) / exposure(self._fast_lives, days)[:, None]
        return forecast.parts(base, fast, self._setting)
