"""What a flood costs honest reporters: `python -m bench.flood [SECONDS]`.

One honest report each half second, alone and beside a flood of 1,000 posts by 300 invented contacts about twenty
places, in turns, in one run: how long it takes until it is accepted, and until it stands in the verifier's queue.
Bar: 1.2 times.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from pymongo import AsyncMongoClient

from bench.house import whole_house
from bench.latency import Watch
from bench.load import KECAMATAN, Connection, percentile, report
from chassis.concurrency import stop
from rukun.up import Stack

_ROUNDS = 3
_EACH = 0.5
_POSTS, _CONTACTS, _PLACES = 1000, 300, 20
_PATH = "/intake/v1/reports"


class Times:
    """Seconds of a phase: until accepted, and until queued."""

    def __init__(self) -> None:
        self.accepted: list[float] = []
        self.reports: dict[str, float] = {}

    def shares(self, watch: Watch) -> dict[str, tuple[float, float]]:
        """Median and 95th percentile in milliseconds."""
        queued = [watch.queued[id] - began for id, began in self.reports.items() if id in watch.queued]
        named = {"accepted": self.accepted, "queued": queued}
        return {name: (median(each) * 1000, percentile(each, 0.95) * 1000) for name, each in named.items()}


async def main(seconds: float) -> None:
    """Measure and print."""
    with whole_house("embedded", Path(tempfile.mkdtemp())) as stack:
        watch, client = Watch(), _client(stack)
        watching = [asyncio.create_task(watch.cases(client))]
        await _honest(stack, 3, 0)  # warm
        rounds = [await _round(stack, watch, seconds, n) for n in range(_ROUNDS)]
        for name in ("accepted", "queued"):
            for place, share in enumerate(("median", "p95")):
                ratios = [beside[name][place] / alone[name][place] for alone, beside in rounds]
                shown = ", ".join(f"{a[name][place]:.0f} → {b[name][place]:.0f} ms" for a, b in rounds)
                print(f"{name} {share}: {shown}; ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        await stop(watching)
        await client.close()


def _client(stack: Stack) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun")


async def _round(stack: Stack, watch: Watch, seconds: float, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    alone = await _honest(stack, seconds, 10_000 * n)
    flood = asyncio.create_task(_flood(stack, seconds))
    beside = await _honest(stack, seconds, 10_000 * n + 5000)
    await flood
    until = time.monotonic() + 60
    while time.monotonic() < until and not (alone.reports | beside.reports).keys() <= watch.queued.keys():
        await asyncio.sleep(0.2)
    return alone.shares(watch), beside.shares(watch)


async def _honest(stack: Stack, seconds: float, first: int) -> Times:
    times, connection, began = Times(), Connection(stack.ports.intake, _PATH), time.monotonic()
    for n in range(int(seconds / _EACH)):
        await asyncio.sleep(max(began + n * _EACH - time.monotonic(), 0))
        sent = time.monotonic()
        answer = await connection.post(report(first + n))
        if answer.status == 202:
            times.accepted.append(answer.at - sent)
            times.reports[json.loads(answer.body)["report_id"]] = sent
    return times


async def _flood(stack: Stack, seconds: float) -> None:
    connection, began = Connection(stack.ports.intake, _PATH), time.monotonic()
    for n in range(_POSTS):
        await asyncio.sleep(max(began + n * seconds / _POSTS - time.monotonic(), 0))
        body = json.loads(report(n))
        body |= {"region": KECAMATAN[n % _PLACES * 300], "acts": ["pembakaran", "korban_jiwa"]}
        body["reporter"] = {"kind": "citizen", "contact": f"x{n % _CONTACTS}", "consent": "2026"}
        await connection.post(json.dumps(body).encode())


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0))
