"""Lines of CSV files, and what is wrong with them in one line."""

import csv
import gzip
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from chassis.language import _

Columns = Mapping[str, str]
NO_COLUMNS: Columns = {}
"""Our name of a column → its name in the file."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class WrongFile(ValueError):
    """A file that cannot be used, in one line that says what to do."""


@dataclass(frozen=True)
class Row:
    """A line of a file, as far as it was filled in."""

    line: int
    values: Mapping[str, str]

    def number(self, name: str, default: float, largest: float = 1e6) -> float:
        """A column's number; empty or missing gives the default."""
        text = self.values.get(name, "").strip()
        try:
            found = float(text) if text else default
        except ValueError:
            found = math.nan
        if text and not abs(found) <= largest:
            raise WrongFile(
                _("baris {line}: {name} “{text}” bukan angka yang wajar").format(line=self.line, name=name, text=text)
            )
        return found

    def whole(self, name: str, default: int) -> int:
        """A column's whole number, zero or more."""
        found = self.number(name, default)
        if found < 0 or found != int(found):
            raise WrongFile(
                _("baris {line}: {name} “{values}” bukan bilangan bulat nol atau lebih").format(
                    line=self.line, name=name, values=self.values[name]
                )
            )
        return int(found)

    def area(self) -> str:
        """The column `area`."""
        found = self.values["area"].strip()
        if not found:
            raise WrongFile(_("baris {line}: area kosong").format(line=self.line))
        return found

    def day(self) -> date:
        """The column `date`."""
        try:
            found = date.fromisoformat(self.values["date"].strip()[:10])
        except ValueError as error:
            raise WrongFile(
                _("baris {line}: tanggal “{date}” bukan TTTT-BB-HH").format(line=self.line, date=self.values["date"])
            ) from error
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise WrongFile(
                _("baris {line}: tanggal {found} di luar {first}-{last}").format(
                    line=self.line, found=found, first=_FIRST_YEAR, last=_LAST_YEAR
                )
            )
        return found


def rows_of(path: Path, needed: tuple[str, ...], columns: Columns = NO_COLUMNS) -> Iterator[Row]:
    """The lines of a CSV file, packed with gzip or not, that has at least these columns.

    `columns` says what they are called there; `a/b` joins two of them.
    """
    there = {part for name in needed for part in columns.get(name, name).split("/")}
    try:
        with opened(path) as file:
            reader = csv.DictReader(file)
            if missing := sorted(there - set(reader.fieldnames or ())):
                header = ", ".join(reader.fieldnames or ()) or "kosong"
                raise WrongFile(
                    _("{name} tidak berkolom {missing}; kepala berkas: {header} (pemisah: koma)").format(
                        name=path.name, missing=", ".join(missing), header=header[:100]
                    )
                )
            for values in reader:
                yield Row(reader.line_num, _named({key: value or "" for key, value in values.items() if key}, columns))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongFile(_("{path} tidak dapat dibaca sebagai CSV: {error}").format(path=path, error=error)) from error


def _named(values: dict[str, str], columns: Columns) -> dict[str, str]:
    """A line under our names for its columns."""
    found = {ours: [values.get(part, "") for part in theirs.split("/")] for ours, theirs in columns.items()}
    return {**values, **{ours: "/".join(parts) if any(parts) else "" for ours, parts in found.items()}}


def opened(path: Path) -> IO[str]:
    return (
        gzip.open(path, "rt", newline="", encoding="utf-8-sig")
        if path.suffix == ".gz"
        else path.open(newline="", encoding="utf-8-sig")
    )
