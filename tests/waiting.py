"""Waiting for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = 30) -> T:
    """The first true answer; an assertion error with the last one where there is none in time."""
    until = time.monotonic() + seconds
    while True:
        last = await look()
        if last:
            return last
        assert time.monotonic() < until, f"not within {seconds} s; last seen: {last!r}"
        await asyncio.sleep(0.02)


def eventually_now(look: Callable[[], Any], seconds: float = 60) -> Any:
    """The same without a loop."""
    until = time.monotonic() + seconds
    while True:
        last = look()
        if last:
            return last
        assert time.monotonic() < until, f"not within {seconds} s; last seen: {last!r}"
        time.sleep(0.05)


def all_ready(stack: Any, seconds: float = 120) -> None:
    """Wait until nothing of a stack waits; the failure names what does."""
    until = time.monotonic() + seconds
    while waiting := stack.waiting():
        assert time.monotonic() < until, f"not ready within {seconds} s: {waiting}"
        time.sleep(0.1)
