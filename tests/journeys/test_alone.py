"""A service starts alone, says what it waits for, and works when the rest arrives."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from rukun import embedded
from rukun.children import Child
from rukun.ports import Ports, environment, free_ports
from tests.waiting import eventually_now


@pytest.fixture
def ports() -> Ports:
    return free_ports()


@pytest.fixture
def alone(ports: Ports, tmp_path: Path) -> Iterator[Child]:
    command = [sys.executable, "-m", "rukun.cli", "serve", "verification"]
    child = Child("verification", command, environment(ports), tmp_path / "verification.log")
    child.start()
    yield child
    child.stop()


def waits(ports: Ports) -> list[str] | None:
    try:
        answer = httpx2.get(f"http://127.0.0.1:{ports.verification}/verification/health/ready", timeout=10)
    except httpx2.HTTPError:
        return None
    return list(answer.json()["waiting_for"])


def test_verification_alone_names_what_it_waits_for_and_works_when_the_rest_arrives(
    ports: Ports, alone: Child, tmp_path: Path
) -> None:
    eventually_now(lambda: "MongoDB" in (waits(ports) or []))
    mongo = embedded.mongod(ports, tmp_path)
    mongo.start()
    others: list[Child] = []
    try:
        embedded.initiate(ports, lambda: mongo.running)
        eventually_now(lambda: any("Kafka (" in each for each in waits(ports) or []))
        kafka = embedded.tansu(ports, tmp_path)
        kafka.start()
        others.append(kafka)
        eventually_now(lambda: any("topics of" in each and "intake" in each for each in waits(ports) or []))
        for name in ("intake", "escalation", "notification"):
            command = [sys.executable, "-m", "rukun.cli", "serve", name]
            others.append(Child(name, command, environment(ports), tmp_path / f"{name}.log"))
            others[-1].start()
        eventually_now(lambda: waits(ports) == [])
    finally:
        for each in reversed(others):
            each.stop()
        mongo.stop()


def test_several_services_run_in_one_process(ports: Ports, tmp_path: Path) -> None:
    names = ["intake", "verification", "escalation"]
    command = [sys.executable, "-m", "rukun.cli", "serve", *names]
    child = Child("three", command, environment(ports), tmp_path / "three.log")
    child.start()
    try:
        for name in names:
            address = f"http://127.0.0.1:{ports.of(name)}/{name}/health/live"
            eventually_now(lambda: _answers(address))  # noqa: B023
    finally:
        child.stop()
    assert child.process is not None
    assert child.process.returncode == 0


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("MONGO_URL", "nonsense", "MONGO_URL"),
        ("KAFKA_BOOTSTRAP_SERVERS", "nonsense", "KAFKA_BOOTSTRAP_SERVERS"),
        ("RUKUN_UP_ORIGIN_PORT", "abc", "RUKUN_UP_ORIGIN_PORT"),
        ("RUKUN_ENVIRONMENT", "production", "SESSION_SECRET"),
    ],
)
def test_wrong_setting_is_one_clear_line(tmp_path: Path, name: str, value: str, words: str) -> None:
    told = {**os.environ, name: value, "RUKUN_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "rukun.cli", "up"]
    stopped = subprocess.run(command, capture_output=True, text=True, timeout=60, env=told)
    assert stopped.returncode != 0
    assert words in stopped.stderr
    assert len(stopped.stderr.strip().splitlines()) == 1


def test_taken_port_is_one_clear_line(ports: Ports, tmp_path: Path) -> None:
    told = {f"RUKUN_UP_{name.upper()}_PORT": str(port) for name, port in vars(ports).items()}
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.origin))
        other.listen()
        command = [sys.executable, "-m", "rukun.cli", "up", "--home", str(tmp_path)]
        stopped = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **told})
    assert f"Port {ports.origin} (origin) sudah dipakai" in stopped.stderr
    assert len(stopped.stderr.strip().splitlines()) == 1


def test_start_stop_start_keeps_every_case(ports: Ports, tmp_path: Path) -> None:
    from rukun.up import Stack

    def cases(stack: Stack) -> int:
        from pymongo import MongoClient

        with MongoClient(f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun") as client:
            return client["rukun_verification"]["cases"].count_documents({})

    for expected in (1, 2):
        stack = Stack(ports, tmp_path)
        stack.start()
        try:
            eventually_now(lambda: not stack.waiting(), 90)  # noqa: B023
            body = {
                "region": f"31.71.0{expected}",
                "categories": ["lainnya"],
                "narrative": "Sebelum dan sesudah.",
                "reporter": {"kind": "anonymous"},
            }
            assert httpx2.post(f"{ports.address}/intake/v1/reports", json=body).status_code == 202
            eventually_now(lambda: cases(stack) == expected)  # noqa: B023
        finally:
            stack.stop()
