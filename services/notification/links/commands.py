"""Who answers by a message, whether that still holds, and the answer."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from chassis.aggregates import Aggregate, Row
from chassis.clock import now
from chassis.database import insert_new
from chassis.deliveries.delivery import Delivery, document_of
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.vocabulary import Level
from services.notification import commands
from services.notification.links.replies import REFUSED, reply_of, taken_as
from services.notification.links.tokens import ACKNOWLEDGE, BUTTON, LINK, REFUSE, read_token
from services.notification.model import Alert, Kind, State
from services.notification.policy import Policy
from services.notification.store import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Called:
    """Somebody who was called by a message, as they are now, and what they were called for."""

    official: str
    role: str
    office: str
    alert: Row[Alert]
    policy: Policy
    channel: str
    """By which they were called."""

    @property
    def person(self) -> Person:
        """With the rights of their post at this office, and no others."""
        return Person(sub=f"official:{self.official}", name="", roles=(self.role,), regions=(self.office,))

    @property
    def needs_sign_in(self) -> bool:
        """Whether a message is not proof enough: at the gravest level, where a false word costs most."""
        return self.alert.state.kind is Kind.ALERT and self.alert.state.level is Level.AWAS

    @property
    def may_answer(self) -> bool:
        """Whether it waits for a word of theirs: from Siaga up a head's."""
        return self.alert.state.state is State.RAISED and self.role in self.policy.takers and not self.needs_sign_in


async def message_of(store: Store, token: str, of: str = LINK) -> Row[Delivery]:
    """The message that a token names; 404 for one that is none of ours."""
    id = read_token(token, store.links.key, of)
    row = await store.deliveries.get(id) if id else None
    if row is None or "alert_id" not in row.state.content:
        raise not_found()
    return row


async def find(store: Store, token: str, at: datetime, of: str = LINK) -> Called:
    """Who got this message. 404 for a token that is none of ours; 410 where it holds no longer, as its time is over or
    they have no post there any more."""
    row = await message_of(store, token, of)
    content = row.state.content
    alert = await store.alerts.get(content["alert_id"])
    office = content["office"]
    contacts = (await store.directory([office])).get(office, [])
    # As they are now: who was transferred, or stands in no longer, does not answer for that office.
    contact = next((each for each in contacts if each.id == row.state.recipient), None)
    over = row.state.created_at + store.links.within < at
    if over or alert is None or contact is None:
        detail = _("Masuk dengan akun Anda untuk melihat peringatannya.")
        raise Problem("link-over", 410, _("Tautan ini tidak berlaku lagi"), detail)
    return Called(contact.id, contact.role, office, alert, commands.policy_of(store, alert.state), row.state.channel)


async def acknowledge(store: Store, called: Called, at: datetime) -> Aggregate[Alert]:
    """They take it."""
    _require_enough(called)
    return await commands.acknowledge(store, called.alert.id, called.person, at)


async def refuse(store: Store, called: Called, reason: str, at: datetime) -> Aggregate[Alert]:
    """They cannot."""
    _require_enough(called)
    return await commands.refuse(store, called.alert.id, called.person, reason, at)


def _require_enough(called: Called) -> None:
    if called.needs_sign_in:
        detail = _("Masuk dengan akun Anda, lalu tekan “Saya terima”.")
        raise Problem("sign-in-needed", 403, _("Pada tingkat Awas Anda perlu masuk dahulu"), detail)


async def answer_by_button(store: Store, message_id: str, token: str, verb: str, at: datetime) -> None:
    """A tap on a button, and the reply to it: once, whoever crashes, as the reply has the id of what told of the tap.
    One that is replied to does nothing any more: replayed weeks later, it would take what was raised again since."""
    id = f"{message_id}:reply"
    if await store.deliveries.get(id) is not None:
        return
    try:
        row = await message_of(store, token, BUTTON)
    except Problem:
        log.warning("answer to a message that is not known")
        return
    outcome = await _outcome(store, token, verb, at)
    reply = reply_of(row.state.recipient, row.state.channel, row.state.content["alert_id"], outcome, now())
    await insert_new(store.deliveries.collection, [document_of(id, reply)])


async def _outcome(store: Store, token: str, verb: str, at: datetime) -> str:
    """What became of a tap. Who died between the answer and its reply finds the answer as their own."""
    try:
        called = await find(store, token, max(at, now()), BUTTON)
        if verb == ACKNOWLEDGE and any(each.who == called.person.sub for each in called.alert.state.takings):
            return taken_as(called.alert.state)
        if verb == ACKNOWLEDGE:
            done = await acknowledge(store, called, at)
            return taken_as(done.state)
        if verb == REFUSE:
            await refuse(store, called, "", at)
            return REFUSED
    except Problem as problem:
        return problem.code
    return "unknown"
