"""Whether pages and lists stay quick when there is much: `python -m bench.sizes [CASES]`.

Everything is made by the production code: cases (100,000) by verification's own command in batches of 500, a directory
of 50,000 officials by the import of a file, a directive to all their offices with a receipt from each. Then the pages
are asked over HTTP, search among them, and the database for candidates, two hundred times each.
"""

import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.load import KECAMATAN, percentile
from chassis import database
from chassis.clock import new_id, now
from contracts.events import ReportSubmitted
from contracts.regions import NATIONAL, children, jurisdiction
from contracts.topics import TOPICS
from rukun.ports import free_ports
from services.notification.directives.model import Progress
from services.verification.commands import take_in
from tests import engines
from tests.clocks import recent
from tests.running import CSRF, Service, running
from tests.waiting import eventually

_ASKED = 200
_BATCH = 500
_OFFICIALS = 50_000


async def main(cases: int) -> None:
    """Measure and print."""
    home, ports = Path(tempfile.mkdtemp()), free_ports()
    with engines.mongo(ports, home), engines.tansu(ports, home):
        os.environ |= {
            "MONGO_URL": f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun",
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports.kafka}",
            "KAFKA_IDEMPOTENCE": "false",
            "LOG_LEVEL": "ERROR",
        }
        await _create_topics(ports.kafka)
        await _verification(cases)
        await _notification()


async def _create_topics(port: int) -> None:
    """Those of the other services, too: without them a service rests and its outbox only grows."""
    admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}")
    await admin.start()
    await admin.create_topics([NewTopic(t.name, t.partitions, 1) for t in TOPICS.values()])
    await admin.close()


@asynccontextmanager
async def _service(name: str) -> AsyncIterator[Service]:
    async with running(name, ready=False) as service:
        await eventually(lambda: _prepared(service))
        yield service


async def _prepared(service: Service) -> bool:
    return service.foundation.prepared.is_set()


async def _verification(count: int) -> None:
    async with _service("verification") as service:
        store, began = service.app.state.store, time.monotonic()
        for start in range(0, count, _BATCH):
            await take_in(store, [_report(n) for n in range(start, start + _BATCH)], now())
        print(f"{count} cases made in {time.monotonic() - began:.0f} s")
        # As in a house that stands: nothing of the making is still on its way.
        await eventually(lambda: _published(store.cases.collection), 3600)
        print(f"published after {time.monotonic() - began:.0f} s")
        for account in ("pusat", "kua.gambir"):
            client = service.client(account)
            await _quantiles(f"queue page, {account}", lambda client=client: _get(client, "/verification/"))
            await _searches(client, account)
        await _quantiles(
            "duplicate candidates of a batch of 20",
            lambda: store.candidates({KECAMATAN[n * 7 % len(KECAMATAN)] for n in range(20)}, now() - store.within),
        )


async def _published(cases: database.Collection) -> bool:
    return await cases.find_one({"pending_since": {"$gt": datetime(2000, 1, 1, tzinfo=UTC)}}, {"_id": 1}) is None


def _report(n: int) -> ReportSubmitted:
    region = KECAMATAN[n % len(KECAMATAN)]
    return recent(
        ReportSubmitted,
        report_id=new_id(),
        region=region,
        jurisdiction=jurisdiction(region),
        narrative=f"{_words(n)} {n} {n * 7919}",
        categories=("lainnya",),
        place=None,
        # Over two years: what is older than the window of grouping is no candidate, as it is in a nation that has them.
    ).model_copy(update={"at": now() - timedelta(days=n % 730), "occurred_at": None, "point": None})


def _words(n: int) -> str:
    """Twelve words of three hundred, some common and some rare, and one street of five thousand."""
    chosen = [f"kata{(n * 31 + k * k * 17) % (10 * 3**k % 300 + 1)}" for k in range(1, 13)]
    return f"Warga {' '.join(chosen)} di Jalan Contoh{n % 5000}"


async def _notification() -> None:
    async with _service("notification") as service:
        client, state = service.client("admin", follow=True), service.app.state
        table = _directory().encode()
        began = time.monotonic()
        done = await client.post("/notification/directory", data={"csrf": CSRF}, files={"file": ("d.csv", table)})
        answered = time.monotonic() - began
        await eventually(lambda: _shows(client, str(done.url), "baris masuk"), 300)
        print(f"{_OFFICIALS} officials: answered after {answered:.1f} s, listed after {time.monotonic() - began:.1f} s")
        began = time.monotonic()
        pusat = service.client("pusat", follow=True)
        form = {"csrf": CSRF, "title": "Siaga hari raya", "text": "Tingkatkan komunikasi.", "regions": NATIONAL}
        directive = str((await pusat.post("/notification/directives", data=form)).url).rpartition("/")[2]
        second = service.client("pkub", follow=True)
        await second.post(f"/notification/directives/{directive}/approve", data={"csrf": CSRF})
        await eventually(lambda: _expanded(service, directive), 300)
        ids = [each["_id"] async for each in state.store.receipts.collection.find({}, {"_id": 1})]
        print(f"directive to {len(ids)} offices: receipts made after {time.monotonic() - began:.1f} s")
        for start in range(0, len(ids), _BATCH):
            await state.directives._record(ids[start : start + _BATCH], Progress.READ, now())
        await eventually(lambda: _counted(service, directive, len(ids)), 60)
        print(f"receipted and counted after {time.monotonic() - began:.1f} s")
        await _quantiles("directives page", lambda: _get(pusat, "/notification/directives"))


def _directory() -> str:
    offices = [*KECAMATAN, *(b.code for a in children(NATIONAL) for b in children(a.code))]
    rows = [f"Pejabat {n},kepala_kua,{offices[n % len(offices)]},p{n}@contoh.invalid,," for n in range(_OFFICIALS)]
    return "\n".join(["nama,peran,wilayah,email,whatsapp,webhook", *rows])


async def _shows(client: Any, address: str, words: str) -> bool:
    return words in (await client.get(address)).text


async def _expanded(service: Service, directive: str) -> bool:
    row = await service.app.state.store.directives.get(directive)
    return bool(row and row.state.expanded)


async def _counted(service: Service, directive: str, count: int) -> bool:
    row = await service.app.state.store.directives.get(directive)
    return bool(row and row.state.count("read") == count)


async def _searches(client: Any, account: str) -> None:
    """By a name, and by words that many have."""
    streets = itertools.count()
    street = "search for a street that one report in 5,000 names"
    await _quantiles(f"{street}, {account}", lambda: _get(client, f"/verification/?q=Contoh{next(streets)}"))
    common = "search for words that most have (refused after 3 s)"
    await _quantiles(f"{common}, {account}", lambda: _get(client, "/verification/?q=warga kata7", {200, 503}), 10)


async def _get(client: Any, address: str, allowed: Collection[int] = (200,)) -> None:
    answer = await client.get(address, headers={"accept": "text/html"})
    assert answer.status_code in allowed, answer.text[:300]


async def _quantiles(name: str, ask: Callable[[], Awaitable[Any]], times: int = _ASKED) -> None:
    taken = []
    for _ in range(times):
        began = time.monotonic()
        await ask()
        taken.append((time.monotonic() - began) * 1000)
    print(f"{name}: p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
