"""The command line."""

import asyncio
import json
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from rukun import ports as addresses
from rukun.services import serve

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rukun: peringatan dini dan penanganan kasus.",
)
Home = Annotated[Path, typer.Option(help="Where data and logs lie.", envvar="RUKUN_HOME")]
_HOME = Path(".rukun")


@app.command(name="serve")
def serve_command(
    names: Annotated[list[str], typer.Argument(help="Services to run in this process.")],
) -> None:
    """Run one or several services."""
    uvloop.run(serve(names))


@app.command()
def up(home: Home = _HOME) -> None:
    """Run everything on this machine, with an embedded broker and database."""
    from rukun.up import up as run

    run(addresses.from_environment(), home)


@app.command()
def demo(origin: Annotated[str, typer.Option(help="Where Rukun runs.")] = "", home: Home = _HOME) -> None:
    """Play a story through the public interfaces; starts Rukun if it does not run."""
    from rukun.demo import play

    play(origin or addresses.from_environment().address, home)


@app.command()
def contracts(check: Annotated[bool, typer.Option(help="Only say what is stale.")] = False) -> None:
    """Write all that is generated from the code; or check that it is current."""
    from rukun.generated import check as stale
    from rukun.generated import write

    if not check:
        write()
    elif found := stale():
        print("\n".join(found))
        raise SystemExit(1)


@app.command()
def republish(service: str) -> None:
    """Let a service publish again everything it retains; its running relay does it."""

    from chassis.messaging import archive
    from rukun.operators import foundation_of

    async def run() -> int:
        async with foundation_of(service) as foundation:
            return sum([await archive.republish(each, None) for each in foundation.relay.collections])

    print(f"{asyncio.run(run())} documents will be published again")


dead_letters = typer.Typer(no_args_is_help=True, help="What a service could not process.")
app.add_typer(dead_letters, name="dead-letters")


@dead_letters.command(name="list")
def list_letters(service: str, limit: int = 50) -> None:
    """The newest, a line each."""
    from rukun.operators import newest

    for each in asyncio.run(newest(service, limit)):
        print(f"{each['_id']}  {each['at']:%Y-%m-%d %H:%M}  {each['topic']}  {each['reason'][:120]}")


@dead_letters.command()
def show(service: str, letter: str) -> None:
    """One, whole."""
    from rukun.operators import one

    print(json.dumps(asyncio.run(one(service, letter)), indent=2, default=str, ensure_ascii=False))


@dead_letters.command()
def replay(service: str, letter: Annotated[str, typer.Argument(help="An id, or `all`.")]) -> None:
    """Put it back on the topic it came from."""
    from rukun.operators import put_back

    print(f"{asyncio.run(put_back(service, letter))} put back")


outbox = typer.Typer(no_args_is_help=True, help="Events that a service cannot publish.")
app.add_typer(outbox, name="outbox")


@outbox.command(name="list")
def list_blocked(service: str) -> None:
    """Documents that wait for a decision, a line each: collection, document, event, reason."""
    from rukun.operators import blocked

    for each in asyncio.run(blocked(service)):
        print(f"{each['collection']}  {each['document']}  {each['type']}  {each['reason'][:120]}")


@outbox.command(name="replay")
def replay_blocked(service: str, collection: str, document: str) -> None:
    """Publish the event after all."""
    _settle(service, collection, document, discard=False)


@outbox.command(name="discard")
def discard_blocked(service: str, collection: str, document: str) -> None:
    """Give the event up, so that what came after it leaves."""
    _settle(service, collection, document, discard=True)


def _settle(service: str, collection: str, document: str, discard: bool) -> None:
    from rukun.operators import settle

    if not asyncio.run(settle(service, collection, document, discard)):
        raise SystemExit(f"{service}: nothing is blocked in {collection} {document}")


quarantine = typer.Typer(no_args_is_help=True, help="Documents that a service cannot read.")
app.add_typer(quarantine, name="quarantine")


@quarantine.command(name="list")
def list_quarantined(service: str) -> None:
    """The newest, a line each."""
    from rukun.operators import quarantined

    for each in asyncio.run(quarantined(service)):
        print(f"{each['_id']}  {each['at']:%Y-%m-%d %H:%M}  {each['reason'][:120]}")


