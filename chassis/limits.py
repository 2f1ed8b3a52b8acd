"""How often one address, person or ticket may do something: more is answered 429 with how long to wait."""

import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from chassis.language import _
from chassis.problems import Problem
from chassis.settings import is_loopback


class RateLimits:
    """Counts in this process: of several replicas each allows as much, which a flood does not gain much by."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def take(self, what: str, rate: str, key: str) -> None:
        """Count one; 429 where the rate (`30/minute`) is used up."""
        item = parse(rate)
        if not await self._limiter.hit(item, what, key):
            raise await self._refused(item, what, key)

    async def take_for(self, request: HTTPConnection, what: str, rate: str) -> None:
        """Count one for the address that asks. This machine's own programs are not counted: through the front door
        everybody has the address they came from."""
        address = request.client.host if request.client else ""
        if not is_loopback(address):
            await self.take(what, rate, address)

    async def _refused(self, item: RateLimitItem, what: str, key: str) -> Problem:
        window = await self._limiter.get_window_stats(item, what, key)
        seconds = max(math.ceil(window.reset_time - time.time()), 1)
        detail = _("Tunggu {seconds} detik, lalu coba lagi. Bila ada bahaya sekarang, hubungi 112.").format(
            seconds=seconds
        )
        return Problem("too-many-requests", 429, _("Terlalu sering"), detail, retry_after=seconds)
