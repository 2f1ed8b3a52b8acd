"""A partner reads its province from Kafka with clients that are not ours, and nothing else; on Apache Kafka, as the
embedded broker knows no users."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    AuthorizationError,
    GroupAuthorizationFailedError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
)
from typer.testing import CliRunner

from chassis.clock import new_id, now
from contracts.events import CaseStateRecorded, PublicCaseUpdated
from contracts.topics import province_topic
from contracts.vocabulary import Verdict
from rukun.children import Child
from rukun.cli import app
from rukun.ports import free_ports
from services.integration.partners.commands import add_partner
from tests import engines
from tests.clocks import recent
from tests.folders import folder
from tests.neighbours import Neighbours
from tests.running import Service, running
from tests.waiting import eventually

pytestmark = pytest.mark.kafka
HERE = Path(__file__).resolve().parent.parent.parent
OURS, OTHERS = "31", "32"


@dataclass
class Broker:
    """Apache Kafka with a listener for partners."""

    child: Child
    services: str
    partners: str


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with folder(tmp_path_factory, "guarded") as home:
        ports, guarded = free_ports(), engines.free_port()
        child = engines.apache_child(ports, home, guarded)
        child.start()
        engines.wait_for_port(guarded, child)
        yield Broker(child, f"127.0.0.1:{ports.kafka}", f"127.0.0.1:{guarded}")
        child.stop(30)


@pytest.fixture(scope="module")
def kafka_address(broker: Broker) -> str:
    return broker.services


@pytest.fixture(scope="module")
async def integration(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("integration") as service:
        yield service


def state(region: str, case_id: str = "", number: int = 1) -> CaseStateRecorded:
    places = ("ID", region[:2], region[:5], region)
    more = {"region": region, "jurisdiction": places, "verdict": Verdict.TERVERIFIKASI, "version": number}
    return recent(CaseStateRecorded, case_id=case_id or new_id(), **more)


async def granted(service: Service, broker: Broker, folder: Path, regions: list[str]) -> tuple[str, Path]:
    """A registered partner with its rights; its name and its properties."""
    name = f"Mitra {new_id()}"
    await add_partner(service.app.state.store, name, None, regions, 365, now())
    done = await asyncio.to_thread(
        CliRunner().invoke, app, ["partners", "grant", name, "--servers", broker.partners], env={"LANG": "id"}
    )
    assert done.exit_code == 0, done.output
    file = folder / "partner.properties"
    # The test's listener has no TLS; all the rest is as it is printed.
    file.write_text(done.output.replace("SASL_SSL", "SASL_PLAINTEXT"))
    return name, file


def client_of(file: Path) -> dict[str, Any]:
    given = dict(each.split("=", 1) for each in file.read_text().splitlines() if "=" in each and each[0] != "#")
    user, password = (part.split('"')[0] for part in given["sasl.jaas.config"].split('="')[1:])
    return {
        "bootstrap_servers": given["bootstrap.servers"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": given["sasl.mechanism"],
        "sasl_plain_username": user,
        "sasl_plain_password": password,
    }


class Reader:
    """A starter that runs, and the lines it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            self.lines.append(line.decode().rstrip())

    def of(self, case_id: str) -> list[int]:
        """The sequences of a case, as they were printed."""
        return [int(each.split()[1]) for each in self.lines if each.startswith(case_id)]

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._task


@asynccontextmanager
async def reading(language: str, folder: Path, file: Path, topic: str) -> AsyncIterator[Reader]:
    """The starter as the command prints it."""
    source = CliRunner().invoke(app, ["partners", "starter", language]).output
    script = folder / {"java": "Reader.java", "python": "reader.py", "javascript": "reader.mjs"}[language]
    script.write_text(source)
    command = {
        "java": ["java", "-cp", f"{engines.JARS}/*", str(script)],
        "python": [sys.executable, str(script)],
        "javascript": [shutil.which("node") or str(HERE / ".venv" / "bin" / "node"), str(script)],
    }[language]
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(HERE / "node_modules")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, str(file), topic, stdout=pipe, stderr=asyncio.subprocess.STDOUT, env=dict(os.environ)
    )
    made = Reader(process)
    try:
        yield made
    finally:
        await made.stop()


