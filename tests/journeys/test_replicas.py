"""Two processes of every service: the story goes as with one, nothing twice."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pymongo import MongoClient

from contracts.topics import SERVICES
from rukun.children import Child
from rukun.ports import free_ports
from rukun.up import Stack
from tests.waiting import eventually_now


@pytest.fixture
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a second replica of each service, which the front door does not know."""
    home, other = tmp_path_factory.mktemp("twice"), free_ports()
    stack = Stack(free_ports(), home)
    second = {f"{name.upper()}_PORT": str(other.of(name)) for name in SERVICES}
    replicas = [
        Child(name, each.command, {**stack.environment, **second}, home / "log" / f"{name}-2.log")
        for name, each in stack.services.items()
    ]
    stack.start()
    try:
        eventually_now(lambda: not stack.waiting(), 90)
        for each in replicas:
            each.start()
        for name in SERVICES:
            address = f"http://127.0.0.1:{other.of(name)}/{name}/health/ready"
            eventually_now(lambda: _is_ready(address), 90)  # noqa: B023
        yield stack
    finally:
        for each in replicas:
            each.stop()
        stack.stop()


def _is_ready(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def test_story_with_two_of_everything_has_nothing_twice(twice: Stack) -> None:
    command = [sys.executable, "-m", "rukun.cli", "demo", "--origin", twice.ports.address]
    story = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert story.returncode == 0, story.stdout[-3000:] + story.stderr[-3000:]
    mails = httpx2.get(f"http://127.0.0.1:{twice.ports.simulator}/simulator/mail").text
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{twice.ports.mongo}/?replicaSet=rukun") as client:
        sent = [each["_id"] for each in client["rukun_notification"]["deliveries"].find({"state.channel": "email"})]
        attempts = Counter(
            each["state"]["attempts"]
            for each in client["rukun_notification"]["deliveries"].find({"state.channel": {"$ne": "inbox"}})
        )
        rounds = [each["_id"] for each in client["rukun_escalation"]["rounds"].find({}, {"_id": 1})]
        steps = list(client["rukun_verification"]["timeline"].find({}, {"_id": 1, "hash": 1}))
        dead = {name: client[f"rukun_{name}"]["dead_letters"].count_documents({}) for name in SERVICES}
    assert sent
    assert set(attempts) == {1}
    assert rounds == list(range(1, len(rounds) + 1))
    assert len({each["hash"] for each in steps}) == len(steps)
    assert not any(dead.values()), dead
    assert "Peringatan tingkat 2 Siaga" in mails
