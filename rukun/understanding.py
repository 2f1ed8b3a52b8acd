"""The commands of understanding: how well it does on a file, and training anew."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chassis.language import _, percent
from services.intake.understanding.evaluation import Result, evaluate, lines_of


def evaluate_command(file: Path, out: Path | None) -> None:
    """Evaluate a file, show it, and write it where asked."""
    try:
        lines = lines_of(file)
    except (OSError, ValueError) as error:
        raise SystemExit(f"rukun: {error}") from error
    result = evaluate(lines)
    if out:
        out.write_text(json.dumps(asdict(result), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _show(result)


def _show(result: Result) -> None:
    console = Console()
    rows = [
        (_("Dijawab benar"), result.right),
        (_("Benar, atau ditawarkan untuk dipilih"), result.right_or_offered),
        (_("Bukan urusan kita, tetapi dijawab"), result.none_answered),
        (_("Keadaan darurat yang dikenali"), result.emergency_recall),
        (_("Dikira darurat, padahal bukan"), result.false_emergencies),
        (_("Tempat yang diam-diam keliru"), result.places_wrong),
    ]
    console.print(_table(_("Keseluruhan"), [(name, share) for name, share in rows if share is not None]))
    console.print(_table(_("Menurut maksud"), list(result.by_intent.items())))
    console.print(_table(_("Menurut bahasa"), list(result.by_language.items())))
    confused = Table(title=_("Yang paling sering tertukar"))
    for title in (_("Seharusnya"), _("Terbaca"), _("Kali")):
        confused.add_column(title)
    for wanted, got, count in result.confused:
        confused.add_row(wanted, got, str(count))
    console.print(confused)
    console.print(_("{ms} milidetik per pesan").format(ms=f"{result.milliseconds:.1f}"))


def _table(title: str, rows: list[tuple[str, float]]) -> Table:
    table = Table(title=title, show_header=False)
    for name, share in rows:
        table.add_row(name, percent(share), "█" * round(share * 30))
    return table


def train_command() -> None:
    """Train the weights anew on our utterances."""
    try:
        from services.intake.understanding.training import train

        count = train()
    except ImportError as error:
        needed = _("Perlu scikit-learn: pasang rukun[dev].")
        raise SystemExit(f"rukun: {needed}") from error
    print(_("{count} ciri tersimpan.").format(count=count))
