"""What a score costs, in time and memory: `python -m bench.scorer`. Needs nothing but the processor.

Beside it, in the same run, stands the plainest thing one could do instead: a moving average of the same counts.
"""

import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bench.load import percentile
from services.escalation.country import indonesia
from services.escalation.parameter_file import read_parameters
from services.escalation.rounds import Entry, Round
from services.escalation.scorer import Scorer
from services.escalation.scoring import HISTORY
from services.escalation.warning import comparison
from tests.escalation import national

_DAY = date(2026, 11, 21)
_SINGLE = 300


def main() -> None:
    """Measure and print."""
    country, parameters = indonesia(), read_parameters()
    before = _resident()
    scorer = Scorer(country, parameters, _DAY - HISTORY)
    reports = national.reports(datetime(2026, 11, 21, tzinfo=UTC))
    entries = [_entry(each.region, (each.at + timedelta(hours=7)).date()) for each in reports]
    scorer.take(entries)
    first = _timed(lambda: scorer.play(_round(full=True)))
    print(f"national state of {len(entries)} reports: {(_resident() - before) / 1024:.0f} MB more resident (bar 50)")
    print(f"first full round, detector from the beginning: {first * 1000:.0f} ms")
    full = statistics.median(_timed(lambda: _everything(scorer)) for _ in range(9))
    areas = len(country.areas.codes) + len(country.kecamatan)
    print(f"all {areas} areas once more: {full * 1000:.0f} ms (bar 1000)")
    reported = [_round(_entry(country.kecamatan[n * 23], _DAY)) for n in range(_SINGLE)]
    single = [_timed(lambda made=made: scorer.play(made)) for made in reported]
    median, worst = statistics.median(single) * 1e6, percentile(single, 0.99) * 1e6
    print(f"a report with its levels: median {median:.0f} us, p99 {worst:.0f} us (bar 1000)")
    batch = [_entry(country.kecamatan[n * 14], _DAY) for n in range(500)]
    many = statistics.median(_timed(lambda: scorer.play(_round(*batch))) for _ in range(9))
    print(f"a report in a round of 500: {many / 500 * 1e6:.0f} us")
    weekly = np.random.default_rng(1).poisson(0.06, (len(country.areas.codes), 104)).astype(float)
    plain = statistics.median(_timed(lambda: comparison.standardised(weekly, 26, 0)) for _ in range(9))
    print(f"full round / moving average of two years for the same areas: {full / plain:.1f}")


def _everything(scorer: Scorer) -> None:
    scorer.play(_round(full=True))
    for code in scorer.country.areas.codes:
        scorer.kecamatan(code, _DAY)


def _entry(region: str, day: date) -> Entry:
    return Entry(report="r", day=day, area=region[:5], kecamatan=region if region.count(".") == 2 else None)


def _round(*entries: Entry, full: bool = False) -> Round:
    return Round(
        number=1,
        at=datetime.combine(_DAY, datetime.min.time(), UTC),
        day=_DAY,
        parameters="",
        burn_in_weeks=8,
        full=full,
        entries=entries,
    )


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _resident() -> int:
    """Most memory so far, kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
