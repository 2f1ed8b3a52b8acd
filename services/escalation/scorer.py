"""The national state: a fold over rounds. Pure: the same rounds give the same scores, to the last byte.

A round takes in what the log holds by then and scores areas as of a day. Scoring changes nothing; `settle` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from contracts.vocabulary import Level
from services.escalation.country import Country
from services.escalation.rounds import Entry, Override, Round, Score
from services.escalation.warning import forecast, levels
from services.escalation.warning.counts import Counts, monday
from services.escalation.warning.detector import Surprise, look
from services.escalation.warning.levels import Finding, LevelState
from services.escalation.warning.parameters import TERMS, Parameters
from services.escalation.warning.rates import Rates
from services.escalation.warning.remembered import Remembered, week_number
from services.escalation.warning.voices import Voices

Array = NDArray[np.float64]
_YEAR = timedelta(weeks=52)
_MEMORY = timedelta(weeks=104)


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that is found of some areas as of a day; arrays have a row per area findings."""

    rows: NDArray[np.intp]
    count: NDArray[np.int64]
    reporting: NDArray[np.bool_]
    surprise: Surprise
    terms28: Array
    mean7: Array
    chance7: Array
    chance28: Array
    chance28_two: Array
    top_chance: float
    foreseen: float
    faith_count: NDArray[np.int64]
    faith_year: NDArray[np.int64]
    faith: Surprise
    ratio: float
    ready: bool


