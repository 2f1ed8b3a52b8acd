"""Whose reports were found to be hoaxes lately: their unverified word does not count as a proven one for a while.

Only of people whom the channel proves. Who claims a name could claim somebody else's and have *them* doubted; who
wants no name has another pseudonym each time; a program and an office speak for many. It is held by the pseudonym of
reports and by nothing that leads to a person, halves in thirty days, and is gone once a report of theirs is confirmed.
What a doubted source says is still looked at by a person: only a level does not rise by it alone.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, UpdateMany, UpdateOne

from chassis.database import Collection
from contracts.events import CaseVerified, JoinedReport
from contracts.vocabulary import FOUNDED, Provenance, ReporterKind, Verdict

_HALF_LIFE = timedelta(days=30)
_DOUBTED_FROM = 0.5
"""One hoax is doubted for one half-life, two at once for two."""
RETAINED = timedelta(days=180)


def weight(hoaxes: Iterable[datetime], at: datetime) -> float:
    """What hoaxes found at these times weigh now: 1 for one that was found just now, half of it each 30 days."""
    return float(sum(0.5 ** ((at - found) / _HALF_LIFE) for found in hoaxes if found <= at))


def remembered(report: JoinedReport) -> bool:
    """Whether a verdict on this report says something of its source."""
    return report.provenance is Provenance.PERSON and report.reporter_kind is not ReporterKind.ANONYMOUS


class Reliability:
    """The sources with hoaxes of the last half year: `_id` the pseudonym, `hoaxes` the cases and when."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    @staticmethod
    def indexes() -> list[IndexModel]:
        """Forgotten by themselves."""
        return [IndexModel("forget_at", expireAfterSeconds=0)]

    async def doubted(self, reports: Iterable[JoinedReport], at: datetime) -> frozenset[str]:
        """Ids of the reports whose source is doubted."""
        by_source = [(each.source, each.report_id) for each in reports if remembered(each)]
        if not by_source:
            return frozenset()
        found = self._collection.find({"_id": {"$in": [source for source, _ in by_source]}})
        doubted = {
            each["_id"] async for each in found if weight([one["at"] for one in each["hoaxes"]], at) >= _DOUBTED_FROM
        }
        return frozenset(report_id for source, report_id in by_source if source in doubted)

    async def take(self, verdicts: Mapping[str, tuple[CaseVerified, Iterable[JoinedReport]]]) -> None:
        """Verdicts by case, with what the case holds. Taken again after a crash they change nothing: a hoax is in the
        set already, and a confirmation takes out what is older than itself and no more."""
        writes: list[UpdateOne | UpdateMany] = []
        for case_id, (verdict, reports) in verdicts.items():
            sources = sorted({each.source for each in reports if remembered(each)})
            if sources:
                writes += _writes(case_id, verdict, sources)
        if writes:
            await self._collection.bulk_write(writes, ordered=True)


def _writes(case_id: str, verdict: CaseVerified, sources: list[str]) -> list[UpdateOne | UpdateMany]:
    if verdict.verdict in FOUNDED:
        return [UpdateMany({"_id": {"$in": sources}}, {"$pull": {"hoaxes": {"at": {"$lte": verdict.at}}}})]
    # Of a case there is one verdict that holds, the newest: what it said before goes.
    before: dict[str, Any] = {"$pull": {"hoaxes": {"case_id": case_id}}}
    withdrawn: list[UpdateOne | UpdateMany] = [UpdateMany({"_id": {"$in": sources}}, before)]
    if verdict.verdict is not Verdict.HOAKS:
        return withdrawn
    found = {
        "$addToSet": {"hoaxes": {"case_id": case_id, "at": verdict.at}},
        "$max": {"forget_at": verdict.at + RETAINED},
    }
    return [*withdrawn, *(UpdateOne({"_id": source}, found, upsert=True) for source in sources)]
