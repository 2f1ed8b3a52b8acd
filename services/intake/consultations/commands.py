"""Asks an area's officers, and brings their answer into the conversation."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from cryptography.exceptions import InvalidTag

from chassis.aggregates import Aggregate, Aggregates, NotThere, Row
from chassis.clock import now
from chassis.identity import Person
from chassis.leases import Lease
from chassis.masking import mask
from chassis.problems import not_found
from chassis.quarantine import READABLE, Unreadable
from chassis.steps import in_steps
from contracts.base import Event
from contracts.regions import jurisdiction
from kemenag.permissions import Action, office_of, require
from services.intake.consultations import model
from services.intake.consultations.model import Consultation
from services.intake.dialogue import texts
from services.intake.dialogue.model import FromOfficer
from services.intake.reporter_messages import bring_into
from services.intake.sealing import Seal
from services.intake.talks import Talks

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 20
_REHIDE_SECONDS = 3600
ANSWER = "consultation:"
"""With which the id of the message begins that answers one."""
SHOWN = 100
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shown:
    """A consultation as an officer reads it."""

    id: str
    state: Consultation
    text: str
    answer: str


class Consultations:
    """The questions, and the loop that lets no one wait for ever."""

    def __init__(self, questions: Aggregates[Consultation], talks: Talks, seal: Seal, lease: Lease) -> None:
        self._questions = questions
        self._talks = talks
        self._seal = seal
        self._lease = lease

    async def ask(self, id: str, conversation: str, region: str, text: str, at: datetime) -> Consultation:
        """Let the area's officers know; asked again by the same id it is there already."""
        # Names they write stay; numbers and addresses an officer needs no more than in a report.
        sealed = self._seal.hide({"conversation": conversation, "text": mask(text)}, id)

        def begin(_id: str) -> Consultation:
            where, by = jurisdiction(region), model.due(region, at)
            rung = model.rung_of(region)
            return Consultation(region=region, jurisdiction=where, sealed=sealed, asked_at=at, answer_by=by, rung=rung)

        def decide(loaded: Aggregate[Consultation]) -> list[Event] | None:
            return None if loaded.version else [model.waiting(id, loaded.state, at)]

        return (await self._questions.update(id, decide, begin)).state

    async def of(self, person: Person) -> list[Shown]:
        """Those of somebody's regions: what waits first, the longest first; then what was answered lately."""
        mine = {"state.jurisdiction": {"$in": list(person.regions)}}
        open_ones, over = {**mine, "state.closed_at": None}, {**mine, "state.closed_at": {"$gt": _BEGINNING}}
        waits = await self._questions.rows(open_ones, sort=[("state.asked_at", 1)], limit=SHOWN)
        done = await self._questions.rows(over, sort=[("state.closed_at", -1)], limit=SHOWN // 5)
        return [shown for each in [*waits, *done] if (shown := self._shown(each)) is not None]

    def _shown(self, row: Row[Consultation]) -> Shown | None:
        try:
            text = self._seal.show(row.state.sealed, row.id)["text"]
            answered = row.state.sealed_answer
            answer = self._seal.show(answered, f"{row.id}:answer")["text"] if answered else ""
        except (InvalidTag, KeyError, ValueError) as error:
            # Sealed by a key that is gone, or broken: it alone is passed over.
            log.error("consultation cannot be read", reason=type(error).__name__)
            return None
        return Shown(row.id, row.state, text, answer)

    async def answer(self, id: str, person: Person, text: str, at: datetime) -> Consultation:
        """Answer it, in the conversation. 404: elsewhere; 409: somebody did."""
        await self._require(id, person)
        sealed = self._seal.hide({"text": text}, f"{id}:answer")
        office = office_of(person)
        await self._questions.update(id, lambda loaded: model.close(loaded, sealed, office, at))
        # Stored first: who dies before it is brought leaves it to the loop.
        return await self._bring(id)

    async def close(self, id: str, person: Person, at: datetime) -> None:
        """There is nothing to answer."""
        await self._require(id, person)
        office = office_of(person)
        await self._questions.update(id, lambda loaded: model.close(loaded, None, office, at))

    async def _require(self, id: str, person: Person) -> None:
        require(person, Action.HANDLE_CASE)
        row = await self._questions.get(id)
        if row is None:
            raise not_found()
        require(person, Action.HANDLE_CASE, row.state.jurisdiction)

    async def _bring(self, id: str) -> Consultation:
        row = await self._questions.get(id)
        if row is None or row.state.sealed_answer is None:
            raise not_found()
        asked = self._seal.show(row.state.sealed, id)
        answer = self._seal.show(row.state.sealed_answer, f"{id}:answer")["text"]
        message = FromOfficer(
            report_id="",
            message_id=f"{ANSWER}{id}",
            text=texts.CONSULT_ANSWER.format(office=row.state.closed_by, question=_short(asked["text"]), answer=answer),
            expects_answer=False,
            consults=True,
        )
        # By its id it is brought once, however often this is done.
        held = await bring_into(self._talks, asked["conversation"], [message], now())

        def decide(loaded: Aggregate[Consultation]) -> list[Event] | None:
            if loaded.state.sent:
                return None  # the loop, or the officer's own request, noted it
            loaded.state.sent, loaded.state.undelivered = True, held.get(message.message_id, "")
            return []

        return (await self._questions.update(id, decide)).state

    async def settle(self, message_id: str, why: str) -> None:
        """What became of an answer that waited, or failed: for the officer who wrote it. One that is gone is passed
        over."""

        def decide(loaded: Aggregate[Consultation]) -> list[Event] | None:
            loaded.state.undelivered = why
            return []

        with contextlib.suppress(NotThere):
            await self._questions.update(message_id.removeprefix(ANSWER), decide)

    async def rehide_always(self) -> None:
        """Seal anew what an older key sealed, each hour until cancelled: before that key leaves."""
        while True:
            await self._lease.wait_held()
            async for ids in in_steps(self._questions.collection):
                for row in await self._questions.rows({"_id": {"$in": ids}}):
                    await self._rehide(row)
            await asyncio.sleep(_REHIDE_SECONDS)

    async def _rehide(self, row: Row[Consultation]) -> None:
        parts = [row.state.sealed, *([row.state.sealed_answer] if row.state.sealed_answer else [])]
        if all(map(self._seal.is_newest, parts)):
            return

        def decide(loaded: Aggregate[Consultation]) -> list[Event]:
            state = loaded.state
            state.sealed = self._seal.hide(self._seal.show(state.sealed, row.id), row.id)
            if state.sealed_answer:
                bound_to = f"{row.id}:answer"
                state.sealed_answer = self._seal.hide(self._seal.show(state.sealed_answer, bound_to), bound_to)
            return []

        try:
            await self._questions.update(row.id, decide)
        except (InvalidTag, KeyError, ValueError, NotThere, Unreadable) as error:
            log.error("consultation cannot be read", reason=type(error).__name__)

    async def work_always(self) -> None:
        """Tell the office above what is overdue, and bring what was answered and not brought, until cancelled."""
        while True:
            await self._lease.wait_held()
            at = now()
            late = {"state.closed_at": None, "state.answer_by": {"$lte": at}, "state.told_above": {"$ne": True}}
            left = {"state.sent": False, "state.closed_at": {"$lt": at}}
            for query in (late, left):
                async for each in self._questions.collection.find({**query, **READABLE}, {"_id": 1}).limit(SHOWN):
                    await self._work_on(each["_id"], at)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _work_on(self, id: str, at: datetime) -> None:
        """One that cannot be worked on waits alone."""
        try:
            climbed = await self._questions.update(id, lambda loaded: model.climb(loaded, at))
            if climbed.state.closed_at is not None and not climbed.state.sent:
                await self._bring(id)
        except (InvalidTag, KeyError, ValueError) as error:
            await self._questions.set_aside(id, error)
        except (NotThere, Unreadable) as error:  # its time ended meanwhile, or it was set aside by reading it
            log.warning("consultation not worked on", reason=type(error).__name__)


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"
