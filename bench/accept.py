"""How fast intake accepts durably, beside a plain FastAPI endpoint: `python -m bench.accept [apache]`.

The three are loaded in turn, round by round, so that a machine that slows down slows all of them.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.house import one_service
from bench.load import Connection, report
from rukun.children import Child
from rukun.ports import Ports, free_ports

_CONCURRENCY = 32
_ROUNDS = 7
_SECONDS = 4.0


async def rate(port: int, path: str) -> float:
    """Accepted reports a second."""
    until = time.monotonic() + _SECONDS
    accepted = 0

    async def work(n: int) -> None:
        nonlocal accepted
        connection = Connection(port, path)
        while time.monotonic() < until:
            answer = await connection.post(report(n))
            if answer.status != 202:
                raise SystemExit(f"{path} answered {answer.status}: {answer.body[:200]!r}")
            accepted += 1
            n += _CONCURRENCY
        connection.close()

    began = time.monotonic()
    await asyncio.gather(*(work(n) for n in range(_CONCURRENCY)))
    return accepted / (time.monotonic() - began)


async def main(engine: str) -> None:
    """Measure and print."""
    home = Path(tempfile.mkdtemp())
    with one_service("intake", engine, home) as ports:
        plain = free_ports()
        mongo = f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun"
        children = [
            _plain(kind, port, mongo, home) for kind, port in (("insert", plain.intake), ("nothing", plain.origin))
        ]
        try:
            await _compare(ports, plain)
        finally:
            for each in children:
                each.stop()


def _plain(kind: str, port: int, mongo: str, home: Path) -> Child:
    child = Child(kind, [sys.executable, "-m", "bench.plain", str(port), kind, mongo], {}, home / f"{kind}.log")
    child.start()
    return child


async def _compare(ports: Ports, plain: Ports) -> None:
    targets = {
        "intake": (ports.intake, "/intake/v1/reports"),
        "insert": (plain.intake, "/reports"),
        "nothing": (plain.origin, "/reports"),
    }
    for port, path in targets.values():
        await _warm(port, path)
    rounds = [{name: await rate(*target) for name, target in targets.items()} for _ in range(_ROUNDS)]
    for name in targets:
        values = [each[name] for each in rounds]
        print(f"{name:8} median {statistics.median(values):7.0f} /s   ({min(values):.0f} to {max(values):.0f})")
    for other, bar in (("insert", 2.0), ("nothing", 0.35)):
        ratios = [each["intake"] / each[other] for each in rounds]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}; bar {bar}"
        print(f"intake / {other:8} median {statistics.median(ratios):.2f}   ({spread})")


async def _warm(port: int, path: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if (await Connection(port, path).post(report(0))).status == 202:
                return
        except OSError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit(f"{path} on {port} does not answer")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "embedded"))
