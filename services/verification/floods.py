"""Places that are flooded: more reports by hands that nothing is proven of, in an hour, than an office can read.

A flood raises no level: all of them are one voice (ADR 16). But it hides what is true among it, so that the queue says,
once a place and with numbers, that it goes on.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel
from pymongo import IndexModel, UpdateOne

from chassis.quarantine import Documents
from contracts.events import ReportSubmitted
from contracts.vocabulary import Provenance, Stage, stage_of

_HOUR, _BUCKET = timedelta(hours=1), timedelta(minutes=1)
_MOST = 200
_MORE = 1.5
"""By how many times it must have grown to be written again within the minute."""


class Flood(BaseModel):
    """What is shown of one place."""

    region: str
    jurisdiction: tuple[str, ...]
    reports: int
    """Reports of the hour before `at`."""
    alarming: int
    """Those of them that tell of threats or worse."""
    at: AwareDatetime


class _Arrivals:
    """How many came to one place in the last hour, by minutes."""

    def __init__(self) -> None:
        self._minutes: deque[list[float]] = deque()
        self.written, self.written_count = 0.0, 0

    def take(self, at: datetime, alarming: bool) -> None:
        minute = at.timestamp() // _BUCKET.total_seconds()
        if not self._minutes or self._minutes[-1][0] < minute:
            self._minutes.append([minute, 0, 0])
        self._minutes[-1][1] += 1
        self._minutes[-1][2] += alarming

    def of_the_hour(self, at: datetime) -> tuple[int, int]:
        since = (at - _HOUR).timestamp() // _BUCKET.total_seconds()
        while self._minutes and self._minutes[0][0] <= since:
            self._minutes.popleft()
        return int(sum(each[1] for each in self._minutes)), int(sum(each[2] for each in self._minutes))


class Floods:
    """Counts what comes and writes down which places are flooded.

    The counts are this process's own: all reports of a place come by one partition, to one replica. One that takes the
    partition over begins anew, and notices a flood that goes on a little later.
    """

    def __init__(self, stored: Documents[Flood], threshold: int) -> None:
        self._stored = stored
        self._threshold = threshold
        self._places: defaultdict[tuple[str, ...], _Arrivals] = defaultdict(_Arrivals)
        self._swept = datetime.min.replace(tzinfo=UTC)

    @staticmethod
    def indexes() -> list[IndexModel]:
        """By who may see them; forgotten when they are over."""
        return [IndexModel([("jurisdiction", 1), ("reports", -1)]), IndexModel("at", expireAfterSeconds=7200)]

    async def take(self, reports: Sequence[ReportSubmitted]) -> None:
        """Count reports that are new here."""
        writes = []
        for each in reports:
            if each.provenance is Provenance.UNPROVEN and not each.exercise:
                writes += self._count(each)
        if writes:
            await self._stored.collection.bulk_write(writes, ordered=True)
        self._forget(max((each.at for each in reports), default=self._swept))

    def _count(self, report: ReportSubmitted) -> list[UpdateOne]:
        # Of whom an office must not know is counted apart: its numbers would tell of them.
        place, at = report.jurisdiction, report.at
        arrivals = self._places[place]
        arrivals.take(at, stage_of(report.acts) >= Stage.ANCAMAN_MOBILISASI)
        count, alarming = arrivals.of_the_hour(at)
        recent = at.timestamp() - arrivals.written < _BUCKET.total_seconds()
        if count < self._threshold or (recent and count < _MORE * arrivals.written_count):
            return []
        arrivals.written, arrivals.written_count = at.timestamp(), count
        flood = Flood(region=report.region, jurisdiction=place, reports=count, alarming=alarming, at=at)
        return [UpdateOne({"_id": "/".join(place)}, {"$set": flood.model_dump()}, upsert=True)]

    def _forget(self, at: datetime) -> None:
        # Once a minute: in a flood over the whole country each look at all places would cost more than it frees.
        if len(self._places) <= _MOST or at - self._swept < _BUCKET:
            return
        self._swept = at
        quiet = [place for place, arrivals in self._places.items() if not arrivals.of_the_hour(at)[0]]
        for place in quiet:
            del self._places[place]

    async def now_in(self, regions: Sequence[str], at: datetime) -> list[Flood]:
        """Places in these regions that were flooded within the last hour, the worst first."""
        query = {"jurisdiction": {"$in": list(regions)}, "at": {"$gt": at - _HOUR}}
        found = await self._stored.find(query, sort=[("reports", -1)], limit=20)
        return [flood for _id, flood in found]
