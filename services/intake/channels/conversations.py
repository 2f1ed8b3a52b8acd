"""Carries WhatsApp conversations: stored before Meta is answered, digested in order, replies sent at least once."""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import httpx2
import structlog
from pymongo.errors import PyMongoError

from chassis.clock import new_id, now
from chassis.problems import Problem
from chassis.store import Conflict, Document, Kept, insert_new
from contracts.vocabulary import Channel, ReporterKind, label
from services.intake.channels.whatsapp import Graph
from services.intake.commands import Sender, accept_report, find_by_ticket, supplement
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound, Outgoing, Turn
from services.intake.dialogue.steps import take_turn
from services.intake.faq.search import best
from services.intake.model import Reporter, ReportForm, digest_of, pseudonym
from services.intake.store import Store

log = structlog.get_logger(__name__)
_TRIES = 60
_LONGEST_PAUSE = 1800
_LEASE = timedelta(seconds=30)
_SLOW_DOWN = {130429: 60, 131056: 10, 0: 5, 131000: 5}
"""Graph API error codes after which it is tried again, and after how many seconds; others are final."""


class Conversations:
    """The people who write to us on WhatsApp."""

    def __init__(self, store: Store, graph: Graph, key: bytes, notice: str) -> None:
        self._store = store
        self._graph = graph
        self._key = key
        self._notice = notice
        self._heard = asyncio.Event()
        self._to_send = asyncio.Event()

    async def keep(self, messages: list[Inbound], at: datetime) -> None:
        """Make messages durable; those known already are passed over."""
        if not messages:
            return
        # A wamid is base64 with the phone number in it: from here on only its pseudonym is known.
        hidden = [each.model_copy(update={"id": pseudonym(f"wamid:{each.id}", self._key)}) for each in messages]
        fresh = {"at": at, "due": at, "done": False, "tries": 0}
        documents = [{"_id": each.id, "order": new_id(), **fresh, "message": each.model_dump()} for each in hidden]
        await insert_new(self._store.inbound, documents)
        self._heard.set()

    async def listen(self) -> None:
        """Digest stored messages, oldest first, until cancelled."""
        while True:
            self._heard.clear()
            due = {"done": False, "due": {"$lte": now()}}
            waiting = await self._store.inbound.find(due).sort("order").limit(100).to_list()
            # People are heard side by side, each in the order of what they wrote.
            people: dict[str, list[Document]] = defaultdict(list)
            for document in waiting:
                people[document["message"]["person"]].append(document)
            await asyncio.gather(*(self._digest_all(each) for each in people.values()))
            if not waiting:
                await _wait(self._heard, 2.0)

    async def _digest_all(self, documents: list[Document]) -> None:
        for document in documents:
            await self._digest(document)

    async def _digest(self, document: Document) -> None:
        which = {"_id": document["_id"]}
        try:
            await self._converse_once(Inbound.model_validate(document["message"]), document["at"])
        except PyMongoError:
            raise
        except Exception as error:
            # One message that cannot be digested waits, ever longer, and holds nobody else up.
            log.exception("message not digested", reason=type(error).__name__, tries=document["tries"])
            later = now() + timedelta(seconds=min(5 * 2 ** document["tries"], 3600))
            await self._store.inbound.update_one(which, {"$set": {"due": later}, "$inc": {"tries": 1}})
            return
        # The words are in the conversation or the report now; only the id is kept, to recognise a repetition.
        done = {"$set": {"done": True, "done_at": now()}, "$unset": {"message": 1}}
        await self._store.inbound.update_one(which, done)
        self._to_send.set()

    async def _converse_once(self, said: Inbound, at: datetime) -> None:
        while True:
            try:
                await self._converse(said, at)
            except Conflict:
                log.info("conversation moved on, again")
                continue
            return

    async def _converse(self, said: Inbound, at: datetime) -> None:
        kept = await self._load(said, at)
        if kept.knows(said.id, 1):
            return
        kept.digest(said.id, 1)
        kept.state.last_heard = at
        turn = take_turn(kept.state, said, at)
        replies = [*turn.replies, *await self._follow(kept, turn, said, at)]
        for count, body in enumerate(replies):
            kept.state.outgoing.append(Outgoing(id=f"{said.id}:{count}", due=at, body=body))
        await self._store.conversations.save(kept)

    async def _load(self, said: Inbound, at: datetime) -> Kept[Conversation]:
        id = pseudonym(f"conversation:whatsapp:{said.person}", self._key)
        kept = await self._store.conversations.load(id)
        if kept is not None:
            return kept
        sealed, wrapped = self._store.seal.close({"address": said.address}, id)
        return Kept(id, Conversation(last_heard=at, sealed_address=sealed, address_key=wrapped))

    async def _follow(self, kept: Kept[Conversation], turn: Turn, said: Inbound, at: datetime) -> list[dict[str, Any]]:
        if turn.submit is not None:
            return [await self._submit(kept, turn.submit, said, at)]
        if turn.answered is not None:
            report_id, message_id, words = turn.answered
            await supplement(self._store, report_id, message_id, words, at)
        if turn.ticket is not None:
            return [texts.text(await status_line(self._store, turn.ticket))]
        if turn.ask is not None:
            entry = best(turn.ask)
            return [texts.text(f"{entry.answer}\n\n_Dasar: {entry.basis}_" if entry else texts.NO_FAQ)]
        return []

    async def _submit(
        self, kept: Kept[Conversation], draft: dict[str, Any], said: Inbound, at: datetime
    ) -> dict[str, Any]:
        kind = ReporterKind(draft.pop("reporter"))
        named = kind is not ReporterKind.ANONYMOUS
        reporter = Reporter(kind=kind, contact=said.address if named else None, consent=self._notice if named else None)
        form = ReportForm.model_validate({**draft, "reporter": reporter})
        by = Sender(
            channel=Channel.WHATSAPP,
            digest=digest_of(said.id.encode()),
            idempotency=f"whatsapp:{said.id}",
            sender=f"whatsapp:{said.person}",
            conversation=kept.id if named else None,
        )
        accepted = await accept_report(self._store, self._key, form, by, at)
        return texts.received(accepted.ticket)

    async def speak(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            self._to_send.clear()
            found = await self._store.conversations.find({"state.outgoing.due": {"$lte": now()}}, limit=100)
            await asyncio.gather(*(self._send_all(kept) for kept in found))
            await _wait(self._to_send, 0.5)

    async def _send_all(self, kept: Kept[Conversation]) -> None:
        opened = self._store.seal.open(kept.state.sealed_address, kept.state.address_key, kept.id)
        for reply in kept.state.outgoing:
            if reply.due > now() or not await self._claim(kept.id, reply):
                break
            if not await self._send(kept.id, reply, opened["address"]):
                break

    async def _claim(self, id: str, reply: Outgoing) -> bool:
        """Whether this replica is the one that sends: it moves the reply's time by a lease."""
        which: Document = {"_id": id, "state.outgoing": {"$elemMatch": {"id": reply.id, "due": reply.due}}}
        change = {"$set": {"state.outgoing.$.due": now() + _LEASE}, "$inc": {"version": 1}}
        done = await self._store.conversations.collection.update_one(which, change)
        return done.matched_count == 1

    async def _send(self, id: str, reply: Outgoing, address: str) -> bool:
        try:
            code = await self._graph.send(address, reply.body)
        except httpx2.HTTPError:
            code = 0
        again = code is not None and code in _SLOW_DOWN and reply.tries + 1 < _TRIES
        if code is not None and not again:
            log.error("reply not delivered", code=code, tries=reply.tries)
        # One change of one reply, whatever the listening side writes meanwhile; the version tells that side.
        which: Document = {"_id": id, "state.outgoing.id": reply.id}
        change: Document = {"$pull": {"state.outgoing": {"id": reply.id}}}
        if again:
            due = now() + timedelta(seconds=min(_SLOW_DOWN[code or 0] * 2**reply.tries, _LONGEST_PAUSE))
            change = {"$set": {"state.outgoing.$.due": due}, "$inc": {"state.outgoing.$.tries": 1}}
        change.setdefault("$inc", {})["version"] = 1
        await self._store.conversations.collection.update_one(which, change)
        return not again


async def status_line(store: Store, ticket: str) -> str:
    """The state of a report, in a sentence for its reporter."""
    try:
        kept = await find_by_ticket(store, ticket)
    except Problem:
        return f"Tiket {ticket} tidak kami temukan. Periksa lagi huruf dan angkanya."
    state = kept.state
    line = f"Laporan {ticket}: *{label(state.status) if state.status else 'Diterima'}*."
    return f"{line} Hasil: {label(state.outcome)}." if state.outcome else line


async def _wait(bell: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return
