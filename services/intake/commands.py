"""What intake does: accept a report, take an answer, follow cases, bring messages to reporters."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import AwareDatetime
from pymongo import UpdateMany, UpdateOne

from chassis.aggregates import Aggregate, Row
from chassis.clock import new_id
from chassis.database import Document
from chassis.deliveries.delivery import Status as Delivered
from chassis.deliveries.statuses import Reported, note
from chassis.language import _, day
from chassis.masking import mask
from chassis.messaging.inbox import inbox_key
from chassis.messaging.outbox import Projection, new_document
from chassis.problems import Problem, not_found, unavailable
from contracts.base import Event
from contracts.envelope import Received, newest
from contracts.events import (
    CaseEvent,
    CaseStatusChanged,
    CaseVerified,
    DeliveryAnswered,
    DeliveryStatusReported,
    OfficeListed,
    ReportsJoined,
    ReportSplit,
)
from contracts.regions import office_name
from contracts.topics import SERVICES
from contracts.vocabulary import Channel, Provenance, ReporterKind
from services.intake.groupcommit import Taken
from services.intake.model import (
    Added,
    DeliveryStatus,
    Report,
    Reporter,
    ReportForm,
    add,
    answer,
    erase_identity,
    make_ticket,
    masked,
    new_report,
    pseudonym,
    receipt_of,
    submitted,
)
from services.intake.openings import ACCESS_LOG, Trace
from services.intake.reporter_messages import note_undelivered, notify_ends
from services.intake.store import Store

log = structlog.get_logger(__name__)
_OTHERS = frozenset(SERVICES) - {"intake"}
_TAPS = 50
"""Taps on one button that are remembered."""


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
    provenance: Provenance = Provenance.UNPROVEN
    conversation: str | None = None
    attachments: tuple[str, ...] = ()
    history: bool = False
    """Told for the record: what happened is over, and calls nobody."""


async def accept_report(store: Store, key: bytes, form: ReportForm, by: Sender, at: AwareDatetime) -> Accepted:
    """Make a report durable, once per idempotency key, and return its ticket and receipt."""
    if not store.foundation.prepared.is_set():
        raise unavailable()
    if form.reporter.kind is ReporterKind.OFFICER and by.provenance is not Provenance.OFFICER:
        detail = _("Masuk dahulu sebagai petugas, atau laporkan sebagai warga atau tanpa nama.")
        raise Problem("officer-sign-in", 403, _("Laporan petugas memerlukan akun"), detail)
    if form.exercise and by.provenance is Provenance.UNPROVEN:
        detail = _("Latihan dimulai pejabat di halaman Latihan, atau program yang terdaftar.")
        raise Problem("exercise-not-proven", 403, _("Latihan memerlukan akun"), detail)
    shown = masked(form)
    while True:
        report_id, ticket = new_id(), make_ticket(os.urandom(5))
        report = new_report(shown, by.channel, ticket, by.digest, by.conversation, at, by.attachments)
        try:
            await _insert(store, key, report_id, report, form, shown, by)
            return Accepted(report_id, ticket, receipt_of(report_id, key))
        except Taken as taken:
            store.independence.forget(report_id)
            if taken.field == "idempotency":
                return await _as_before(store, key, by)
        except BaseException:
            # Not stored, as far as anybody knows, a caller who went away included: they may come again.
            store.independence.forget(report_id)
            raise


async def _insert(
    store: Store, key: bytes, report_id: str, report: Report, form: ReportForm, shown: ReportForm, by: Sender
) -> None:
    """`shown` is the form with its texts masked; the form itself is nowhere but sealed."""
    reporter = form.reporter
    reachable = bool(by.conversation or by.channel in (Channel.WEB, Channel.API))
    source = _source(store, key, report_id, report, reporter, by)
    sealed: list[Projection] = []
    if reporter.kind is not ReporterKind.ANONYMOUS and (reporter.contact or reporter.name):
        identity = reporter.model_dump(mode="json")
        place = (report_id, report.ticket, report.jurisdiction)
        sealed.append(store.identities.sealed(*place, identity, report.received_at))
    originals, at = store.originals, report.received_at
    report.originals = [
        *originals.sealed(report_id, "narrative", form.narrative, shown.narrative, at),
        *originals.sealed(report_id, "place", form.place or "", shown.place or "", at),
    ]
    event = submitted(report_id, report, shown, source, by.provenance, by.attachments, reachable, by.history)
    document = new_document(report_id, report.model_dump(), [event], report.received_at, projections=sealed)
    await store.commit.insert(document | ({"idempotency": by.idempotency} if by.idempotency else {}))


def _source(store: Store, key: bytes, report_id: str, report: Report, reporter: Reporter, by: Sender) -> str:
    """What sources are told apart by. Who wants no name gets one that is on no other report of theirs."""
    if reporter.kind is ReporterKind.ANONYMOUS:
        return store.independence.source(report_id, by.sender, report.region, report.received_at)
    return pseudonym(by.sender or reporter.contact, key)


async def _as_before(store: Store, key: bytes, by: Sender) -> Accepted:
    found = await store.reports.collection.find_one({"idempotency": by.idempotency}, {"state": 1})
    if found is None:
        raise unavailable()
    if found["state"]["digest"] != by.digest:
        raise Problem(
            "idempotency-key-used",
            422,
            _("Idempotency-Key sudah dipakai"),
            _("Kunci ini milik laporan lain; pakai kunci baru."),
        )
    return Accepted(found["_id"], found["state"]["ticket"], receipt_of(found["_id"], key))


async def find_by_ticket(store: Store, ticket: str) -> Row[Report]:
    """The report with this ticket."""
    found = await store.reports.rows({"state.ticket": ticket}, limit=1)
    if not found:
        raise Problem(
            "ticket-unknown", 404, _("Tiket tidak ditemukan"), _("Periksa delapan huruf dan angka pada tiket Anda.")
        )
    return found[0]


async def supplement(store: Store, report_id: str, message_id: str, text: str, at: AwareDatetime) -> None:
    """The reporter answers a question; each question is answered once."""

    def decide(report: Aggregate[Report]) -> list[Event] | None:
        question = report.state.open_question(message_id)
        if question is None:
            return None
        _seal_more(store, report, message_id, text, at)
        return [answer(report_id, report.state, question, text, at)]

    await store.reports.update(report_id, decide)


def _seal_more(store: Store, report: Aggregate[Report], of: str, text: str, at: AwareDatetime) -> None:
    """Seal a text that came later; its time of retention begins with the next end."""
    report.state.originals += store.originals.sealed(report.id, of, text, mask(text), at)
    report.state.destroyed.pop("text", None)


async def add_to(store: Store, report_id: str, added: Added) -> None:
    """The reporter adds something to a report that was sent."""

    def decide(report: Aggregate[Report]) -> list[Event] | None:
        events = add(report_id, report.state, added)
        if events:
            _seal_more(store, report, added.id, added.text, added.at)
        return events

    await store.reports.update(report_id, decide)


async def withdraw_identity(store: Store, row: Row[Report], at: AwareDatetime) -> None:
    """Destroy what is sealed of a reporter, for the reporter. The report itself stays: others may depend on it."""
    if row.state.hold and row.state.is_on_hold(at):
        until = day(row.state.hold.until)
        detail = _("Proses hukum memerlukannya sampai {until}; hapus lagi sesudah itu.").format(until=until)
        raise Problem("on-hold", 409, _("Nama dan kontak ini belum dapat dihapus"), detail)
    if not await destroy_identity(store, row.id, "reporter", at):
        raise not_found()


async def destroy_identity(store: Store, report_id: str, by: str, at: AwareDatetime) -> bool:
    """Destroy what is sealed of a reporter; False where nothing is. `by`: `reporter`, or `retention`.

    The key goes first: who dies in between has erased, and erases again when it is tried again. Who places a hold at
    the same moment comes too late, as if it had been a moment later.
    """
    if not await store.identities.erase(report_id):
        return False

    def decide(report: Aggregate[Report]) -> list[Event] | None:
        events = erase_identity(report_id, report.state, at)
        if events:
            trace = Trace(
                act="erased",
                report_id=report_id,
                jurisdiction=report.state.jurisdiction,
                at=at,
                by=by,
                role=by,
                reason="",
            )
            report.project(ACCESS_LOG, {"_id": f"{report_id}:erased", **trace.model_dump()})
        return events

    await store.reports.update(report_id, decide)
    return True


async def offices_for(store: Store, report: Report) -> list[str]:
    """Names of the offices, nearest first, that are on duty for the report."""
    codes = list(report.jurisdiction)
    query: dict[str, Any] = {"_id": {"$in": codes}, "officials": {"$gt": 0}}
    manned = {each["_id"] async for each in store.offices.find(query)}
    return [office_name(code) for code in reversed(codes) if code in manned]


async def follow_cases(store: Store, messages: Sequence[Received[CaseEvent]], at: AwareDatetime) -> None:
    """Cases moved: their reports' tickets show it. Repeated or older news changes nothing."""
    writes: list[UpdateOne | UpdateMany] = []
    for each in messages:
        event = each.event
        if isinstance(event, ReportsJoined):
            # Only joining brings a report into a case; what a case does later is for those that are in it.
            ids = [one.report_id for one in event.reports]
            # Of a case that it left, nothing holds for it any more.
            place = {"region": event.region, "jurisdiction": list(event.jurisdiction), "because": event.because}
            change = {
                "status": event.status,
                "verdict": None,
                "outcome": None,
                "ended_at": None,
                "joined_at": event.at,
                **place,
            }
            # Cases have no order among each other: what came later from the case before takes nothing back.
            older = {"state.joined_at": {"$gt": event.at}}
            writes += [_moved({"_id": {"$in": ids}, "$nor": [older]}, each, change)]
            if event.because:
                await _let_see(store, event)
        elif isinstance(event, ReportSplit):
            writes.append(_moved({"_id": event.report_id, "state.case_id": event.case_id}, each, {}))
        elif isinstance(event, CaseVerified):
            writes.append(_moved({"state.case_id": event.case_id}, each, {"verdict": event.verdict}))
        elif isinstance(event, CaseStatusChanged):
            change = {"status": event.status, "outcome": event.outcome, "ended_at": event.outcome and event.at}
            writes.append(_moved({"state.case_id": event.case_id}, each, change))
    if writes:
        await store.reports.collection.bulk_write(writes)
    await notify_ends(store, messages, at)


