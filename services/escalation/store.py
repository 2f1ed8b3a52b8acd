"""Escalation's collections: the watched cases, the log of reports, the rounds of scoring, the areas as they stand."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from pymongo import DESCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from chassis.aggregates import Aggregates, Conflict
from chassis.database import Collection, Document, insert_new
from chassis.foundation import Foundation
from contracts.events import UNKNOWN_SOURCE, ReportSubmitted
from contracts.vocabulary import Provenance
from services.escalation.area import AreaScore
from services.escalation.model import FAITH, CaseScore, Looks, upgrade_to_2
from services.escalation.reliability import Reliability
from services.escalation.rounds import Entry, Override, Round
from services.escalation.snapshots import Snapshots
from services.escalation.warning.parameters import Parameters

AREA_CALENDAR = ZoneInfo("Asia/Jakarta")
"""A day of the statistics is a day in western Indonesia, everywhere."""
_OLDEST = timedelta(weeks=520)
_MOST_IN_A_ROUND = 20_000
_MOST_OVERRIDES = 200
"""Together they keep a round far below the 16 MB that a document may have."""


@dataclass
class Store:
    """Escalation's collections.

    A report of the log counts in rounds: `wanted` says whether it should, `applied` whether the rounds so far say so;
    `dirty` that it must be looked at. Rounds are numbered without a gap, are never changed, and hold everything that
    their scores were computed from.
    """

    cases: Aggregates[CaseScore]
    looks: Aggregates[Looks]
    areas: Aggregates[AreaScore]
    reliability: Reliability
    log: Collection
    overrides: Collection
    rounds: Collection
    parameters: Collection
    snapshots: Snapshots
    wake_scoring: Callable[[], None] = lambda: None
    """There is something new to score."""

    async def log_reports(self, reports: list[ReportSubmitted]) -> None:
        """Put reports into the log; those in it change nothing."""
        documents = [_logged(each) for each in reports if not each.exercise]
        known = await insert_new(self.log, documents)
        # A verdict may have been processed before its report: then the report is what is missing.
        waits = {"region": {"$exists": False}}
        writes = [UpdateOne({"_id": each["_id"], **waits}, {"$set": _reported(each)}) for each in known]
        if writes:
            await self.log.bulk_write(writes, ordered=False)

    async def count_reports(self, report_ids: list[str], counted: bool) -> None:
        """Let reports count or not: a rejected hoax does not."""
        # Processed before the report itself, a verdict waits here for it.
        change = {
            "wanted": counted,
            "dirty": {"$or": [{"$ifNull": ["$dirty", False]}, {"$ne": ["$wanted", counted]}]},
            "applied": {"$ifNull": ["$applied", False]},
            "round": {"$ifNull": ["$round", 0]},
        }
        writes = [UpdateOne({"_id": id}, [{"$set": change}], upsert=True) for id in report_ids]
        if writes:
            await self.log.bulk_write(writes, ordered=False)

    async def override(self, override_id: str, area: str, level: int, reason: str, office: str) -> None:
        """Store what an officer sets for an area, until a round takes it in."""
        document = {"_id": override_id, "area": area, "level": level, "reason": reason, "office": office, "round": None}
        await self.overrides.insert_one(document)

    async def waiting(self, today: date) -> list[Entry]:
        """What should count and does not yet, or the other way round. What lies ahead of today waits for its day."""
        wanted = {"dirty": True, "day": {"$lte": today.isoformat()}}
        while True:
            found = await self.log.find(wanted, limit=_MOST_IN_A_ROUND, sort=[("_id", 1)]).to_list()
            entries = [_entry(each) for each in found if each["wanted"] is not each["applied"]]
            settled = [each["_id"] for each in found if each["wanted"] is each["applied"]]
            if settled:
                still = {"_id": {"$in": settled}, "$expr": {"$eq": ["$wanted", "$applied"]}}
                await self.log.update_many(still, {"$set": {"dirty": False}})
            if entries or not found:
                return entries

    async def waiting_overrides(self) -> list[Override]:
        """What officers set and no round has taken in, oldest first."""
        found = await self.overrides.find({"round": None}, sort=[("_id", 1)], limit=_MOST_OVERRIDES).to_list()
        return [Override.model_validate({**each, "id": each["_id"]}) for each in found]

    async def append(self, made: Round) -> None:
        """Keep a round; `Conflict` when another replica made the one with this number."""
        try:
            await self.rounds.insert_one(
                {"_id": made.number, **made.model_dump(mode="json", by_alias=True, exclude={"number"})}
            )
        except DuplicateKeyError as error:
            raise Conflict(str(made.number)) from error

    async def finish(self, made: Round) -> None:
        """Mark in the log what a round took in. Doing it again changes nothing."""
        for counts in (True, False):
            reports = [each.report for each in made.entries if (each.number > 0) is counts]
            # Whoever changed `wanted` in between must be looked at again.
            change = {"applied": counts, "round": made.number, "dirty": {"$ne": ["$wanted", counts]}}
            if reports:
                await self.log.update_many({"_id": {"$in": reports}, "round": {"$lt": made.number}}, [{"$set": change}])
        overrides = [each.id for each in made.overrides]
        if overrides:
            await self.overrides.update_many({"_id": {"$in": overrides}}, {"$set": {"round": made.number}})

    async def clock(self) -> datetime:
        """The database's time: a second witness beside our own clock."""
        local: datetime = (await self.rounds.database.command("hello"))["localTime"]
        return local.replace(tzinfo=UTC)

    async def newest_round(self) -> Round | None:
        """The newest round, if there is one."""
        found = await self.rounds.find_one({}, sort=[("_id", DESCENDING)])
        return round_of(found) if found else None

    async def rounds_from(self, number: int) -> AsyncIterator[Round]:
        """Rounds from a number on, in their order."""
        async for each in self.rounds.find({"_id": {"$gte": number}}, sort=[("_id", 1)]):
            yield round_of(each)

    async def last_full(self, number: int) -> int:
        """The newest round up to a number that scored every area; 1 where there is none."""
        wanted = {"_id": {"$lte": number}, "full": True}
        found = await self.rounds.find_one(wanted, {"_id": 1}, sort=[("_id", DESCENDING)])
        return int(found["_id"]) if found else 1

    async def first_day(self) -> date | None:
        """The day of the first round."""
        found = await self.rounds.find_one({}, {"day": 1}, sort=[("_id", 1)])
        return date.fromisoformat(found["day"]) if found else None

    async def foreseen_until(self, number: int) -> list[Round]:
        """Full rounds up to a number, oldest first, without their entries and scores."""
        wanted = {"_id": {"$lte": number}, "full": True}
        found = await self.rounds.find(wanted, {"entries": 0, "scores": 0, "words": 0}, sort=[("_id", 1)]).to_list()
        return [round_of(each) for each in found]

    async def store_parameters(self, used: Parameters) -> bool:
        """Store a set that is used; one that is stored is never changed. Whether it is new."""
        document = used.model_dump(mode="json")
        done = await self.parameters.update_one({"_id": used.version}, {"$setOnInsert": document}, upsert=True)
        return done.upserted_id is not None

    async def parameter_sets(self) -> list[Parameters]:
        """All sets that were ever used."""
        found = await self.parameters.find({}, {"_id": 0}).to_list()
        return [Parameters.model_validate(each) for each in found]


