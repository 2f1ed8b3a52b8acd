"""What intake does: accept a report, take an answer, follow the case, bring a message to the reporter."""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime

from chassis.clock import new_id
from chassis.problems import Problem, not_found, unavailable
from chassis.store import Conflict, Kept, new_document, seen_key
from contracts.envelope import Heard
from contracts.events import (
    CaseStatusChanged,
    CaseVerified,
    OfficeListed,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
)
from contracts.regions import office_name
from contracts.vocabulary import Channel, ReporterKind
from services.intake.dialogue.model import Outgoing
from services.intake.groupcommit import Taken
from services.intake.model import (
    Report,
    ReporterMessage,
    ReportForm,
    answer,
    make_ticket,
    new_report,
    pseudonym,
    receipt_of,
    submitted,
)
from services.intake.store import Store

_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Accepted:
    """What the sender gets."""

    report_id: str
    ticket: str
    receipt: str


@dataclass(frozen=True)
class Sender:
    """How a report came, beside the form. `sender` is whatever tells one sender from another on the channel."""

    channel: Channel
    digest: str
    idempotency: str | None = None
    sender: str | None = None
    conversation: str | None = None
    attachments: tuple[str, ...] = ()


async def accept_report(store: Store, key: bytes, form: ReportForm, by: Sender, at: AwareDatetime) -> Accepted:
    """Make a report durable, once per idempotency key, and return its ticket and receipt."""
    if not store.foundation.prepared.is_set():
        raise unavailable()
    while True:
        report_id, ticket = new_id(), make_ticket(os.urandom(5))
        report = new_report(form, by.channel, ticket, by.digest, by.conversation, at)
        try:
            await _insert(store, key, report_id, report, form, by)
            return Accepted(report_id, ticket, receipt_of(report_id, key))
        except Taken as taken:
            if taken.field == "idempotency":
                return await _as_before(store, key, by)


async def _insert(store: Store, key: bytes, report_id: str, report: Report, form: ReportForm, by: Sender) -> None:
    reporter = form.reporter
    reachable = bool(by.conversation or by.channel in (Channel.WEB, Channel.API))
    source = pseudonym(by.sender or reporter.contact, key)
    if reporter.kind is not ReporterKind.ANONYMOUS and (reporter.contact or reporter.name):
        identity = reporter.model_dump(mode="json")
        await store.identities.keep(report_id, report.ticket, report.jurisdiction, identity, report.received_at)
    event = submitted(report_id, report, form, source, by.attachments, reachable)
    more = {"idempotency": by.idempotency} if by.idempotency else {}
    await store.commit.insert(new_document(report_id, report.model_dump(), [event], **more))


async def _as_before(store: Store, key: bytes, by: Sender) -> Accepted:
    found = await store.reports.collection.find_one({"idempotency": by.idempotency}, {"state": 1})
    if found is None:
        raise unavailable()
    if found["state"]["digest"] != by.digest:
        raise Problem(422, "Idempotency-Key sudah dipakai", "Kunci ini milik laporan lain; pakai kunci baru.")
    return Accepted(found["_id"], found["state"]["ticket"], receipt_of(found["_id"], key))


async def find_by_ticket(store: Store, ticket: str) -> Kept[Report]:
    """The report with this ticket."""
    found = await store.reports.find({"state.ticket": ticket}, limit=1)
    if not found:
        raise Problem(404, "Tiket tidak ditemukan", "Periksa delapan huruf dan angka pada tiket Anda.")
    return found[0]


async def supplement(store: Store, report_id: str, message_id: str, text: str, at: AwareDatetime) -> None:
    """The reporter answers a question; each question is answered once."""
    while True:
        kept = await store.reports.load(report_id)
        if kept is None:
            raise not_found()
        question = kept.state.open_question(message_id)
        if question is None:
            return
        event = answer(report_id, kept.state, question, text, at)
        try:
            await store.reports.save(kept, [event])
        except Conflict:
            continue
        return