@quarantine.command()
def release(service: str, id: str) -> None:
    """Let one be read again."""
    from rukun.operators import release as let_go

    if not asyncio.run(let_go(service, id)):
        raise SystemExit(f"{service}: {id} is not in quarantine")


Sets = Annotated[Path | None, typer.Option("--parameters", help="Parameter set; the shipped one without.")]
AreasFile = Annotated[Path | None, typer.Option(help="CSV with a column `area`: areas that may have had no event.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--column", help="What a column is called in the file: area=district_id, or area=state/district."),
]
Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day that is forecast.")]


@app.command()
def fit(
    events: Annotated[Path, typer.Argument(help="CSV: date,area[,weight][,lat,lng][,province][,size]")],
    out: Annotated[Path, typer.Option(help="Where the set is written.")],
    name: Annotated[str, typer.Option(help="Its name; a hash of its content is added.")] = "local",
    areas: AreasFile = None,
    column: Names = None,
    prior: Annotated[Path | None, typer.Option(help="The set it leans on; the shipped one without.")] = None,
) -> None:
    """Fit a parameter set of the early warning to events."""
    from rukun.earlywarning import fit_command

    fit_command(events, areas, _columns(column), out, name, prior)


@app.command()
def backtest(
    file: Annotated[Path | None, typer.Argument(help="Events (date,area,…); with --detector weekly series.")] = None,
    horizon: Annotated[str, typer.Option(help="How far forecasts reach, such as 7d, 28d, 30d.")] = "28d",
    at_least: Annotated[int, typer.Option(min=1, max=20, help="How many events make it true.")] = 1,
    start: Day = None,
    areas: AreasFile = None,
    column: Names = None,
    parameters: Sets = None,
    refit: Annotated[bool, typer.Option("--fit/--no-fit", help="Fit weights on what lies before each quarter.")] = True,
    detect: Annotated[bool, typer.Option("--detector", help="The file has [series,]week,count[,outbreak_id].")] = False,
    log: Annotated[bool, typer.Option("--log", help="Use escalation's own log instead of a file.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures there.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw there (png, svg or pdf).")] = None,
) -> None:
    """What the early warning would have said, and how often it was right."""
    from rukun import earlywarning

    files = earlywarning.Files(json_file, picture)
    days, first = _days(horizon), start.date() if start else None
    if log and (file or detect):
        raise typer.BadParameter("--log memakai catatan layanan; tanpa berkas dan tanpa --detector")
    if log:
        earlywarning.backtest_log(days, at_least, first, parameters, refit, files)
    elif file is None:
        raise typer.BadParameter("nama berkas CSV diperlukan, atau --log")
    elif detect:
        earlywarning.backtest_detector(file, parameters, files)
    else:
        names = _columns(column)
        earlywarning.backtest_forecast(file, areas, names, days, at_least, first, parameters, refit, files)


@app.command()
def rescore(
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day that is computed again.")],
    parameters: Sets = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what was found there.")] = None,
) -> None:
    """Compute escalation's scores again from its log and say what differs. The running service notices nothing."""
    from rukun.earlywarning import rescore_command

    rescore_command(since.date(), parameters, json_file)


def _columns(given: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or []]
    if wrong := [name for name, _, theirs in pairs if not theirs]:
        raise typer.BadParameter(f"tulis --column nama=kolom, bukan “{wrong[0]}”")
    return {name: theirs for name, _, theirs in pairs}


def _days(horizon: str) -> int:
    found = re.fullmatch(r"(\d{1,3})([dw])", horizon)
    days = int(found[1]) * (7 if found[2] == "w" else 1) if found else 0
    if not 1 <= days <= 366:
        raise typer.BadParameter(f"rentang “{horizon}” tidak dikenal; tulis misalnya 28d atau 4w")
    return days


@app.command()
def check_chain(file: Path) -> None:
    """Check the hash chain of a case's timeline, as the JSON of its page gives it."""
    from services.verification.timeline import first_break

    timeline = json.loads(file.read_text())
    entries = timeline["timeline"] if isinstance(timeline, dict) else timeline
    broken = first_break(entries)
    if broken is not None:
        print(f"Rantai putus pada langkah {broken}.")
        raise SystemExit(1)
    print(f"Rantai utuh: {len(entries)} langkah.")


def main() -> None:
    """Run the command line; a wrong setting or trouble is one line, not a traceback."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    try:
        app()
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
