"""Who reads the whole database, its log included, and has no key joins no anonymous reporter to their report."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from chassis.clock import new_id, now
from chassis.database import Document
from chassis.settings import DEVELOPMENT_SECRET
from contracts.events import ReporterMessageRequested, ReportSubmitted
from contracts.vocabulary import Channel, Provenance
from services.intake.commands import Sender, accept_report, find_by_ticket
from services.intake.model import ReportForm
from services.intake.talks import Talks
from simulators.whatsapp import Phones
from tests.clocks import recent
from tests.intake.posting import SMALL, post
from tests.marks import mark
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

PERSONS = ("conversations", "inbound", "replies")
"""Where people are, with their logs and archives."""


class Teller:
    """Somebody with WhatsApp."""

    def __init__(self, intake: Service, phones: Phones, number: str) -> None:
        self._intake = intake
        self._talk = phones.talks[number]
        self.number = number
        self.user = f"ID.{new_id()}"

    async def write(self, text: str) -> None:
        await self._send({"type": "text", "text": {"body": text}})

    async def choose(self, id: str) -> None:
        reply = {"type": "button_reply", "button_reply": {"id": id, "title": id}}
        await self._send({"type": "interactive", "interactive": reply})

    async def report(self, status: Document) -> None:
        """What became of a message, as Meta posts it."""
        await self._post({"statuses": [status]})

    async def _post(self, value: Document) -> None:
        body = json.dumps({"entry": [{"changes": [{"value": value}]}]}).encode()
        made = hmac.new(DEVELOPMENT_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": f"sha256={made}"}
        answer = await self._intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)
        assert answer.status_code == 200

    async def speak(self, media: str) -> str:
        """Send a voice; the message's id."""
        return await self._send({"type": "audio", "audio": {"id": media, "voice": True}})

    async def revoke(self, wamid: str) -> None:
        """Delete a message for everybody."""
        await self._send({"type": "revoke", "revoke": {"original_message_id": wamid}})

    async def _send(self, message: Document) -> str:
        heard = len(self._talk)
        contact = {"wa_id": self.number, "user_id": self.user}
        wamid = f"wamid.{new_id()}"
        value = {"messages": [{"id": wamid, "from": self.number, **message}], "contacts": [contact]}
        await self._post(value)

        async def settled() -> bool:
            database = self._intake.foundation.database
            waiting = await database["inbound"].count_documents({"done": False})
            unsent = await database["replies"].count_documents({"state.status": "queued"})
            return len(self._talk) > heard and not waiting and not unsent

        await eventually(settled)
        return wamid


async def dump(intake: Service) -> dict[str, list[Document]]:
    """Everything in the database by collection, with what its log says of it; not the log's own clock and sessions:
    what they tell is when, and docs/security.md says so."""
    database = intake.foundation.database
    found = {name: await database[name].find().to_list() for name in await database.list_collection_names()}
    log = intake.foundation.client["local"]["oplog.rs"]
    async for entry in log.find({"ns": {"$regex": f"^{database.name}\\."}}):
        name = entry["ns"].partition(".")[2]
        found.setdefault(name, []).append({"o": entry["o"], "o2": entry.get("o2")})
    return found


