"""`rukun fit`, `rukun backtest` and `rukun rescore`: reads, computes with progress, prints tables, writes files."""

import asyncio
import dataclasses
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pymongo import ReadPreference
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chassis.foundation import Foundation
from chassis.language import _
from contracts.vocabulary import Level
from rukun.ports import Ports
from rukun.services import settings_of
from rukun.tables import console, show_detection, show_forecast, show_replayed, show_set, show_worth
from services.escalation.backtest import detections, picture
from services.escalation.backtest.detections import Detection, Series, detect_all, read_series, tradeoff
from services.escalation.backtest.evaluation import OURS, Evaluation, evaluate
from services.escalation.backtest.events import History, read_history
from services.escalation.backtest.fitted import fit_parameters
from services.escalation.backtest.forecasts import Forecasts, rolling
from services.escalation.backtest.own_log import history_of_log, serious_cases
from services.escalation.backtest.rows import Columns, WrongFile
from services.escalation.parameter_file import read_parameters, write_parameters
from services.escalation.replay import Replayed, replay, worth
from services.escalation.store import Store
from services.escalation.store import build as build_store
from services.escalation.warning import comparison, detector
from services.escalation.warning.parameters import Parameters


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A bar that long work reports to; what it is drawn on is not what is printed."""
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield report


def fit_command(events: Path, areas: Path | None, columns: Columns, out: Path, name: str, prior: Path | None) -> None:
    """Fit a set and write it where nothing is yet."""
    with _one_line_errors(), progress_bar() as report:
        if out.exists():
            raise WrongFile(_("{out} sudah ada; set parameter tidak pernah diubah, pilih nama lain").format(out=out))
        _can_be_written(out)
        history = read_history(events, areas, columns)
        made = fit_parameters(history, read_parameters(prior), name, report)
        write_parameters(made, out)
    console.print(_("[bold]{version}[/bold] ditulis ke {out}").format(version=made.version, out=out))
    show_set(made)


def backtest_forecast(
    events: Path,
    areas: Path | None,
    columns: Columns,
    days: int,
    at_least: int,
    start: date | None,
    parameters: Path | None,
    refit: bool,
    files: "Files",
) -> None:
    """Forecasts on a file of events."""
    with _one_line_errors(), progress_bar() as report:
        files.check()
        history = read_history(events, areas, columns)
        if areas is None:
            console.print(_("Tanpa --areas hanya wilayah dalam berkas ini yang dinilai, juga yang baru muncul kelak."))
        _report_forecast(history, days, at_least, start, read_parameters(parameters), refit, files, report)


def _can_be_written(path: Path) -> None:
    """Find out before the work, not after it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise WrongFile(_("{path} tidak dapat ditulis: bukan nama berkas di folder yang ada").format(path=path))


@dataclasses.dataclass(frozen=True)
class Files:
    """Where results are written, beside the screen."""

    json: Path | None = None
    picture: Path | None = None

    def check(self) -> None:
        """Refuse what cannot be written."""
        for path in filter(None, (self.json, self.picture)):
            _can_be_written(path)
        if self.picture and self.picture.suffix not in (".png", ".svg", ".pdf"):
            raise WrongFile(_("gambar {picture} harus berakhiran .png, .svg, atau .pdf").format(picture=self.picture))


def _report_forecast(
    history: History,
    days: int,
    at_least: int,
    start: date | None,
    used: Parameters,
    refit: bool,
    files: Files,
    report: Any,
) -> None:
    began = start or history.first + (history.last - history.first) * 2 // 3
    found = rolling(history, used, days, began, at_least, refit, report)
    if not found.origins:
        raise WrongFile(
            _("tidak ada {days} hari penuh setelah {began} sampai akhir data ({last})").format(
                days=days, began=began, last=history.last
            )
        )
    evaluation = evaluate(found, at_least, report)
    show_forecast(history, days, used, refit, found, evaluation)
    if files.json:
        files.json.write_text(_as_json(_forecast_json(history, days, used, refit, found, evaluation)))
    if files.picture:
        picture.draw_forecast(evaluation, files.picture)


def _as_json(shown: Any) -> str:
    """JSON in which what cannot be computed is null."""
    return json.dumps(_without_nan(shown), indent=2, default=str, allow_nan=False) + "\n"


