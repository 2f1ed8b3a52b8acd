"""A reporter's copy of what is stored of them (the right of access, UU 27/2022, Pasal 7)."""

from typing import Any

from cryptography.exceptions import InvalidTag
from pydantic import AwareDatetime

from chassis.aggregates import Row
from chassis.clock import new_id
from chassis.problems import Problem
from services.intake.model import Report
from services.intake.openings import Trace
from services.intake.store import Store


async def copy_for_reporter(store: Store, row: Row[Report], at: AwareDatetime) -> dict[str, Any]:
    """What a report holds, as JSON values. Their words are whole; name and contact are there in part only:
    enough to see whether they are right, and too little for somebody else who found the secret code. Traced before."""
    trace = Trace(
        act="copied",
        report_id=row.id,
        jurisdiction=row.state.jurisdiction,
        at=at,
        by="reporter",
        role="reporter",
        reason="",
    )
    await store.openings.log.collection.insert_one({"_id": new_id(), **trace.model_dump()})
    report = row.state.model_dump(
        mode="json",
        include={"ticket", "channel", "region", "received_at", "form", "status", "outcome", "messages", "added"},
    )
    written = [
        {"of": original.of, "at": original.at.isoformat(), "text": text}
        for original, text in store.originals.open(row.id, row.state)
    ]
    return {
        **report,
        "as_written": written,
        "photos": len(row.state.attachments),
        "identity": await _identity(store, row),
    }


async def _identity(store: Store, row: Row[Report]) -> dict[str, Any] | None:
    erased = row.state.identity_erased_at is not None
    if erased or not await store.identities.exists(row.id):
        return None
    try:
        found = await store.identities.open(row.id)
    except (Problem, InvalidTag):  # erased a moment ago, or by a key that is not here
        return None
    hidden = {name: _hint(found[name]) for name in ("name", "contact") if found.get(name)}
    return {**hidden, "kind": found["kind"], "consent": found.get("consent")}


def _hint(text: str) -> str:
    """The first letter of each word of a name; of a number or an address its ends."""
    if any(each.isdigit() for each in text) or "@" in text:
        return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…"
    return " ".join(f"{word[0]}…" for word in text.split())
