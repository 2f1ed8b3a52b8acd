"""The figures of grouping say what they say."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rukun.cli import app
from services.verification.likeness.evaluation import evaluate, pairs_of

WHEN = "2026-03-02T09:10:00+07:00"


def told(text: str, at: str = WHEN) -> dict[str, object]:
    return {"region": "33.74.01", "at": at, "text": text, "place": None, "categories": ["rumah_ibadat"], "acts": []}


MASSES = "Massa menolak kebaktian di Ruko Griya Pesona, spanduk sudah dipasang."
PAIRS = [
    {"id": "joined", "same": True, "a": told(MASSES), "b": told(MASSES)},
    {"id": "asked", "same": True, "a": told(MASSES), "b": told("Ada ribut.", "2026-03-04T09:10:00+07:00")},
    {"id": "missed", "same": True, "a": told("Gereja ditolak warga."), "b": told("Vihara ditolak warga.")},
    {"id": "wrong", "same": False, "a": told(MASSES), "b": told(MASSES)},
]


def written(to: Path, lines: list[object]) -> Path:
    to.write_text("\n".join(json.dumps(each) for each in lines))
    return to


def test_shares_are_of_what_they_say(tmp_path: Path) -> None:
    found = evaluate(pairs_of(written(tmp_path / "pairs.jsonl", [*PAIRS])))
    assert (found.pairs, found.same, found.joined) == (4, 3, 2)
    assert (found.precision, found.recall_joined, found.recall) == pytest.approx((1 / 2, 1 / 3, 2 / 3))
    assert (found.joined_falsely, found.missed, found.asked_falsely) == (["wrong"], ["missed"], 0)


def test_command_shows_them_and_says_which_line_is_none(tmp_path: Path) -> None:
    file, out = written(tmp_path / "pairs.jsonl", [*PAIRS]), tmp_path / "out.json"
    done = CliRunner().invoke(app, ["grouping", "evaluate", str(file), "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "wrong" in done.output
    assert json.loads(out.read_text())["precision"] == 0.5
    broken = written(tmp_path / "broken.jsonl", [PAIRS[0], {"id": "x"}])
    refused = CliRunner().invoke(app, ["grouping", "evaluate", str(broken)])
    assert refused.exit_code == 1
    assert "broken.jsonl:2" in refused.output


def test_pairs_of_the_bench_can_be_read() -> None:
    folder = Path(__file__).parents[2] / "bench" / "grouping"
    files = sorted(folder.glob("*.jsonl"))
    assert files
    ids = [pair.id for file in files for pair in pairs_of(file)]
    assert len(ids) == len(set(ids))
