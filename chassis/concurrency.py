"""Several things at once, none left running."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from contracts.envelope import Heard

T = TypeVar("T")
_AT_ONCE = 32


async def for_each(items: Iterable[T], do: Callable[[T], Awaitable[None]]) -> None:
    """Do something to every item, several at once; when all are done, raise the first failure if there was one."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(item: T) -> None:
        async with limit:
            await do(item)

    results = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


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


async def by_subject(
    heard: Iterable[Heard],
    do: Callable[[Heard], Awaitable[None]],
    subject: Callable[[Heard], str] = lambda each: each.subject,
) -> None:
    """Handle events side by side, those of one subject in their order."""
    groups: dict[str, list[Heard]] = defaultdict(list)
    for each in heard:
        groups[subject(each)].append(each)

    async def in_order(group: list[Heard]) -> None:
        for each in group:
            await do(each)

    await for_each(groups.values(), in_order)
