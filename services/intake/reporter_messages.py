"""What officers write to reporters, and how their reports ended: into the conversations, once, and never against a
reporter's wish."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import structlog
from cryptography.exceptions import InvalidTag
from pydantic import AwareDatetime

from chassis.aggregates import Aggregate, NotThere
from chassis.language import _
from chassis.quarantine import Unreadable
from contracts.base import Event
from contracts.envelope import Received
from contracts.events import (
    CaseEvent,
    CaseStatusChanged,
    ReporterMessageRequested,
)
from contracts.vocabulary import Channel, Status
from services.intake.dialogue import texts
from services.intake.dialogue.model import TYPED, Conversation, FromOfficer
from services.intake.model import (
    Report,
    ReporterMessage,
    no_contact,
    undelivered,
)
from services.intake.store import Store
from services.intake.talks import Reply, Talks
from services.intake.wording import result

log = structlog.get_logger(__name__)
_WINDOW = timedelta(hours=24)
_REMEMBERED, _WAITING = 200, 20
KNOCK = "knock"
"""A reply that says nothing but that something waits: it may be sent where only templates may."""


async def bring_messages(
    store: Store, messages: Sequence[Received[ReporterMessageRequested]], at: AwareDatetime
) -> None:
    """Store messages for reporters, and send them on the channel that each report came by."""
    groups: dict[str, list[Received[ReporterMessageRequested]]] = defaultdict(list)
    for each in messages:
        groups[each.event.report_id].append(each)

    def decide(report: Aggregate[Report]) -> list[Event] | None:
        known = {each.message_id for each in report.state.messages}
        fresh = [each.event for each in groups[report.id] if each.event.message_id not in known]
        report.state.messages += [_message(each) for each in {each.message_id: each for each in fresh}.values()]
        return [] if fresh else None

    stored = await store.reports.update_many(groups, decide)
    for report_id, report in stored.items():
        if report.state.conversation:
            from_officers = [_from_officer(report.state, each.event) for each in groups[report_id]]
            await _reply(store, report.state, from_officers, at)


def _message(event: ReporterMessageRequested) -> ReporterMessage:
    return ReporterMessage(
        message_id=event.message_id, text=event.text, expects_answer=event.expects_answer, at=event.at
    )


async def _reply(store: Store, report: Report, messages: list[FromOfficer], at: AwareDatetime) -> None:
    """Into the conversation that the report came from. Of what does not go out now the officer learns."""
    held = await bring_into(store.talks, report.conversation or "", messages, at)
    for each in messages:
        if (why := held.get(each.message_id)) and not each.is_ours:
            await note_undelivered(store, each.report_id, each.message_id, why, at)


async def bring_into(
    talks: Talks, conversation: str, messages: Sequence[FromOfficer], at: AwareDatetime
) -> dict[str, str]:
    """Into a conversation, each message once; why some of them do not go out now (`waits`, `gone`, `stopped`)."""
    held: dict[str, str] = {}

    def change(talk: Conversation) -> list[Reply] | None:
        held.clear()
        # Those of a run that died before it let the officer know are told now.
        held.update({each.message_id: "waits" for each in talk.waiting})
        replies: list[Reply] = []
        # One that came twice in a batch is one.
        fresh = list({each.message_id: each for each in messages if each.message_id not in talk.brought}.values())
        if talk.stopped:  # brought before, by a run that died before it noted this
            held.update({each.message_id: "stopped" for each in messages if each.message_id in talk.brought})
        for message in fresh:
            talk.brought = [*talk.brought, message.message_id][-_REMEMBERED:]
            if talk.stopped:
                held[message.message_id] = "stopped"  # they want no word: it is on the tracking page
                continue
            # Outside WhatsApp's 24 hours only templates may be sent: the message waits until the person writes again,
            # and meanwhile on the tracking page. Other channels know no such hours.
            if talk.channel != Channel.WHATSAPP or at - talk.last_received_at <= _WINDOW:
                replies.append(bring(talk, message))
            else:
                held[message.message_id] = "waits"
                talk.waiting = [*talk.waiting, message][-_WAITING:]
                replies += _knock(talk, message)
        return replies if fresh else None

    try:
        await talks.update(conversation, change)
    except NotThere:
        held.update({each.message_id: "gone" for each in messages})
    except (Unreadable, InvalidTag) as error:  # it alone: others of the case, and the case itself, do not wait for it
        log.error("conversation cannot be read", reason=type(error).__name__)
        held.update({each.message_id: "gone" for each in messages})
    return held


def _knock(talk: Conversation, message: FromOfficer) -> list[Reply]:
    """Ask them to write, so that what waits may be sent: once, and with nothing in it that others should not read."""
    if talk.knocked:
        return []
    talk.knocked = True
    return [(f"{KNOCK}:{message.message_id}", {KNOCK: True})]


async def note_undelivered(store: Store, report_id: str, message_id: str, why: str, at: AwareDatetime) -> None:
    """Let the officer know, who may go another way. Done again, it changes nothing."""

    def decide(report: Aggregate[Report]) -> list[Event] | None:
        return undelivered(report_id, report.state, message_id, why, at)

    await store.reports.update(report_id, decide)


def _from_officer(report: Report, event: ReporterMessageRequested) -> FromOfficer:
    prompt = _("\n\nBalas pesan ini untuk menjawab.") if event.expects_answer else ""
    text = _("Tentang laporan {ticket}:\n{text}{prompt}").format(ticket=report.ticket, text=event.text, prompt=prompt)
    return FromOfficer(
        report_id=event.report_id, message_id=event.message_id, text=text, expects_answer=event.expects_answer
    )


def bring(talk: Conversation, message: FromOfficer) -> Reply:
    """An officer's message as a reply of the conversation; what it asks is what the person answers next."""
    if talk.step == "menu":
        talk.offered = {}  # what they type next answers this, and not what was offered before
    if message.expects_answer:
        talk.question_for, talk.interrupted = (message.report_id, message.message_id), talk.step != "menu"
    # What is typed next may answer this, and not the summary that waits.
    talk.interrupted = talk.interrupted or (message.asks_back and talk.step != "menu")
    if message.consults:
        return message.message_id, {"text": message.text, "of": ["", message.message_id]}
    if not message.is_ours:
        # `of` is for us: whose message it was, where it cannot be delivered.
        return message.message_id, {"text": message.text, "of": [message.report_id, message.message_id]}
    talk.ended, talk.asked_helped, talk.asked_back = message.report_id, message.ends, message.asks_back
    talk.asked_back_again = False
    # What is typed next is about this end, and answers nothing of before.
    talk.question_for = None if talk.question_for and talk.question_for[0] == message.report_id else talk.question_for
    if message.asks_back:
        return message.message_id, texts.ask_back(talk.channel, message.report_id, message.text)
    if talk.channel in TYPED:  # no buttons, and an objection needs a proof
        return message.message_id, {"text": f"{message.text}\n\n{texts.WHETHER_HELPED_TYPED}"}
    text = f"{message.text}\n\n{texts.WHETHER_HELPED}"
    return message.message_id, {"text": text, "buttons": texts.whether_helped()}


