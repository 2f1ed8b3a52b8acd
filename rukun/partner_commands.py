"""The command line for partners who read Kafka."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chassis.language import _

commands = typer.Typer(no_args_is_help=True, help=_("Mitra yang membaca topik umum lewat Kafka."))
Name = Annotated[str, typer.Argument(help=_("Nama mitra, seperti terdaftar di halaman Mitra."))]
_STARTERS = Path(__file__).parent / "starters"


class Language(StrEnum):
    """What a starter is written in."""

    JAVA = "java"
    PYTHON = "python"
    JAVASCRIPT = "javascript"


_FILES = {Language.JAVA: "Reader.java", Language.PYTHON: "reader.py", Language.JAVASCRIPT: "reader.mjs"}


@commands.command(
    help=_(
        "Beri mitra pengguna Kafka yang hanya membaca topik provinsinya, dengan kata sandi baru; cetak pengaturannya."
    )
)
def grant(
    name: Name,
    servers: Annotated[str, typer.Option(help=_("Alamat Kafka bagi mitra."))] = "kafka.example.org:9094",
    manifest: Annotated[bool, typer.Option(help=_("Hanya cetak KafkaUser untuk Strimzi."))] = False,
) -> None:
    """Give a partner a Kafka user of its own."""
    import yaml

    from rukun import partners
    from rukun.services import settings_of

    topics = partners.topics_for(asyncio.run(partners.regions_of(name)))
    if manifest:
        print(yaml.safe_dump(partners.manifest(name, topics), sort_keys=False), end="")
        return
    password = partners.grant(settings_of("integration"), name, topics)
    print(partners.properties(name, password, topics, servers))


@commands.command(help=_("Ambil kembali: mitra tidak membaca apa pun lagi, juga lewat sambungan yang terbuka."))
def revoke(name: Name) -> None:
    """Take a partner's Kafka user away."""
    from rukun import partners
    from rukun.services import settings_of

    partners.revoke(settings_of("integration"), name)
    print(_("{user} dihapus.").format(user=partners.user_of(name)))


@commands.command(help=_("Cetak program pembaca yang siap dipakai mitra."))
def starter(language: Annotated[Language, typer.Argument(help=_("Bahasa programnya."))]) -> None:
    """Print a program that reads."""
    print((_STARTERS / _FILES[language]).read_text(), end="")
