"""Cases that may be one: what grouping was not sure of, until an officer says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError

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

log = structlog.get_logger(__name__)
_LOOKED_AT, _WEIGHED, _SHOWN = 500, 30, 5
"""Reports that ask about a case, cases that are loaded, and those that are shown: the next when these are decided."""


class Suggestion(BaseModel):
    """What is stored with a report that began a case: another one that it may belong to, and why."""

    case_id: str
    score: float
    reasons: tuple[str, ...] = ()
    apart: dict[str, Any] | None = None
    """Who said that it does not, and when."""


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
    found = (await _suggestions(store, [row.id])).get(row.id, {})
    likeliest = sorted(found, key=lambda id: -found[id].score)[:_WEIGHED]
    query: Document = {"_id": {"$in": likeliest}, "state.open": True, "state.going_to": None}
    others = await store.cases.rows({**query, "state.jurisdiction": {"$in": list(regions)}}, limit=_WEIGHED)
    similar = [
        Similar(each, found[each.id].reasons, found[each.id].score, into)
        for each in others
        if row.state.open and (into := _direction(row.state, each.state)) is not None
    ]
    return sorted(similar, key=lambda each: -each.score)[:_SHOWN]


async def asked_of(store: Store, ids: list[str], regions: tuple[str, ...]) -> set[str]:
    """Of some cases those about which an officer who sees these regions is asked."""
    found = await _suggestions(store, ids)
    others = {other for each in found.values() for other in each}
    query: Document = {"_id": {"$in": list(others)}, "state.open": True, "state.jurisdiction": {"$in": list(regions)}}
    open_ones = {each["_id"] async for each in store.cases.collection.find(query, {"_id": 1})}
    return {id for id, each in found.items() if open_ones.intersection(each)}


async def _suggestions(store: Store, ids: list[str]) -> dict[str, dict[str, Suggestion]]:
    """By case and the other case: the likeliest, of reports of either."""
    undecided: Document = {"similar": {"$elemMatch": {"apart": {"$exists": False}}}}
    of_them: Document = {"case_id": {"$in": ids}, "similar.case_id": {"$exists": True}, **undecided}
    to_them: Document = {"similar.case_id": {"$in": ids}, **undecided}
    found: dict[str, dict[str, Suggestion]] = {}
    for query in (of_them, to_them):
        async for each in store.reports.find(query, {"case_id": 1, "similar": 1}).sort("_id", -1).limit(_LOOKED_AT):
            for suggested in _read(each):
                _note(found, each["case_id"], suggested)
    return {id: found[id] for id in ids if id in found}


def _read(report: Document) -> Iterator[Suggestion]:
    """What a report suggests; one that cannot be read is passed over alone, and the pages of its region stand."""
    for each in report["similar"]:
        try:
            yield Suggestion.model_validate(each)
        except ValidationError as error:
            log.warning("suggestion cannot be read", report=report["_id"], faults=error.error_count())


def _note(found: dict[str, dict[str, Suggestion]], case_id: str, suggested: Suggestion) -> None:
    """For both cases, unless somebody said that they are not the same, or they are one by now."""
    other = suggested.case_id
    if suggested.apart or other == case_id:
        return
    for one, two in ((case_id, other), (other, case_id)):
        known = found.setdefault(one, {})
        if two not in known or suggested.score > known[two].score:
            known[two] = suggested


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
    """An officer says that two cases are not the same: neither page asks again. 409 where nobody was asked."""
    row = await load_for(store, case_id, person, Action.VERIFY_CASE)
    if other_id == case_id:
        raise Problem("same-case", 422, _("Itu kasus yang sama"), _("Pilih kasus yang lain."))
    other = await load_for(store, other_id, person, Action.VERIFY_CASE)
    both = [case_id, other_id]
    asked: Document = {"case_id": {"$in": both}, "similar.case_id": {"$in": both}}
    if not await store.reports.find_one(asked, {"_id": 1}):
        raise Problem("not-asked", 409, _("Kedua kasus itu tidak ditanyakan"), _("Muat ulang halaman kasus."))
    if other_id not in (await _suggestions(store, [case_id])).get(case_id, {}):
        return  # said before
    # Whoever sees this case and not the other does not learn its number.
    known = set(row.state.jurisdiction) <= set(other.state.jurisdiction)

    def decide(loaded: Loaded, by: By) -> list[Event]:
        return model.keep_apart(loaded, other.state.number if known else "", by)

    # The step first: nothing is put aside without who did it.
    await change(store, case_id, person, Action.VERIFY_CASE, at, decide)
    said: Document = {"$set": {"similar.$[each].apart": {"by": office_of(person), "at": at}}}
    await store.reports.update_many(asked, said, array_filters=[{"each.case_id": {"$in": both}}])
