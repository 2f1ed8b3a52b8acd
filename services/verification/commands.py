"""What verification does: one function a command: load, decide, save."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from chassis.clock import new_id
from chassis.concurrency import for_each
from chassis.permissions import Action, Person, office_of, require
from chassis.problems import not_found
from chassis.store import Conflict, Document, Kept
from contracts.base import Event
from contracts.envelope import Heard
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEvent,
    AlertRaised,
    LevelChanged,
    ReportSubmitted,
    ReportSupplemented,
)
from contracts.vocabulary import RUNG_LABELS, Outcome, Status
from services.verification import model
from services.verification.grouping import Candidate, Match, Sample, match, sample_of
from services.verification.model import By, Case, Check
from services.verification.store import Store

_TRIES = 20
_MOST_CANDIDATES = 30


async def take_in(store: Store, reports: list[ReportSubmitted], at: datetime, within: timedelta) -> None:
    """Put reports into cases: decide once per report, remember the decision, then let the cases take them."""
    by_id = {each.report_id: each for each in reports}
    decided = await store.decided(list(by_id))
    fresh = [each for each in by_id.values() if each.report_id not in decided]
    if fresh:
        await store.keep_reports(await _decide(store, fresh, at - within))
        decided = await store.decided(list(by_id))
    groups: dict[str, list[ReportSubmitted]] = defaultdict(list)
    for report_id, case_id in decided.items():
        groups[case_id].append(by_id[report_id])
    await for_each(groups.items(), lambda group: _join(store, group[0], group[1], at))


async def _decide(store: Store, reports: list[ReportSubmitted], since: datetime) -> list[Document]:
    candidates = await _candidates(store, {each.region for each in reports}, since)
    documents = []
    for report in reports:
        here = candidates[report.region]
        found = match(report, here)
        case_id = found.case_id if found else new_id()
        if found is None:
            samples = [sample_of(report)]
            here.append(Candidate(case_id, set(report.categories), samples, report.jurisdiction, report.exercise))
        documents.append(_document(report, case_id, found))
    return documents


async def _candidates(store: Store, regions: set[str], since: datetime) -> dict[str, list[Candidate]]:
    found = await asyncio.gather(*(_candidates_in(store, region, since) for region in regions))
    return dict(zip(regions, found, strict=True))


async def _candidates_in(store: Store, region: str, since: datetime) -> list[Candidate]:
    open_there = {
        "state.region": region,
        "state.status": {"$ne": Status.DITUTUP.value},
        "state.last_report_at": {"$gte": since},
    }
    fields = {"state.categories": 1, "state.samples": 1, "state.jurisdiction": 1, "state.exercise": 1}
    newest = store.cases.collection.find(open_there, fields).sort("state.last_report_at", -1).limit(_MOST_CANDIDATES)
    return [_candidate(each) async for each in newest]


def _candidate(found: Document) -> Candidate:
    state = found["state"]
    samples = [Sample.model_validate(each) for each in state["samples"]]
    return Candidate(found["_id"], set(state["categories"]), samples, tuple(state["jurisdiction"]), state["exercise"])


def _document(report: ReportSubmitted, case_id: str, found: Match | None) -> Document:
    joined = {"score": found.score, "reasons": list(found.reasons)} if found else None
    return {
        "_id": report.report_id,
        "case_id": case_id,
        "at": report.at,
        "joined": joined,
        "nearly_the_same": bool(found and found.nearly_the_same),
        "report": report.model_dump(mode="json"),
        "answers": [],
    }


async def _join(store: Store, case_id: str, reports: list[ReportSubmitted], at: datetime) -> None:
    for _ in range(_TRIES):
        kept = await store.cases.load(case_id)
        events: list[Event] = []
        if kept is None:
            case, events = model.open_case(case_id, reports[0])
            kept = Kept(case_id, case)
        late = [each for each in reports if each.report_id not in kept.state.report_ids]
        if kept.state.status is Status.DITUTUP and late:
            # The case was closed between the decision and this: they begin another one.
            await _begin_another(store, case_id, late, at)
            return
        joined = model.join(case_id, kept.state, reports, at)
        if not joined:
            return
        try:
            await _save(store, kept, [*events, *joined])
        except Conflict:
            continue
        return
    raise Conflict(case_id)


async def _begin_another(store: Store, case_id: str, reports: list[ReportSubmitted], at: datetime) -> None:
    fresh = new_id()
    which = {"_id": {"$in": [each.report_id for each in reports]}, "case_id": case_id}
    await store.reports.update_many(which, {"$set": {"case_id": fresh, "joined": None}})
    moved = await store.decided([each.report_id for each in reports])
    await _join(store, fresh, [each for each in reports if moved[each.report_id] == fresh], at)


async def _save(store: Store, kept: Kept[Case], events: list[Event]) -> None:
    state = model.whole_state(kept.id, kept.state, kept.version + 1)
    await store.cases.save(kept, [*events, state])


async def load_for(store: Store, case_id: str, person: Person, action: Action) -> Kept[Case]:
    """The case, for somebody who may do this to it."""
    kept = await store.cases.load(case_id)
    if kept is None:
        raise not_found()
    require(person, action, kept.state.jurisdiction)
    return kept


Decide = Callable[[Case, By], list[Event]]


async def change(
    store: Store, case_id: str, person: Person, action: Action, at: datetime, decide: Decide
) -> Kept[Case]:
    """Do something to a case on a person's behalf; decided again where somebody else wrote in between."""
    by = By(office_of(person), at)
    for _ in range(_TRIES):
        kept = await load_for(store, case_id, person, action)
        events = decide(kept.state, by)
        try:
            await _save(store, kept, events)
        except Conflict:
            continue
        return kept
    raise Conflict(case_id)


