"""Everything is destroyed and restored, and the story goes on: on the embedded broker, which forgot, and on Apache
Kafka, which still knows what the databases do not."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chassis.clock import new_id, now
from rukun import embedded
from rukun.backup import Refused, back_up, client_of, read, restore
from rukun.client import Visitor
from rukun.ports import Ports, free_ports
from rukun.up import Stack
from tests import engines
from tests.waiting import all_ready, eventually_now

_KEY = "kunci-cadangan-untuk-latihan-0123456789"

_NAMELESS = {"kind": "anonymous"}
_NAMED = {"kind": "citizen", "contact": "+6281000000078", "consent": "2026-11"}


@contextmanager
def running(ports: Ports, home: Path, apache: bool) -> Iterator[Stack]:
    stack = engines.stack_on(ports, home, apache)
    stack.start()
    try:
        all_ready(stack, 120)
        yield stack
    finally:
        stack.stop()


def rukun(ports: Ports, *arguments: str) -> str:
    variables = {"MONGO_URL": f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun", "BACKUP_KEY": _KEY, "LANG": "en"}
    command = [sys.executable, "-m", "rukun.cli", *arguments]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def report(ports: Ports, words: str, region: str = "31.71.01", reporter: dict[str, str] = _NAMELESS) -> dict[str, str]:
    body = {"region": region, "categories": ["rumah_ibadat"], "narrative": words, "reporter": reporter}
    answer = httpx2.post(f"http://127.0.0.1:{ports.intake}/intake/v1/reports", json=body, timeout=20)
    assert answer.status_code == 202
    found: dict[str, str] = answer.json()
    return found


def erase(ports: Ports, named: dict[str, str]) -> None:
    """The reporter has name and contact destroyed, and the bus knows it."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{ports.intake}", follow_redirects=True, timeout=20) as client:
        client.post("/intake/track", data={"ticket": named["ticket"], "receipt": named["receipt"]})
        assert "sudah dihapus" in client.post("/intake/track/erase", data={"ticket": named["ticket"]}).text
    eventually_now(lambda: published(ports, named["report_id"]))


