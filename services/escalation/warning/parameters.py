"""Parameter sets: fitted once, named by their content, never changed."""

import hashlib
import json
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.escalation.warning.levels import Thresholds

TERMS = ("base", "week1", "weeks4", "weeks13", "neighbours", "province", "nation")
"""The parts a forecast is the sum of, in the order of the weights."""


Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A part of a parameter set."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Baseline(Part):
    """How fast an area forgets, and how hard it leans on its province, and that on the nation (in events)."""

    half_life_weeks: float = Field(52, gt=0)
    prior_half_life_weeks: float = Field(13, gt=0)
    """Of the province's and the nation's rates that an area leans on."""
    national: float = Field(0.5, gt=0)
    provincial: float = Field(3, gt=0)
    areal: float = Field(1.5, gt=0)


class Horizon(Part):
    """Weights of the terms of one forecast, and its dispersion: variance L + k L² with k = kappa / (1 + L/fading)."""

    days: int = Field(gt=0)
    weights: tuple[float, ...] = Field(min_length=len(TERMS), max_length=len(TERMS))
    kappa: float = Field(gt=0)
    fading: float = Field(0.3, gt=0)

    @model_validator(mode="after")
    def _never_negative(self) -> Self:
        if min(self.weights) < 0:
            raise ValueError("a weight is below zero: the terms would not be shares")
        return self


class Ratio(Part):
    """How the national level of forecasts follows what came of them: decayed observed over predicted."""

    half_life_weeks: float = Field(13, gt=0)
    prior_areas: float = Field(50, gt=0)
    least: float = Field(0.8, gt=0, le=1)
    most: float = Field(1.25, ge=1)


class Kernel(Part):
    """How far areas count for each other: exp(-distance/scale), nothing beyond the cut."""

    scale_km: float = Field(80, gt=0)
    cut_km: float = Field(240, gt=0)


class Detector(Part):
    """Constants of the anomaly detector; see `detector.py` for what each does."""

    half_life_weeks: float = Field(104, gt=0)
    lag_weeks: int = Field(2, ge=1)
    prior_events: float = Field(1, gt=0)
    cap_tail: float = Field(0.01, gt=0, lt=0.5)
    cap_least: float = Field(1, ge=0)
    phi_start: float = Field(1.4, ge=1)
    phi_national_events: float = Field(50, gt=0)
    phi_areal_events: float = Field(30, gt=0)
    phi_most: float = Field(3, gt=1)
    phi_margin: float = Field(1.25, gt=1)
    season_deviation: float = Field(0.27, gt=0)
    extra: tuple[Positive, ...] = Field((1, 3, 9), min_length=1)
    decay: float = Field(0.6, gt=0, lt=1)
    onsets: int = Field(3, ge=1)
    slope: float = Field(1.2, gt=0)
    shift: float = 1.19
    warm_up_weeks: int = Field(13, ge=0)


class Fitted(Part):
    """What a set was fitted on."""

    events: int
    areas: int
    since: date
    until: date
    log_likelihood: dict[str, float]
    """By horizon, per area and origin."""


class Parameters(Part):
    """Everything a score depends on beside the counts."""

    name: str = Field(pattern=r"^[a-z0-9.-]{1,30}$")
    baseline: Baseline
    half_lives_weeks: tuple[Positive, Positive, Positive] = (1, 4, 13)
    kernel: Kernel = Kernel()
    ratio: Ratio = Ratio()
    week: Horizon
    month: Horizon
    detector: Detector = Detector()
    thresholds: Thresholds
    fitted: Fitted | None = None

    @property
    def version(self) -> str:
        """The name with the beginning of a hash of all there is: another content is another version."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return f"{self.name}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
