"""Snapshots of the log: what counts after a round, added up, so that a start reads a snapshot and the rounds since,
not all rounds. Only a shortcut: a snapshot is made from rounds, and whoever drops all of them loses nothing but time.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from chassis.database import Collection, Document
from services.escalation.rounds import Entry

_IN_A_PART = 20_000
"""Together some 1.5 MB, far below what a document may have."""
Key = tuple[str | None, str | None, str, bool, int | None]


@dataclass
class Snapshots:
    """The newest snapshot: a header, written last, and its parts."""

    collection: Collection
    rounds: Collection

    async def entries_until(self, number: int) -> list[Entry]:
        """What counts after a round, added up by area, kecamatan, day, kind and voice."""
        header = await self._newest(number)
        totals = await self._read(header) if header else defaultdict(int)
        since = header["_id"] if header else 0
        async for key, count in self._added(since, number):
            totals[key] += count
        return [_entry(key, count) for key, count in totals.items() if count]

    async def take(self, number: int) -> None:
        """Make the snapshot after a round, then let older ones go. A crash leaves parts that no header names."""
        entries = await self.entries_until(number)
        rows = [[e.area, e.kecamatan, e.day.isoformat(), e.faith, e.voice, e.number] for e in entries]
        parts = [rows[start : start + _IN_A_PART] for start in range(0, len(rows), _IN_A_PART)]
        for count, part in enumerate(parts):
            which = {"_id": f"{number}:{count}"}
            await self.collection.replace_one(which, {"of": number, "rows": part}, upsert=True)
        await self.collection.replace_one({"_id": number}, {"parts": len(parts)}, upsert=True)
        await self.collection.delete_many({"_id": {"$type": "number", "$lt": number}})
        await self.collection.delete_many({"of": {"$lt": number}})

    async def _newest(self, number: int) -> Document | None:
        wanted = {"_id": {"$type": "number", "$lte": number}, "parts": {"$exists": True}}
        return await self.collection.find_one(wanted, sort=[("_id", -1)])

    async def _read(self, header: Document) -> dict[Key, int]:
        totals: dict[Key, int] = defaultdict(int)
        for count in range(header["parts"]):
            part = await self.collection.find_one({"_id": f"{header['_id']}:{count}"})
            for *key, number in part["rows"] if part else ():
                totals[tuple(key)] += number
        return totals

    async def _added(self, since: int, until: int) -> Any:
        """What rounds after one and up to another added, by key."""
        names = ("area", "kecamatan", "day", "faith", "voice")
        steps: list[dict[str, Any]] = [
            {"$match": {"_id": {"$gt": since, "$lte": until}}},
            {"$unwind": "$entries"},
            {
                "$group": {
                    "_id": {key: f"$entries.{key}" for key in names},
                    "number": {"$sum": "$entries.number"},
                }
            },
        ]
        found = await self.rounds.aggregate(steps, allowDiskUse=True)
        async for each in found:
            yield tuple(each["_id"].get(name) for name in names), each["number"]


def _entry(key: Key, number: int) -> Entry:
    area, kecamatan, day, faith, voice = key
    return Entry.model_validate(
        {
            "report": "",
            "area": area,
            "kecamatan": kecamatan,
            "day": day,
            "faith": faith,
            "voice": voice,
            "number": number,
        }
    )
