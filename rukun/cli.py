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

from chassis import language
from chassis.language import _
from kemenag import LOCALE
from rukun import key_commands, partner_commands
from rukun import ports as addresses
from rukun.services import serve

language.load(LOCALE)
language.use_environment()
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=_("Rukun: peringatan dini dan penanganan kasus."),
)
Home = Annotated[Path, typer.Option(help=_("Tempat data dan catatan disimpan."), envvar="RUKUN_HOME")]
_HOME = Path(".rukun")


@app.command(name="serve", help=_("Jalankan satu atau beberapa layanan."))
def serve_command(
    names: Annotated[list[str], typer.Argument(help=_("Layanan yang dijalankan dalam proses ini."))],
) -> None:
    """Run one or several services."""
    # What a service sends and stores does not depend on the terminal that started it.
    with language.use(language.SOURCE):
        uvloop.run(serve(names))


@app.command(help=_("Jalankan semuanya di komputer ini, dengan broker dan basis data bawaan."))
def up(home: Home = _HOME) -> None:
    """Run everything on this machine, with an embedded broker and database."""
    from rukun.up import up as run

    run(addresses.from_environment(), home)


@app.command(help=_("Mainkan sebuah cerita lewat antarmuka umum; Rukun dinyalakan bila belum."))
def demo(origin: Annotated[str, typer.Option(help=_("Alamat Rukun yang menyala."))] = "", home: Home = _HOME) -> None:
    """Play a story through the public interfaces; starts Rukun if it does not run."""
    from rukun.demo import play

    play(origin or addresses.from_environment().address, home)


@app.command(help=_("Tulis semua yang dihasilkan dari kode; atau periksa apakah masih baru."))
def contracts(check: Annotated[bool, typer.Option(help=_("Hanya sebutkan yang sudah usang."))] = False) -> None:
    """Write all that is generated from the code; or check that it is current."""
    from rukun.generated import check as stale
    from rukun.generated import write

    if not check:
        write()
    elif found := stale():
        print("\n".join(found))
        raise SystemExit(1)


@app.command(
    help=_("Suruh suatu layanan mengirim lagi semua yang disimpannya; relay yang sedang berjalan melakukannya.")
)
def republish(service: str) -> None:
    """Let a service publish again everything it retains; its running relay does it."""

    from chassis.messaging import archive
    from rukun.operators import foundation_of

    async def run() -> int:
        async with foundation_of(service) as foundation:
            return sum([await archive.republish(each, None) for each in foundation.relay.collections])

    print(_("{count} dokumen akan dikirim lagi").format(count=asyncio.run(run())))


dead_letters = typer.Typer(no_args_is_help=True, help=_("Pesan yang tidak dapat diproses suatu layanan."))
app.add_typer(dead_letters, name="dead-letters")


@dead_letters.command(name="list", help=_("Yang terbaru, satu baris satu."))
def list_letters(service: str, limit: int = 50) -> None:
    """The newest, a line each."""
    from rukun.operators import newest

    for each in asyncio.run(newest(service, limit)):
        print(f"{each['_id']}  {each['at']:%Y-%m-%d %H:%M}  {each['topic']}  {each['reason'][:120]}")


@dead_letters.command(help=_("Satu, seluruhnya."))
def show(service: str, letter: str) -> None:
    """One, whole."""
    from rukun.operators import one

    print(json.dumps(asyncio.run(one(service, letter)), indent=2, default=str, ensure_ascii=False))


@dead_letters.command(help=_("Biarkan layanan memprosesnya lagi."))
def replay(service: str, letter: Annotated[str, typer.Argument(help=_("Sebuah id, atau `all`."))]) -> None:
    """Let the service process it again."""
    from rukun.operators import put_back

    print(_("{count} diproses lagi oleh layanan").format(count=asyncio.run(put_back(service, letter))))


outbox = typer.Typer(no_args_is_help=True, help=_("Peristiwa yang tidak dapat dikirim suatu layanan."))
app.add_typer(outbox, name="outbox")


@outbox.command(
    name="list", help=_("Dokumen yang menunggu keputusan, satu baris satu: koleksi, dokumen, peristiwa, sebab.")
)
def list_blocked(service: str) -> None:
    """Documents that wait for a decision, a line each: collection, document, event, reason."""
    from rukun.operators import blocked

    for each in asyncio.run(blocked(service)):
        print(f"{each['collection']}  {each['document']}  {each['type']}  {each['reason'][:120]}")


