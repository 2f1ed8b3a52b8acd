"""The method on the open data: parity of EARS on every series, and the figures that were promised."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from rukun import earlywarning
from rukun.cli import app
from rukun.earlywarning import Files
from services.escalation.backtest import detections
from services.escalation.backtest.evaluation import OURS
from services.escalation.backtest.events import read_history
from services.escalation.backtest.fitted import fit_parameters
from services.escalation.parameter_file import read_parameters
from services.escalation.warning import comparison
from tests.escalation.opendata import OPEN, needs_open_data, rows, write_fatal_events, write_incidents

pytestmark = needs_open_data
SERIES = sorted(path.name for path in (OPEN / "surveillance").glob("*.csv")) or ["none"]
BOUNDS = {"C1": comparison.ears_c1, "C2": comparison.ears_c2, "C3": comparison.ears_c3}


def quiet(*_: object) -> None:
    """No progress."""


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("method", BOUNDS)
def test_ears_agrees_with_the_reference_on_every_week(name: str, method: str) -> None:
    found = rows(f"surveillance/{name}")
    counts = np.array([float(row["count"]) for row in found])
    bounds = np.array([float(row[f"{method}_ub"] or "nan") for row in found])
    alarms = [row[f"{method}_alarm"] in ("1", "TRUE") for row in found]
    ours = BOUNDS[method](counts)
    assert np.array_equal(np.isnan(ours), np.isnan(bounds))
    np.testing.assert_allclose(ours, bounds, atol=1e-6)
    assert [bool(each) for each in counts > np.nan_to_num(ours, nan=np.inf)] == alarms


def test_detector_keeps_its_bars_at_frozen_thresholds() -> None:
    series = detections.read_series(OPEN / "sim_sparse_outbreaks_a.csv.gz")
    found = {
        each.budget: each for each in detections.detect_all(series, read_parameters(), quiet) if each.method == OURS
    }
    bars = {1.0: 0.85, 0.5: 0.77, 0.1: 0.48}
    assert found.keys() == bars.keys()
    for budget, bar in bars.items():
        assert found[budget].sensitivity.value >= bar
        assert found[budget].false_alarms.value <= budget


def test_backtest_of_incidents_beats_the_simple_methods(tmp_path: Path) -> None:
    events, areas = write_incidents(tmp_path)
    files = Files(tmp_path / "found.json", tmp_path / "found.png")
    earlywarning.backtest_forecast(events, areas, {}, 28, 1, date(2021, 6, 1), None, True, files)
    figures = json.loads((tmp_path / "found.json").read_text())["figures"]
    ours = figures.pop(OURS)
    for other in figures.values():
        assert ours["AP"]["low"] < ours["AP"]["value"] < ours["AP"]["high"]
        assert ours["AP"]["value"] > other["AP"]["value"]
        assert ours["Brier"]["value"] < other["Brier"]["value"]
    assert 0.85 <= ours["pred/obs"]["value"] <= 1.15
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


def test_backtest_of_fatal_events_beats_the_simple_methods(tmp_path: Path) -> None:
    files = Files(tmp_path / "found.json")
    earlywarning.backtest_forecast(write_fatal_events(tmp_path), None, {}, 30, 1, date(1999, 1, 1), None, True, files)
    figures = json.loads((tmp_path / "found.json").read_text())["figures"]
    ours = figures.pop(OURS)
    assert all(ours["AP"]["value"] > other["AP"]["value"] for other in figures.values())
    assert 0.85 <= ours["pred/obs"]["value"] <= 1.15


@pytest.mark.parametrize(
    "words",
    [
        ("cvew_2021_jan_aug.csv", "--column", "area=district_city_id"),
        (
            "ucdp_ged_idn_1989_2001.csv",
            *("--column", "date=date_start", "--column", "area=adm_1/adm_2"),
            *("--column", "lat=latitude", "--column", "lng=longitude", "--horizon", "30d", "--from", "2000-01-01"),
        ),
        ("sim_sparse_outbreaks_a.csv.gz", "--detector"),
        *((f"surveillance/{name}", "--detector") for name in SERIES),
    ],
    ids=lambda words: words[0],
)
def test_backtest_prints_its_table_on_each_open_file(words: tuple[str, ...]) -> None:
    found = CliRunner().invoke(app, ["backtest", str(OPEN / words[0]), *words[1:]])
    assert found.exit_code == 0, found.exception
    assert "rukun" in found.output
    assert ("sensitivitas" if "--detector" in words else "AUROC") in found.output


def test_shipped_set_can_be_fitted_again(tmp_path: Path) -> None:
    events, areas = write_incidents(tmp_path)
    shipped = read_parameters()
    again = fit_parameters(read_history(events, areas), shipped, "again", quiet)
    assert again.fitted is not None
    assert shipped.fitted is not None
    assert again.fitted.events == shipped.fitted.events == 722
    # Fitted once more from where it ended, the penalty pulls nowhere else: the likelihood can only rise a little.
    for horizon, value in shipped.fitted.log_likelihood.items():
        assert value <= again.fitted.log_likelihood[horizon] + 1e-4 <= value + 2e-3