async def assign(store: Store, case_id: str, person: Person, to: str, at: datetime) -> Kept[Case]:
    """Give the case to an office of its jurisdiction."""
    return await change(
        store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: model.assign(case_id, case, to, by)
    )


async def verify(store: Store, case_id: str, person: Person, check: Check, at: datetime) -> Kept[Case]:
    """Record a verdict."""
    return await change(
        store,
        case_id,
        person,
        Action.VERIFY_CASE,
        at,
        lambda case, by: model.verify(case_id, case, check, by),
    )


async def ask(
    store: Store, case_id: str, person: Person, report_id: str, text: str, expects_answer: bool, at: datetime
) -> Kept[Case]:
    """Ask or tell a reporter something."""
    message_id = new_id()
    return await change(
        store,
        case_id,
        person,
        Action.HANDLE_CASE,
        at,
        lambda case, by: model.ask(case_id, case, report_id, message_id, text, expects_answer, by),
    )


async def act(store: Store, case_id: str, person: Person, text: str, at: datetime) -> Kept[Case]:
    """Record an action."""
    return await change(
        store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: model.act(case_id, case, text, by)
    )


async def close(store: Store, case_id: str, person: Person, outcome: Outcome, note: str, at: datetime) -> Kept[Case]:
    """End the case."""
    return await change(
        store,
        case_id,
        person,
        Action.VERIFY_CASE,
        at,
        lambda case, by: model.close(case_id, case, outcome, note, by),
    )


async def reopen(store: Store, case_id: str, person: Person, reason: str, at: datetime) -> Kept[Case]:
    """Look at it again."""
    return await change(
        store,
        case_id,
        person,
        Action.VERIFY_CASE,
        at,
        lambda case, by: model.reopen(case_id, case, reason, by),
    )


async def split(store: Store, case_id: str, person: Person, report_id: str, at: datetime) -> str:
    """Undo a grouping: the report leaves and begins a case of its own, whose id is returned.

    The new case takes it before the old one lets go: after a crash it is in both, never in none.
    """
    kept = await load_for(store, case_id, person, Action.VERIFY_CASE)
    model.split(case_id, kept.state, report_id, By(office_of(person), at))
    found = await store.reports.find_one({"_id": report_id})
    if found is None:
        raise not_found()
    fresh = str(uuid5(UUID(case_id), report_id))  # given twice, it is the same new case
    await _join(store, fresh, [ReportSubmitted.model_validate(found["report"])], at)
    reason = {"score": 1.0, "reasons": ["dipisahkan oleh petugas"]}
    await store.reports.update_one({"_id": report_id}, {"$set": {"case_id": fresh, "joined": reason}})
    await change(
        store,
        case_id,
        person,
        Action.VERIFY_CASE,
        at,
        lambda case, by: model.split(case_id, case, report_id, by),
    )
    return fresh


async def take_answer(store: Store, heard: Heard) -> None:
    """A reporter answered: into the report, then into the case's timeline, each once."""
    event = heard.event
    if not isinstance(event, ReportSupplemented):
        return
    found = await store.reports.find_one({"_id": event.report_id}, {"case_id": 1})
    if found is None:
        raise LookupError(f"no report {event.report_id}")
    answer = {"id": event.supplement_id, "text": event.text, "at": event.at, "question_id": event.question_id}
    unknown = {"_id": event.report_id, "answers.id": {"$ne": event.supplement_id}}
    await store.reports.update_one(unknown, {"$push": {"answers": answer}})
    await _hear(
        store,
        found["case_id"],
        f"supplement:{event.supplement_id}",
        1,
        lambda c: model.answered(c, event.text, event.at),
    )


async def take_level(store: Store, heard: Heard) -> None:
    """Escalation found another level for a case."""
    event = heard.event
    if isinstance(event, LevelChanged) and event.scope == "case":
        await _hear(store, event.scope_id, heard.subject, heard.sequence, lambda c: model.take_level(c, event))


def case_of_alert(heard: Heard) -> str:
    """The case that an alert is about: alerts of one case are noted one after another."""
    return heard.event.case_id or "" if isinstance(heard.event, AlertEvent) else ""


async def take_alert(store: Store, heard: Heard) -> None:
    """An alert of a case was raised, climbed or acknowledged."""
    event = heard.event
    if not isinstance(event, AlertEvent) or event.case_id is None:
        return
    text, by = _alert_words(event)
    if text:
        subject = f"alert:{heard.subject}"
        await _hear(store, event.case_id, subject, heard.sequence, lambda c: model.note_alert(c, text, by, event.at))


def _alert_words(event: AlertEvent) -> tuple[str, str]:
    rung = RUNG_LABELS[event.rung]
    if isinstance(event, AlertRaised):
        return f"Peringatan dikirim kepada tingkat {rung}", "Sistem"
    if isinstance(event, AlertClimbed):
        return f"Belum ada tanggapan; peringatan naik ke tingkat {rung}", "Sistem"
    if isinstance(event, AlertAcknowledged):
        return "Peringatan diterima dan ditangani", event.by_role
    return "", ""


async def _hear(store: Store, case_id: str, subject: str, sequence: int, note: Callable[[Case], None]) -> None:
    kept = await store.cases.load(case_id)
    if kept is None:
        raise LookupError(f"no case {case_id}")
    if kept.knows(subject, sequence):
        return
    kept.digest(subject, sequence)
    note(kept.state)
    await _save(store, kept, [])
