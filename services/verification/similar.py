"""Cases that may be one: what grouping was not sure of, until an officer says."""

from dataclasses import dataclass
from datetime import datetime

from chassis.aggregates import Row
from chassis.database import Document
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from kemenag.permissions import Action, office_of
from services.verification import model
from services.verification.carrying.model import may_merge
from services.verification.commands import change, load_for
from services.verification.model import By, Case, Loaded
from services.verification.store import Store

_LOOKED_AT = 200


@dataclass(frozen=True)
class Similar:
    """A case that may be the same as the one that is looked at, and why."""

    case: Row[Case]
    reasons: tuple[str, ...]
    score: float
    merges_into: bool
    """Whether the one looked at goes into it; else it goes into the one looked at."""


async def similar_to(store: Store, row: Row[Case], regions: tuple[str, ...]) -> list[Similar]:
    """Open cases in these regions of which nobody has said whether they are the same, the likeliest first."""
    found = await _suggestions(store, row.id)
    query: Document = {"_id": {"$in": list(found)}, "state.open": True, "state.going_to": None}
    others = await store.cases.rows({**query, "state.jurisdiction": {"$in": list(regions)}})
    similar = [
        Similar(each, tuple(found[each.id]["reasons"]), found[each.id]["score"], into)
        for each in others
        if row.state.open and (into := _direction(row.state, each.state)) is not None
    ]
    return sorted(similar, key=lambda each: -each.score)


async def _suggestions(store: Store, case_id: str) -> dict[str, Document]:
    """By the other case: the likeliest, of reports of either."""
    of_it: Document = {"case_id": case_id, "similar.case_id": {"$exists": True}}
    to_it: Document = {"similar.case_id": case_id}
    pairs = [
        (each["case_id"] if suggested["case_id"] == case_id else suggested["case_id"], suggested)
        for query in (of_it, to_it)
        async for each in store.reports.find(query, {"case_id": 1, "similar": 1}).limit(_LOOKED_AT)
        for suggested in each["similar"]
        if case_id in (each["case_id"], suggested["case_id"]) and not suggested.get("apart")
    ]
    found: dict[str, Document] = {}
    for other, suggested in pairs:
        if other != case_id and (other not in found or suggested["score"] > found[other]["score"]):
            found[other] = suggested
    return found


def _direction(case: Case, other: Case) -> bool | None:
    """Whether the case may be merged into the other; False where only the other way round; None where neither."""
    for one, into, answer in ((case, other, True), (other, case, False)):
        try:
            may_merge(one, into)
        except Problem:
            continue
        return answer
    return None


async def keep_apart(store: Store, case_id: str, person: Person, other_id: str, at: datetime) -> None:
    """An officer says that two cases are not the same: neither page asks again."""
    if other_id == case_id:
        raise Problem("same-case", 422, _("Itu kasus yang sama"), _("Pilih kasus yang lain."))
    other = await load_for(store, other_id, person, Action.VERIFY_CASE)

    def decide(loaded: Loaded, by: By) -> list[Event]:
        return model.keep_apart(loaded, other.state.number, by)

    # The step first: nothing is put aside without who did it. Said twice, it stands twice and changes nothing more.
    await change(store, case_id, person, Action.VERIFY_CASE, at, decide)
    both = [case_id, other_id]
    said = {"similar.$[each].apart": {"by": office_of(person), "at": at}}
    await store.reports.update_many(
        {"case_id": {"$in": both}, "similar.case_id": {"$in": both}},
        {"$set": said},
        array_filters=[{"each.case_id": {"$in": both}}],
    )
