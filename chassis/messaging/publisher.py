"""What the relay needs of a broker."""

import asyncio
from typing import Any, Protocol


class Publisher(Protocol):
    """Takes a record now and confirms it later."""

    async def publish(
        self, value: bytes, *, topic: str, key: bytes | None, headers: dict[str, str]
    ) -> asyncio.Future[Any]:
        """Hand a record to the producer; the future is resolved by the broker's acknowledgement."""
        ...
