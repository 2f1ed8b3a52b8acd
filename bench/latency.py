"""From acceptance to the verifier's queue and to the official's inbox: `python -m bench.latency [apache] [RATE]`.

So many reports a second (200) for 60 seconds, each about something else: every one opens a case, gets a level and
an alert, the most that a report can cause. "Visible" is when the document that the page reads is there for every
reader (a change stream on majority-committed writes), seen from this process.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from pymongo import AsyncMongoClient

from bench.house import whole_house
from bench.load import Connection, percentile, report
from rukun.up import Stack

_SECONDS = 60
_CONNECTIONS = 16


class Watch:
    """When reports appeared in cases, and cases in alerts."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}
        self.queued: dict[str, float] = {}
        self.case_of: dict[str, str] = {}
        self.alerted: dict[str, float] = {}

    async def cases(self, client: AsyncMongoClient[dict[str, Any]]) -> None:
        """Note the report of every case that was opened."""
        fields = {"$project": {"fullDocument.state.recent_reports": 1, "documentKey": 1}}
        opened = [{"$match": {"operationType": "insert"}}, fields]
        async with await client["rukun_verification"]["cases"].watch(opened) as stream:
            async for change in stream:
                seen = time.monotonic()
                for each in (change.get("fullDocument") or {}).get("state", {}).get("recent_reports", ()):
                    if each not in self.queued:
                        self.queued[each] = seen
                        self.case_of[each] = change["documentKey"]["_id"]

    async def alerts(self, client: AsyncMongoClient[dict[str, Any]]) -> None:
        """Note the first alert of every case."""
        fields = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument.state.case_id": 1}}]
        async with await client["rukun_notification"]["alerts"].watch(fields) as stream:
            async for change in stream:
                self.alerted.setdefault(change["fullDocument"]["state"]["case_id"], time.monotonic())

    def delays(self) -> tuple[list[float], list[float]]:
        """Milliseconds from acceptance to queue, and to inbox."""
        queue = [(self.queued[r] - at) * 1000 for r, at in self.accepted.items() if r in self.queued]
        inbox = [
            (self.alerted[case] - at) * 1000
            for r, at in self.accepted.items()
            if (case := self.case_of.get(r)) in self.alerted
        ]
        return queue, inbox


async def main(engine: str, rate: int) -> None:
    """Measure and print."""
    with whole_house(engine, Path(tempfile.mkdtemp())) as stack:
        watch = Watch()
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun"
        )
        watching = [asyncio.create_task(watch.cases(client)), asyncio.create_task(watch.alerts(client))]
        await asyncio.sleep(2)
        await _send(stack, watch, rate)
        await _settle(watch)
        print(f"{engine}, {rate} /s: {len(watch.accepted)} accepted of {rate * _SECONDS} sent")
        _print(watch)
        _memory(stack)
        for each in watching:
            each.cancel()
        await client.close()


async def _send(stack: Stack, watch: Watch, rate: int) -> None:
    due: asyncio.Queue[int | None] = asyncio.Queue()

    async def work() -> None:
        connection = Connection(stack.ports.intake, "/intake/v1/reports")
        while (n := await due.get()) is not None:
            answer = await connection.post(report(n))
            if answer.status == 202:
                watch.accepted[json.loads(answer.body)["report_id"]] = answer.at

    workers = [asyncio.create_task(work()) for _ in range(_CONNECTIONS)]
    began = time.monotonic()
    for n in range(rate * _SECONDS):
        pause = began + n / rate - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        due.put_nowait(n)
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)


async def _settle(watch: Watch) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and len(watch.queued) < len(watch.accepted):
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)


def _print(watch: Watch) -> None:
    queue, inbox = watch.delays()
    for name, values, bar in (("queue", queue, 100), ("inbox", inbox, 250)):
        p50, p95, p99 = (percentile(values, share) for share in (0.5, 0.95, 0.99))
        print(
            f"accepted → {name}: {len(values)} seen, p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms (bar {bar})"
        )


def _memory(stack: Stack) -> None:
    sizes = {each.name: _rss(each.process.pid) for each in stack.children if each.process}
    five = sum(sizes[name] for name in stack.services)
    print(f"resident: five services {five:.0f} MB (bar 600); " + ", ".join(f"{k} {v:.0f}" for k, v in sizes.items()))


def _rss(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6


if __name__ == "__main__":
    given = sys.argv[1:]
    wanted = [int(each) for each in given if each.isdigit()]
    asyncio.run(main("apache" if "apache" in given else "embedded", wanted[0] if wanted else 200))
