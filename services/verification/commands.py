"""What verification does: one function a command: decide, and let the aggregates load and save."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from chassis.aggregates import Aggregate, Row
from chassis.clock import new_id
from chassis.database import Document
from chassis.identity import Person
from chassis.language import _
from chassis.masking import mask
from chassis.problems import Problem, not_found
from contracts.base import Event
from contracts.envelope import Received
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEvent,
    AlertRaised,
    AlertUnanswered,
    LevelChanged,
    ReportSubmitted,
    ReportSupplemented,
)
from contracts.vocabulary import AttachmentKind, Outcome, Supplement, attachment_kind
from kemenag.permissions import Action, office_of, require
from services.verification import model
from services.verification.grouping import Candidate, Grouping, Match, cells_around, group, sample_of
from services.verification.model import By, Case, Check, Loaded
from services.verification.store import OpenCase, Store

_ALERT_STEPS: dict[type[AlertEvent], str] = {
    AlertRaised: "alert_raised",
    AlertClimbed: "alert_climbed",
    AlertAcknowledged: "alert_acknowledged",
    AlertUnanswered: "alert_unanswered",
}


async def take_in(store: Store, reports: Sequence[ReportSubmitted], at: datetime) -> None:
    """Put reports into cases: decide once per report, store the decision, then let the cases take them."""
    by_id = {each.report_id: each for each in reports}
    decided = await store.decided(by_id)
    fresh = [each for each in by_id.values() if each.report_id not in decided]
    if fresh:
        decided |= await store.store_reports(await _decide(store, fresh, at - store.within))
        await store.floods.take(fresh)
    groups: dict[str, list[ReportSubmitted]] = defaultdict(list)
    for report_id, case_id in decided.items():
        groups[case_id].append(by_id[report_id])
    await join(store, groups, at)


async def _decide(store: Store, reports: list[ReportSubmitted], since: datetime) -> list[Document]:
    candidates: dict[str, list[Candidate]] = defaultdict(list)
    for each in await store.candidates({report.region for report in reports}, since):
        candidates[each.state.region].append(_candidate(each))
    near = await store.near([each.point for each in reports if each.point], since)
    documents = []
    for report in reports:
        here = candidates[report.region]
        found = group(report, [*here, *_across_the_border(report, near)])
        case_id = found.joins.case_id if found.joins else new_id()
        if found.joins is None:
            samples = [sample_of(report)]
            here.append(Candidate(case_id, set(report.categories), samples, report.jurisdiction, report.exercise))
        documents.append(_document(report, case_id, found))
        await asyncio.sleep(0)  # hundreds of long texts take a second: others of this process are served in between
    return documents


def _across_the_border(report: ReportSubmitted, near: list[OpenCase]) -> list[Candidate]:
    """Cases of other kecamatan close to the report's point: an officer is asked of them, nothing joins them."""
    around = set(cells_around(report.point)) if report.point else set()
    others = [each for each in near if each.state.region != report.region]
    return [_candidate(each, True) for each in others if any(one.cell in around for one in each.state.samples)]


def _candidate(found: OpenCase, beyond: bool = False) -> Candidate:
    case = found.state
    return Candidate(found.id, case.categories, case.samples, case.jurisdiction, case.exercise, beyond)


def _document(report: ReportSubmitted, case_id: str, found: Grouping) -> Document:
    similar = [{"case_id": each.case_id, **_decided(each)} for each in found.similar]
    return {
        "_id": report.report_id,
        "case_id": case_id,
        "at": report.at,
        "joined": _decided(found.joins) if found.joins else None,
        "nearly_the_same": bool(found.joins and found.joins.nearly_the_same),
        # Of what an officer is asked, and nothing where there is nothing: the index holds only these.
        **({"similar": similar} if similar else {}),
        "report": report.model_dump(mode="json"),
        "answers": [],
    }


def _decided(match: Match) -> Document:
    return {"score": match.score, "reasons": list(match.reasons)}