async def ask_back(store: Store, report_id: str, report: Report, at: AwareDatetime) -> None:
    """Ask whether it came back; done again after a crash, it is asked once of each end."""
    text = _("Laporan {ticket} selesai ditangani beberapa minggu lalu.").format(ticket=report.ticket)
    message = FromOfficer(
        report_id=report_id,
        message_id=f"back:{report_id}:{report.ended_at:%Y-%m-%d}",
        text=text,
        expects_answer=False,
        asks_back=True,
    )
    await _reply(store, report, [message], at)


async def notify_ends(store: Store, messages: Sequence[Received[CaseEvent]], at: AwareDatetime) -> None:
    """Write to those who may be written to how their report ended; done again after a crash, each gets it once."""
    for each in messages:
        event = each.event
        if not isinstance(event, CaseStatusChanged) or event.status is not Status.DITUTUP:
            continue
        # Of what is closed now: an end that was taken back meanwhile is none.
        ended = {"state.case_id": event.case_id, "state.outcome": {"$ne": None}, "state.conversation": {"$ne": None}}
        async for row in store.reports.scan(ended):
            if no_contact(row.state):
                continue
            message = FromOfficer(
                report_id=row.id,
                message_id=f"ended:{row.id}:{each.sequence}",
                text=_ending(row.state),
                expects_answer=False,
                ends=True,
            )
            await _reply(store, row.state, [message], at)


def _ending(report: Report) -> str:
    ending = result(report.outcome, report.verdict) if report.outcome else ""
    return _("Laporan {ticket} sudah selesai ditangani. Hasil: {result}.").format(ticket=report.ticket, result=ending)
