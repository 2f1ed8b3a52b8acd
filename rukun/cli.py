"""The command line."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from rukun import ports as addresses
from rukun.services import module_of, serve, settings_of

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
    """Let a service say again everything it keeps; its running relay sends it."""

    async def run() -> int:
        foundation = module_of(service).build(settings_of(service)).state.foundation
        count: int = await foundation.relay.republish()
        await foundation.client.close()
        return count

    print(f"{asyncio.run(run())} documents will be said again")


dead_letters = typer.Typer(no_args_is_help=True, help="What a service could not digest.")
app.add_typer(dead_letters, name="dead-letters")


@dead_letters.command(name="list")
def list_letters(service: str, limit: int = 50) -> None:
    """The newest, a line each."""
    from rukun.deadletters import newest

    for each in asyncio.run(newest(service, limit)):
        print(f"{each['_id']}  {each['at']:%Y-%m-%d %H:%M}  {each['topic']}  {each['reason'][:120]}")


@dead_letters.command()
def show(service: str, letter: str) -> None:
    """One, whole."""
    from rukun.deadletters import one

    print(json.dumps(asyncio.run(one(service, letter)), indent=2, default=str, ensure_ascii=False))


@dead_letters.command()
def replay(service: str, letter: Annotated[str, typer.Argument(help="An id, or `all`.")]) -> None:
    """Put it back on the topic it came from."""
    from rukun.deadletters import put_back

    print(f"{asyncio.run(put_back(service, letter))} put back")


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
