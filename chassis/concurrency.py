"""Several things at once, none left running."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def stop(tasks: Iterable[asyncio.Task[Any]], again_after: float = 1.0) -> None:
    """Cancel tasks and wait until they have ended.

    Cancelling once is not enough: before Python 3.12 `wait_for`, which the database's driver waits with, loses a
    cancellation that comes together with what it waits for. Whoever lives on is cancelled again.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_after)


async def wait_for_wake(awake: asyncio.Event, seconds: float) -> bool:
    """Wait until woken, at most so long; whether it was. The caller clears the event before it looks for work."""
    try:
        async with asyncio.timeout(seconds):
            await awake.wait()
    except TimeoutError:
        return False
    return True
