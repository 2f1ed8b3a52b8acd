"""Whether slow destinations slow down the others: `python -m bench.deliveries`.

The same deliveries to healthy destinations, over real sockets, with and without destinations beside them that drip or
hang; the p99 of their delay from due to sent, side by side in each of five rounds, and its ratio (bar 1.2).
"""

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from bench.load import percentile
from chassis.clock import new_id
from chassis.concurrency import stop
from chassis.database import connect, database
from chassis.deliveries.delivery import Status
from chassis.deliveries.engine import Engine
from chassis.messaging import outbox
from rukun.ports import free_ports
from tests import engines
from tests.chassis.deliveries.destinations import destinations
from tests.chassis.deliveries.test_engine import Hooks, Office
from tests.waiting import eventually

_ROUNDS = 5
_HEALTHY = 40
_EACH = 10
_HOSTILE = 12


async def main() -> None:
    """Measure and print."""
    home, ports = Path(tempfile.mkdtemp()), free_ports()
    with engines.mongo(ports, home):
        url = f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun"
        ratios = []
        for number in range(_ROUNDS):
            # In turns, so that a machine that warms up or tires favours neither.
            order = (False, True) if number % 2 == 0 else (True, False)
            found = {hostile: await _p99(url, hostile) for hostile in order}
            ratios.append(found[True] / found[False])
            print(f"p99 alone {found[False]:.0f} ms, beside {_HOSTILE} that drip or hang {found[True]:.0f} ms")
        print(f"ratio: median {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}; bar 1.2)")


async def _p99(url: str, hostile: bool) -> float:
    """Milliseconds."""
    db = database(connect(url), f"d{new_id()[-10:]}")
    await db["deliveries"].create_indexes([*Engine.indexes(), *outbox.indexes()])
    async with destinations() as world:
        office = Office(db, [Hooks(world, deadline=5.0)])
        running = office.run(office.engine)
        try:
            if hostile:
                for n in range(_HOSTILE):
                    await office.queue(f"/{('drip', 'hang')[n % 2]}/{n}", 5)
                await eventually(lambda: _asked(sum(world.asked.values())))
            ids = [id for n in range(_HEALTHY) for id in await office.queue(f"/ok/{n}", _EACH)]
            await eventually(lambda: office.all_are(ids, Status.SENT), 120)
            states = await office.states(ids)
        finally:
            await stop(running)
    await db.client.close()
    delays = [(each.finished_at - each.due_at).total_seconds() * 1000 for each in states if each.finished_at]
    return percentile(delays, 0.99)


async def _asked(count: int) -> bool:
    return count >= _HOSTILE


if __name__ == "__main__":
    asyncio.run(main())