async def join(store: Store, groups: dict[str, list[ReportSubmitted]], at: datetime, because: str = "") -> None:
    """Let cases take their reports, all in one load and one save; those of a closed case begin another one."""
    taken: dict[str, set[str]] = {}
    late: dict[str, list[ReportSubmitted]] = {}

    async def read_members(cases: Mapping[str, Loaded]) -> None:
        # After the cases: a report that a case no longer lists has its member document by then.
        taken.update(await store.taken({id: [each.report_id for each in groups[id]] for id in cases}))

    def decide(loaded: Loaded) -> list[Event] | None:
        late.pop(loaded.id, None)
        case, known = loaded.state, taken[loaded.id]
        fresh = [each for each in groups[loaded.id] if each.report_id not in known]
        fresh = [each for each in fresh if each.report_id not in case.recent_reports]
        # What is being carried away takes nothing any more: it would be left behind.
        if fresh and (not case.open or (case.going_to and not because)):
            late[loaded.id] = fresh
            return None
        joined = model.join(loaded, fresh, known, at, because)
        return [*joined, model.whole_state(loaded)] if joined else None

    await store.cases.update_many(groups, decide, lambda id: model.begin(id, groups[id][0]), read_members)
    if late and because:
        # Closed meanwhile: the reports stay where they are.
        detail = _("Muat ulang halaman, lalu putuskan lagi.")
        raise Problem("case-closed", 409, _("Kasus itu sementara ini sudah ditutup"), detail)
    if late:
        await _begin_others(store, late, at)


async def _begin_others(store: Store, late: dict[str, list[ReportSubmitted]], at: datetime) -> None:
    """Cases that were closed between decision and joining: their reports begin another one, once."""
    groups: dict[str, list[ReportSubmitted]] = defaultdict(list)
    for closed, reports in late.items():
        fresh = new_id()
        which = {"_id": {"$in": [each.report_id for each in reports]}, "case_id": closed}
        await store.reports.update_many(which, {"$set": {"case_id": fresh, "joined": None}})
        moved = await store.decided(each.report_id for each in reports)
        for each in reports:
            groups[moved[each.report_id]].append(each)
    await join(store, groups, at)


async def load_for(store: Store, case_id: str, person: Person, action: Action) -> Row[Case]:
    """The case, for somebody who may do this to it."""
    row = await store.cases.get(case_id)
    if row is None:
        raise not_found()
    require(person, action, row.state.jurisdiction)
    return row


async def read_case(store: Store, case_id: str, person: Person, at: datetime) -> Row[Case]:
    """The case, for somebody who looks at it: that they did is recorded before they see it."""
    row = await load_for(store, case_id, person, Action.SEE_CASE)
    await record_reading(store, case_id, person, at)
    return row


async def record_reading(store: Store, case_id: str, person: Person, at: datetime) -> None:
    """Somebody is about to read a case."""
    actor = store.audit.seal(person.sub)
    await store.reads.insert_one(
        {"_id": new_id(), "case_id": case_id, "at": at, "by": office_of(person), "actor": actor}
    )


Decision = Callable[[Loaded, By], list[Event]]


async def change(
    store: Store, case_id: str, person: Person, action: Action, at: datetime, decide: Decision
) -> Aggregate[Case]:
    """Do something to a case on a person's behalf, with the right checked on the very state that is changed."""
    by = By(office_of(person), at, store.audit.seal(person.sub))

    def decided(loaded: Loaded) -> list[Event]:
        require(person, action, loaded.state.jurisdiction)
        before = model.whole_state(loaded)
        events, after = decide(loaded, by), model.whole_state(loaded)
        # A note or a task is nobody's but the officials': others learn of a case what has changed of it.
        return events if model.is_same(before, after) else [*events, after]

    return await store.cases.update(case_id, decided)


async def assign(
    store: Store, case_id: str, person: Person, to: str, at: datetime, instead_of: str | None = None
) -> Aggregate[Case]:
    """Give the case to an office of its jurisdiction."""

    def decide(loaded: Loaded, by: By) -> list[Event]:
        return model.assign(loaded, to, by, instead_of)

    return await change(store, case_id, person, Action.HANDLE_CASE, at, decide)


async def verify(store: Store, case_id: str, person: Person, check: Check, at: datetime) -> Aggregate[Case]:
    """Record a verdict."""
    return await change(
        store, case_id, person, Action.VERIFY_CASE, at, lambda loaded, by: model.verify(loaded, check, by)
    )