@outbox.command(name="replay", help=_("Kirim juga peristiwa itu."))
def replay_blocked(service: str, collection: str, document: str) -> None:
    """Publish the event after all."""
    _settle(service, collection, document, discard=False)


@outbox.command(name="discard", help=_("Lewati peristiwa itu, supaya yang sesudahnya terkirim."))
def discard_blocked(service: str, collection: str, document: str) -> None:
    """Give the event up, so that what came after it leaves."""
    _settle(service, collection, document, discard=True)


def _settle(service: str, collection: str, document: str, discard: bool) -> None:
    from rukun.operators import settle

    if not asyncio.run(settle(service, collection, document, discard)):
        raise SystemExit(
            _("{service}: tidak ada yang tertahan di {collection} {document}").format(
                service=service, collection=collection, document=document
            )
        )


quarantine = typer.Typer(no_args_is_help=True, help=_("Dokumen yang tidak dapat dibaca suatu layanan."))
app.add_typer(quarantine, name="quarantine")


@quarantine.command(name="list", help=_("Yang terbaru, satu baris satu."))
def list_quarantined(service: str) -> None:
    """The newest, a line each."""
    from rukun.operators import quarantined

    for each in asyncio.run(quarantined(service)):
        print(f"{each['_id']}  {each['at']:%Y-%m-%d %H:%M}  {each['reason'][:120]}")


@quarantine.command(help=_("Biarkan satu dokumen dibaca lagi."))
def release(service: str, id: str) -> None:
    """Let one be read again."""
    from rukun.operators import release as let_go

    if not asyncio.run(let_go(service, id)):
        raise SystemExit(_("{service}: {id} tidak ada di karantina").format(service=service, id=id))


Sets = Annotated[Path | None, typer.Option("--parameters", help=_("Set parameter; tanpa ini yang bawaan."))]
AreasFile = Annotated[
    Path | None, typer.Option(help=_("CSV dengan kolom `area`: wilayah yang mungkin tanpa kejadian."))
]
Names = Annotated[
    list[str] | None,
    typer.Option("--column", help=_("Nama kolom dalam berkas: area=district_id, atau area=state/district.")),
]
Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help=_("Hari pertama yang diramalkan."))]


database = typer.Typer(no_args_is_help=True, help=_("Basis data layanan-layanan."))
app.add_typer(database, name="database")


@database.command(
    name="users", help=_("Buat pengguna MongoDB bagi tiap layanan, dengan kata sandi baru; cetak URL-nya.")
)
def database_users(
    url: Annotated[str, typer.Option(help=_("MongoDB, sebagai pengurus pengguna."), envvar="MONGO_ADMIN_URL")],
    prefix: Annotated[str, typer.Option(help=_("Awalan nama basis data."), envvar="DATABASE_PREFIX")] = "rukun",
) -> None:
    """Make each service's own MongoDB user and print its URL."""
    from rukun.database_users import users_command

    users_command(url, prefix)


@app.command(help=_("Siapa yang akan dihubungi sekarang di suatu wilayah, dan di mana tangganya berlubang."))
def whom(
    region: Annotated[str, typer.Argument(help=_("Kode atau nama wilayah."))],
    level: Annotated[int, typer.Option(min=1, max=3, help=_("Tingkat: 1 Waspada, 2 Siaga, 3 Awas."))] = 2,
) -> None:
    """Who would be called now, and where the ladder has holes; ends with 1 where it has one."""
    from rukun.whom import show

    sys.exit(asyncio.run(show(region, level)))


app.add_typer(partner_commands.commands, name="partners")
app.add_typer(key_commands.commands, name="keys")

audit = typer.Typer(no_args_is_help=True, help=_("Periksa bahwa catatan tidak diubah sesudah ditandatangani."))
app.add_typer(audit, name="audit")


@audit.command(name="export", help=_("Tulis langkah kasus, log akses, dan tanda tangan ke berkas JSON Lines."))
def audit_export(
    file: Path,
    url: Annotated[str, typer.Option(help=_("MongoDB."), envvar="MONGO_URL")] = "",
    prefix: Annotated[str, typer.Option(help=_("Awalan nama basis data."), envvar="DATABASE_PREFIX")] = "rukun",
) -> None:
    """Write records and checkpoints into a file for whoever verifies."""
    from rukun.audit import export_command

    export_command(file, url, prefix)


