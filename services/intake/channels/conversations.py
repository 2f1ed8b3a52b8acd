"""Carries conversations by chat: stored before the channel is answered, taken in order, replies sent at least once."""

import asyncio
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from chassis.clock import now
from chassis.concurrency import wait_for_wake
from chassis.database import Document, insert_new
from chassis.leases import Lease
from chassis.problems import Problem
from contracts.regions import jurisdiction, office_name
from contracts.vocabulary import Channel, Provenance, ReporterKind, Supplement
from kemenag.labels import label
from kemenag.look import local_time
from services.intake.channels import telegram
from services.intake.channels.chat_media import ChatMedia
from services.intake.channels.plain import LONGEST_MAIL, LONGEST_SMS, offered, typed_message
from services.intake.commands import (
    Accepted,
    Sender,
    accept_report,
    add_to,
    find_by_ticket,
    supplement,
)
from services.intake.consultations.commands import Consultations
from services.intake.dialogue import texts
from services.intake.dialogue.model import TYPED, Conversation, FromOfficer, Inbound, Turn
from services.intake.dialogue.steps import take_turn
from services.intake.faq.articles import Article
from services.intake.faq.library import Library
from services.intake.faq.search import Index
from services.intake.model import Added, Report, Reporter, ReportForm, digest_of, pseudonym
from services.intake.reporter_messages import bring, note_undelivered
from services.intake.store import Store
from services.intake.talks import Reply
from services.intake.understanding.emergencies import is_emergency
from services.intake.understanding.reading import read
from services.intake.wording import result

log = structlog.get_logger(__name__)
_REMEMBERED = 200
_BATCH = 100
_ANYBODY_MAY = (Supplement.ADDITION, Supplement.HELPED, Supplement.STILL_CALM, Supplement.RECURRED)
"""What is taken of a sender whom nothing proves: it takes nothing away."""
_ADDED = {
    Supplement.HELPED: texts.HELPED,
    Supplement.STILL_CALM: texts.STILL_CALM,
    Supplement.WITHDRAWAL: texts.WITHDRAWN_DONE,
}
_MOST_REPLIES = 60
"""What one number or address is answered on a day, where each answer costs or may go to a stranger."""
_MORE_IN_DANGER = 20
"""So much more where somebody is in danger: a machine that says so for ever is no person."""
_MOST_WRONG = 5
"""Codes that somebody may guess wrong on a day."""
_CODE = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Waiting:
    """A message that waits, opened."""

    document: Document
    message: Inbound
    at: datetime


class _Moved(Exception):
    """The conversation is no longer what a message was decided on."""