def identity(ports: Ports, report_id: str) -> Any:
    """A sealed identity as it is stored."""
    with client_of(f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun") as client:
        return client["rukun_intake"]["identities"].find_one({"_id": report_id})


def cases(officer: Visitor) -> dict[str, dict[str, Any]]:
    found = officer.get("/verification/v1/cases", params={"limit": 200}).json()["cases"]
    return {each["case_id"]: each for each in found}


def shown(ports: Ports, case_id: str) -> list[Any]:
    """What integration has told partners of a case."""
    with client_of(f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun") as client:
        return list(client["rukun_integration"]["feed"].find({"body.data.case_id": case_id}))


def published(ports: Ports, report_id: str) -> Any:
    """Whether a report is on the bus."""
    with client_of(f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun") as client:
        return client["rukun_intake"]["reports"].find_one({"_id": report_id, "pending_since": None})


def feed(ports: Ports) -> list[Any]:
    """Integration's feed."""
    with client_of(f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun") as client:
        return list(client["rukun_integration"]["feed"].find({"jurisdiction": "ID"}))


def verify(officer: Visitor, case_id: str) -> None:
    check = {"verdict": "terverifikasi", "source_grade": "B", "information_grade": 2, "note": "Dicek di lapangan."}
    assert officer.post(f"/verification/v1/cases/{case_id}/verify", json=check).status_code < 300


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Ports, Path, bool]]:
    ports, apache = free_ports(), request.param == "apache"
    kafka = engines.apache_child(ports, tmp_path) if apache else None
    if kafka:
        kafka.start()
        engines.wait_for_port(ports.kafka, kafka)
    yield ports, tmp_path, apache
    if kafka:
        kafka.stop(30)


def test_everything_is_destroyed_and_restored_and_the_story_goes_on(place: tuple[Ports, Path, bool]) -> None:
    ports, home, apache = place
    file = home / "cadangan.rukun"
    regions = [f"31.7{kota}.0{n}" for kota in (1, 2, 3) for n in (1, 2)]
    with running(ports, home, apache) as stack:
        before = [report(ports, f"Kabar lama nomor {n}, ada yang mengancam.", each) for n, each in enumerate(regions)]
        officer = Visitor(stack.ports.address).sign_in("kabid.dki")
        known = eventually_now(lambda: (found := cases(officer)) and len(found) == len(regions) and found)
        confirmed, waiting = list(known)[:2]
        verify(officer, confirmed)
        eventually_now(lambda: shown(ports, confirmed))
        # Published, and not consumed: it is on a bus that will be gone.
        stack.services["verification"].stop()
        unread = report(ports, "Kabar yang belum dibaca siapa pun.", "31.75.02")
        eventually_now(lambda: published(ports, unread["report_id"]))
        named = report(ports, "Kabar dari orang bernama.", "32.71.02", _NAMED)
        told = rukun(ports, "backup", str(file))
        assert "rukun_verification" in told
        lost = report(ports, "Kabar sesudah cadangan.", "32.71.01")
        erase(ports, named)
        eventually_now(lambda: published(ports, lost["report_id"]))
    shutil.rmtree(home / "mongo")
    mongo = embedded.mongod(ports, home)
    mongo.start()
    embedded.initiate(ports, lambda: mongo.running)
    rukun(ports, "restore", str(file), *(["--bus", f"127.0.0.1:{ports.kafka}"] if apache else []))
    assert (identity(ports, named["report_id"])["key"] is None) is apache, "without its bus nothing knows of it"
    mongo.stop(30)
    if apache:
        newer = (home / "cadangan.rukun.newer.jsonl").read_text()
        assert lost["report_id"] in [
            json.loads(json.loads(each)["value"]).get("report_id") for each in newer.splitlines()
        ]
    with running(ports, home, apache) as stack:
        officer = Visitor(stack.ports.address).sign_in("kabid.dki")
        after = eventually_now(lambda: len(found := cases(officer)) == len(regions) + 1 and found)
        assert {id: after[id]["number"] for id in known} == {id: each["number"] for id, each in known.items()}
        address = f"http://127.0.0.1:{ports.intake}/intake/track"
        proofs = [httpx2.get(address, params={"ticket": each["ticket"]}, timeout=20).text for each in (*before, lost)]
        assert [each["ticket"] in text for each, text in zip(before, proofs, strict=False)] == [True] * len(before)
        assert "tidak ditemukan" in proofs[-1]
        # What happens now reaches everybody: nobody takes a new event for one that they know.
        verify(officer, waiting)
        eventually_now(lambda: shown(ports, waiting))
        report(ports, "Kabar baru sesudah pemulihan.", "31.75.01")
        eventually_now(lambda: len(cases(officer)) == len(regions) + 2)
        positions = [each.get("position") for each in feed(ports)]
        assert max(positions) > 1_000_000, "a partner's cursor of before is behind what comes now"


@pytest.fixture
def filled(mongo_url: str, tmp_path: Path) -> Iterator[tuple[Any, str, Path]]:
    prefix, file = f"b{new_id()[-8:]}", tmp_path / "cadangan"
    with client_of(mongo_url) as client:
        client[f"{prefix}_intake"]["reports"].insert_many([{"_id": str(n), "text": "x" * 2000} for n in range(5000)])
        client[f"{prefix}_intake"]["leases"].insert_one({"_id": "relay"})
        back_up(client, prefix, file, _KEY, now())
        yield client, prefix, file


def test_backup_is_unreadable_and_whole(filled: tuple[Any, str, Path]) -> None:
    client, prefix, file = filled
    assert b"xxxxxxxx" not in file.read_bytes()
    assert len(list(read(file, _KEY))) == 5000
    other = f"{prefix}2"
    assert restore(client, other, file, _KEY)[f"{other}_intake"] == 5000
    assert sorted(client[f"{other}_intake"].list_collection_names()) == ["chassis", "reports"]
    with pytest.raises(Refused, match="tidak kosong"):
        restore(client, other, file, _KEY)
    with pytest.raises(Refused, match="sudah ada"):
        back_up(client, prefix, file, _KEY, now())


def test_backup_that_failed_half_way_stands_in_no_later_ones_way(filled: tuple[Any, str, Path]) -> None:
    client, prefix, file = filled
    file.unlink()
    file.with_name(file.name + ".part").write_bytes(b"half")
    assert back_up(client, prefix, file, _KEY, now())[f"{prefix}_intake"] == 5000
    assert len(list(read(file, _KEY))) == 5000


@pytest.mark.parametrize(
    "harm", ["cut", "cut at a chunk", "flipped", "swapped", "another key", "another file", "short key"]
)
def test_harmed_backup_is_refused_before_anything_is_written(filled: tuple[Any, str, Path], harm: str) -> None:
    client, prefix, file = filled
    whole, key = file.read_bytes(), _KEY
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    chunks, at = [], start
    while at < len(whole):
        end = at + 4 + int.from_bytes(whole[at : at + 4])
        chunks.append(whole[at:end])
        at = end
    assert len(chunks) > 2
    made = {
        "cut": whole[:-1],
        "cut at a chunk": whole[: -len(chunks[-1])],
        "flipped": whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
        "swapped": whole[:start] + chunks[1] + chunks[0] + b"".join(chunks[2:]),
        "another file": b"PK" + whole,
    }
    file.write_bytes(made.get(harm, whole))
    key = {"another key": _KEY[::-1], "short key": "x"}.get(harm, _KEY)
    with pytest.raises(Refused):
        restore(client, f"{prefix}3", file, key)
    assert client[f"{prefix}3_intake"].list_collection_names() == []