@pytest.mark.parametrize("language", ["java", "javascript", "python"])
async def test_partner_reads_its_province_in_order_across_a_restart(
    integration: Service, neighbours: Neighbours, broker: Broker, tmp_path: Path, language: str
) -> None:
    ours, theirs = new_id(), new_id()
    _name, file = await granted(integration, broker, tmp_path, [OURS])
    await neighbours.publish(state("31.71.01", ours, 1), state("32.71.01", theirs, 1), state("31.71.01", ours, 2))
    async with reading(language, tmp_path, file, province_topic(OURS)) as reader:

        async def seen(count: int) -> bool:
            return len(reader.of(ours)) >= count

        await eventually(lambda: seen(2), 60)
        if language == "java":
            await asyncio.to_thread(broker.child.stop, 30)
            broker.child.start()
            await asyncio.to_thread(engines.wait_for_port, int(broker.partners.rpartition(":")[2]), broker.child)
        await neighbours.publish(state("31.71.01", ours, 3))
        await eventually(lambda: seen(3), 90)
        assert (reader.of(ours), reader.of(theirs)) == ([1, 2, 3], [])


async def test_partner_is_refused_everything_else_and_all_when_revoked(
    integration: Service, neighbours: Neighbours, broker: Broker, tmp_path: Path
) -> None:
    case = new_id()
    await neighbours.publish(state("31.71.01", case))
    await neighbours.wait(PublicCaseUpdated, case_id=case)
    name, file = await granted(integration, broker, tmp_path, [OURS])
    own, user = client_of(file), client_of(file)["sasl_plain_username"]

    def consume(topic: str, group: str) -> None:
        consumer = KafkaConsumer(topic, group_id=group, auto_offset_reset="earliest", **own)
        try:
            for _attempt in range(20):
                if consumer.poll(timeout_ms=1000):
                    return
            pytest.fail(f"{topic} gave nothing")
        finally:
            consumer.close(autocommit=False)

    def visible() -> set[str]:
        consumer = KafkaConsumer(**own)
        try:
            return {each for each in consumer.topics() if each.startswith("rukun.")}
        finally:
            consumer.close(autocommit=False)

    def fetch(topic: str) -> None:
        """Ask the broker itself, whatever the list of topics says."""
        consumer = KafkaConsumer(**own)
        try:
            consumer.beginning_offsets([TopicPartition(topic, 0)])
        finally:
            consumer.close(autocommit=False)

    def publish() -> None:
        producer = KafkaProducer(**own, max_block_ms=10_000, enable_idempotence=False)
        try:
            producer.send(province_topic(OURS), b"{}").get(timeout=10)
        finally:
            producer.close(timeout=5)

    await asyncio.to_thread(consume, province_topic(OURS), f"{user}.a")
    assert await asyncio.to_thread(visible) == {province_topic(OURS)}
    for topic in (province_topic(OTHERS), PublicCaseUpdated.topic, "rukun.reports.v1"):
        with pytest.raises((TopicAuthorizationFailedError, KafkaTimeoutError)):
            await asyncio.to_thread(fetch, topic)
    with pytest.raises(GroupAuthorizationFailedError):
        await asyncio.to_thread(consume, province_topic(OURS), "integration")
    with pytest.raises(AuthorizationError):
        await asyncio.to_thread(publish)

    open_one = KafkaConsumer(province_topic(OURS), group_id=f"{user}.c", auto_offset_reset="earliest", **own)
    await asyncio.to_thread(open_one.poll, 5000)
    done = await asyncio.to_thread(CliRunner().invoke, app, ["partners", "revoke", name])
    assert done.exit_code == 0, done.output

    def poll_on() -> None:
        for _attempt in range(20):
            open_one.poll(1000)

    with pytest.raises(AuthorizationError):
        await asyncio.to_thread(poll_on)
    open_one.close(autocommit=False)


async def test_partner_of_a_city_is_told_why_kafka_is_not_for_it(integration: Service, broker: Broker) -> None:
    name = f"Mitra {new_id()}"
    await add_partner(integration.app.state.store, name, None, ["31.71"], 365, now())
    done = await asyncio.to_thread(CliRunner().invoke, app, ["partners", "grant", name])
    assert done.exit_code != 0
    assert "webhook" in done.output
    unknown = await asyncio.to_thread(CliRunner().invoke, app, ["partners", "grant", "Tidak Ada"])
    assert "Tidak ada mitra" in unknown.output


async def test_manifest_says_the_same_for_an_operator_in_the_cluster(integration: Service, tmp_path: Path) -> None:
    name = f"Mitra {new_id()}"
    await add_partner(integration.app.state.store, name, None, [OURS, OTHERS], 365, now())
    done = await asyncio.to_thread(CliRunner().invoke, app, ["partners", "grant", name, "--manifest"])
    assert done.exit_code == 0, done.output
    for words in ("scram-sha-512", province_topic(OURS), province_topic(OTHERS), "consumerByteRate"):
        assert words in done.output
