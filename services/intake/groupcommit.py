"""Group commit: reports that arrive together are made durable together.

One insert a request would wait for the journal once each; here whoever waits shares the wait. The answer still
comes only after majority and journal.
"""

import asyncio
from collections.abc import Callable

from pymongo.errors import BulkWriteError, PyMongoError

from chassis.problems import unavailable
from chassis.store import Collection, Document

_MOST = 500
_DUPLICATE = 11000


class Taken(Exception):
    """A unique value is in use already; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class GroupCommit:
    """Inserts into one collection."""

    def __init__(self, collection: Collection, ring: Callable[[], None]) -> None:
        self._collection = collection
        self._ring = ring
        self._waiting: list[tuple[Document, asyncio.Future[None]]] = []
        self._work = asyncio.Event()

    async def insert(self, document: Document) -> None:
        """Return when the document is durable; `Taken` if a unique value is in use, a 503 if it was not stored."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((document, done))
        self._work.set()
        await done

    async def run(self) -> None:
        """Commit group after group until cancelled."""
        while True:
            await self._work.wait()
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not self._waiting:
                self._work.clear()
            await self._commit(group)

    async def _commit(self, group: list[tuple[Document, asyncio.Future[None]]]) -> None:
        failed: dict[int, Exception] = {}
        try:
            await self._collection.insert_many([document for document, _ in group], ordered=False)
        except BulkWriteError as error:
            failed = _by_document(error, len(group))
        except PyMongoError:
            failed = dict.fromkeys(range(len(group)), unavailable())
        except BaseException:
            for _, done in group:
                done.cancel()
            raise
        for place, (_, done) in enumerate(group):
            if done.done():
                continue
            if place in failed:
                done.set_exception(failed[place])
            else:
                done.set_result(None)
        self._ring()


def _by_document(error: BulkWriteError, count: int) -> dict[int, Exception]:
    if error.details["writeConcernErrors"]:
        return dict.fromkeys(range(count), unavailable())
    return {
        each["index"]: Taken(next(iter(each.get("keyPattern", {"_id": 1}))))
        if each["code"] == _DUPLICATE
        else unavailable()
        for each in error.details["writeErrors"]
    }
