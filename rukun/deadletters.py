"""Dead letters: looked at, and put back where they came from."""

from typing import Any

from chassis.clock import now
from chassis.foundation import Foundation
from chassis.store import Document
from rukun.services import module_of, settings_of


def _foundation(service: str) -> Foundation:
    foundation: Foundation = module_of(service).build(settings_of(service)).state.foundation
    return foundation


async def newest(service: str, limit: int) -> list[Document]:
    """The newest that were not put back."""
    foundation = _foundation(service)
    waiting = {"replayed_at": None}
    found = await foundation.database["dead_letters"].find(waiting).sort("_id", -1).limit(limit).to_list()
    await foundation.client.close()
    return found


async def one(service: str, letter: str) -> Document:
    """One with its content."""
    foundation = _foundation(service)
    found = await foundation.database["dead_letters"].find_one({"_id": letter})
    await foundation.client.close()
    if found is None:
        raise SystemExit(f"Tidak ada surat mati {letter} pada {service}")
    return {**found, "value": (found["value"] or b"").decode(errors="replace")}


async def put_back(service: str, letter: str) -> int:
    """Publish again on the original topic, with the original headers; how many."""
    foundation = _foundation(service)
    wanted: dict[str, Any] = {"replayed_at": None} if letter == "all" else {"_id": letter}
    letters = foundation.database["dead_letters"]
    found = await letters.find(wanted).sort("_id", 1).to_list()
    await foundation.bus.connect()
    for each in found:
        confirmed = await foundation.bus.publish(
            each["value"] or b"", topic=each["topic"], key=each["key"], headers=each["headers"]
        )
        await confirmed
        await letters.update_one({"_id": each["_id"]}, {"$set": {"replayed_at": now()}})
    await foundation.bus.leave()
    await foundation.client.close()
    return len(found)
