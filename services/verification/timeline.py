"""The timeline of a case, chained by hash, so that an outsider can see whether a step was changed or left out.

Each entry's `hash` is the SHA-256 (hex) of the JSON of its other fields, keys sorted, no spaces, UTF-8, times as
ISO 8601 in UTC with milliseconds; `previous` is the hash of the entry before, or 64 zeros.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel

START = "0" * 64


class Entry(BaseModel):
    """One step: what happened, when, and which office did it."""

    n: int
    at: AwareDatetime
    kind: str
    by: str
    text: str
    previous: str
    hash: str


def add(timeline: list[Entry], at: datetime, kind: str, by: str, text: str) -> None:
    """Append a step to the chain."""
    previous = timeline[-1].hash if timeline else START
    body = {"n": len(timeline) + 1, "at": at, "kind": kind, "by": by, "text": text, "previous": previous}
    timeline.append(Entry.model_validate({**body, "hash": hash_of(body)}))


def hash_of(body: dict[str, Any]) -> str:
    """The hash of an entry's fields other than `hash`."""
    moment = body["at"]
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    plain = {**body, "at": moment.astimezone(UTC).isoformat(timespec="milliseconds")}
    written = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def first_break(timeline: Sequence[dict[str, Any]]) -> int | None:
    """The number of the first entry that does not fit, or None where the chain is whole."""
    previous = START
    for count, entry in enumerate(timeline, start=1):
        body = {name: value for name, value in entry.items() if name != "hash"}
        if entry["n"] != count or entry["previous"] != previous or hash_of(body) != entry["hash"]:
            return count
        previous = entry["hash"]
    return None
