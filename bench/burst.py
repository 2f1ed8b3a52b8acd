"""A burst of 10,000 reports, as fast as they are accepted: `python -m bench.burst [apache]`.

Half of them about one rumour in one kecamatan, half spread over the country: all accepted or told 503, none lost,
and how long the backlog takes.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from bench.house import whole_house
from bench.load import KECAMATAN, Connection, report

_REPORTS = 10_000
_CONNECTIONS = 64


async def main(engine: str) -> None:
    """Measure and print."""
    with whole_house(engine, Path(tempfile.mkdtemp())) as stack:
        began = time.monotonic()
        ids, refused, other = await _send(stack.ports.intake)
        took = time.monotonic() - began
        print(f"{engine}: {len(ids)} accepted, {refused} told 503, {other} otherwise")
        print(f"sent in {took:.1f} s ({len(ids) / took:.0f} /s)")
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun"
        )
        await _drain(client, ids, began + took)
        await client.close()


async def _send(port: int) -> tuple[set[str], int, int]:
    numbers = iter(range(_REPORTS))
    ids: set[str] = set()
    refused = other = 0

    async def work() -> None:
        nonlocal refused, other
        connection = Connection(port, "/intake/v1/reports")
        for n in numbers:
            answer = await connection.post(_body(n))
            if answer.status == 202:
                ids.add(json.loads(answer.body)["report_id"])
            elif answer.status == 503:
                refused += 1
            else:
                other += 1

    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return ids, refused, other


def _body(n: int) -> bytes:
    body = json.loads(report(n))
    if n % 2:
        body |= {"region": KECAMATAN[0], "categories": ["rumah_ibadat"]}
    return json.dumps(body).encode()


async def _drain(client: AsyncMongoClient[dict[str, Any]], ids: set[str], since: float) -> None:
    checks = {
        "in cases": lambda: _in_cases(client, ids),
        "in escalation's log": lambda: client["rukun_escalation"]["report_log"].count_documents(
            {"region": {"$exists": True}}
        ),
    }
    for name, count in checks.items():
        found = 0
        while time.monotonic() - since < 120 and (found := await count()) < len(ids):
            await asyncio.sleep(0.25)
        print(f"{name}: {found} of {len(ids)} after {time.monotonic() - since:.1f} s (bar 60)")
    idle = await _idle(client)
    print(f"every outbox empty after {idle - since:.1f} s")


async def _in_cases(client: AsyncMongoClient[dict[str, Any]], ids: set[str]) -> int:
    steps = [{"$project": {"n": {"$size": "$state.report_ids"}}}, {"$group": {"_id": None, "n": {"$sum": "$n"}}}]
    found = await (await client["rukun_verification"]["cases"].aggregate(steps)).to_list()
    return int(found[0]["n"]) if found else 0


async def _idle(client: AsyncMongoClient[dict[str, Any]]) -> float:
    quiet = 0
    while quiet < 4:
        pending = 0
        for name, collection in (
            ("intake", "reports"),
            ("verification", "cases"),
            ("escalation", "cases"),
            ("notification", "alerts"),
            ("integration", "cases"),
        ):
            pending += await client[f"rukun_{name}"][collection].count_documents({"pending": True}, limit=1)
        quiet = 0 if pending else quiet + 1
        await asyncio.sleep(0.25)
    return time.monotonic() - 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "embedded"))
