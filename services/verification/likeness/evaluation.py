"""How well reports are grouped, on labelled pairs: what joins by itself, what an officer is asked of."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.events import ReportSubmitted
from contracts.regions import jurisdiction
from contracts.vocabulary import Channel, ReporterKind
from services.verification.grouping import Candidate, Grouping, group, sample_of

_CALLED = "pair"


@dataclass(frozen=True)
class Pair:
    """Two reports, and whether they tell of one event."""

    id: str
    same: bool
    first: ReportSubmitted
    second: ReportSubmitted


@dataclass(frozen=True)
class Result:
    """Shares of 1: `precision` of what joins by itself, `recall` of what is the same and joins, or is asked of."""

    pairs: int
    same: int
    joined: int
    precision: float
    recall_joined: float
    recall: float
    asked_falsely: float
    """Of different events, for how many an officer is asked."""
    milliseconds: float
    """A pair."""
    joined_falsely: list[str]
    """Ids."""
    missed: list[str]


def pairs_of(path: Path) -> Iterator[Pair]:
    """The pairs of a file of JSON Lines. `ValueError` says which line is none."""
    for n, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            read = json.loads(line)
            yield Pair(str(read["id"]), bool(read["same"]), _report("a", read["a"]), _report("b", read["b"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}:{n}: {error}") from error


def _report(id: str, read: dict[str, Any]) -> ReportSubmitted:
    region = read["region"]
    more = {name: read[name] for name in ("categories", "acts", "place", "point", "at", "occurred_at") if name in read}
    return ReportSubmitted(
        report_id=id,
        ticket="",
        channel=Channel.WEB,
        source=id,
        reporter_kind=ReporterKind.CITIZEN,
        region=region,
        jurisdiction=jurisdiction(region),
        narrative=read["text"],
        **more,
    )


def evaluate(pairs: Iterable[Pair]) -> Result:
    """Let the first of each pair begin a case, and group the second."""
    known, began = list(pairs), time.perf_counter()
    found = [(each, _grouped(each)) for each in known]
    taken = time.perf_counter() - began
    same = [(pair, grouping) for pair, grouping in found if pair.same]
    other = [(pair, grouping) for pair, grouping in found if not pair.same]
    right = sum(grouping.joins is not None for _, grouping in same)
    wrong = [pair.id for pair, grouping in other if grouping.joins]
    missed = [pair.id for pair, grouping in same if not (grouping.joins or grouping.similar)]
    return Result(
        pairs=len(found),
        same=len(same),
        joined=right + len(wrong),
        precision=_share(right, right + len(wrong)),
        recall_joined=_share(right, len(same)),
        recall=_share(len(same) - len(missed), len(same)),
        asked_falsely=_share(sum(bool(grouping.similar) for _, grouping in other), len(other)),
        milliseconds=1000 * taken / max(len(found), 1),
        joined_falsely=wrong,
        missed=missed,
    )


def _grouped(pair: Pair) -> Grouping:
    first = pair.first
    case = Candidate(_CALLED, set(first.categories), [sample_of(first)], first.jurisdiction)
    return group(pair.second, [case])


def _share(some: int, of: int) -> float:
    return some / of if of else 0.0
