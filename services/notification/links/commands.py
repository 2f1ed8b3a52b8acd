"""Who answers by a message, whether that still holds, and the answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.aggregates import Aggregate, Row
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.vocabulary import Level
from services.notification import commands
from services.notification.links.tokens import read_token
from services.notification.model import Alert, Kind, State
from services.notification.policy import Policy
from services.notification.settings import NotificationSettings
from services.notification.store import Store


@dataclass(frozen=True)
class Called:
    """Somebody who was called by a message, as they are now, and what they were called for."""

    official: str
    role: str
    office: str
    alert: Row[Alert]
    policy: Policy

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


async def find(store: Store, settings: NotificationSettings, token: str, at: datetime) -> Called:
    """Who got this message. 404 for a token that is none of ours; 410 where it holds no longer, as its time is over or
    they have no post there any more."""
    id = read_token(token, settings.link_key)
    row = await store.deliveries.get(id) if id else None
    content = row.state.content if row else {}
    if row is None or "alert_id" not in content:
        raise not_found()
    alert = await store.alerts.get(content["alert_id"])
    office = content["office"]
    contacts = (await store.directory([office])).get(office, [])
    # As they are now: who was transferred, or stands in no longer, does not answer for that office.
    contact = next((each for each in contacts if each.id == row.state.recipient), None)
    over = row.state.created_at + timedelta(hours=settings.answer_link_hours) < at
    if over or alert is None or contact is None:
        detail = _("Masuk dengan akun Anda untuk melihat peringatannya.")
        raise Problem("link-over", 410, _("Tautan ini tidak berlaku lagi"), detail)
    return Called(contact.id, contact.role, office, alert, commands.policy_of(store, alert.state))


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