@audit.command(name="verify", help=_("Periksa berkas itu; keluar dengan 1 bila ada yang berubah."))
def audit_verify(
    file: Path,
    key: Annotated[str, typer.Option(help=_("Kunci publik (`rukun audit key`), didapat lewat jalan lain."))] = "",
    noted: Annotated[
        list[str] | None, typer.Option(help=_("Tanda yang pernah dicatat, `layanan:nomor:hash`; boleh berulang."))
    ] = None,
) -> None:
    """Verify an export."""
    from rukun.audit import verify_command

    verify_command(file, key, noted or [])


@audit.command(name="key", help=_("Kunci publik dari AUDIT_KEY: untuk yang memeriksa."))
def audit_key() -> None:
    """Print the public key."""
    from rukun.audit import key_command

    key_command()


@audit.command(name="actor", help=_("Siapa di balik `actor` atau `by` suatu catatan, dengan AUDIT_KEY."))
def audit_actor(sealed: str) -> None:
    """Print who did it."""
    from rukun.audit import actor_command

    actor_command(sealed)


understand = typer.Typer(no_args_is_help=True, help=_("Seberapa baik pesan dipahami."))
app.add_typer(understand, name="understand")


@understand.command(name="evaluate", help=_("Periksa pemahaman dengan berkas JSON Lines."))
def understand_evaluate(
    file: Annotated[Path, typer.Argument(help=_("Baris: id, text, intent, alt, lang."))],
    out: Annotated[Path | None, typer.Option("--json", help=_("Tulis hasilnya ke berkas ini."))] = None,
) -> None:
    """Evaluate understanding on lines of JSON."""
    from rukun.understanding import evaluate_command

    evaluate_command(file, out)


@understand.command(name="train", help=_("Latih lagi dengan ujaran kita sendiri."))
def understand_train() -> None:
    """Train the weights on our utterances."""
    from rukun.understanding import train_command

    train_command()


grouping = typer.Typer(no_args_is_help=True, help=_("Seberapa baik laporan dikelompokkan."))
app.add_typer(grouping, name="grouping")


@grouping.command(name="evaluate", help=_("Periksa pengelompokan dengan pasangan laporan yang sudah dinilai."))
def grouping_evaluate(
    file: Annotated[Path, typer.Argument(help=_("Baris: id, same, a, b (laporan)."))],
    out: Annotated[Path | None, typer.Option("--json", help=_("Tulis hasilnya ke berkas ini."))] = None,
) -> None:
    """Evaluate grouping on labelled pairs."""
    from rukun.grouping import evaluate_command

    evaluate_command(file, out)


@app.command(help=_("Sesuaikan set parameter peringatan dini dengan kejadian."))
def fit(
    events: Annotated[Path, typer.Argument(help=_("CSV: date,area[,weight][,lat,lng][,province][,size]"))],
    out: Annotated[Path, typer.Option(help=_("Berkas tempat set ditulis."))],
    name: Annotated[str, typer.Option(help=_("Namanya; hash isinya ditambahkan."))] = "local",
    areas: AreasFile = None,
    column: Names = None,
    prior: Annotated[Path | None, typer.Option(help=_("Set yang menjadi sandaran; tanpa ini yang bawaan."))] = None,
) -> None:
    """Fit a parameter set of the early warning to events."""
    from rukun.earlywarning import fit_command

    fit_command(events, areas, _columns(column), out, name, prior)


@app.command(help=_("Apa yang akan dikatakan peringatan dini, dan seberapa sering benar."))
def backtest(
    file: Annotated[
        Path | None, typer.Argument(help=_("Kejadian (date,area,…); dengan --detector deret mingguan."))
    ] = None,
    horizon: Annotated[str, typer.Option(help=_("Sejauh mana ramalan, misalnya 7d, 28d, 30d."))] = "28d",
    at_least: Annotated[int, typer.Option(min=1, max=20, help=_("Berapa kejadian yang membuatnya benar."))] = 1,
    start: Day = None,
    areas: AreasFile = None,
    column: Names = None,
    parameters: Sets = None,
    refit: Annotated[
        bool, typer.Option("--fit/--no-fit", help=_("Sesuaikan bobot pada masa sebelum tiap triwulan."))
    ] = True,
    detect: Annotated[
        bool, typer.Option("--detector", help=_("Berkas berisi [series,]week,count[,outbreak_id]."))
    ] = False,
    log: Annotated[bool, typer.Option("--log", help=_("Pakai catatan escalation sendiri, bukan berkas."))] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help=_("Tulis semua angka ke sana."))] = None,
    picture: Annotated[Path | None, typer.Option(help=_("Gambar ke sana (png, svg, atau pdf)."))] = None,
) -> None:
    """What the early warning would have said, and how often it was right."""
    from rukun import earlywarning

    files = earlywarning.Files(json_file, picture)
    days, first = _days(horizon), start.date() if start else None
    if log and (file or detect):
        raise typer.BadParameter(_("--log memakai catatan layanan; tanpa berkas dan tanpa --detector"))
    if log:
        earlywarning.backtest_log(days, at_least, first, parameters, refit, files)
    elif file is None:
        raise typer.BadParameter(_("nama berkas CSV diperlukan, atau --log"))
    elif detect:
        earlywarning.backtest_detector(file, parameters, files)
    else:
        names = _columns(column)
        earlywarning.backtest_forecast(file, areas, names, days, at_least, first, parameters, refit, files)