async def ask(
    store: Store, case_id: str, person: Person, report_id: str, text: str, expects_answer: bool, at: datetime
) -> Aggregate[Case]:
    """Ask or tell a reporter something."""
    await load_for(store, case_id, person, Action.HANDLE_CASE)
    found = await _member(store, case_id, report_id)
    kinds = [each.get("kind") for each in found["answers"]]
    of_contact = [each for each in kinds if each in (Supplement.NO_CONTACT, Supplement.CONTACT_AGAIN)]
    if of_contact and of_contact[-1] == Supplement.NO_CONTACT:
        detail = _("Hormati keinginannya; tanyakan kepada orang lain di tempat.")
        raise Problem("no-contact", 409, _("Pelapor ini tidak mau dihubungi lagi"), detail)
    message_id = new_id()
    return await change(
        store,
        case_id,
        person,
        Action.HANDLE_CASE,
        at,
        lambda loaded, by: model.ask(loaded, report_id, message_id, text, expects_answer, by),
    )


async def _member(store: Store, case_id: str, report_id: str) -> Document:
    found = await store.reports.find_one({"_id": report_id, "case_id": case_id})
    if found is None:
        raise Problem("report-elsewhere", 409, _("Laporan bukan bagian kasus ini"), _("Muat ulang halaman kasus."))
    return found


async def transcribe(
    store: Store, case_id: str, person: Person, report_id: str, written: str, at: datetime
) -> Aggregate[Case]:
    """Write down what a reporter's voice, video or document says, for those who cannot listen or look. Numbers are
    masked; the same words twice are one."""
    await load_for(store, case_id, person, Action.HANDLE_CASE)
    found = await _member(store, case_id, report_id)
    kinds = set(map(attachment_kind, found["report"].get("attachments", ())))
    if not kinds - {AttachmentKind.PHOTO}:
        detail = _("Muat ulang halaman kasus.")
        raise Problem("no-voice", 409, _("Laporan ini tanpa suara, video, atau dokumen"), detail)
    text = mask(written)
    if any(each.get("kind") == model.TRANSCRIPT and each["text"] == text for each in found["answers"]):
        return await change(store, case_id, person, Action.HANDLE_CASE, at, lambda _loaded, _by: [])
    # The step first: no text stands on a report without who wrote it down.
    done = await change(
        store, case_id, person, Action.HANDLE_CASE, at, lambda loaded, by: model.transcribe(loaded, text, by)
    )
    answer = {"id": new_id(), "kind": model.TRANSCRIPT, "text": text, "at": at, "question_id": None}
    await store.reports.update_one({"_id": report_id}, {"$push": {"answers": answer}})
    return done


async def act(store: Store, case_id: str, person: Person, text: str, at: datetime) -> Aggregate[Case]:
    """Record an action."""
    return await change(store, case_id, person, Action.HANDLE_CASE, at, lambda loaded, by: model.act(loaded, text, by))


async def close(
    store: Store, case_id: str, person: Person, outcome: Outcome, note: str, at: datetime
) -> Aggregate[Case]:
    """End the case."""
    return await change(
        store, case_id, person, Action.VERIFY_CASE, at, lambda loaded, by: model.close(loaded, outcome, note, by)
    )


async def reopen(store: Store, case_id: str, person: Person, reason: str, at: datetime) -> Aggregate[Case]:
    """Look at it again."""
    return await change(
        store, case_id, person, Action.VERIFY_CASE, at, lambda loaded, by: model.reopen(loaded, reason, by)
    )


async def split(store: Store, case_id: str, person: Person, report_id: str, at: datetime) -> str:
    """Undo a grouping: the report leaves and begins a case of its own, whose id is returned.

    The new case takes it before the old one lets go: after a crash it is in both, never in none, and the same
    request again finishes it.
    """
    await load_for(store, case_id, person, Action.VERIFY_CASE)
    fresh = await _split_id(store, case_id, report_id)
    found = await _member(store, case_id, report_id)
    by = By(office_of(person), at)

    def leave(loaded: Loaded, _: By) -> list[Event]:
        return model.split(loaded, report_id, by)

    row = await store.cases.get(case_id)
    if row is not None:
        # Refused before anything is written, where it cannot be split.
        model.split(Aggregate(row.id, row.state.model_copy(deep=True)), report_id, by)
    await join(store, {fresh: [ReportSubmitted.model_validate(found["report"])]}, at, "split")
    await change(store, case_id, person, Action.VERIFY_CASE, at, leave)
    reason = {"score": 1.0, "reasons": ["split"]}
    await store.reports.update_one({"_id": report_id}, {"$set": {"case_id": fresh, "joined": reason}})
    # Last: while the report still counts as decided for the old case, this is what keeps it from joining again.
    await store.members.delete_one({"_id": model.member_id(case_id, report_id)})
    return fresh


