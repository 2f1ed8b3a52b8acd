"""A directive to 50,000 people beside alerts: `python -m bench.directive [PEOPLE]`.

The directory is imported as an administrator does it, a second official approves, and every mail goes to a real mail
server (a sink, in a process of its own). Alerts are raised before and meanwhile; what is compared is how long theirs
take.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.load import KECAMATAN, percentile
from chassis.clock import new_id, now
from contracts.events import LevelChanged
from contracts.regions import NATIONAL, jurisdiction
from rukun.ports import free_ports
from tests import engines
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.waiting import eventually

_PEOPLE = 50_000
_ALERTS_BEFORE = 40
_PAUSE = 1.0


async def main(people: int) -> None:
    """Measure and print."""
    home, ports = Path(tempfile.mkdtemp()), free_ports()
    with engines.mongo(ports, home), engines.tansu(ports, home):
        os.environ |= {
            "MONGO_URL": f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun",
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports.kafka}",
            "KAFKA_IDEMPOTENCE": "false",
            "KAFKA_FETCH_MAX_WAIT_MS": "20",
            "LOG_LEVEL": "ERROR",
        }
        neighbours = Neighbours(f"127.0.0.1:{ports.kafka}")
        await neighbours.start()
        async with (
            _sink(ports.smtp),
            running("notification", smtp_port=ports.smtp, sms_url="", quiet_hours="") as service,
        ):
            await _list(service, people)
            before = [await _alert(service, neighbours, n) for n in range(_ALERTS_BEFORE)]
            meanwhile, seconds, sent = await _direct(service, neighbours)
        await neighbours.stop()
    _print(before, meanwhile, seconds, sent)


@asynccontextmanager
async def _sink(port: int) -> AsyncIterator[None]:
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _list(service: Service, people: int) -> None:
    rows = [f"Pejabat {n},kepala_kua,{KECAMATAN[n % len(KECAMATAN)]},p{n}@contoh.invalid" for n in range(people)]
    table = "\n".join(["nama,peran,wilayah,email", *rows]).encode()
    client = service.client("admin", follow=True)
    done = await client.post("/notification/directory", data={"csrf": CSRF}, files={"file": ("d.csv", table)})
    await eventually(lambda: _shows(client, str(done.url)), 300)


async def _shows(client: Any, address: str) -> bool:
    return "baris masuk" in (await client.get(address)).text


async def _alert(service: Service, neighbours: Neighbours, n: int) -> float:
    """Seconds from a level change to the last mail of its alert."""
    place = KECAMATAN[n * 37 % len(KECAMATAN)]
    told = {"scope_id": new_id(), "level": 2, "previous": 1, "region": place, "jurisdiction": jurisdiction(place)}
    changed = LevelChanged.model_validate({**recent(LevelChanged).model_dump(), **told, "at": now()})
    began = time.monotonic()
    alert = (await neighbours.publish(changed))[0]
    deliveries = service.foundation.database["deliveries"]
    while True:
        mails = {"state.about": alert, "state.channel": "email"}
        found = [each["state"]["status"] async for each in deliveries.find(mails, {"state.status": 1})]
        if found and all(each == "sent" for each in found):
            return time.monotonic() - began
        await asyncio.sleep(0.02)


async def _direct(service: Service, neighbours: Neighbours) -> tuple[list[float], float, int]:
    pusat, second = service.client("pusat", follow=True), service.client("pkub", follow=True)
    form = {"csrf": CSRF, "title": "Siaga hari raya", "text": "Tingkatkan komunikasi.", "regions": NATIONAL}
    id = str((await pusat.post("/notification/directives", data=form)).url).rpartition("/")[2]
    began = time.monotonic()
    await second.post(f"/notification/directives/{id}/approve", data={"csrf": CSRF})
    meanwhile, deliveries = [], service.foundation.database["deliveries"]
    while True:
        meanwhile.append(await _alert(service, neighbours, len(meanwhile) + _ALERTS_BEFORE))
        row = await service.app.state.store.directives.get(id)
        waiting = await deliveries.count_documents({"state.about": id, "state.status": "queued"})
        if row.state.queued and not waiting:
            sent = await deliveries.count_documents({"state.about": id, "state.status": "sent"})
            return meanwhile, time.monotonic() - began, sent
        print(f"\r{time.monotonic() - began:.0f} s, {waiting} wait", end="", flush=True)
        await asyncio.sleep(_PAUSE)


def _print(before: list[float], meanwhile: list[float], seconds: float, sent: int) -> None:
    print(f"\r{sent} mails of the directive sent after {seconds:.0f} s")
    for name, values in (("before", before), ("meanwhile", meanwhile)):
        shown = [f"p{share} {percentile(values, share / 100) * 1000:.0f} ms" for share in (50, 90, 99)]
        print(f"alerts {name} ({len(values)}): {', '.join(shown)}")
    print(f"p99 meanwhile / before: {percentile(meanwhile, 0.99) / percentile(before, 0.99):.2f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else _PEOPLE))