@app.command(
    help=_(
        "Hitung ulang skor escalation dari catatannya dan sebutkan yang berbeda; layanan yang berjalan tidak terganggu."
    )
)
def rescore(
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=_("Hari pertama yang dihitung ulang."))],
    parameters: Sets = None,
    json_file: Annotated[Path | None, typer.Option("--json", help=_("Tulis hasilnya ke sana."))] = None,
) -> None:
    """Compute escalation's scores again from its log and say what differs. The running service notices nothing."""
    from rukun.earlywarning import rescore_command

    rescore_command(since.date(), parameters, json_file)


def _columns(given: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or []]
    if wrong := [name for name, _sep, theirs in pairs if not theirs]:
        raise typer.BadParameter(_("tulis --column nama=kolom, bukan “{wrong}”").format(wrong=wrong[0]))
    return {name: theirs for name, _sep, theirs in pairs}


def _days(horizon: str) -> int:
    found = re.fullmatch(r"(\d{1,3})([dw])", horizon)
    days = int(found[1]) * (7 if found[2] == "w" else 1) if found else 0
    if not 1 <= days <= 366:
        raise typer.BadParameter(
            _("rentang “{horizon}” tidak dikenal; tulis misalnya 28d atau 4w").format(horizon=horizon)
        )
    return days


Address = Annotated[
    str, typer.Option(help=_("Alamat MongoDB; tanpa ini yang dinyalakan `make up`."), envvar="MONGO_URL")
]
Passphrase = Annotated[str, typer.Option("--key", help=_("Kunci sandi cadangan."), envvar="BACKUP_KEY")]
Prefix = Annotated[str, typer.Option(help=_("Awal nama basis data."), envvar="DATABASE_PREFIX")]


@app.command(help=_("Cadangkan kelima basis data dalam satu berkas tersandi, saat semuanya tetap berjalan."))
def backup(file: Path, url: Address = "", key: Passphrase = "", prefix: Prefix = "rukun") -> None:
    """Back all five databases up into one encrypted file, while everything goes on."""
    from rukun.restoring import backup_command

    backup_command(file, url, key, prefix)


@app.command(help=_("Pulihkan cadangan ke MongoDB yang kosong; layanan harus berhenti."))
def restore(
    file: Path,
    url: Address = "",
    key: Passphrase = "",
    prefix: Prefix = "rukun",
    bus: Annotated[
        str,
        typer.Option(help=_("Broker Kafka yang topiknya dimulai lagi dari awal."), envvar="KAFKA_BOOTSTRAP_SERVERS"),
    ] = "",
) -> None:
    """Restore a backup into an empty MongoDB; the services must have stopped."""
    from rukun.restoring import restore_command

    restore_command(file, url, key, prefix, bus)


@app.command(help=_("Periksa rantai hash jejak suatu kasus, dari JSON halamannya."))
def check_chain(file: Path) -> None:
    """Check the hash chain of a case's timeline, as the JSON of its page gives it."""
    from services.verification.timeline import first_break

    timeline = json.loads(file.read_text())
    entries = timeline["timeline"] if isinstance(timeline, dict) else timeline
    broken = first_break(entries)
    if broken is not None:
        print(_("Rantai putus pada langkah {broken}.").format(broken=broken))
        raise SystemExit(1)
    print(_("Rantai utuh: {count} langkah.").format(count=len(entries)))


def main() -> None:
    """Run the command line; a wrong setting or trouble is one line, not a traceback."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    try:
        app()
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
