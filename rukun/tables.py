"""What the early warning's commands print."""

import math
import sys

from rich.console import Console
from rich.table import Table

from contracts.vocabulary import LEVEL_LABELS
from services.escalation.backtest import detections
from services.escalation.backtest.detections import Detection, Series
from services.escalation.backtest.evaluation import MEASURES, OURS, Evaluation, Figure
from services.escalation.backtest.events import History
from services.escalation.backtest.forecasts import Forecasts
from services.escalation.replay import Replayed, Worth
from services.escalation.warning.parameters import Parameters

_SHOWN_DIFFERENCES = 20
_WIDTH_OF_FILES = 110
console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)


def show_set(made: Parameters) -> None:
    """A parameter set: weights, dispersion, likelihood, window."""
    table = Table("rentang", "bobot (dasar, e1, e4, e13, sekitar, provinsi, nasional)", "kappa", "log likelihood")
    likelihood = made.fitted.log_likelihood if made.fitted else {}
    for name, each in (("7d", made.week), ("28d", made.month)):
        weights = "  ".join(f"{weight:.3f}" for weight in each.weights)
        table.add_row(name, weights, f"{each.kappa:.2f}", f"{likelihood.get(name, float('nan')):.5f}")
    console.print(table)
    if made.fitted:
        fitted = made.fitted
        console.print(f"{fitted.events} kejadian, {fitted.areas} wilayah, {fitted.since} sampai {fitted.until}")


def show_forecast(
    history: History, days: int, used: Parameters, refit: bool, found: Forecasts, evaluation: Evaluation
) -> None:
    """Figures of forecasts, ours beside the simple methods'."""
    fitted = "bobot disesuaikan pada masa sebelum tiap ramalan" if refit else "bobot tetap"
    console.print(
        f"{history.events} kejadian, {evaluation.areas} wilayah; {evaluation.origins} saat ramalan mingguan "
        f"{found.origins[0]} – {found.origins[-1]}; {days} hari, sekurangnya {evaluation.at_least}; "
        f"terjadi pada {evaluation.share:.1%}; parameter {used.version}, {fitted}"
    )
    if history.unplaced:
        console.print(f"{history.unplaced} baris tanpa wilayah tidak diikutkan.")
    if history.unknown:
        console.print(
            f"{len(history.unknown)} wilayah tidak dikenali (misalnya {history.unknown[0]}); "
            "dianggap berpenduduk seperti kebanyakan."
        )
    if not history.sized:
        console.print("Besar wilayah tidak diketahui (kolom size); semua dianggap sama besar.")
    table = Table("cara", *MEASURES, title="angka, dan selang 90 % (bootstrap menurut wilayah)")
    for method, figures in evaluation.figures.items():
        table.add_row(method, *(_figure(figures[name]) for name in MEASURES), style="bold" if method == OURS else "")
    console.print(table)
    if any(math.isnan(each.value) for each in evaluation.figures[OURS].values()):
        console.print("–: tidak dapat dihitung, sebab di sana semuanya terjadi atau tidak ada yang terjadi.")


def _figure(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "–"
    return f"{figure.value:.4f}\n[dim]{figure.low:.2f}–{figure.high:.2f}[/dim]"


def show_detection(series: Series, used: Parameters, found: list[Detection]) -> None:
    """Sensitivity and false alarms, ours beside the simple methods'."""
    outbreaks = "" if series.labelled else "; tanpa kolom outbreak_id, jadi semua alarm dihitung palsu"
    console.print(
        f"{len(series.names)} deret, {series.counts.shape[1]} minggu, dinilai sesudah minggu ke-"
        f"{detections.RUN_IN_WEEKS}; parameter {used.version}{outbreaks}"
    )
    table = Table("alarm palsu\ndimaksud", "cara", "ambang", "sensitivitas", "alarm palsu per wilayah-tahun")
    for each in found:
        style = "bold" if each.method == OURS else ""
        threshold = f"{each.threshold:.2f}" + ("" if each.method == OURS else " *")
        table.add_row(
            str(each.budget), each.method, threshold, _figure(each.sensitivity), _figure(each.false_alarms), style=style
        )
    console.print(table)
    console.print(
        "* ambang cara lain dipilih pada berkas ini juga, agar alarm palsunya sama; ambang Rukun sudah tetap."
    )


def show_worth(found: list[Worth], used: Parameters) -> None:
    """What alarms of a set were worth."""
    table = Table(
        "tingkat",
        "alarm",
        "disusul kasus gawat",
        "tanpa hasil per wilayah-tahun",
        "kasus gawat",
        "didahului alarm",
        "hari lebih awal",
    )
    for each in found:
        lead = "–" if each.median_lead_days is None else f"{each.median_lead_days:.0f}"
        label = f"{int(each.level)} {LEVEL_LABELS[each.level]}"
        table.add_row(
            label,
            *map(str, (each.alarms, each.followed)),
            f"{each.per_area_year_for_nothing:.2f}",
            str(each.cases),
            str(each.warned),
            lead,
        )
    console.print(f"Apa yang akan dibunyikan set {used.version}:")
    console.print(table)
    console.print(
        "Alarm 28 hari terakhir belum dinilai. Ramalan di atas memakai catatan sebagaimana diketahui hari ini "
        "(hoaks yang ditarik kemudian tidak ikut); alarm dihitung dari putaran sebagaimana terjadi."
    )


def show_replayed(found: Replayed, as_other: bool) -> None:
    """Whether scores came out the same, and what differs."""
    console.print(f"{found.rounds} putaran, {found.scores} skor dihitung ulang.")
    if as_other:
        console.print(f"{len(found.alarms)} kenaikan tingkat dengan set ini.")
        return
    if not found.differences:
        console.print("Semua skor sama sampai byte terakhir.")
        return
    table = Table("putaran", "hari", "wilayah", "yang berbeda: tersimpan → dihitung ulang")
    for each in found.differences[:_SHOWN_DIFFERENCES]:
        what = "\n".join(f"{name}: {stored} → {computed}" for name, (stored, computed) in each.fields.items())
        table.add_row(str(each.round), str(each.day), each.area, what)
    console.print(table)
    console.print(f"{len(found.differences)} skor berbeda.")