class Conversations:
    """The people who write to us by chat."""

    def __init__(
        self,
        store: Store,
        library: Library,
        consultations: Consultations,
        photos: ChatMedia,
        lease: Lease,
        key: bytes,
        notice: str,
    ) -> None:
        self._store = store
        self._library = library
        self._consultations = consultations
        self._photos = photos
        self._lease = lease
        self._key = key
        self._notice = notice
        self._arrived = asyncio.Event()

    async def store(self, messages: list[Inbound], at: datetime) -> None:
        """Make messages durable; those known already are passed over."""
        if not messages:
            return
        # A wamid is base64 with the phone number in it, as is a short message's id: from here on only its pseudonym
        # is known. Those of other channels than WhatsApp begin with the channel's name.
        hidden = [each.model_copy(update=self._names(each)) for each in messages]
        await insert_new(self._store.inbound, [self._store.talks.hide_message(each, at) for each in hidden])
        self._arrived.set()

    def _names(self, message: Inbound) -> dict[str, str]:
        photo = pseudonym(f"photo:{message.id}", self._key) if message.media else ""
        photo = message.file.sign + photo if photo else ""
        ref = pseudonym(f"wamid:{message.ref}", self._key) if message.ref else ""
        return {"id": pseudonym(f"wamid:{message.id}", self._key), "photo": photo, "ref": ref}

    async def process(self) -> None:
        """Process stored messages, oldest first, until cancelled. One replica does: a person's messages are taken in
        the order in which they were stored."""
        # Weights and names of places are loaded aside, so that nobody's first message stops the service for a second.
        await asyncio.to_thread(read, "")
        await self._lease.wait_held()
        await self._store.talks.seal_plain()
        while True:
            await self._lease.wait_held()
            self._arrived.clear()
            due = {"done": False, "due": {"$lte": now()}}
            waiting = await self._store.inbound.find(due).sort("order").limit(_BATCH).to_list()
            # People are served side by side, each in the order of what they wrote.
            people: dict[str, list[Waiting]] = defaultdict(list)
            for document in waiting:
                if (shown := await self._show(document)) is not None:
                    people[f"{shown.message.channel}:{shown.message.person}"].append(shown)
            await asyncio.gather(*(self._process_all(each) for each in people.values()))
            if not waiting:
                await wait_for_wake(self._arrived, 0.2 if self._lease.contended else 2.0)

    async def _show(self, document: Document) -> "Waiting | None":
        try:
            return Waiting(document, *self._store.talks.show_message(document))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it is its own: it waits alone
            await self._later(document, error)
            return None

    async def _process_all(self, messages: "list[Waiting]") -> None:
        for each in messages:
            await self._process(each)

    async def _process(self, waiting: "Waiting") -> None:
        try:
            await self._converse(waiting.message, waiting.at)
        except PyMongoError:
            raise
        except Exception as error:  # noqa: BLE001 - one message that cannot be processed holds nobody else up
            await self._later(waiting.document, error)
            return
        # The words are in the conversation or the report now; only the id stays, to recognise a repetition.
        done = {"$set": {"done": True, "done_at": now()}, "$unset": {"sealed": 1, "message": 1, "at": 1}}
        await self._store.inbound.update_one({"_id": waiting.document["_id"]}, done)

    async def _later(self, document: Document, error: Exception) -> None:
        """A message waits, ever longer."""
        tries = document["tries"]
        log.error("message not processed", reason=type(error).__name__, tries=tries, exc_info=error)
        later = now() + timedelta(seconds=min(5 * 2 ** min(tries, 10), 3600))
        which = {"_id": document["_id"]}
        await self._store.inbound.update_one(which, {"$set": {"due": later}, "$inc": {"tries": 1}})

    async def _converse(self, message: Inbound, at: datetime) -> None:
        """What it leads to is done first, by keys that make it once; then the conversation takes the message in."""
        id = self._store.talks.id_of(message.channel, message.person)

        def begin() -> Conversation:
            return Conversation(channel=message.channel, last_received_at=at, address=message.address)

        talk = await self._store.talks.get(id) or begin()
        if message.id in talk.read:
            return
        chosen, files, held = choose(talk, message), _photos_of(talk.draft), list(talk.waiting)
        turn = take_turn(talk, chosen, at)
        await self._fetch_or_forget(message, set(files), set(_photos_of(turn.submit or talk.draft)), at)
        followed, sent = await self._follow(id, turn, chosen, at)
        replies = [*turn.replies, *followed, *turn.after]
        over = await self._taken_back(held)

        def change(talk: Conversation) -> list[Reply] | None:
            if message.id in talk.read:
                return None
            # Decided again on what is stored now: an officer's question may have come in between.
            if take_turn(talk, choose(talk, message), at).answered != turn.answered:
                raise _Moved
            same_day = talk.last_received_at.date() == at.date()
            talk.replies_today = talk.replies_today + 1 if same_day else 1
            talk.wrong_codes = (talk.wrong_codes if same_day else 0) + _is_wrong(talk, message)
            talk.last_received_at = at
            talk.last_report = sent or talk.last_report
            if sent and turn.submit and turn.submit.get("reporter") == "citizen":
                talk.stopped = False  # they let us ask about this one
            # Who wants no word gets none of what waited; an end that was taken back meanwhile is none.
            waited = [] if talk.stopped else [each for each in talk.waiting if each.message_id not in over]
            talk.waiting, talk.knocked = [], False
            talk.read = [*talk.read, message.id][-_REMEMBERED:]
            shown = self._shown(talk, message, _or_nothing_new(message, replies, waited))
            answers = [(f"{message.id}:{count}", each) for count, each in enumerate(shown)]
            return answers + [bring(talk, each) for each in waited]

        try:
            await self._store.talks.update(id, change, begin)
        except _Moved:
            # A question came in between: the message is its answer, or is none any more. What was done is done by keys.
            await self._converse(message, at)
            return
        await self._settle_held(held, turn, at)

    async def _settle_held(self, held: list[FromOfficer], turn: Turn, at: datetime) -> None:
        """What waited has left with this message, or never will: whoever wrote it learns that."""
        for each in held:
            if each.consults:
                await self._consultations.settle(each.message_id, "stopped" if turn.no_contact else "")
            elif turn.no_contact and not each.ends:
                await note_undelivered(self._store, each.report_id, each.message_id, "stopped", at)

    async def _fetch_or_forget(self, message: Inbound, before: set[str], files: set[str], at: datetime) -> None:
        if message.kind == "revoke":
            await self._photos.forget(before - files)
        if message.photo in files:
            await self._photos.expect(message.photo, message.channel, message.media, at)

    async def _taken_back(self, waiting: list[FromOfficer]) -> set[str]:
        """Which of the ends that wait to be told, or asked about, are none any more: their case was opened again."""
        rows = {each.message_id: await self._store.reports.get(each.report_id) for each in waiting if each.is_ours}
        return {id for id, row in rows.items() if row is None or row.state.outcome is None}

    def _shown(self, talk: Conversation, message: Inbound, replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The replies as the channel can show them; what may be typed for what they offer is remembered."""
        if talk.channel not in TYPED:
            talk.offered = offered(replies)
            return replies
        # Whoever knows the question before it is asked could answer it in another's name, as a sender is easily
        # forged here. The code goes to the number or address itself.
        codes = self._codes(talk, message)
        talk.codes, talk.offered = list(codes.values()), offered(replies, codes)
        longest = LONGEST_SMS if talk.channel == Channel.SMS else LONGEST_MAIL
        return [typed_message(replies, codes, longest)] if replies and self._may_cost(talk, message) else []

    def _codes(self, talk: Conversation, message: Inbound) -> dict[str, str]:
        """What sends the report off: the same as long as its words are, so that the answers to a mail with several
        files hold alike, and another as soon as they change. After some wrong ones there are none for that day."""
        if talk.wrong_codes >= _MOST_WRONG:
            return {}
        words = {name: value for name, value in talk.draft.items() if name not in ("photos", "again")}
        stands_for = json.dumps([talk.last_report, words], sort_keys=True, default=str)
        return self._store.talks.codes_of(f"{message.channel}:{message.person}:{stands_for}", texts.SENDING)

    @staticmethod
    def _may_cost(talk: Conversation, message: Inbound) -> bool:
        """Whether a reply may be paid for: each costs, a sender may be forged, and a machine answers machines. What
        they write is taken in all the same, and whoever is in danger is answered."""
        most = _MOST_REPLIES + (_MORE_IN_DANGER if is_emergency(message.text) else 0)
        return talk.replies_today < most

    async def _follow(
        self, id: str, turn: Turn, message: Inbound, at: datetime
    ) -> tuple[list[dict[str, Any]], str | None]:
        """What is replied beside the turn's own replies, and the id of the report that was sent by it."""
        if turn.submit is not None:
            try:
                accepted = await self._submit(id, turn.submit, message, at)
            except ValidationError as error:  # it never fits: nobody may wait for it
                log.error("report by chat does not fit", errors=[each["type"] for each in error.errors()])
                return [texts.text(texts.NOT_TAKEN)], None
            return [texts.received(accepted.ticket, accepted.receipt)], accepted.report_id
        if turn.added is not None and turn.added[1] not in _ANYBODY_MAY and _may_be_forged(message):
            return [texts.text(texts.NOT_HERE.format(channel=TYPED[message.channel]))], None
        if turn.no_contact or turn.contact_again:
            await self._note_contact(id, turn.no_contact, message, at)
        if turn.added is not None:
            report_id, kind, text = turn.added
            return [await self._add(report_id, message, Supplement(kind), text, at)], None
        if turn.answered is not None:
            report_id, message_id, text = turn.answered
            await supplement(self._store, report_id, message_id, text, at)
        if turn.ticket is not None:
            return [texts.text(await status_line(self._store, turn.ticket, id))], None
        if turn.status_of is not None:
            line = await own_status(self._store, turn.status_of)
            return [texts.text(f"{line}\n\n{texts.ANOTHER_TICKET}")], None
        return await self._follow_question(id, turn, message, at), None

    async def _follow_question(self, id: str, turn: Turn, message: Inbound, at: datetime) -> list[dict[str, Any]]:
        if turn.consult is not None:
            return [await self._consult(id, turn.consult, message, at)]
        return [await self._answer(turn.ask, message, at)] if turn.ask is not None else []

    async def _consult(self, id: str, asked: tuple[str, str], message: Inbound, at: datetime) -> dict[str, Any]:
        """To the officers of the region; by the message's own key, so that it is asked once."""
        region, question = asked
        made = await self._consultations.ask(self._store.talks.repetition_of(message.id), id, region, question, at)
        return texts.text(texts.CONSULTED.format(office=office_name(region), by=local_time(made.answer_by, region)))

    async def _answer(self, question: str, message: Inbound, at: datetime) -> dict[str, Any]:
        """What is not answered is remembered, of nobody, for those who write the articles; what was tapped is no
        question."""
        found, few = find(self._library.index, question)
        if found is None and message.kind == "text":
            await self._store.questions.note(question, bool(few), at)
        return texts.answer(found, few)

    async def _note_contact(self, id: str, silent: bool, message: Inbound, at: datetime) -> None:
        """Let officers know that they may not write any more, or may again: of every report with a way back here. Those
        without a name have none; and a sender who may be forged silences the conversation alone, not the reports."""
        if _may_be_forged(message):
            return
        kind = Supplement.NO_CONTACT if silent else Supplement.CONTACT_AGAIN
        for row in await self._store.reports.rows({"state.conversation": id}):
            await self._add(row.id, message, kind, "", at)

    async def _add(self, report_id: str, message: Inbound, kind: Supplement, text: str, at: datetime) -> dict[str, Any]:
        added_id = self._store.talks.repetition_of(f"{message.id}:{report_id}")
        added = Added(id=added_id, kind=kind, text=text, at=at)
        try:
            await add_to(self._store, report_id, added)
        except Problem as problem:
            # There is one objection, and only an end has one. More words, or earlier ones, are not lost by that.
            if kind in (Supplement.OBJECTION, Supplement.RECURRED) and problem.code in (
                "not-ended",
                "objected-already",
            ):
                return await self._add(report_id, message, Supplement.ADDITION, text, at)
            return texts.text(f"{problem.title}. {problem.detail}")
        return texts.text(_ADDED.get(kind, texts.ADDED))

    async def _submit(self, id: str, draft: dict[str, Any], message: Inbound, at: datetime) -> Accepted:
        draft = dict(draft)  # what was decided is looked at again when the conversation takes it in
        kind, photos = ReporterKind(draft.pop("reporter")), tuple(draft.pop("photos", ()))
        if _may_be_forged(message):  # nobody agrees to anything in another's name
            kind = ReporterKind.ANONYMOUS
        named = kind is not ReporterKind.ANONYMOUS
        reporter = Reporter(
            kind=kind, contact=_contact(message) if named else None, consent=self._notice if named else None
        )
        form = ReportForm.model_validate({**draft, "reporter": reporter})
        repetition = self._store.talks.repetition_of(message.id)
        by = Sender(
            channel=Channel(message.channel),
            digest=digest_of(repetition.encode()),
            idempotency=f"{message.channel}:{repetition}",
            sender=f"{message.channel}:{message.person}",
            provenance=Provenance.UNPROVEN if _may_be_forged(message) else Provenance.PERSON,
            conversation=id if named else None,
            attachments=photos,
        )
        accepted = await accept_report(self._store, self._key, form, by, at)
        await self._photos.belong(photos, jurisdiction(form.region))
        return accepted


def _or_nothing_new(message: Inbound, replies: list[dict[str, Any]], waited: list[FromOfficer]) -> list[dict[str, Any]]:
    """Who asks for what waits, and nothing does any more, is not left without a word."""
    return [texts.text(texts.NOTHING_NEW)] if message.choice == texts.READ and not waited and not replies else replies


def choose(talk: Conversation, message: Inbound) -> Inbound:
    """What was typed as the choice that it names, by its number or in its words, where one was offered."""
    typed = message.text.strip().lower().rstrip(".!)")
    if message.kind != "text" or typed not in talk.offered:
        return message
    proven = typed in talk.codes
    return message.model_copy(update={"kind": "choice", "choice": talk.offered[typed], "proven": proven})


def _is_wrong(talk: Conversation, message: Inbound) -> bool:
    """Whether somebody guesses: four digits that are none of the codes that were offered, where some were."""
    typed = message.text.strip()
    were_offered = any(code in talk.offered for code in talk.codes)
    return were_offered and bool(_CODE.fullmatch(typed)) and typed not in talk.offered


def _may_be_forged(message: Inbound) -> bool:
    """Whether somebody else may have written it: by SMS or e-mail, who did not answer with the code."""
    return message.channel in TYPED and not message.proven


def _contact(message: Inbound) -> str:
    """Where its writer can be reached, as an official who may read it understands it."""
    return f"telegram:{message.address}" if message.channel == telegram.NAME else message.address


def _photos_of(draft: dict[str, Any]) -> list[str]:
    """The photos of a draft, and those that wait for its writer to say whether they belong to it."""
    return [*draft.get("photos", ()), *draft.get("again", {}).get("photos", ())]


def find(index: Index, question: str) -> tuple[Article | None, list[Article]]:
    """The article that answers, or was chosen; where it is not clear which, a few to choose from."""
    chosen = index.article(question.removeprefix(texts.ARTICLE))
    return (chosen, []) if chosen else index.look_up(question)


async def status_line(store: Store, ticket: str, conversation: str) -> str:
    """The state of a report, in a sentence for its reporter; who only knows the ticket learns that it is there."""
    try:
        row = await find_by_ticket(store, ticket)
    except Problem:
        return f"Tiket {ticket} tidak kami temukan. Periksa lagi huruf dan angkanya."
    if row.state.conversation != conversation:
        return texts.SOMEBODYS_REPORT.format(ticket=ticket)
    return _standing(row.state)


async def own_status(store: Store, report_id: str) -> str:
    """The same for a report that was sent in this conversation, with a name or without."""
    row = await store.reports.get(report_id)
    return _standing(row.state) if row else texts.NOTHING_TO_ADD_TO


def _standing(state: Report) -> str:
    line = f"Laporan {state.ticket}: *{label(state.status) if state.status else 'Diterima'}*."
    return f"{line} Hasil: {result(state.outcome, state.verdict)}." if state.outcome else line
