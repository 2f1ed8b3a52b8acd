"""Keys: making them, and letting Vault seal them."""

import secrets
import sys
from typing import Annotated

import typer

from chassis.kms import Unopened, Vault
from chassis.language import _
from chassis.settings import Settings, load

commands = typer.Typer(no_args_is_help=True, help=_("Buat kunci rahasia, dan biarkan Vault menyegelnya."))


def _vault() -> Vault:
    vault = load(Settings).vault
    if not vault.address:
        raise SystemExit(_("VAULT_ADDR belum diisi: alamat Vault, misalnya https://vault.contoh:8200."))
    return vault


@commands.command(name="new", help=_("Buat satu kunci acak; dengan --sealed, tersegel oleh Vault."))
def new_command(
    sealed: Annotated[bool, typer.Option("--sealed", help=_("Segel dengan mesin transit Vault."))] = False,
) -> None:
    """A new random key of 256 bits; sealed, it is shown to nobody, and every start asks Vault for it."""
    key = secrets.token_urlsafe(32)
    try:
        typer.echo(_vault().seal(key) if sealed else key)
    except Unopened as error:
        raise SystemExit(str(error)) from None


@commands.command(name="rewrap", help=_("Segel lagi dengan kunci Vault terbaru; dibaca dari masukan baku."))
def rewrap_command() -> None:
    """What Vault sealed, from standard input, sealed by its newest key."""
    try:
        typer.echo(_vault().rewrap(sys.stdin.read().strip()))
    except Unopened as error:
        raise SystemExit(str(error)) from None
