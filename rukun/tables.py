"""What the early warning's commands print."""

import math
import sys

from rich.console import Console
from rich.table import Table

from chassis.language import _
from kemenag.labels import LEVEL_LABELS
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
    table = Table(_("rentang"), _("bobot (dasar, e1, e4, e13, sekitar, provinsi, nasional)"), "kappa", "log likelihood")
    likelihood = made.fitted.log_likelihood if made.fitted else {}
    for name, each in (("7d", made.week), ("28d", made.month)):
        weights = "  ".join(f"{weight:.3f}" for weight in each.weights)
        table.add_row(name, weights, f"{each.kappa:.2f}", f"{likelihood.get(name, float('nan')):.5f}")
    console.print(table)
    if made.fitted:
        fitted = made.fitted
        console.print(
            _("{events} kejadian, {areas} wilayah, {since} sampai {until}").format(
                events=fitted.events, areas=fitted.areas, since=fitted.since, until=fitted.until
            )
        )


def show_forecast(
    history: History, days: int, used: Parameters, refit: bool, found: Forecasts, evaluation: Evaluation
) -> None:
    """Figures of forecasts, ours beside the simple methods'."""
    fitted = _("bobot disesuaikan pada masa sebelum tiap ramalan") if refit else _("bobot tetap")
    console.print(
        _(
            "{events} kejadian, {areas} wilayah; {origins} saat ramalan mingguan {origins2} – "
            "{origins3}; {days} hari, sekurangnya {at_least}; terjadi pada {share:.1%}; parameter "
            "{version}, {fitted}"
        ).format(
            events=history.events,
            areas=evaluation.areas,
            origins=evaluation.origins,
            origins2=found.origins[0],
            origins3=found.origins[-1],
            days=days,
            at_least=evaluation.at_least,
            share=evaluation.share,
            version=used.version,
            fitted=fitted,
        )
    )
    if history.unplaced:
        console.print(_("{unplaced} baris tanpa wilayah tidak diikutkan.").format(unplaced=history.unplaced))
    if history.unknown:
        console.print(
            _("{count} wilayah tidak dikenali (misalnya {unknown}); dianggap berpenduduk seperti kebanyakan.").format(
                count=len(history.unknown), unknown=history.unknown[0]
            )
        )
    if not history.sized:
        console.print(_("Besar wilayah tidak diketahui (kolom size); semua dianggap sama besar."))
    table = Table(_("cara"), *MEASURES, title=_("angka, dan selang 90 % (bootstrap menurut wilayah)"))
    for method, figures in evaluation.figures.items():
        table.add_row(method, *(_figure(figures[name]) for name in MEASURES), style="bold" if method == OURS else "")
    console.print(table)
    if any(math.isnan(each.value) for each in evaluation.figures[OURS].values()):
        console.print(_("–: tidak dapat dihitung, sebab di sana semuanya terjadi atau tidak ada yang terjadi."))


def _figure(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "–"
    return f"{figure.value:.4f}\n[dim]{figure.low:.2f}–{figure.high:.2f}[/dim]"


def show_detection(series: Series, used: Parameters, found: list[Detection]) -> None:
    """Sensitivity and false alarms, ours beside the simple methods'."""
    outbreaks = "" if series.labelled else _("; tanpa kolom outbreak_id, jadi semua alarm dihitung palsu")
    console.print(
        _("{count} deret, {shape} minggu, dinilai sesudah minggu ke-{run_in}; parameter {version}{outbreaks}").format(
            count=len(series.names),
            shape=series.counts.shape[1],
            run_in=detections.RUN_IN_WEEKS,
            version=used.version,
            outbreaks=outbreaks,
        )
    )
    table = Table(
        _("alarm palsu\ndimaksud"), _("cara"), _("ambang"), _("sensitivitas"), _("alarm palsu per wilayah-tahun")
    )
    for each in found:
        style = "bold" if each.method == OURS else ""
        threshold = f"{each.threshold:.2f}" + ("" if each.method == OURS else " *")
        table.add_row(
            str(each.budget), each.method, threshold, _figure(each.sensitivity), _figure(each.false_alarms), style=style
        )
    console.print(table)
    console.print(
        _("* ambang cara lain dipilih pada berkas ini juga, agar alarm palsunya sama; ambang Rukun sudah tetap.")
    )


def show_worth(found: list[Worth], used: Parameters) -> None:
    """What alarms of a set were worth."""
    table = Table(
        _("tingkat"),
        _("alarm"),
        _("disusul kasus gawat"),
        _("tanpa hasil per wilayah-tahun"),
        _("kasus gawat"),
        _("didahului alarm"),
        _("hari lebih awal"),
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
    console.print(_("Apa yang akan dibunyikan set {version}:").format(version=used.version))
    console.print(table)
    console.print(
        _(
            "Alarm 28 hari terakhir belum dinilai. Ramalan di atas memakai catatan sebagaimana "
            "diketahui hari ini (hoaks yang ditarik kemudian tidak ikut); alarm dihitung dari putaran "
            "sebagaimana terjadi."
        )
    )


def show_replayed(found: Replayed, as_other: bool) -> None:
    """Whether scores came out the same, and what differs."""
    console.print(_("{rounds} putaran, {scores} skor dihitung ulang.").format(rounds=found.rounds, scores=found.scores))
    if as_other:
        console.print(_("{count} kenaikan tingkat dengan set ini.").format(count=len(found.alarms)))
        return
    if not found.differences:
        console.print(_("Semua skor sama sampai byte terakhir."))
        return
    table = Table(_("putaran"), _("hari"), _("wilayah"), _("yang berbeda: tersimpan → dihitung ulang"))
    for each in found.differences[:_SHOWN_DIFFERENCES]:
        what = "\n".join(f"{name}: {stored} → {computed}" for name, (stored, computed) in each.fields.items())
        table.add_row(str(each.round), str(each.day), each.area, what)
    console.print(table)
    console.print(_("{count} skor berbeda.").format(count=len(found.differences)))
