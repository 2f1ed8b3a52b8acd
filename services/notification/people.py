"""The directory's people: listed by files in the background, removed one by one, offices counted with them."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, ReplaceOne

from chassis.aggregates import Aggregate
from chassis.clock import new_id, now
from chassis.concurrency import wait_for_wake
from chassis.database import Document, literal
from chassis.language import _
from chassis.leases import Lease
from chassis.problems import Problem
from chassis.quarantine import READABLE
from contracts.base import Event
from services.notification import model
from services.notification.directory import RowResult
from services.notification.model import Office, Official
from services.notification.store import Store

_IN_A_PART = 1000
_POLL_SECONDS = 2.0
_SHOWN_FAULTS = 200
_WAYS = ("whatsapp", "email", "sms")


class People:
    """Changes of the directory. A file is stored in parts first, so that whoever crashes goes on with the rest."""

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store = store
        self._lease = lease
        self._waiting = asyncio.Event()

    async def accept(self, results: list[RowResult], at: datetime) -> str:
        """Store what a file holds, to be listed in the background; the import's id."""
        import_id = new_id()
        fit = {each.id: each.official.model_dump() for each in results if each.id and each.official}
        rows = [{"_id": id, **official} for id, official in fit.items()]
        parts = [rows[start : start + _IN_A_PART] for start in range(0, len(rows), _IN_A_PART)]
        for n, part in enumerate(parts):
            await self._store.imports.insert_one({"_id": f"{import_id}:{n}", "of": import_id, "rows": part})
        faults = [{"number": each.number, "reason": each.reason} for each in results if each.reason]
        header = {
            "_id": import_id,
            "open": True,
            "at": at,
            "rows": len(results),
            "listed": 0,
            "parts": len(parts),
            "done": 0,
            "faults": faults[:_SHOWN_FAULTS],
            "more_faults": max(len(faults) - _SHOWN_FAULTS, 0),
        }
        await self._store.imports.insert_one(header)  # last: what it names is all there
        self._waiting.set()
        return import_id

    async def progress(self, import_id: str) -> Document | None:
        """How far an import is."""
        return await self._store.imports.find_one({"_id": import_id, "rows": {"$type": "number"}})

    async def list_waiting(self) -> None:
        """List what waits, until cancelled."""
        while True:
            await self._lease.wait_held()
            self._waiting.clear()
            async for header in self._store.imports.find({"open": True}).sort("_id", 1):
                await self._list(header)
            await wait_for_wake(self._waiting, _POLL_SECONDS)

    async def _list(self, header: Document) -> None:
        """Part after part; a part that is listed twice changes nothing."""
        for n in range(header["done"], header["parts"]):
            part = await self._store.imports.find_one({"_id": f"{header['_id']}:{n}"})
            rows = part["rows"] if part else []
            await self.write(rows, now(), header["_id"])
            done = {"$set": {"done": n + 1}, "$inc": {"listed": len(rows)}}
            await self._store.imports.update_one({"_id": header["_id"], "done": n}, done)
        await self._store.imports.update_one({"_id": header["_id"]}, {"$set": {"open": False}})
        await self._store.imports.delete_many({"of": header["_id"]})

    async def write(self, rows: list[Document], at: datetime, import_id: str) -> None:
        """List officials with one bulk write, then count every office that they are or were in."""
        if not rows:
            return
        ids = [each["_id"] for each in rows]
        before = await self._store.officials.collection.find({"_id": {"$in": ids}}, {"regions": 1}).to_list()
        touched = {code for each in before for code in each["regions"]}
        listed = {each["_id"] for each in before}
        left = await self._transferred([each for each in rows if each["_id"] not in listed], ids, import_id)
        writes: list[Any] = [
            ReplaceOne({"_id": each["_id"]}, {**each, "import": import_id}, upsert=True) for each in rows
        ]
        # In one write: nobody is without a post in between, nor called at two offices afterwards.
        writes += [DeleteOne({"_id": each["_id"]}) for each in left]
        await self._store.officials.collection.bulk_write(writes, ordered=False)
        touched |= {code for each in left for code in each["regions"]}
        await self.recount(touched | {code for each in rows for code in each["regions"]}, at)

    async def _transferred(self, rows: list[Document], ids: list[str], import_id: str) -> list[Document]:
        """The posts that people had who are listed at one for the first time: a person is a name with a number or a
        mail address. Two posts in one file are two posts, and so are two that were listed before."""
        ways = {(each["name"].lower(), each[way]) for each in rows for way in _WAYS if each.get(way)}
        if not ways:
            return []
        known: Document = {
            **READABLE,
            "_id": {"$nin": ids},
            "import": {"$ne": import_id},
            "$or": [{way: {"$in": [each[way] for each in rows if each.get(way)]}} for way in _WAYS],
        }
        found = await self._store.officials.collection.find(known).to_list()
        return [each for each in found if any((str(each.get("name")).lower(), each.get(way)) in ways for way in _WAYS)]

    async def remove(self, official_id: str, at: datetime) -> bool:
        """Take somebody out of the directory: nobody calls them any more. Whether they were in it."""
        found = await self._store.officials.collection.find_one_and_delete({"_id": official_id})
        if found is None:
            return False
        await self.recount(Official.model_validate(found).regions, at)
        return True

    async def recount(self, codes: Iterable[str], at: datetime) -> None:
        """Count offices and publish those that changed."""
        counted: dict[str, tuple[int, list[str]]] = {}

        async def read(loaded: Mapping[str, Aggregate[Office]]) -> None:
            # Counted after the office was loaded: who counts later saves later, or this save is refused.
            counted.update(await self._store.count_offices(loaded))

        def decide(office: Aggregate[Office]) -> list[Event] | None:
            officials, roles = counted[office.id]
            return model.list_office(office, officials, roles, at)

        wanted = set(codes)
        if wanted:
            await self._store.offices.update_many(wanted, decide, lambda _: Office(), read)

    async def find_one_called(self, name: str) -> Document:
        """The official with this name. 422 where there is none, or several."""
        same = {"name": {"$regex": f"^{literal(name)}$", "$options": "i"}}
        found = await self._store.officials.collection.find({**same, **READABLE}).limit(2).to_list()
        if len(found) != 1:
            detail = _("Tulis nama lengkapnya seperti di direktori.")
            title = _("Ada beberapa {name} di direktori") if found else _("{name} tidak ada di direktori")
            raise Problem("official-unclear", 422, title.format(name=name), detail)
        return found[0]

    async def search(self, text: str, after: str, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """People by name, in order, behind a cursor (name and id: names repeat); the next cursor."""
        query: Document = {}
        if after:
            name, _sep, id = after.rpartition("|")
            query["$and"] = [{"$or": [{"name": {"$gt": name}}, {"name": name, "_id": {"$gt": id}}]}]
        if text:
            query["$or"] = [{"regions": text}, {"name": {"$regex": f"^{literal(text)}", "$options": "i"}}]
        ordered = self._store.officials.collection.find(query).sort([("name", 1), ("_id", 1)])
        found = await ordered.limit(limit + 1).to_list()
        last = found[limit - 1] if len(found) > limit else None
        return found[:limit], f"{last['name']}|{last['_id']}" if last else None