def round_of(document: Document) -> Round:
    """A round as it was stored."""
    return Round.model_validate({**document, "number": document["_id"]})


def area_of(region: str) -> str:
    """The kabupaten or kota of a region: the unit of alarms."""
    return ".".join(region.split(".")[:2])


def day_of(moment: datetime) -> date:
    """The day of the statistics that a moment belongs to."""
    return moment.astimezone(AREA_CALENDAR).date()


def _logged(report: ReportSubmitted) -> Document:
    return {
        "_id": report.report_id,
        "region": report.region,
        "day": day_of(_happened(report)).isoformat(),
        "received": day_of(report.at).isoformat(),
        "faith": not FAITH.isdisjoint(report.categories),
        "voice": _voice(report),
        "jurisdiction": list(report.jurisdiction),
        "dirty": True,
        "wanted": True,
        "applied": False,
        "round": 0,
    }


def _reported(logged: Document) -> Document:
    """What comes from the report, and nothing of what was decided about it."""
    return {key: logged[key] for key in ("region", "day", "received", "faith", "voice", "jurisdiction", "dirty")}


def _voice(report: ReportSubmitted) -> int:
    """Statistics count voices, not posts: who reports a place and day again is one, and so are all rows of a file about
    them, and all of whom nothing is proven: a script could be any number of people.

    Reports that different offices may see are not the same voice: else one could hide the other from an office.
    """
    source = UNKNOWN_SOURCE if report.provenance is Provenance.UNPROVEN else report.source
    text = f"{source} {report.region} {day_of(_happened(report))} {' '.join(report.jurisdiction)}"
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest())


def _happened(report: ReportSubmitted) -> datetime:
    """When it happened, as far as that is believable; otherwise when it was reported."""
    text = report.occurred_at
    return text if text is not None and report.at - _OLDEST < text <= report.at else report.at


def _entry(logged: Document) -> Entry:
    """What is withheld from an office is not in its counts."""
    area, region = area_of(logged["region"]), logged["region"]
    visible = set(logged["jurisdiction"])
    return Entry(
        report=logged["_id"],
        day=date.fromisoformat(logged["day"]),
        received=date.fromisoformat(logged["received"]),
        area=area if area in visible else None,
        kecamatan=region if region != area and region in visible else None,
        faith=logged["faith"],
        voice=logged.get("voice"),
        number=1 if logged["wanted"] else -1,
    )


def build(foundation: Foundation) -> Store:
    """The collections with their indexes."""
    places = [("state.jurisdiction", 1), ("state.level", -1)]
    dirty = IndexModel([("dirty", 1), ("_id", 1)], partialFilterExpression={"dirty": True})
    rounds = foundation.collection("rounds", [IndexModel([("full", 1), ("_id", -1)])])
    return Store(
        cases=foundation.aggregates(
            "cases",
            CaseScore,
            [IndexModel([*places, ("state.updated_at", -1)]), IndexModel([("state.changed_at", 1)])],
            upgrades=[upgrade_to_2],
        ),
        looks=foundation.aggregates("looks", Looks),
        areas=foundation.aggregates("kabupaten", AreaScore, [IndexModel(places)]),
        reliability=Reliability(foundation.collection("reliability", Reliability.indexes())),
        log=foundation.collection("report_log", [dirty]),
        overrides=foundation.collection("words", [IndexModel("round")]),
        rounds=rounds,
        parameters=foundation.collection("parameters"),
        snapshots=Snapshots(foundation.collection("snapshots"), rounds),
    )
