"""Steps of cases and who read them, signed: whatever an administrator of the database changes is noticed."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.audit import AuditKey
from chassis.clock import now
from chassis.settings import DEVELOPMENT_SECRET
from contracts.events import CheckpointSigned
from rukun.audit import Records, verify
from services.verification.timeline import step_after
from tests.neighbours import Neighbours
from tests.running import Service, running
from tests.verification.test_verification import case_of, report

KEY = AuditKey(DEVELOPMENT_SECRET)
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification") as service:
        yield service


def rukun(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "rukun.cli", "audit", *words], capture_output=True, text=True)


@pytest.fixture(scope="module")
async def lines(verification: Service, neighbours: Neighbours, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """An export: two checkpoints over three cases, of which two were worked on between them."""
    told = [report(region) for region in ("31.71.01", "31.72.01", "31.73.01")]
    await neighbours.publish(*told)
    cases = [await case_of(verification, each.report_id, "kabid.dki") for each in told]
    await verification.app.state.checkpoints.sign(now())
    for each in cases[:2]:
        path = f"/verification/v1/cases/{each['case_id']}/assign"
        assert (
            await verification.client("kabid.dki").post(path, json={"to": "Kementerian Agama pusat"})
        ).status_code == 200
    await verification.app.state.checkpoints.sign(now())
    file = tmp_path_factory.mktemp("audit") / "catatan.jsonl"
    done = rukun("export", str(file), "--url", os.environ["MONGO_URL"], "--prefix", os.environ["DATABASE_PREFIX"])
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in file.read_text().splitlines()]


def faults(lines: Lines, public: str = KEY.public, noted: tuple[str, ...] = ()) -> list[str]:
    records = Records()
    for each in json.loads(json.dumps(lines)):
        records.take(each)
    return verify(records, public, noted)


def test_what_nobody_touched_is_whole(lines: Lines) -> None:
    assert faults(lines) == []
    assert {each["kind"] for each in lines} == {"checkpoint", "step", "verification.reads"}


def test_command_says_so_to_an_outsider(lines: Lines, tmp_path: Path) -> None:
    file = tmp_path / "catatan.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    whole = rukun("verify", str(file), "--key", KEY.public)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    file.write_text("\n".join(map(json.dumps, lines[:-1])))
    assert rukun("verify", str(file), "--key", KEY.public).returncode == 1
    file.write_text("ini bukan catatan")
    wrong = rukun("verify", str(file))
    assert wrong.returncode == 1
    assert "baris 1" in wrong.stderr


def steps(lines: Lines) -> Lines:
    return [each for each in lines if each["kind"] == "step"]


def checkpoints(lines: Lines) -> Lines:
    return [each for each in lines if each["kind"] == "checkpoint"]


def flip_a_bit(lines: Lines) -> None:
    steps(lines)[1]["step"]["at"] = steps(lines)[1]["step"]["at"].replace("20", "21", 1)


def name_somebody_else(lines: Lines) -> None:
    acted = next(each["step"] for each in steps(lines) if each["step"].get("actor"))
    acted["actor"] = KEY.seal("kasi.jakpus")


def cut_the_tail(lines: Lines) -> None:
    assigned = next(each for each in steps(lines) if each["step"].get("actor"))
    lines.remove(assigned)


def take_a_case_away(lines: Lines) -> None:
    gone = steps(lines)[-1]["case_id"]
    lines[:] = [each for each in lines if each.get("case_id") != gone]


def swap_entries(lines: Lines) -> None:
    one, other = [each for each in lines if each["kind"] == "verification.reads"][:2]
    one["entry"]["hash"], other["entry"]["hash"] = other["entry"]["hash"], one["entry"]["hash"]


def swap_steps(lines: Lines) -> None:
    one, other = (
        index
        for index, each in enumerate(lines)
        if each["kind"] == "step" and each["case_id"] == steps(lines)[0]["case_id"] and each["step"]["n"] < 3
    )
    lines[one], lines[other] = lines[other], lines[one]


def take_a_read_away(lines: Lines) -> None:
    lines.remove(next(each for each in lines if each["kind"] == "verification.reads"))


def put_a_read_in(lines: Lines) -> None:
    """One that nobody signed, dated long before the last checkpoint."""
    entry = {"_id": "forged", "at": (now() - timedelta(days=3)).isoformat(), "hash": "0" * 64}
    lines.append({"kind": "verification.reads", "entry": entry})


def put_a_case_in(lines: Lines) -> None:
    at = now() - timedelta(days=3)
    step = step_after(0, "0" * 64, at, "opened", "system", "", {})
    lines.append({"kind": "step", "case_id": "forged", "step": step.model_dump(mode="json", exclude_unset=True)})


def take_all_checkpoints_away(lines: Lines) -> None:
    lines[:] = [each for each in lines if each["kind"] != "checkpoint"]


def sign_nothing_any_more(lines: Lines) -> None:
    entry = {"_id": "newer", "at": (now() + timedelta(days=2)).isoformat(), "hash": "0" * 64}
    lines.append({"kind": "verification.reads", "entry": entry})


def forge_a_whole_chain(lines: Lines) -> None:
    """By somebody who can hash: a step is changed, and all after it anew."""
    from services.verification.timeline import hash_of

    case_id, previous = steps(lines)[0]["case_id"], "0" * 64
    for each in (each["step"] for each in steps(lines) if each["case_id"] == case_id):
        each.update(by="KUA lain", previous=previous)
        body = {name: value for name, value in each.items() if name != "hash"}
        each["hash"] = previous = hash_of(body)


def leave_out_a_checkpoint(lines: Lines) -> None:
    lines.remove(checkpoints(lines)[0])


def sign_with_another_key(lines: Lines) -> None:
    for each in checkpoints(lines):
        each["signature"] = AuditKey("somebody else's secret of enough length").sign(each["hash"])


def forge_a_checkpoint(lines: Lines) -> None:
    checkpoints(lines)[-1]["heads"].pop()


@pytest.mark.parametrize(
    "change",
    [
        flip_a_bit, name_somebody_else, cut_the_tail, take_a_case_away, swap_entries, swap_steps, take_a_read_away,
        put_a_read_in, put_a_case_in, take_all_checkpoints_away, sign_nothing_any_more, forge_a_whole_chain, leave_out_a_checkpoint, sign_with_another_key, forge_a_checkpoint,
    ],
)  # fmt: skip
def test_change_is_noticed(lines: Lines, change: Callable[[Lines], None]) -> None:
    changed: Lines = json.loads(json.dumps(lines))
    change(changed)
    assert changed != lines
    assert faults(changed)


def test_last_checkpoint_that_was_cut_off_is_missed_by_who_noted_it(lines: Lines) -> None:
    last = checkpoints(lines)[-1]
    noted = f"verification:{last['n']}:{last['hash']}"
    assert faults(lines, noted=(noted,)) == []
    assert faults([each for each in lines if each != last], noted=(noted,))


async def test_checkpoints_are_published_and_name_nobody(lines: Lines, neighbours: Neighbours) -> None:
    published = await neighbours.wait(CheckpointSigned, 2)
    assert {each.hash for each in published} >= {each["hash"] for each in checkpoints(lines)}  # type: ignore[attr-defined]
    assert "kabid.dki" not in json.dumps(lines)


def test_actor_is_opened_by_the_key_alone(lines: Lines) -> None:
    acted = next(each["step"]["actor"] for each in steps(lines) if each["step"].get("actor"))
    assert KEY.open(acted) == "kabid.dki"
    with pytest.raises(ValueError, match="not sealed"):
        AuditKey("somebody else's secret of enough length").open(acted)
