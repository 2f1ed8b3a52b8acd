"""The timeline of a case, chained by hash, so that an outsider can see whether a step was changed or left out.

Each step's `hash` is the SHA-256 (hex) of the JSON of its other fields, keys sorted, no spaces, UTF-8, times as
ISO 8601 in UTC with milliseconds; `previous` is the hash of the step before, or 64 zeros. Steps are documents of their
own; the case holds how many there are and the hash of the last, so that one write decides what the next one is.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel

from chassis import audit
from chassis.audit import START
from chassis.database import Document

Values = dict[str, str | int | list[str]]


class Step(BaseModel):
    """One step: what happened (a kind and its values), when, and which office did it."""

    n: int
    at: AwareDatetime
    kind: str
    by: str
    """An office's name, or `system` or `reporter`."""
    actor: str = ""
    """Who it was, sealed (`chassis/audit.py`); empty where it was no person, and in steps of release 0.2."""
    values: Values = {}
    previous: str
    hash: str


class EarlierStep(BaseModel):
    """A step as release 0.1 wrote it: with its sentence."""

    n: int
    at: AwareDatetime
    kind: str
    by: str
    text: str
    previous: str
    hash: str

    def body(self) -> dict[str, Any]:
        """What is hashed."""
        return self.model_dump(exclude={"hash"})


def step_after(count: int, head: str, at: datetime, kind: str, by: str, actor: str, values: Values) -> Step:
    """The next step of a chain of `count` steps that ends in `head`."""
    who = {"by": by, "actor": actor} if actor else {"by": by}
    body = {"n": count + 1, "at": at, "kind": kind, **who, "values": values, "previous": head}
    return Step.model_validate({**body, "hash": hash_of(body)})


def step_id(case_id: str, n: int) -> str:
    """The id of a step's document: once per case and number, and in their order."""
    return f"{case_id}:{n:08d}"


def document_of(case_id: str, step: Step) -> Document:
    """A step as it is stored."""
    return {"_id": step_id(case_id, step.n), "case_id": case_id, **step.model_dump(exclude_unset=True)}


def hash_of(body: dict[str, Any]) -> str:
    """The hash of a step's fields other than `hash`."""
    moment = body["at"]
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return audit.hash_of({**body, "at": moment})


def first_break(timeline: Iterable[dict[str, Any]]) -> int | None:
    """The number of the first step that does not fit, or None where the chain is whole."""
    previous = START
    for count, step in enumerate(timeline, start=1):
        body = {name: value for name, value in step.items() if name != "hash"}
        if step["n"] != count or step["previous"] != previous or hash_of(body) != step["hash"]:
            return count
        previous = step["hash"]
    return None