async def _split_id(store: Store, case_id: str, report_id: str) -> str:
    """The id of the case that a report begins on leaving another: given twice it is the same, and never one that was
    merged again since."""
    fresh = str(uuid5(UUID(case_id), report_id))
    while (row := await store.cases.get(fresh)) and row.state.went_to:
        fresh = str(uuid5(UUID(fresh), report_id))
    return fresh


async def take_answers(store: Store, messages: Sequence[Received[ReportSupplemented]]) -> None:
    """Reporters answered: into the reports, then into the cases' timelines, each once."""
    ids = {each.event.report_id for each in messages}
    cases = await store.decided(ids)
    if missing := ids - cases.keys():
        raise LookupError(f"no report {sorted(missing)[0]}")
    groups: dict[str, list[Received[ReportSupplemented]]] = defaultdict(list)
    for each in messages:
        event = each.event
        answer = {
            "id": event.supplement_id,
            "kind": event.kind.value,
            "text": event.text,
            "at": event.at,
            "question_id": event.question_id,
        }
        unknown = {"_id": event.report_id, "answers.id": {"$ne": event.supplement_id}}
        # Whoever wants no word cannot be asked, until they take it back.
        of_contact = event.kind in (Supplement.NO_CONTACT, Supplement.CONTACT_AGAIN)
        may_ask = {"$set": {"report.can_be_asked": event.kind is Supplement.CONTACT_AGAIN}} if of_contact else {}
        await store.reports.update_one(unknown, {"$push": {"answers": answer}, **may_ask})
        groups[cases[event.report_id]].append(each)
    await _note(store, groups, _supplemented)


def _supplemented(loaded: Loaded, message: Received[ReportSupplemented]) -> list[Event]:
    event = message.event
    return model.supplemented(loaded, event.kind, event.text, event.at)


async def take_levels(store: Store, messages: Sequence[Received[LevelChanged]]) -> None:
    """Escalation found other levels for cases."""
    groups: dict[str, list[Received[LevelChanged]]] = defaultdict(list)
    for each in messages:
        if each.event.scope == "case":
            groups[each.event.scope_id].append(each)
    await _note(store, groups, lambda loaded, message: model.take_level(loaded, message.event))


async def take_alerts(store: Store, messages: Sequence[Received[AlertEvent]]) -> None:
    """Alerts of cases were raised, climbed or acknowledged."""
    groups: dict[str, list[Received[AlertEvent]]] = defaultdict(list)
    for each in messages:
        if each.event.case_id is not None:
            groups[each.event.case_id].append(each)

    def note(loaded: Loaded, message: Received[AlertEvent]) -> None:
        event = message.event
        by = event.by_role if isinstance(event, AlertAcknowledged) else model.SYSTEM
        model.note_alert(loaded, _ALERT_STEPS[type(event)], int(event.rung), by, event.at)

    await _note(store, groups, note)


async def _note(
    store: Store, groups: dict[str, list[Received[Any]]], note: Callable[[Loaded, Received[Any]], list[Event] | None]
) -> None:
    """Let cases take in what was received about them: one load and one save, each message once. The state of a case
    is published when something of it is not as it was: that an alert went out is a step, and no other state."""

    def decide(loaded: Loaded) -> list[Event] | None:
        before = model.whole_state(loaded)
        fresh = loaded.receive(groups[loaded.id])
        events = [event for each in fresh for event in note(loaded, each) or ()]
        after = model.whole_state(loaded)
        return (events if model.is_same(before, after) else [*events, after]) if fresh else None

    if groups:
        await store.cases.update_many(groups, decide)
