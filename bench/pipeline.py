"""How many reports a second travel all five services: `python -m bench.pipeline [apache] [same] [N]`.

N reports (3,000) as fast as they are accepted, each about something else (or, with `same`, about 50 events). The clock
runs from the first request until every report is in a case, every case has its level, alert and public state, and
every outbox is empty: what arrives is the whole journey, not its first step.
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
from bench.load import KECAMATAN, Connection, report
from rukun.up import Stack

_CONNECTIONS = 64
_EVENTS = 50
_PATIENCE = 600
_OUTBOXES = (
    ("intake", "reports"),
    ("verification", "cases"),
    ("escalation", "cases"),
    ("notification", "alerts"),
    ("integration", "cases"),
)
Database = AsyncMongoClient[dict[str, Any]]


def body_of(n: int, same: bool) -> bytes:
    """A report of its own, or one of those about fifty events."""
    if not same:
        return report(n)
    body = json.loads(report(n))
    event = n % _EVENTS
    body |= {
        "region": KECAMATAN[event],
        "categories": ["rumah_ibadat"],
        "narrative": f"Warga berkumpul menolak rumah ibadat di jalan nomor {event}, suasana tegang sejak sore hari.",
    }
    return json.dumps(body).encode()


async def main(engine: str, same: bool, count: int) -> None:
    """Measure and print."""
    with whole_house(engine, Path(tempfile.mkdtemp())) as stack:
        client: Database = AsyncMongoClient(f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun")
        before = processor_seconds(stack)
        began = time.monotonic()
        accepted = await _send(stack.ports.intake, same, count)
        sent = time.monotonic() - began
        in_cases = await _until(lambda: _in_cases(client, count), began)
        done = await _until(lambda: _all_done(client, same, count), began)
        used = {name: seconds - before.get(name, 0.0) for name, seconds in processor_seconds(stack).items()}
        print(
            json.dumps(
                {
                    "engine": engine,
                    "kind": "50 events" if same else "own case",
                    "reports": accepted,
                    "accepted_per_second": round(accepted / sent),
                    "in_cases_seconds": round(in_cases, 2),
                    "done_seconds": round(done, 2),
                    "per_second": round(accepted / done, 1),
                    "processor_ms_per_report": {
                        name: round(each * 1000 / accepted, 2) for name, each in sorted(used.items())
                    },
                }
            )
        )
        await client.close()


async def _send(port: int, same: bool, count: int) -> int:
    numbers, accepted = iter(range(count)), 0

    async def work() -> None:
        nonlocal accepted
        connection = Connection(port, "/intake/v1/reports")
        for n in numbers:
            while (await connection.post(body_of(n, same))).status != 202:
                await asyncio.sleep(0.05)
            accepted += 1

    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return accepted


async def _until(look: Any, began: float) -> float:
    while time.monotonic() - began < _PATIENCE:
        if await look():
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    raise SystemExit(f"not done after {_PATIENCE} s")


async def _in_cases(client: Database, count: int) -> bool:
    cases = client["rukun_verification"]["cases"]
    steps = [{"$group": {"_id": None, "n": {"$sum": _REPORTS_OF}}}]
    found = await (await cases.aggregate(steps)).to_list()
    return bool(found) and int(found[0]["n"]) >= count


_REPORTS_OF = {"$ifNull": ["$state.report_count", {"$size": {"$ifNull": ["$state.report_ids", []]}}]}
"""Also of the first release, with which this is compared."""


async def _all_done(client: Database, same: bool, count: int) -> bool:
    for name, collection in _OUTBOXES:
        waiting = {"$or": [{"pending": True}, {"pending_since": {"$exists": True}}]}
        if await client[f"rukun_{name}"][collection].find_one(waiting, {"_id": 1}):
            return False
    cases = await client["rukun_verification"]["cases"].count_documents({})
    alerts = await client["rukun_notification"]["alerts"].count_documents({"state.case_id": {"$ne": None}})
    public = await client["rukun_integration"]["cases"].count_documents({})
    return alerts >= cases and public >= cases and (same or cases >= count)


def processor_seconds(stack: Stack) -> dict[str, float]:
    """Processor seconds of every process of the stack so far."""
    found = {}
    for each in stack.children:
        if each.process is not None:
            times = psutil.Process(each.process.pid).cpu_times()
            found[each.name] = times.user + times.system
    return found


if __name__ == "__main__":
    given = sys.argv[1:]
    numbers = [int(each) for each in given if each.isdigit()]
    asyncio.run(main("apache" if "apache" in given else "embedded", "same" in given, numbers[0] if numbers else 3000))
