"""Leases: of several replicas one works and the others wait.

A lease is one document {_id, owner, token, expires_at}. Expiry is judged by the database's clock alone; the holder
counts its own time from before the request, so it believes itself the holder for less long than the database does.
The token grows with every change of owner: a write that carries it (fencing) is refused after a takeover.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import structlog
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError

from chassis.concurrency import wait_for_wake
from chassis.database import Collection

log = structlog.get_logger(__name__)
SECONDS = 6.0
_RENEW_SECONDS = 2.0
_MARGIN_SECONDS = 1.0
_TOGETHER_SECONDS = 0.02
_PAST = datetime(2000, 1, 1, tzinfo=UTC)
_RUNS: dict[str, Any] = {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}


class Renewals:
    """Renews what a replica holds together: a service has some ten leases, and each write of its own is a durable one.

    Only what this replica holds is renewed here; whoever finds that it does not acquires for itself.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._asked: dict[str, tuple[Lease, asyncio.Future[dict[str, Any] | None]]] = {}
        self._rounds: set[asyncio.Task[None]] = set()
        """Those under way: the event loop itself holds no task, and one that is collected answers nobody."""

    async def renew(self, lease: "Lease") -> dict[str, Any] | None:
        """The lease's document, renewed; None where it is not, or no more, this replica's."""
        answer: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        begins = not self._asked
        self._asked[lease.name] = (lease, answer)
        if begins:
            round = asyncio.create_task(self._soon())
            self._rounds.add(round)
            round.add_done_callback(self._rounds.discard)
        return await answer

    async def _soon(self) -> None:
        await asyncio.sleep(_TOGETHER_SECONDS)
        # Taken before the first await below: who asks from now on begins the next round, and misses nothing.
        asked, self._asked = self._asked, {}
        try:
            await self._collection.bulk_write([each.renewal for each, _ in asked.values()], ordered=False)
            found = {each["_id"]: each async for each in self._collection.find({"_id": {"$in": list(asked)}, **_RUNS})}
        except BaseException as error:  # whoever asked gets it, and decides; nobody waits for ever
            for _, answer in asked.values():
                if not answer.done():
                    answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for lease, answer in asked.values():
            document = found.get(lease.name)
            is_mine = document is not None and (document["owner"], document["token"]) == (lease.owner, lease.token)
            if not answer.done():
                answer.set_result(document if is_mine else None)


class Lease:
    """The right to do one thing, held by at most one replica at a time."""

    def __init__(
        self,
        collection: Collection,
        name: str,
        owner: str,
        seconds: float = SECONDS,
        renewals: Renewals | None = None,
    ) -> None:
        self._collection = collection
        self._renewals = renewals or Renewals(collection)
        self._seconds = seconds
        self._until = 0.0
        self._held = asyncio.Event()
        self.name = name
        self.owner = owner
        self.token = 0
        self._wanted = True
        self._changed = asyncio.Event()
        self.contended = False
        """Whether another replica waits for it: its writes wake nobody here, so the holder polls more often."""

    @property
    def wanted(self) -> bool:
        """Whether this replica could do the work at all; another one may have it where not."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        self._wanted = wanted
        self._changed.set()

    @property
    def held(self) -> bool:
        """Whether this replica may work now. Ask again before every effect, not once per loop."""
        return self.wanted and time.monotonic() < self._until

    async def wait_held(self) -> None:
        """Return when this replica may work."""
        while not self.held:
            self._held.clear()
            await self._held.wait()

    async def keep(self) -> None:
        """Acquire, renew, and acquire again when lost, until cancelled; let go while it is not wanted.

        One task for the life of the process: cancelling a database call that waits for its server, as a task that is
        started and stopped would, can leave the driver's locks behind and with them everything that comes after.
        """
        try:
            while True:
                self._changed.clear()
                try:
                    await (self._renew() if self.wanted else self._let_go())
                except PyMongoError as error:
                    # The deadline runs on: without the database the lease ends by itself.
                    log.warning("lease not renewed", lease=self.name, reason=type(error).__name__)
                await wait_for_wake(self._changed, min(_RENEW_SECONDS, self._seconds / 3))
        finally:
            await self._release()

    async def _let_go(self) -> None:
        if self.token:
            await self._release()
            self.token = 0

    async def _renew(self) -> None:
        began = time.monotonic()
        found = await self._renewals.renew(self) if self.held else None
        found = found or await self._take()
        if found is None:
            self._until = 0.0
            await self._collection.update_one({"_id": self.name}, [{"$set": {"standby_at": "$$NOW"}}])
            return
        if found["token"] != self.token:
            log.info("lease acquired", lease=self.name, token=found["token"])
        self.token, self.contended = found["token"], bool(found["contended"])
        # The margin covers what lies between asking `held` and the effect itself.
        self._until = began + self._seconds - min(_MARGIN_SECONDS, self._seconds / 4)
        self._held.set()

    @property
    def renewal(self) -> UpdateOne:
        """The write that prolongs it, where it still is this replica's and runs."""
        mine = {"_id": self.name, "owner": self.owner, "token": self.token, **_RUNS}
        return UpdateOne(mine, [{"$set": self._prolonged()}])

    def _prolonged(self) -> dict[str, Any]:
        recent = {"$subtract": ["$$NOW", int(self._seconds * 2000)]}
        return {
            "expires_at": {"$add": ["$$NOW", int(self._seconds * 1000)]},
            "contended": {"$gt": [{"$ifNull": ["$standby_at", 0]}, recent]},
        }

    async def _take(self) -> dict[str, Any] | None:
        mine, runs = {"$eq": ["$owner", self.owner]}, _RUNS["$expr"]
        free_or_mine = {"$expr": {"$or": [mine, {"$not": [runs]}]}}
        token = {"$cond": [{"$and": [mine, runs]}, "$token", {"$add": [{"$ifNull": ["$token", 0]}, 1]}]}
        change = {"owner": self.owner, "token": token, **self._prolonged()}
        taken = await self._try(free_or_mine, change)
        if taken is None and await self._create():
            taken = await self._try(free_or_mine, change)
        return taken

    async def _try(self, free_or_mine: dict[str, Any], change: dict[str, Any]) -> dict[str, Any] | None:
        return await self._collection.find_one_and_update(
            {"_id": self.name, **free_or_mine}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    async def _create(self) -> bool:
        """Make the document, already expired; an upsert cannot, as its filter must not compare with the clock."""
        try:
            await self._collection.insert_one({"_id": self.name, "token": 0, "expires_at": _PAST})
        except DuplicateKeyError:
            return False  # it is there, and somebody else's
        return True

    async def _release(self) -> None:
        self._until = 0.0
        gone = [{"$set": {"expires_at": "$$NOW"}}]
        try:
            await self._collection.update_one({"_id": self.name, "owner": self.owner}, gone)
        except PyMongoError as error:
            log.info("lease not released, it expires", lease=self.name, reason=type(error).__name__)
