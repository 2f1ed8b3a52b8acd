"""The commands of backup and restore: what an operator reads."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from chassis.clock import now
from chassis.language import _, ngettext
from rukun.backup import Client, Refused, back_up, client_of, erase_again, restore, taken_at
from rukun.bus import begin_anew, erased_since, write_out_newer
from rukun.ports import Ports


def backup_command(file: Path, url: str, key: str, prefix: str) -> None:
    """Back up, and say what is in it and what is not."""
    with _connected(url) as client:
        counted = back_up(client, prefix, file, key, now())
        _print(counted)
        apart = _(
            "Cadangan tersimpan: {file}. Simpan BACKUP_KEY, INTAKE_SEAL_KEY, INTAKE_PSEUDONYM_KEY di tempat lain."
        )
        print(apart.format(file=file))


def restore_command(file: Path, url: str, key: str, prefix: str, bus: str) -> None:
    """Restore, and say exactly what is missing."""
    with _connected(url) as client:
        at = taken_at(file)

        def renew() -> None:
            if bus:
                asyncio.run(_renew(bus, file, at))

        # The bus first: whatever fails from there on, the command can be given again.
        _print(restore(client, prefix, file, key, before_writing=renew))
        if bus:
            again = erase_again(client, prefix, erased_since(_newer(file)))
            print(ngettext("{num} identitas dihapus lagi.", "{num} identitas dihapus lagi.", again).format(num=again))
        restored = _("Dipulihkan sampai {at}. Identitas terbuka hanya dengan INTAKE_SEAL_KEY yang sama.")
        print(restored.format(at=at.isoformat()))
        print(_("Nyalakan layanan: masing-masing mengirim lagi semua yang disimpannya."))


async def _renew(servers: str, file: Path, at: datetime) -> None:
    newer = _newer(file)
    if not newer.exists():  # of an attempt before this one, when the topics were still there
        _print(await write_out_newer(servers, at, newer))
    print(_("Yang terjadi sesudah cadangan dan tidak ada di dalamnya tertulis di {file}.").format(file=newer))
    gone = await begin_anew(servers)
    print(ngettext("{num} topik dimulai lagi.", "{num} topik dimulai lagi.", len(gone)).format(num=len(gone)))


def _newer(file: Path) -> Path:
    """Where stands what happened after the backup."""
    return file.with_name(file.name + ".newer.jsonl")


def _print(counted: Counter[str]) -> None:
    for name, count in sorted(counted.items()):
        print(f"{name:32} {count:>10}")


@contextmanager
def _connected(url: str) -> Iterator[Client]:
    """Trouble is one sentence."""
    client = client_of(url or f"mongodb://127.0.0.1:{Ports().mongo}/?replicaSet=rukun")
    try:
        yield client
    except Refused as error:
        raise SystemExit(f"rukun: {error}") from error
    except (PyMongoError, KafkaError) as error:
        raise SystemExit(f"rukun: {type(error).__name__}: {error}") from error
    except OSError as error:
        raise SystemExit(f"rukun: {error.filename or ''}: {error.strerror or error}") from error
    finally:
        client.close()
