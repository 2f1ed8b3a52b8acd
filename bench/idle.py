"""What the whole embedded house costs when nothing happens: `python -m bench.idle`.

A minute of rest after the start; then the first report, from its acceptance to the official's inbox.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from pymongo import AsyncMongoClient

from bench.house import whole_house
from bench.load import Connection, report
from bench.pipeline import processor_seconds
from rukun.up import Stack

_SECONDS = 60


async def main() -> None:
    """Measure and print."""
    began = time.monotonic()
    with whole_house("embedded", Path(tempfile.mkdtemp())) as stack:
        print(f"ready after {time.monotonic() - began:.1f} s, with the sample directory")
        await asyncio.sleep(10)
        before, at = processor_seconds(stack), time.monotonic()
        await asyncio.sleep(_SECONDS)
        took = time.monotonic() - at
        used = {name: (seconds - before[name]) / took for name, seconds in processor_seconds(stack).items()}
        for name, share in sorted(used.items(), key=lambda each: -each[1]):
            print(f"{name:13} {share:6.1%} of a processor")
        print(f"{'all':13} {sum(used.values()):6.1%} (bar 15 %)")
        await _first_report(stack)
        _memory(stack)


async def _first_report(stack: Stack) -> None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun"
    )
    answer = await Connection(stack.ports.intake, "/intake/v1/reports").post(report(0))
    began = answer.at
    while not await client["rukun_notification"]["alerts"].find_one({"state.case_id": {"$ne": None}}, {"_id": 1}):
        await asyncio.sleep(0.005)
    print(f"first report after idling: in the inbox after {(time.monotonic() - began) * 1000:.0f} ms (bar 500)")
    await client.close()


def _memory(stack: Stack) -> None:
    sizes = {
        name: psutil.Process(child.process.pid).memory_info().rss / 1e6
        for name, child in stack.services.items()
        if child.process
    }
    print(", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items()), f"= {sum(sizes.values()):.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
