"""The command line on files that people bring: right answers, and one clear line for what is wrong."""

import gzip
import json
import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from rukun.cli import app
from services.escalation.backtest.events import History, read_history
from services.escalation.backtest.forecasts import rolling
from services.escalation.backtest.places import known_code
from services.escalation.backtest.rows import WrongFile
from services.escalation.country import indonesia
from services.escalation.parameter_file import read_parameters

FIRST = date(2024, 1, 1)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in words])


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of made-up events in twelve areas, of which three are busy."""
    draw, path = random.Random(1), tmp_path_factory.mktemp("files") / "events.csv"
    lines = ["date,area,weight,lat,lng"]
    for day in range(364):
        for area in range(12):
            if draw.random() < (0.15 if area < 3 else 0.01):
                lines.append(f"{FIRST + timedelta(days=day)},P{area % 3}/A{area},1,{-6 - area / 10},{106 + area / 10}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_backtest_prints_the_figures_side_by_side(events: Path, tmp_path: Path) -> None:
    found = run(
        "backtest", events, "--from", "2024-09-01", "--json", tmp_path / "a.json", "--picture", tmp_path / "a.svg"
    )
    assert found.exit_code == 0, found.output
    for word in ("AUROC", "AP", "Brier", "pred/obs", "rukun", "persistence", "area mean", "moving average"):
        assert word in found.output
    told = json.loads((tmp_path / "a.json").read_text())
    figures = told["figures"]
    assert figures["rukun"]["Brier"]["value"] < figures["persistence"]["Brier"]["value"]
    assert figures["rukun"]["AUROC"]["low"] < figures["rukun"]["AUROC"]["value"] < figures["rukun"]["AUROC"]["high"]
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_same_file_gives_the_same_figures(events: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("backtest", events, "--from", "2024-09-01", "--json", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_forecasts_know_nothing_of_what_comes(events: Path, tmp_path: Path) -> None:
    known = [line for line in events.read_text().splitlines() if line < "2024-11-01" or line.startswith("date")]
    later = [f"2024-11-{day:02d},P1/A7,1,-6.7,106.7" for day in range(2, 30)] * 5
    cut, other = tmp_path / "cut.csv", tmp_path / "other.csv"
    ending = "2024-12-29,P0/A0,1,-6,106"
    cut.write_text("\n".join([*known, ending]) + "\n")
    other.write_text("\n".join([*known, *later, ending]) + "\n")
    chances = []
    for path in (cut, other):
        made = rolling(read_history(path), read_parameters(), 28, date(2024, 9, 6), 1, True, lambda *_: None)
        last = [n for n, origin in enumerate(made.origins) if origin <= date(2024, 11, 1)]
        order = sorted(range(12), key=lambda row: read_history(path).places.codes[row])
        chances.append(made.chance[: last[-1] + 1][:, order])
    np.testing.assert_allclose(chances[0], chances[1], atol=1e-9)


def test_areas_without_events_count_too(events: Path, tmp_path: Path) -> None:
    areas = tmp_path / "areas.csv"
    areas.write_text("area\nP0/A0\nP2/A90\nP2/A91\n")
    assert len(read_history(events, areas).places.codes) == 14
    plain = tmp_path / "plain.txt"
    plain.write_text("P2/A90\nP2/A91\n")
    assert len(read_history(events, plain).places.codes) == 14


def history_of(folder: Path, events: str, areas: str) -> History:
    (folder / "events.csv").write_text(events)
    (folder / "areas.csv").write_text(areas)
    return read_history(folder / "events.csv", folder / "areas.csv")


ALL_CODES = "area\n" + "\n".join(indonesia().areas.codes) + "\n"


@pytest.mark.parametrize("written", ["1803", "1803.0", "18.01", "KAB. LAMPUNG SELATAN", "Lampung Selatan Regency"])
def test_area_is_one_however_it_is_written(written: str, tmp_path: Path) -> None:
    found = history_of(tmp_path, f"date,area\n2024-01-01,{written}\n2024-01-02,1803\n", ALL_CODES)
    assert (len(found.places.codes), found.sized, found.unknown) == (514, True, ())
    assert found.counts.table[found.places.index["18.01"]].sum() == 2


def test_what_is_told_of_areas_with_events_alone_is_not_used(tmp_path: Path) -> None:
    told = "date,area,province,size,lat,lng\n2024-01-01,1803,LAMPUNG,9,-5.6,105.5\n2024-01-01,3201,JAWA BARAT,,,\n"
    found, plain = (
        history_of(tmp_path, told, ALL_CODES),
        history_of(tmp_path, "date,area\n2024-01-01,1803\n", ALL_CODES),
    )
    order = [found.places.index[code] for code in plain.places.codes]
    assert len(found.places.provinces) == 38
    np.testing.assert_array_equal(found.places.size[order], plain.places.size)
    np.testing.assert_array_equal(found.places.points[order], plain.places.points)


def test_area_that_is_unknown_costs_the_others_nothing(tmp_path: Path) -> None:
    found = history_of(tmp_path, "date,area\n2024-01-01,1803\n", ALL_CODES + "9971\n")
    assert (found.sized, found.unknown, len(found.places.codes)) == (True, ("9971",), 515)
    shown = run("backtest", tmp_path / "events.csv", "--areas", tmp_path / "areas.csv")
    assert "28 hari penuh" in str(shown.exception)


def test_sizes_of_a_file_are_used_where_all_have_one(tmp_path: Path) -> None:
    sized = history_of(tmp_path, "date,area\n2024-01-01,x\n", "area,size\nx,2000000\ny,6000000\n")
    half = history_of(tmp_path, "date,area\n2024-01-01,x\n", "area,size\nx,2000000\ny,\n")
    assert list(sized.places.size) == [0.5, 1.5]
    assert (sized.sized, half.sized, list(half.places.size)) == (True, False, [1, 1])


@pytest.mark.parametrize("areas", ["kode\n11.01\n11.02\n", "area;size\n11.01;3\n"])
def test_list_of_areas_that_is_none_is_told_in_one_line(areas: str, tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="area"):
        history_of(tmp_path, "date,area\n2024-01-01,1803\n", areas)


def test_fit_writes_a_set_that_backtest_takes(events: Path, tmp_path: Path) -> None:
    out = tmp_path / "set.json"
    found = run("fit", events, "--out", out, "--name", "uji")
    assert found.exit_code == 0, found.output
    made = read_parameters(out)
    assert made.version.startswith("uji-")
    assert made.fitted is not None
    assert made.fitted.areas == 12
    again = run("backtest", events, "--from", "2024-09-01", "--parameters", out, "--no-fit")
    assert made.version in again.output
    twice = run("fit", events, "--out", out)
    assert twice.exit_code != 0
    assert "sudah ada" in str(twice.exception)


def test_detector_finds_the_outbreaks_of_a_packed_file(tmp_path: Path) -> None:
    draw, path = random.Random(2), tmp_path / "series.csv.gz"
    lines = ["series,week,count,outbreak_id"]
    for series in range(6):
        for week in range(1, 157):
            outbreak = 100 <= week < 104
            count = sum(draw.random() < 0.02 for _ in range(10)) + 6 * outbreak
            lines.append(f"{series},{week},{count},{int(outbreak)}")
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines))
    found = run("backtest", path, "--detector", "--json", tmp_path / "a.json", "--picture", tmp_path / "a.png")
    assert found.exit_code == 0, found.output
    ours = [each for each in json.loads((tmp_path / "a.json").read_text())["figures"] if each["method"] == "rukun"]
    assert [each["sensitivity"]["value"] for each in ours] == [1.0, 1.0, 1.0]
    assert ours[0]["false_alarms"]["value"] < 1.5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "tidak berkolom area, date"),
        ("date,place\n2024-01-01,x\n", "tidak berkolom area"),
        ("date,area\n", "tidak berisi kejadian"),
        ("date,area\n01/02/2024,x\n", "baris 2: tanggal"),
        ("date,area,weight\n2024-01-01,x,banyak\n", "baris 2: weight"),
        ("date,area,weight\n2024-01-01,x,nan\n", "baris 2: weight"),
        ("date,area,weight\n2024-01-01,x,1e300\n", "baris 2: weight"),
        ("date,area,weight\n2024-01-01,x,-3\n", "baris 2: weight"),
        ("date,area,weight\n2024-01-01,x,0.5\n", "baris 2: weight"),
        ("date;area\n2024-01-01;x\n", "pemisah: koma"),
        ("date,area\n0900-01-01,x\n", "di luar 1900"),
        ("date,area\n2024-01-01,\n", "tidak berisi kejadian yang berwilayah"),
        ("date,area\n2024-01-01,x\n", "28 hari"),
    ],
)
def test_wrong_file_is_told_in_one_line(content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(content)
    found = run("backtest", path)
    assert found.exit_code != 0
    assert isinstance(found.exception, SystemExit)
    assert told in str(found.exception)
    assert "\n" not in str(found.exception)


@pytest.mark.parametrize(
    ("weeks", "told"),
    [
        ([(week, "1") for week in (*range(1, 80), 7)], "dua kali"),
        ([(week, "1") for week in range(1, 40)], "perlu lebih dari 52"),
        ([(year * 100 + week, "1") for year in (2020, 2021, 2022) for week in range(1, 53)], "berlubang"),
        ([(week, "-1") for week in range(1, 80)], "baris 2: count"),
        ([(week, "1.5") for week in range(1, 80)], "baris 2: count"),
        ([("", "1")] * 80, "baris 2: week"),
    ],
)
def test_wrong_series_are_told_in_one_line(weeks: list[tuple[object, str]], told: str, tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("series,week,count\n" + "".join(f"a,{week},{count}\n" for week, count in weeks))
    found = run("backtest", path, "--detector")
    assert isinstance(found.exception, SystemExit)
    assert told in str(found.exception)


def test_what_cannot_be_written_is_told_before_the_work(events: Path, tmp_path: Path) -> None:
    for words in (("--json", tmp_path), ("--picture", tmp_path / "none" / "a.png"), ("--picture", tmp_path / "a.txt")):
        found = run("backtest", events, *words)
        assert isinstance(found.exception, SystemExit)
        assert str(words[1]) in str(found.exception)
    assert isinstance(run("fit", events, "--out", tmp_path / "none" / "x").exception, SystemExit)
    assert "name" in str(run("fit", events, "--out", tmp_path / "x", "--name", "Bad Name!").exception)


def test_figures_that_cannot_be_computed_are_dashes_and_null(tmp_path: Path) -> None:
    path, told = tmp_path / "one.csv", tmp_path / "one.json"
    path.write_text("date,area\n" + "".join(f"{FIRST + timedelta(days=day)},x\n" for day in range(200)))
    found = run("backtest", path, "--json", told)
    assert found.exit_code == 0, found.output
    assert "tidak dapat dihitung" in found.output
    assert json.loads(told.read_text())["figures"]["rukun"]["AUROC"]["value"] is None


def test_one_very_old_date_does_not_hold_up_the_backtest(events: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text(events.read_text() + "1900-01-01,P0/A0,1,-6,106\n")
    assert run("backtest", path, "--from", "2024-09-01", "--no-fit").exit_code == 0


def test_without_a_database_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URL", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200")
    for words in (("rescore", "--since", "2026-01-01"), ("backtest", "--log")):
        found = run(*words)
        assert isinstance(found.exception, SystemExit)
        assert "MongoDB tidak menjawab" in str(found.exception)


def test_wrong_words_are_told(events: Path, tmp_path: Path) -> None:
    assert "tidak dikenal" in run("backtest", events, "--horizon", "sebulan").output
    missing = run("backtest", tmp_path / "none.csv")
    assert "tidak dapat dibaca" in str(missing.exception)
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    assert "bukan set parameter" in str(run("backtest", events, "--parameters", broken).exception)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1803", "18.01"),
        ("18.01", "18.01"),
        ("KABUPATEN LAMPUNG SELATAN", "18.01"),
        ("Kota Bogor", "32.71"),
        ("Bogor Regency", "32.01"),
        ("1101", "11.09"),
        ("Bogor", None),
        ("Nowhere/District", None),
    ],
)
def test_areas_are_recognised_by_code_and_by_kind_and_name(written: str, code: str | None) -> None:
    assert known_code(written) == code


def test_wrong_parameter_file_stops_the_start_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rukun.services import settings_of

    monkeypatch.setenv("AREA_PARAMETERS", str(tmp_path / "none.json"))
    with pytest.raises(SystemExit) as stopped:
        settings_of("escalation")
    assert "AREA_PARAMETERS" in str(stopped.value) or "none.json" in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_series_without_outbreaks_have_no_sensitivity(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("week,count\n" + "".join(f"{week},{week % 3}\n" for week in range(1, 120)))
    found = run("backtest", path, "--detector", "--json", tmp_path / "a.json", "--picture", tmp_path / "a.png")
    assert found.exit_code == 0, found.output
    figures = json.loads((tmp_path / "a.json").read_text())["figures"]
    assert {each["sensitivity"]["value"] for each in figures} == {None}
    assert all(each["false_alarms"]["value"] >= 0 for each in figures)


def test_log_takes_no_file(events: Path) -> None:
    assert run("backtest", events, "--log").exit_code != 0