class Scorer:
    """Counts, standings and what follows from them, for every area of the country."""

    def __init__(self, country: Country, parameters: Parameters, first: date) -> None:
        areas = country.areas
        self.country = country
        self.standings: dict[str, LevelState] = {}
        self.foreseen: dict[date, float] = {}
        self.began: date | None = None
        self._counts = Counts(len(areas.codes), first)
        self._faith = Counts(len(areas.codes), first)
        self._weeks = Counts(len(country.kecamatan), first, step=7)
        self._voices, self._faith_voices = Voices(), Voices()
        self.use(parameters)

    def use(self, parameters: Parameters) -> None:
        """Score with this set from now on; counts and standings stay."""
        self.parameters = parameters
        self._version = parameters.version
        self._rates = Rates(self._counts, forecast.Setting.of(self.country.areas, parameters), parameters)
        self._memory = Remembered(self._counts, parameters.detector)
        self._faith_memory = Remembered(self._faith, parameters.detector)

    def take(self, entries: Iterable[Entry], sign: int = 1) -> set[str]:
        """Count what began or ceased to count; the areas it touched. With -1, as if it had never been taken."""
        touched = set()
        for entry in entries:
            if sign > 0 and entry.received is not None:
                self.observe(entry.received)
            change = self._voices.add(entry.voice, sign * entry.number)
            below = self.country.kecamatan_index.get(entry.kecamatan or "")
            if below is not None:
                self._weeks.add(below, entry.day, change)
            row = self.country.row(entry.area)
            if row is None:
                continue
            touched.add(self.country.areas.codes[row])
            self._counts.add(row, entry.day, change)
            if entry.faith:
                self._faith.add(row, entry.day, self._faith_voices.add(entry.voice, sign * entry.number))
        return touched

    def forget(self, entries: Iterable[Entry], began: date | None) -> None:
        """As if these had never been taken, and observation had begun then."""
        self.take(entries, sign=-1)
        self.began = self._counts.since = self._faith.since = began

    def observe(self, day: date) -> None:
        """A report was received on this day: by then, at least, somebody was listening."""
        if self.began is None or day < self.began:
            self.began = self._counts.since = self._faith.since = day

    def play(self, made: Round) -> Round:
        """A round with what its entries and overrides lead to; nothing of it holds before `settle`."""
        index = self.country.areas.index
        touched = self.take(made.entries) | {each.area for each in made.overrides}
        codes = list(index) if made.full else sorted(touched & index.keys())
        findings = self._find(np.array([index[code] for code in codes], dtype=np.intp), made.day, made.burn_in_weeks)
        foreseen = findings.foreseen if made.full else None
        changes = {"top_chance": findings.top_chance, "foreseen": foreseen, "began": self.began}
        overrides = {each.area: each for each in made.overrides}
        made = made.model_copy(update={**changes, "parameters": self._version})
        scores = [self._score(findings, n, code, made, overrides.get(code)) for n, code in enumerate(codes)]
        canonical = tuple(each.canonical() for each in scores)
        for each in canonical:
            # A round is stored for ever: what cannot be read again must not get into one.
            Score.model_validate_json(each)
        return made.model_copy(update={"scores": canonical})

    def settle(self, made: Round) -> list[Score]:
        """Let a round's scores hold: levels rest on them from now on."""
        scores = [Score.model_validate_json(each) for each in made.scores]
        self.standings.update((each.area, each.standing) for each in scores)
        if made.began is not None:
            self.observe(made.began)
        self.remember(made)
        return scores

    def remember(self, made: Round) -> None:
        """Keep what a round foresaw: the first full one of a week counts."""
        if made.foreseen is not None:
            self.foreseen.setdefault(monday(made.day), made.foreseen)

    def weekly(self, area: str, day: date, weeks: int) -> list[int]:
        """An area's counts of the last weeks from Monday, the newest last."""
        found = self._counts.weekly(day, [self.country.areas.index[area]])[0, -weeks:]
        return [0] * (weeks - found.size) + [int(each) for each in found]

    def kecamatan(self, area: str, day: date) -> dict[str, int]:
        """Reports of the last 52 weeks by kecamatan, of those that have some; the rest under the area itself."""
        rows = self.country.below[self.country.areas.index[area]]
        totals = self._weeks.weekly(day, rows)[:, -52:].sum(axis=1)
        found = {self.country.kecamatan[row]: int(total) for row, total in zip(rows, totals, strict=True) if total}
        rest = sum(self.weekly(area, day, 52)) - sum(found.values())
        return {**found, area: rest} if rest > 0 else found

    def _find(self, rows: NDArray[np.intp], day: date, burn_in_weeks: int) -> Findings:
        number, ratio = week_number(day), self._ratio(day)
        running, began = (day - monday(day)).days + 1, self.began
        past = self._counts.until(day, rows)
        count = past[:, -running:].sum(axis=1)
        unseen = max((began - self._counts.first).days, 0) if began else past.shape[1]
        faith = self._faith.until(day, rows)
        faith_count = faith[:, -running:].sum(axis=1)
        rates = self._rates.at(day)
        detector, week, month = self.parameters.detector, self.parameters.week, self.parameters.month
        terms28, mean7 = forecast.terms(rates, month, ratio), forecast.terms(rates, week, ratio).sum(axis=1)
        mean28 = terms28.sum(axis=1)
        chance28 = forecast.chance(mean28, month, 1)
        below_top = int(chance28.size * (1 - self.parameters.thresholds.top_share))
        return Findings(
            rows=rows,
            count=count,
            reporting=np.asarray(past[:, unseen:-running].any(axis=1)),
            surprise=look(self._memory.before(day), count, number, detector, rows),
            terms28=terms28[rows],
            mean7=mean7[rows],
            chance7=forecast.chance(mean7[rows], week, 1),
            chance28=chance28[rows],
            chance28_two=forecast.chance(mean28[rows], month, 2),
            top_chance=_cut(float(np.partition(chance28, below_top)[below_top])),
            foreseen=_cut(float(forecast.chance(mean28 / ratio, month, 1).sum())),
            faith_count=faith_count,
            faith_year=faith[:, -_YEAR.days :].sum(axis=1),
            faith=look(self._faith_memory.before(day), faith_count, number, detector, rows),
            ratio=ratio,
            ready=began is not None and day - began >= timedelta(weeks=burn_in_weeks),
        )

    def _ratio(self, day: date) -> float:
        """Areas that had an event over those expected to, by weeks that are over, the newest counting most."""
        ratio = self.parameters.ratio
        seen = expected = ratio.prior_areas
        for begun, foreseen in self.foreseen.items():
            ended = begun + timedelta(days=self.parameters.month.days)
            if not timedelta() <= day - ended <= _MEMORY:
                continue
            weight = 0.5 ** ((day - ended).days / 7 / ratio.half_life_weeks) * 7 / self.parameters.month.days
            seen += weight * self._counts.busy(begun + timedelta(days=1), ended)
            expected += weight * foreseen
        return float(np.clip(seen / expected, ratio.least, ratio.most))

    def _score(self, findings: Findings, n: int, code: str, made: Round, override: Override | None) -> Score:
        terms28 = [_cut(float(each)) for each in findings.terms28[n]]
        finding = Finding(
            score=_cut(float(findings.surprise.score[n])),
            chance1=_cut(float(findings.chance28[n])),
            chance2=_cut(float(findings.chance28_two[n])),
            ready=findings.ready,
        )
        found = levels.found_level(finding, self.parameters.thresholds, made.top_chance)
        return Score(
            area=code,
            day=made.day,
            parameters=self._version,
            count=int(findings.count[n]),
            has_reported=bool(findings.reporting[n]),
            expected=_cut(float(findings.surprise.expected.mean[n])),
            variance=_cut(float(findings.surprise.expected.variance[n])),
            tail=_cut(float(findings.surprise.tail[n])),
            score=finding.score,
            judged=findings.surprise.judged,
            mean7=_cut(float(findings.mean7[n])),
            chance7=_cut(float(findings.chance7[n])),
            mean28=sum(terms28),
            chance28=finding.chance1,
            chance28_two=finding.chance2,
            terms28=dict(zip(TERMS, terms28, strict=True)),
            ratio=_cut(findings.ratio),
            coverage=_cut(self._coverage(int(findings.rows[n]), made.day)),
            faith_count=int(findings.faith_count[n]),
            faith_year=int(findings.faith_year[n]),
            faith_score=_cut(float(findings.faith.score[n])),
            ready=findings.ready,
            found=found,
            standing=self._standing(code, found, made.day, override),
        )

    def _standing(self, code: str, found: Level, day: date, override: Override | None) -> LevelState:
        standing = levels.step(self.standings.get(code, LevelState()), found, day)
        if override is None:
            return standing
        return levels.apply_override(standing, override.level, found, day, override.reason, override.office)

    def _coverage(self, row: int, day: date) -> float:
        """Share of an area's kecamatan with a report in the last 52 weeks."""
        below = self.country.below[row]
        if not below.size:
            return 0.0
        return float(self._weeks.weekly(day, below)[:, -52:].any(axis=1).mean())


def _cut(value: float) -> float:
    """Nine digits: more than anybody needs, fewer than processors differ in."""
    return float(f"{value:.9g}")
