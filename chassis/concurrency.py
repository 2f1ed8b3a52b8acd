"""Several things at once, none left running."""

import asyncio
from collections.abc import Coroutine, Iterable
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


async def together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run coroutines side by side until one fails or all are cancelled; none is left running.

    Not a TaskGroup: that cancels its tasks once, and waits for ever for one whose driver has lost the cancellation.
    """
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for each in done:
            each.result()
    finally:
        await stop(tasks)


async def wait_for_wake(awake: asyncio.Event, seconds: float) -> bool:
    """Wait until woken, at most so long; whether it was. The caller clears the event before it looks for work."""
    try:
        async with asyncio.timeout(seconds):
            await awake.wait()
    except TimeoutError:
        return False
    return True