def leaves(value: Any) -> Iterator[Any]:
    """Every value in a document, and the parts of composed ids."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, str):
        yield value
        yield from (each for each in value.replace("|", ":").split(":") if len(each) > 5)
    elif isinstance(value, bytes | datetime):
        yield value


def of_persons(found: dict[str, list[Document]]) -> set[Any]:
    return {each for name, docs in found.items() if name.startswith(PERSONS) for each in leaves(docs)}


def of_reports(found: dict[str, list[Document]], report_id: str) -> set[Any]:
    """All that documents say which name the report."""
    docs = [each for name, all in found.items() if not name.startswith(PERSONS) for each in all]
    return {each for document in docs if report_id in set(leaves(document)) for each in leaves(document)}


async def test_dump_without_keys_joins_no_anonymous_report_to_who_wrote_it(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    bystander = Teller(intake, phones[0], "6281000000041")
    await bystander.write("menu")
    await post(intake.client(), {**SMALL, "acts": ["ancaman"]})
    before = await dump(intake)
    known = {each for docs in before.values() for each in leaves(docs)}
    reporter = Teller(intake, phones[0], "6281000000042")
    story = f"Warga mengancam pengurus, tanda {mark()}."
    for each in ("lapor", story, "Gambir"):
        await reporter.write(each)
    for each in ("now", "rumah_ibadat", "ancaman", "anonymous", "kirim"):
        await reporter.choose(each)
    report = (await neighbours.wait(ReportSubmitted, narrative=story))[0]
    await reporter.write("menu")
    found = await dump(intake)
    everything = {each for docs in found.values() for each in leaves(docs)}
    for secret in (reporter.number, reporter.user):
        assert [each for each in everything if secret.encode() in _bytes(each)] == []
    assert [each for each in of_persons(found) if story.encode() in _bytes(each)] == []
    joined = of_persons(found) & of_reports(found, report.report_id) - known
    assert joined == set()
    assert story in of_reports(found, report.report_id), "the attack itself looks where it should"


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


async def test_conversation_of_the_release_before_goes_on_and_is_sealed(
    intake: Service, phones: tuple[Phones, str]
) -> None:
    talks: Talks = intake.app.state.store.talks
    teller = Teller(intake, phones[0], "6281000000043")
    id = talks.id_of("whatsapp", teller.user)
    sealed, wrapped = talks._seal.close({"address": teller.number}, id)
    state = {"step": "narrative", "last_received_at": now(), "sealed_address": sealed, "address_key": wrapped}
    document = {"_id": id, "schema": 2, "version": 1, "sequence": 0, "published": 0, "inbox": {}, "state": state}
    conversations = intake.foundation.database["conversations"]
    await conversations.insert_one(document)
    broken = {**document, "_id": "broken", "state": {**state, "sealed_address": b"of another key, long enough"}}
    await conversations.insert_one(broken)
    done = {"_id": "upgraded:conversations sealed"}
    await intake.foundation.database["chassis"].delete_one(done)  # as before the first start of this release
    await talks.seal_plain()
    # One was left unsealed: the next start looks again.
    assert await intake.foundation.database["chassis"].find_one(done) is None
    assert "broken" in [each["document"] for each in await intake.foundation.quarantine.all()]
    stored = await conversations.find_one({"_id": id}) or {}
    assert set(stored["state"]) == {"sealed", "forget_on", "plain"}
    assert stored["state"]["plain"] is None
    await teller.write("Warga berkumpul menolak kegiatan di jalan ini.")
    talk = await talks.get(id)
    assert talk is not None
    assert (talk.step, talk.address) == ("place", teller.number)


async def test_what_is_sealed_opens_nowhere_else(intake: Service, phones: tuple[Phones, str]) -> None:
    talks: Talks = intake.app.state.store.talks
    first, second = (Teller(intake, phones[0], f"628100000004{n}") for n in (4, 5))
    await first.write("menu")
    await second.write("menu")
    conversations = intake.foundation.database["conversations"]
    theirs = await conversations.find_one({"_id": talks.id_of("whatsapp", first.user)}) or {}
    await conversations.update_one(
        {"_id": talks.id_of("whatsapp", second.user)}, {"$set": {"state.sealed": theirs["state"]["sealed"]}}
    )
    with pytest.raises(InvalidTag):
        await talks.get(talks.id_of("whatsapp", second.user))
    await conversations.delete_one({"_id": talks.id_of("whatsapp", second.user)})


async def test_question_to_a_forgotten_conversation_waits_on_the_tracking_page(
    intake: Service, neighbours: Neighbours
) -> None:
    store, at = intake.app.state.store, now()
    form = ReportForm.model_validate({**SMALL, "reporter": {"kind": "citizen", "contact": "x", "consent": "2026"}})
    by = Sender(channel=Channel.WHATSAPP, digest="d", conversation="forgotten", provenance=Provenance.PERSON)
    accepted = await accept_report(store, b"key", form, by, at)
    asked = recent(ReporterMessageRequested).model_copy(
        update={"report_id": accepted.report_id, "message_id": new_id()}
    )
    await neighbours.publish(asked)

    async def shown() -> bool:
        return bool((await find_by_ticket(store, accepted.ticket)).state.messages)

    await eventually(shown)
    assert await intake.foundation.database["dead_letters"].count_documents({}) == 0
