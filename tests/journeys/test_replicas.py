"""Two processes of every service: the story goes as with one, nothing twice; and releases roll without a refusal."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pymongo import MongoClient

from contracts.topics import SERVICES
from rukun.children import Child
from rukun.ports import free_ports
from rukun.up import Stack
from tests.folders import folder
from tests.waiting import eventually_now

_THIS_RELEASE = [sys.executable, "-m", "rukun.cli", "serve"]
_NEXT_RELEASE = [sys.executable, "-m", "tests.journeys.next_release"]


class Replicas:
    """A stack with two replicas of each service, the five of a replica in one process: that starts in a third of the
    time. The front door knows the first replica alone, `post` knows both."""

    def __init__(self, stack: Stack, home: Path) -> None:
        self.stack = stack
        other = free_ports()
        second = {f"{name.upper()}_PORT": str(other.of(name)) for name in SERVICES}
        environments = (stack.environment, {**stack.environment, **second})
        self._ports = (stack.ports, other)
        self._processes = [
            Child(f"replica-{place}", [*_THIS_RELEASE, *SERVICES], environment, home / "log" / f"replica-{place}.log")
            for place, environment in enumerate(environments)
        ]
        stack.services = {"replica-0": self._processes[0]}
        self._serving = [0, 1]
        # Who is asked is taken out before it stops, never while it answers: as a load balancer does.
        self._lock = threading.Lock()

    def start(self) -> None:
        self.stack.start()
        self._processes[1].start()
        for place in (0, 1):
            self._wait_until_ready(place)

    def roll(self, command: list[str]) -> None:
        """Replace one replica after the other by another release."""
        for place, process in enumerate(self._processes):
            with self._lock:
                self._serving = [1 - place]
            process.stop()
            process.command = [*command, *SERVICES]
            process.start()
            self._wait_until_ready(place)
            with self._lock:
                self._serving = [0, 1]

    def post(self, number: int, body: dict[str, Any]) -> int:
        with self._lock:
            place = self._serving[number % len(self._serving)]
            address = f"http://127.0.0.1:{self._ports[place].of('intake')}/intake/v1/reports"
            return httpx2.post(address, json=body, headers={"idempotency-key": f"roll-{number}"}).status_code

    def stop(self) -> None:
        self._processes[1].stop()
        self.stack.stop()

    def _wait_until_ready(self, place: int) -> None:
        for name in SERVICES:
            address = f"http://127.0.0.1:{self._ports[place].of(name)}/{name}/health/ready"
            eventually_now(lambda: _is_ready(address), 90)  # noqa: B023


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    with folder(tmp_path_factory, "twice") as home:
        made = Replicas(Stack(free_ports(), home), home)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def _is_ready(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


@contextmanager
def reports_coming(house: Replicas) -> Iterator[list[int]]:
    """Reports without a pause until the end of the block; what each was answered."""
    answers: list[int] = []
    enough = threading.Event()

    def post() -> None:
        while not enough.wait(0.1):
            number = len(answers)
            body = {
                "region": f"31.71.0{1 + number % 8}",
                "categories": ["rumah_ibadat", "pengeras_suara"][number % 2 : number % 2 + 1],
                "narrative": f"Kabar nomor {number} tentang keramaian di kampung.",
                "reporter": {"kind": "anonymous"},
            }
            answers.append(house.post(number, body))

    posting = threading.Thread(target=post)
    posting.start()
    try:
        yield answers
    finally:
        enough.set()
        posting.join()


def test_story_with_two_of_everything_has_nothing_twice(twice: Replicas) -> None:
    stack = twice.stack
    command = [sys.executable, "-m", "rukun.cli", "demo", "--origin", stack.ports.address]
    story = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert story.returncode == 0, story.stdout[-3000:] + story.stderr[-3000:]
    mails = httpx2.get(f"http://127.0.0.1:{stack.ports.simulator}/simulator/mail").text
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
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


def test_release_rolls_out_and_back_without_refusing_or_losing_a_report(twice: Replicas) -> None:
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{twice.stack.ports.mongo}/?replicaSet=rukun") as client:
        cases = client["rukun_verification"]["cases"]
        grown = {"state.urgency": {"$in": ["low", "high", "unset"]}}
        with reports_coming(twice) as answers:
            twice.roll(_NEXT_RELEASE)
            during = len(answers)
            eventually_now(lambda: cases.count_documents(grown) > 0 and len(answers) > during + 20, 60)
            known_to_the_next = {each["_id"] for each in cases.find(grown, {"_id": 1})}
            twice.roll(_THIS_RELEASE)
            after = len(answers)
            eventually_now(lambda: len(answers) > after + 40, 60)
        assert set(answers) == {202}
        reports = {each["_id"] for each in client["rukun_intake"]["reports"].find({}, {"_id": 1})}
        assert len(reports) >= len(answers)
        members = client["rukun_verification"]["members"]
        eventually_now(lambda: members.count_documents({}) == len(reports), 90)
        assert Counter(each["_id"].partition(":")[2] for each in members.find()) == dict.fromkeys(reports, 1)
        # This release has written to them since, without knowing the field.
        assert {each["_id"] for each in cases.find(grown, {"_id": 1})} >= known_to_the_next
        assert cases.count_documents({"schema": 3}) < cases.count_documents({})
        for name in SERVICES:
            assert client[f"rukun_{name}"]["dead_letters"].count_documents({}) == 0, name
            assert client[f"rukun_{name}"]["quarantine"].count_documents({}) == 0, name
