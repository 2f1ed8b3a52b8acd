"""`rukun grouping evaluate`: how well reports are grouped, on labelled pairs."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chassis.language import _, percent
from services.verification.likeness.evaluation import Result, evaluate, pairs_of


def evaluate_command(file: Path, out: Path | None) -> None:
    """Evaluate a file, show it, and write it where asked."""
    try:
        result = evaluate(pairs_of(file))
    except (OSError, ValueError) as error:
        raise SystemExit(f"rukun: {error}") from error
    if out:
        out.write_text(json.dumps(asdict(result), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _show(result)


def _show(result: Result) -> None:
    console, table = Console(), Table(show_header=False)
    for name, share in (
        (_("Yang digabungkan sendiri, dan benar"), result.precision),
        (_("Kejadian yang sama: digabungkan sendiri"), result.recall_joined),
        (_("Kejadian yang sama: digabungkan atau ditanyakan"), result.recall),
        (_("Kejadian lain: ditanyakan padahal bukan"), result.asked_falsely),
    ):
        table.add_row(name, percent(share), "█" * round(share * 30))
    console.print(table)
    for name, ids in ((_("Digabungkan padahal bukan"), result.joined_falsely), (_("Terlewat"), result.missed)):
        console.print(f"{name}: {', '.join(ids) or '–'}")
    console.print(_("{ms} milidetik per pasangan").format(ms=f"{result.milliseconds:.1f}"))
