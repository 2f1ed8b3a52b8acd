"""What the rows of a file mean as reports. Pure; runs in a process of its own (`worker.py`)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from chassis.language import _
from chassis.problems import reason_of
from chassis.tables import Row
from contracts.regions import covers, jurisdiction, region
from contracts.vocabulary import Act, Category, ReporterKind
from kemenag.cells import read_count, read_flag, read_place, read_time
from kemenag.labels import LABELS
from services.intake.model import ReportForm

COLUMNS: dict[str, tuple[str, ...]] = {
    "wilayah": ("kode wilayah", "kecamatan", "kode", "lokasi kecamatan", "kua", "daerah", "region", "district"),
    "kategori": ("jenis", "kategori kejadian", "jenis kejadian", "jenis konflik", "tentang", "category", "type"),
    "uraian": ("kronologi", "uraian kejadian", "keterangan", "deskripsi", "cerita", "isi laporan", "laporan",
               "description", "narrative"),
    "tempat": ("lokasi", "alamat", "tempat kejadian", "lokasi kejadian", "place", "address"),
    "waktu": ("tanggal", "tgl", "tanggal kejadian", "waktu kejadian", "hari tanggal", "date", "time"),
    "tindakan": ("perbuatan", "bentuk", "tindakan yang terjadi", "acts"),
    "terlibat": ("jumlah terlibat", "jumlah massa", "massa", "involved"),
    "luka": ("korban luka", "luka luka", "jumlah luka", "injured"),
    "meninggal": ("korban jiwa", "korban meninggal", "tewas", "wafat", "dead"),
    "berlangsung": ("sedang berlangsung", "masih berlangsung", "masih terjadi", "ongoing"),
}  # fmt: skip
"""Each field with what its column is called beside its own name."""
_SCORED = timedelta(weeks=520)
REQUIRED = ("wilayah", "kategori", "uraian")
KNOWN = {name: field for field, names in COLUMNS.items() for name in (field, *names)}


class WrongRow(ValueError):
    """A row that cannot be a report, and why."""


def form_of(row: Row) -> ReportForm:
    """The row as a report; `WrongRow` with the reason in words where it cannot be one."""
    cells = row.cells
    if row.beyond:
        beyond = _("di sebelah kanan judul masih ada “{text}”; beri tanda kutip pada uraian yang memuat pemisah")
        raise WrongRow(beyond.format(text=row.beyond[0][:60]))
    try:
        code = read_place(_required(cells, "wilayah"))
        given: dict[str, Any] = {
            "region": code,
            "categories": _codes(_required(cells, "kategori"), Category, "kategori"),
            "narrative": _required(cells, "uraian"),
            "place": cells.get("tempat") or None,
            "occurred_at": read_time(cells.get("waktu", ""), code),
            "acts": _codes(cells.get("tindakan", ""), Act, "tindakan"),
            "people": {
                "involved": _in("terlibat", read_count, cells),
                "injured": _in("luka", read_count, cells),
                "dead": _in("meninggal", read_count, cells),
            },
            "ongoing": _in("berlangsung", read_flag, cells),
            "reporter": {"kind": ReporterKind.OFFICER},
        }
        return ReportForm.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongRow(f"{'.'.join(str(part) for part in first['loc'])}: {reason_of(first)}") from None
    except WrongRow:
        raise
    except ValueError as error:
        raise WrongRow(str(error)) from None


def require_within(form: ReportForm, regions: tuple[str, ...]) -> None:
    """`WrongRow` where the report lies outside an officer's regions."""
    if not covers(regions, jurisdiction(form.region)):
        raise WrongRow(_("{name} di luar wilayah tugas Anda").format(name=region(form.region).name))


def require_time(form: ReportForm, at: datetime) -> None:
    """`WrongRow` where what is for the record does not say when it happened within the years that are scored:
    whatever else would count as of today."""
    if form.occurred_at is None:
        raise WrongRow(_("waktu kosong; catatan lama memerlukan tanggalnya"))
    if not at - _SCORED < form.occurred_at <= at:
        raise WrongRow(_("waktu di luar sepuluh tahun terakhir"))


def key_of(form: ReportForm, is_history: bool = False) -> str:
    """What a report of a file is recognised by: what it says, whoever sends it, in whatever file. What is for the
    record and what is news are two."""
    content = form.model_dump(mode="json", exclude={"reporter"})
    for name in ("narrative", "place"):
        content[name] = " ".join(str(content[name] or "").casefold().split())
    content |= {"categories": sorted(content["categories"]), "acts": sorted(content["acts"])}
    kind = "history" if is_history else "import"
    return f"{kind}:{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()}"


def _required(cells: Mapping[str, str], column: str) -> str:
    if not cells.get(column, ""):
        raise WrongRow(_("{column} kosong").format(column=column))
    return cells[column]


def _in(column: str, read: Any, cells: Mapping[str, str]) -> Any:
    try:
        return read(cells.get(column, ""))
    except ValueError as error:
        raise WrongRow(f"{column}: {error}") from None


def _codes(text: str, kind: type[Category] | type[Act], column: str) -> list[Any]:
    # A file is filled in with the names of one language and may be sent by a reader of another.
    known = {each.value: each for each in kind}
    known |= {name.lower(): each for each in kind for name in (LABELS[each], LABELS.sources[each])}
    wanted = [part.strip().lower() for part in text.replace(",", ";").split(";") if part.strip()]
    if unknown := [each for each in wanted if each not in known and each.replace(" ", "_") not in known]:
        raise WrongRow(_("{column} “{unknown}” tidak dikenal").format(column=column, unknown=unknown[0]))
    return [known.get(each) or known[each.replace(" ", "_")] for each in wanted]
