"""How often one address, person or ticket may do something: more is answered 429 with how long to wait."""

import hashlib
import hmac
import math
import time
from datetime import UTC, datetime

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from pymongo import IndexModel, WriteConcern
from pymongo.errors import DuplicateKeyError, PyMongoError
from starlette.requests import HTTPConnection

from chassis.clock import now
from chassis.database import Collection, Document
from chassis.language import _
from chassis.problems import Problem
from chassis.settings import is_loopback

log = structlog.get_logger(__name__)


class RateLimits:
    """Counts in this process first, so that a flood costs the database no more than the rate itself, and then for all
    replicas together, in a document a key and window, which is forgotten with it.

    Keys (addresses, persons, tickets) are stored as keyed hashes. While the database is away each process counts alone.
    """

    def __init__(self, collection: Collection, secret: bytes) -> None:
        self._here = MovingWindowRateLimiter(MemoryStorage())
        # What a crash of the database forgets is a window at most.
        self._shared = collection.with_options(write_concern=WriteConcern(w=1, j=False))
        self._secret = secret

    @staticmethod
    def indexes() -> list[IndexModel]:
        """What is over is forgotten."""
        return [IndexModel("until", expireAfterSeconds=0)]

    async def take(self, what: str, rate: str, key: str) -> None:
        """Count one; 429 where the rate (`30/minute`) is used up."""
        item = parse(rate)
        if not await self._here.hit(item, what, key):
            window = await self._here.get_window_stats(item, what, key)
            raise _refused(window.reset_time - time.time())
        if (wait := await self._take_shared(item, what, key)) is not None:
            raise _refused(wait)

    async def take_for(self, request: HTTPConnection, what: str, rate: str) -> None:
        """Count one for the address that asks. This machine's own programs are not counted: through the front door
        everybody has the address they came from."""
        address = request.client.host if request.client else ""
        if not is_loopback(address):
            await self.take(what, rate, address)

    async def _take_shared(self, item: RateLimitItem, what: str, key: str) -> float | None:
        """None where it was counted, or the seconds to wait. By whole windows, whose number is part of the id: one
        number a key, however high the rate; each process's own window moves, so that no burst doubles at a border."""
        at, length = now().timestamp(), item.get_expiry()
        number = int(at // length)
        named = f"rate:{item}:{what}:{key}:{number}".encode()
        room = {"_id": hmac.new(self._secret, named, hashlib.sha256).hexdigest(), "count": {"$lt": item.amount}}
        count = {"$inc": {"count": 1}, "$set": {"until": datetime.fromtimestamp((number + 1) * length, UTC)}}
        try:
            return None if await self._counted(room, count) else (number + 1) * length - at
        except PyMongoError as error:
            log.warning("rate counted in this process alone", reason=type(error).__name__)
            return None

    async def _counted(self, room: Document, count: Document) -> bool:
        # One write decides, whatever other replicas do at the same moment: the document is found only where there is
        # room. Where there is none, inserting it fails as it is there; and so it does for all but one of those who
        # are the first together: they look again, and find it.
        try:
            await self._shared.update_one(room, count, upsert=True)
        except DuplicateKeyError:
            return (await self._shared.update_one(room, count)).matched_count == 1
        return True


def _refused(wait: float) -> Problem:
    seconds = max(math.ceil(wait), 1)
    detail = _("Tunggu {seconds} detik, lalu coba lagi. Bila ada bahaya sekarang, hubungi 112.").format(seconds=seconds)
    return Problem("too-many-requests", 429, _("Terlalu sering"), detail, retry_after=seconds)