async def _let_see(store: Store, event: ReportsJoined) -> None:
    """Who has a case that came from elsewhere may see its photos and hear its voices."""
    photos = [id for each in event.reports for id in each.attachments]
    await store.attachments.collection.update_many(
        {"_id": {"$in": photos}}, {"$set": {"jurisdiction": list(event.jurisdiction)}}
    )


def _moved(which: Document, message: Received[CaseEvent], change: dict[str, Any]) -> UpdateMany:
    # The inbox is compared and written with the change, so a repeated or overtaken event finds nothing to do. The
    # version moves, so that somebody who decides about the report at the same time decides again.
    known = f"inbox.{inbox_key(message.subject)}"
    newer: Document = {"$or": [{known: {"$exists": False}}, {known: {"$lt": message.sequence}}]}
    fields = {f"state.{name}": value for name, value in change.items()}
    moved = {known: message.sequence, "state.case_id": message.event.case_id, **fields}
    return UpdateMany({**which, **newer}, {"$set": moved, "$inc": {"version": 1}})


async def list_offices(store: Store, messages: Sequence[Received[OfficeListed]]) -> None:
    """Store how many officials offices have: the newest listing of each, whatever order they arrive in."""
    writes = [
        UpdateOne(
            {"_id": office},
            [
                {
                    "$replaceWith": {
                        "$cond": [
                            {"$gte": [{"$ifNull": ["$sequence", 0]}, each.sequence]},
                            "$$ROOT",
                            {"_id": office, "officials": each.event.officials, "sequence": each.sequence},
                        ]
                    }
                }
            ],
            upsert=True,
        )
        for office, each in newest(messages, lambda event: event.office).items()
    ]
    await store.offices.bulk_write(writes, ordered=False)


