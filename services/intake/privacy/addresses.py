"""The addresses of those who may be written to: they outlive the conversation, whose words do not.

    a report names the conversation ──▶ it is remembered on ── eight days after the last word ──▶ the address alone

A case may take months; its reporters are asked, and told how it ended, as long as their name is retained with the
report. Looked at some days before a conversation is forgotten, once a day: where this does not run for days, addresses
are lost, and nothing is retained for longer than it says.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

import structlog
from cryptography.exceptions import InvalidTag
from pymongo.errors import PyMongoError

from chassis.aggregates import Conflict, NotThere
from chassis.quarantine import Unreadable
from services.intake.dialogue.model import Conversation
from services.intake.store import Store
from services.intake.talks import REMEMBERED, Reply

log = structlog.get_logger(__name__)
_AHEAD, _AGAIN, _NEXT = timedelta(days=3), timedelta(days=4), timedelta(days=10)
"""How long before it is forgotten a conversation is looked at; until when it is remembered while it goes on, and when
only its address is left."""
_BATCH = 200


async def retain_addresses(store: Store, at: datetime) -> int:
    """Remember those on whom a report with a name depends; how many could not be."""
    failed = 0
    async for ids in store.talks.forgotten_before(at + _AHEAD, _BATCH):
        for id, reports in (await _depending(store, ids)).items():
            try:
                await store.talks.update(id, partial(_remember, reports, at))
            except NotThere:  # forgotten at this very moment
                continue
            except (PyMongoError, Conflict, Unreadable, InvalidTag, KeyError, TypeError, ValueError) as error:
                failed += 1  # whatever is wrong with it is its own; tomorrow it is tried again
                log.warning("address not retained", reason=type(error).__name__)
    return failed


async def _depending(store: Store, conversations: list[str]) -> dict[str, dict[str, set[str]]]:
    """The reports that lead back to each of some conversations, with the ids of officers' messages about them; those
    that none does are left out."""
    found: dict[str, dict[str, set[str]]] = defaultdict(dict)
    query = {"state.conversation": {"$in": conversations}}
    fields = {"state.conversation": 1, "state.messages.message_id": 1}
    async for each in store.reports.collection.find(query, fields):
        messages = each["state"].get("messages", ())
        found[each["state"]["conversation"]][each["_id"]] = {one["message_id"] for one in messages}
    return found


def _remember(reports: dict[str, set[str]], at: datetime, talk: Conversation) -> list[Reply]:
    goes_on = at - talk.last_received_at < REMEMBERED
    if not goes_on:
        talk.forget_words(reports)
    # A day, no moment; from when somebody writes again it counts anew.
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    talk.remember_until = day + (_AGAIN if goes_on else _NEXT)
    return []
