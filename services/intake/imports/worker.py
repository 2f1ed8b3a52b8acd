"""Understands a file in a process of its own, by limits of its own: a made-up one cannot exhaust intake.

Standard input: a line of JSON (`Asked`), then the file. Standard output, a line of JSON each: the heading or why there
is none, then every row.
"""

import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from chassis import language
from chassis.clock import now
from chassis.problems import Problem
from chassis.tables import Heading, Row, find_heading, read_lines, rows_below, too_many
from kemenag import LOCALE
from services.intake.imports.reading import KNOWN, REQUIRED, WrongRow, form_of, key_of, require_time, require_within

MOST_ROWS = 200_000
_MEMORY = 2 * 1024**3
_CPU_SECONDS = 600


class Asked(BaseModel):
    """What is asked of the worker."""

    name: str
    language: str
    regions: tuple[str, ...]
    is_history: bool = False
    fields: list[str | None] | None = None
    """What each column is taken for, where somebody corrected it."""


def main() -> int:
    """The exit status; what is wrong with the file is in the output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    language.load(LOCALE)
    asked = Asked.model_validate_json(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    with language.use(asked.language):
        try:
            for line in _understood(asked, content):
                _answer(line)
        except Problem as problem:
            _answer({"title": problem.title, "detail": problem.detail})
    return 0


def _answer(line: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")


def _understood(asked: Asked, content: bytes) -> Iterator[dict[str, Any]]:
    lines = read_lines(asked.name, content, MOST_ROWS)
    heading = find_heading(lines, KNOWN, () if asked.fields else REQUIRED)
    if asked.fields:
        heading = Heading(heading.number, heading.names, tuple(asked.fields))
    rows = list(rows_below(lines, heading))
    if len(rows) > MOST_ROWS:
        raise too_many(MOST_ROWS)
    yield {"names": [each[:100] for each in heading.names], "fields": heading.fields, "rows": len(rows)}
    first_with: dict[str, int] = {}
    for row in rows:
        yield _row(row, asked, first_with)


def _row(row: Row, asked: Asked, first_with: dict[str, int]) -> dict[str, Any]:
    shown = {"number": row.number, "text": row.cells.get("uraian", "")[:120]}
    try:
        form = form_of(row)
        require_within(form, asked.regions)
        if asked.is_history:
            require_time(form, now())
    except WrongRow as wrong:
        return {**shown, "wrong": str(wrong)}
    key = key_of(form, asked.is_history)
    first = first_with.setdefault(key, row.number)
    if first != row.number:
        return {**shown, "same_as": first}
    return {**shown, "key": key, "form": form.model_dump(mode="json", exclude_unset=True)}


if __name__ == "__main__":
    sys.exit(main())