async def offices_for(store: Store, report: Report) -> list[str]:
    """Names of the offices, nearest first, that are on duty for the report."""
    codes = list(report.jurisdiction)
    query: dict[str, Any] = {"_id": {"$in": codes}, "officials": {"$gt": 0}}
    manned = {each["_id"] async for each in store.offices.find(query)}
    return [office_name(code) for code in reversed(codes) if code in manned]


async def follow_case(store: Store, heard: Heard) -> None:
    """A case moved: its reports' tickets say so. Repeated or older news changes nothing."""
    event = heard.event
    ids: list[str]
    change: dict[str, Any]
    if isinstance(event, ReportsJoined):
        ids, change = [each.report_id for each in event.reports], {"status": event.status}
    elif isinstance(event, ReportSplit):
        ids, change = [event.report_id], {}
    elif isinstance(event, CaseVerified):
        ids, change = list(event.report_ids), {}
    elif isinstance(event, CaseStatusChanged):
        ids, change = list(event.report_ids), {"status": event.status, "outcome": event.outcome}
    else:
        return
    for start in range(0, len(ids), 500):
        await _mark(store, ids[start : start + 500], heard, event.case_id, change)


async def _mark(store: Store, ids: list[str], heard: Heard, case_id: str, change: dict[str, Any]) -> None:
    fields = {f"state.{name}": value for name, value in change.items()}
    seen = f"seen.{seen_key(case_id)}"
    moved = {**fields, "state.case_id": case_id, seen: heard.sequence}
    # Per case only newer news counts; and only joining brings a report into a case.
    newer: dict[str, Any] = {"$or": [{seen: {"$exists": False}}, {seen: {"$lt": heard.sequence}}]}
    if not isinstance(heard.event, ReportsJoined):
        newer["state.case_id"] = case_id
    await store.reports.collection.update_many({"_id": {"$in": ids}, **newer}, {"$set": moved, "$inc": {"version": 1}})


async def bring_message(store: Store, heard: Heard, at: AwareDatetime) -> None:
    """Keep a message for the reporter, and send it on the channel that the report came by."""
    event = heard.event
    if not isinstance(event, ReporterMessageRequested):
        return
    kept = await store.reports.load(event.report_id)
    if kept is None:
        raise LookupError(f"no report {event.report_id}")
    if all(each.message_id != event.message_id for each in kept.state.messages):
        kept.state.messages.append(
            ReporterMessage(
                message_id=event.message_id, text=event.text, expects_answer=event.expects_answer, at=event.at
            )
        )
        await store.reports.save(kept)
    if kept.state.conversation:
        await _tell(store, kept.state, event, at)


async def _tell(store: Store, report: Report, event: ReporterMessageRequested, at: AwareDatetime) -> None:
    talk = await store.conversations.load(report.conversation or "")
    if talk is None or talk.knows(event.message_id, 1):
        return
    talk.digest(event.message_id, 1)
    # Outside WhatsApp's 24 hours only templates may be sent: the message waits on the tracking page instead.
    if at - talk.state.last_heard <= _WINDOW:
        prompt = "\n\nBalas pesan ini untuk menjawab." if event.expects_answer else ""
        text = f"Tentang laporan {report.ticket}:\n{event.text}{prompt}"
        talk.state.outgoing.append(Outgoing(id=event.message_id, due=at, body={"text": text}))
        if event.expects_answer:
            talk.state.question_for = (event.report_id, event.message_id)
    await store.conversations.save(talk)


async def list_office(store: Store, heard: Heard) -> None:
    """Remember how many officials an office has."""
    event = heard.event
    if isinstance(event, OfficeListed):
        fresh = {"officials": event.officials, "sequence": heard.sequence}
        await store.offices.update_one({"_id": event.office}, {"$set": fresh}, upsert=True)