def _without_nan(shown: Any) -> Any:
    if isinstance(shown, dict):
        return {key: _without_nan(value) for key, value in shown.items()}
    if isinstance(shown, list | tuple):
        return [_without_nan(value) for value in shown]
    return None if isinstance(shown, float) and not math.isfinite(shown) else shown


def _forecast_json(
    history: History, days: int, used: Parameters, refit: bool, found: Forecasts, evaluation: Evaluation
) -> dict[str, Any]:
    return {
        "kind": "forecast",
        "horizon_days": days,
        "parameters": used.version,
        "refit": refit,
        "events": history.events,
        "origins": [each.isoformat() for each in found.origins],
        "horizons": [each.model_dump(mode="json") for each in found.sets],
        "ratios": found.ratios,
        **dataclasses.asdict(evaluation),
    }


def backtest_detector(file: Path, parameters: Path | None, files: Files) -> None:
    """Detectors on a file of weekly series."""
    with _one_line_errors():
        files.check()
        with progress_bar() as report:
            series, used = read_series(file), read_parameters(parameters)
            found = detect_all(series, used, report)
        show_detection(series, used, found)
        _write_detection(series, used, found, files)


def _write_detection(series: Series, used: Parameters, found: list[Detection], files: Files) -> None:
    if files.json:
        figures = [dataclasses.asdict(each) for each in found]
        shown = {"kind": "detector", "parameters": used.version, "run_in_weeks": detections.RUN_IN_WEEKS}
        files.json.write_text(_as_json({**shown, "figures": figures}))
    if files.picture:
        curves = {
            OURS: tradeoff(detector.run(series.counts, used.detector), series),
            "EARS C2": tradeoff(comparison.standardised(series.counts, 7, 2), series),
            "moving average": tradeoff(comparison.standardised(series.counts, 26, 0), series),
        }
        picture.draw_detection(found, curves, files.picture)


def backtest_log(
    days: int, at_least: int, start: date | None, parameters: Path | None, refit: bool, files: Files
) -> None:
    """On the service's own log: forecasts, and what a set would have alarmed, how early, how often for nothing."""

    async def run() -> None:
        async with _own_store() as store:
            with progress_bar() as report:
                used = read_parameters(parameters)
                history = await history_of_log(store)
                _report_forecast(history, days, at_least, start, used, refit, files, report)
                found = await replay(store, start or history.first, used, report)
            cases = await serious_cases(store)
        areas = len(history.places.codes)
        show_worth([worth(found, cases, level, areas) for level in (Level.WASPADA, Level.SIAGA)], used)

    with _one_line_errors():
        files.check()
        asyncio.run(run())


def rescore_command(since: date, parameters: Path | None, file: Path | None) -> None:
    """Recompute the rounds from a day on; ends with 1 when anything comes out otherwise."""

    async def run() -> Replayed:
        async with _own_store() as store:
            with progress_bar() as report:
                return await replay(store, since, read_parameters(parameters) if parameters else None, report)

    with _one_line_errors():
        if file:
            _can_be_written(file)
        found = asyncio.run(run())
    if not found.rounds:
        raise SystemExit(_("rukun: tidak ada putaran sejak {since}; tidak ada yang dihitung ulang").format(since=since))
    show_replayed(found, parameters is not None)
    if file:
        file.write_text(_as_json(dataclasses.asdict(found)))
    if found.differences:
        raise SystemExit(1)


class _own_store:
    """Escalation's store, read from a secondary where there is one."""

    async def __aenter__(self) -> Store:
        # Without an address it is the installation that `make up` runs on this machine.
        os.environ.setdefault("MONGO_URL", f"mongodb://127.0.0.1:{Ports().mongo}/?replicaSet=rukun")
        self._foundation = Foundation("escalation", settings_of("escalation"))
        store = build_store(self._foundation)
        elsewhere = store.rounds.with_options(read_preference=ReadPreference.SECONDARY_PREFERRED)
        return dataclasses.replace(store, rounds=elsewhere)

    async def __aexit__(self, *_: object) -> None:
        await self._foundation.client.close()


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SystemExit(f"rukun: {error.filename or ''}: {error.strerror or error}") from error
    except PyMongoError as error:
        raise SystemExit(_("rukun: MongoDB tidak menjawab; jalankan `make up`, atau setel MONGO_URL")) from error
    except ValueError as error:
        raise SystemExit(f"rukun: {error}") from error
