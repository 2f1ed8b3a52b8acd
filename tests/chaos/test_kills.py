"""Nothing is lost and nothing is doubled, whatever is killed: on the embedded broker and on Apache Kafka."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from pymongo import MongoClient

from chassis.messaging.inbox import inbox_key
from contracts.topics import SERVICES
from rukun.children import Child
from rukun.ports import free_ports
from rukun.up import Stack
from tests import engines
from tests.folders import folder
from tests.waiting import all_ready, eventually_now

_REPORTS = 1000
_KECAMATAN = [f"31.7{kota}.0{n}" for kota in range(1, 5) for n in range(1, 7)]


class House:
    """A stack with its database, and the broker as a process that can be frozen."""

    def __init__(self, stack: Stack, kafka: Child, apache: bool) -> None:
        self.stack = stack
        self.kafka = kafka
        self.apache = apache
        self.database: MongoClient[dict[str, Any]] = MongoClient(
            f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun"
        )


@pytest.fixture(scope="module", params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with folder(tmp_path_factory, "house") as home:
        ports = free_ports()
        apache = request.param == "apache"
        kafka = engines.apache_child(ports, home) if apache else None
        if kafka:
            kafka.start()
            engines.wait_for_port(ports.kafka, kafka)
        stack = engines.stack_on(ports, home, apache)
        stack.start()
        made = House(stack, kafka or stack.kafka, apache)  # type: ignore[arg-type]
        try:
            all_ready(stack, 90)
            yield made
        finally:
            made.database.close()
            stack.stop()
            if kafka:
                kafka.stop(30)


class Sender(threading.Thread):
    """Sends reports as a careful channel does: the same key again until there is an answer."""

    def __init__(self, origin: str, count: int, mark: str) -> None:
        super().__init__(daemon=True)
        self._origin, self._count, self._mark = origin, count, mark
        self.accepted: dict[str, str] = {}
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with httpx2.Client(base_url=self._origin, timeout=10) as client:
                for n in range(self._count):
                    self._send(client, n)
        except Exception as error:  # noqa: BLE001 - the test looks at it afterwards
            self.failure = error

    def _send(self, client: httpx2.Client, n: int) -> None:
        key = f"{self._mark}-{n}"
        body = {
            "region": _KECAMATAN[n % len(_KECAMATAN)],
            "categories": ["rumah_ibadat"],
            "narrative": f"Laporan {key} tentang kejadian di sini.",
            "acts": ["ancaman"],
            "reporter": {"kind": "anonymous"},
        }
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                answer = client.post("/intake/v1/reports", json=body, headers={"idempotency-key": key})
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code == 202:
                self.accepted[key] = answer.json()["report_id"]
                return
            time.sleep(0.1)
        raise TimeoutError(key)


def send_during(house: House, trouble: Any) -> set[str]:
    """Send reports while there is trouble; the ids of the accepted ones."""
    sender = Sender(house.stack.ports.address, _REPORTS, uuid4().hex[:8])
    sender.start()
    eventually_now(lambda: len(sender.accepted) > 100)
    trouble(sender)
    sender.join(240)
    assert sender.failure is None
    assert len(sender.accepted) == _REPORTS
    assert len(set(sender.accepted.values())) == _REPORTS
    return set(sender.accepted.values())


def check_everything(house: House, ids: set[str]) -> None:
    """Every accepted report once in intake, in one case, in the log of escalation; every case one alert and one
    public state."""
    db = house.database

    def all_in_cases() -> bool:
        found = Counter(
            each for case in db["rukun_verification"]["cases"].find() for each in case["state"]["recent_reports"]
        )
        assert not [each for each, count in found.items() if count > 1 and each in ids]
        return ids <= set(found)

    eventually_now(all_in_cases, 120)
    assert db["rukun_intake"]["reports"].count_documents({"_id": {"$in": list(ids)}}) == _REPORTS
    eventually_now(
        lambda: db["rukun_escalation"]["report_log"].count_documents({"_id": {"$in": list(ids)}}) == _REPORTS
    )
    cases = {
        each["_id"] for each in db["rukun_verification"]["cases"].find({"state.recent_reports": {"$in": list(ids)}})
    }

    def all_alerted() -> bool:
        alerts = db["rukun_notification"]["alerts"].find({"state.kind": "alert", "state.case_id": {"$ne": None}})
        found = Counter(each["state"]["case_id"] for each in alerts)
        assert not [each for each in cases if found[each] > 1]
        return cases <= set(found)

    eventually_now(all_alerted, 120)
    newest = {
        each["_id"]: _newest_state(each)
        for each in db["rukun_verification"]["cases"].find({"_id": {"$in": list(cases)}})
    }

    def all_followed() -> bool:
        # Partners hear of confirmed cases only; integration follows all of them.
        found = db["rukun_integration"]["cases"].find({"_id": {"$in": list(cases)}})
        done = {each["_id"] for each in found if each["inbox"][inbox_key(each["_id"])] >= newest[each["_id"]]}
        return done == cases

    eventually_now(all_followed, 120)
    dead = {name: db[f"rukun_{name}"]["dead_letters"].count_documents({}) for name in SERVICES}
    assert not any(dead.values()), dead


def _newest_state(case: dict[str, Any]) -> int:
    """The sequence of the newest state that a case has published."""
    return int([each["n"] for each in case["outbox"] if each["type"] == "rukun.case-state.recorded"][-1])


def test_each_service_killed_in_turn_while_reports_come(house: House) -> None:
    def kill_each(sender: Sender) -> None:
        for name in SERVICES:
            child = house.stack.services[name]
            assert child.process is not None
            child.process.send_signal(signal.SIGKILL)
            child.process.wait()
            seen = len(sender.accepted)
            if name != "intake":
                eventually_now(lambda: len(sender.accepted) > min(seen + 50, _REPORTS - 1))  # noqa: B023
            house.stack.restart_dead()
            eventually_now(lambda: len(sender.accepted) > min(seen + 120, _REPORTS - 1))  # noqa: B023

    ids = send_during(house, kill_each)
    all_ready(house.stack, 90)
    check_everything(house, ids)


def test_broker_frozen_and_thawed(house: House) -> None:
    def freeze(sender: Sender) -> None:
        process = house.kafka.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            seen = len(sender.accepted)
            eventually_now(lambda: len(sender.accepted) > min(seen + 200, _REPORTS - 1))
        finally:
            process.send_signal(signal.SIGCONT)

    ids = send_during(house, freeze)
    check_everything(house, ids)


def test_broker_killed_and_started_again(house: House) -> None:
    """The embedded broker forgets everything with its death; Apache Kafka keeps it. Both must end the same."""

    def kill(sender: Sender) -> None:
        process = house.kafka.process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen = len(sender.accepted)
        eventually_now(lambda: len(sender.accepted) > min(seen + 100, _REPORTS - 1))
        if house.apache:
            house.kafka.start()
        else:
            house.stack.restart_dead()

    ids = send_during(house, kill)
    all_ready(house.stack, 120)
    check_everything(house, ids)


def test_database_killed_is_a_503_and_nothing_is_stored_half(house: House) -> None:
    mongo = house.stack.mongo
    assert mongo is not None
    assert mongo.process is not None

    def kill(sender: Sender) -> None:
        mongo.process.send_signal(signal.SIGKILL)  # type: ignore[union-attr]
        mongo.process.wait()  # type: ignore[union-attr]
        body = {
            "region": "31.71.01",
            "categories": ["lainnya"],
            "narrative": "Tanpa basis data.",
            "reporter": {"kind": "anonymous"},
        }
        answer = httpx2.post(f"{house.stack.ports.address}/intake/v1/reports", json=body, timeout=30)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "belum tersimpan" in answer.json()["detail"]
        mongo.start()

    ids = send_during(house, kill)
    all_ready(house.stack, 120)
    check_everything(house, ids)
    kept = house.database["rukun_intake"]["reports"].count_documents({"state.form.narrative": "Tanpa basis data."})
    assert kept == 0