async def take_statuses(store: Store, reports: Sequence[tuple[str, Reported]]) -> None:
    """A channel reported on deliveries: our replies take it in, other services get an event of each status."""
    own = [each for service, each in reports if service == "intake"]
    await note(store.replies, own, lambda id, delivery: ())
    await _note_failed(store, own)
    others: dict[str, list[tuple[str, Reported]]] = defaultdict(list)
    for service, each in reports:
        if service in _OTHERS:
            others[each.delivery_id].append((service, each))

    def decide(loaded: Aggregate[DeliveryStatus]) -> list[Event]:
        return [event for service, each in others[loaded.id] for event in _forwarded(loaded, service, each)]

    if others:
        await store.statuses.update_many(others, decide, lambda id: DeliveryStatus(at=others[id][0][1].at))


async def take_answers(store: Store, answers: Sequence[tuple[str, str, str, str]], at: AwareDatetime) -> None:
    """Somebody tapped the button of a message of another service (service, verb, token, id of the tap): it gets to know
    each tap once, in the order in which they came, however often and late the webhook comes again."""
    given: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for service, verb, token, tap in answers:
        if service in _OTHERS:
            given[token].append((service, verb, tap))

    def decide(loaded: Aggregate[DeliveryStatus]) -> list[Event] | None:
        fresh = {tap: (service, verb) for service, verb, tap in given[loaded.id] if tap not in loaded.state.taps}
        loaded.state.taps, loaded.state.at = [*loaded.state.taps, *fresh][-_TAPS:], at
        events = [DeliveryAnswered(at=at, service=each, token=loaded.id, verb=verb) for each, verb in fresh.values()]
        return list(events) or None

    if given:
        await store.statuses.update_many(given, decide, lambda _id: DeliveryStatus(at=at))


async def _note_failed(store: Store, reports: Sequence[Reported]) -> None:
    """Replies that the channel took and could not bring."""
    for each in reports:
        if each.status != Delivered.FAILED or (row := await store.replies.get(each.delivery_id)) is None:
            continue
        if of := store.talks.show_reply(each.delivery_id, row.state).get("of"):
            report_id, message_id = of
            await note_undelivered(store, report_id, message_id, "failed", each.at)


def _forwarded(loaded: Aggregate[DeliveryStatus], service: str, report: Reported) -> Iterator[Event]:
    """The event of a status; none where it is the one that went out last."""
    if loaded.state.status == report.status:
        return
    loaded.state.status, loaded.state.at = report.status, report.at
    yield DeliveryStatusReported(
        at=report.at, service=service, delivery_id=loaded.id, status=report.status, reason=report.reason
    )
