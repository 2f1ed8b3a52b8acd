"""Group commit: reports that arrive together are made durable together.

One insert a request would wait for the journal once each; here whoever waits shares the wait. The answer still
comes only after majority and journal.
"""

import asyncio
from collections.abc import Callable

from pymongo.errors import BulkWriteError, PyMongoError

from chassis.database import DUPLICATE, Collection, Document
from chassis.problems import unavailable

_MOST = 500
Waiting = tuple[Document, "asyncio.Future[None]"]


class Taken(Exception):
    """A unique value is in use already; `field` names which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class GroupCommit:
    """Inserts into one collection."""

    def __init__(self, collection: Collection, wake: Callable[[], None]) -> None:
        self._collection = collection
        self._wake = wake
        self._waiting: list[Waiting] = []
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

    async def _commit(self, group: list[Waiting]) -> None:
        try:
            failed = await self._write([document for document, _ in group])
        except asyncio.CancelledError:
            for _, done in group:
                done.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - one document that cannot be written must not take others with it
            if len(group) > 1:
                for each in group:
                    await self._commit([each])
                return
            failed = {0: error}
        for place, (_, done) in enumerate(group):
            if not done.done():
                done.set_exception(failed[place]) if place in failed else done.set_result(None)
        self._wake()

    async def _write(self, documents: list[Document]) -> dict[int, Exception]:
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return _by_document(error, len(documents))
        except PyMongoError:
            return dict.fromkeys(range(len(documents)), unavailable())
        return {}


def _by_document(error: BulkWriteError, count: int) -> dict[int, Exception]:
    if error.details["writeConcernErrors"]:
        return dict.fromkeys(range(count), unavailable())
    return {
        each["index"]: Taken(next(iter(each.get("keyPattern", {"_id": 1}))))
        if each["code"] == DUPLICATE
        else unavailable()
        for each in error.details["writeErrors"]
    }
