"""Pictures of a backtest. Needs matplotlib, which the image of the services does not carry."""

from pathlib import Path
from typing import Any

from services.escalation.backtest.detections import Detection
from services.escalation.backtest.evaluation import OURS, Evaluation

_GREEN, _GREY, _ORANGE = "#0b6b4f", "#8a9a92", "#c8500a"


def draw_forecast(found: Evaluation, path: Path) -> None:
    """Calibration, precision over recall, and the chances' spread."""
    figure, (left, right) = _figure()
    text, came = [each[0] for each in found.reliability], [each[1] for each in found.reliability]
    left.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="sempurna")
    left.plot(text, came, color=_GREEN, marker="o", label="Rukun")
    top = min(1.0, 1.1 * max([*text, *came, 0.05]))
    left.set(
        xlabel="peluang yang diramalkan", ylabel="bagian yang terjadi", title="Kalibrasi", xlim=(0, top), ylim=(0, top)
    )
    left.legend()
    right.plot([each[0] for each in found.curve], [each[1] for each in found.curve], color=_GREEN, label="Rukun")
    right.axhline(found.share, color=_GREY, linestyle="--", label="menebak")
    right.set(xlabel="yang terjadi dan diramalkan (recall)", ylabel="ramalan yang benar (precision)", ylim=(0, 1.02))
    right.set_title("Ketepatan dan kelengkapan")
    right.legend()
    figure.savefig(path)


def draw_detection(found: list[Detection], curves: dict[str, list[tuple[float, float]]], path: Path) -> None:
    """Sensitivity against false alarms; dots are our frozen thresholds as measured."""
    figure, (left, right) = _figure()
    for (name, points), colour in zip(curves.items(), [_GREEN, _GREY, _ORANGE, "#4b3b8f"], strict=False):
        left.plot([each[0] for each in points], [each[1] for each in points], color=colour, label=name)
    ours = [each for each in found if each.method == OURS]
    left.scatter([each.false_alarms.value for each in ours], [each.sensitivity.value for each in ours], color=_GREEN)
    left.set(xscale="log", xlabel="alarm palsu per wilayah per tahun", ylabel="kejadian luar biasa yang ditemukan")
    left.legend()
    right.bar([str(each.budget) for each in ours], [each.false_alarms.value for each in ours], color=_GREEN)
    right.plot([str(each.budget) for each in ours], [each.budget for each in ours], "_", color=_ORANGE, markersize=40)
    right.set(xlabel="alarm palsu yang dimaksud", ylabel="alarm palsu yang terukur")
    figure.savefig(path)


def _figure() -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
