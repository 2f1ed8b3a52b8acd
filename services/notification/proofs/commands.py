"""Asks officials whether messages come, and notes that they did."""

from collections.abc import Iterable
from datetime import datetime

from chassis.aggregates import Row
from chassis.clock import new_id
from chassis.database import Document, insert_new
from chassis.deliveries.delivery import Delivery, document_of
from chassis.language import _
from chassis.problems import Problem, not_found
from services.notification.links.tokens import read_token
from services.notification.policy import FIELD, OPERATORS
from services.notification.proofs import model
from services.notification.proofs.model import ANSWERED_WITHIN, ASKED, CHECK, Proof, Ways
from services.notification.store import Store


async def check(store: Store, office: str, at: datetime) -> int:
    """Ask everybody of an office by each of their channels whether it comes; how many messages that are."""
    asked, documents = new_id(), list[Document]()
    async for id, official in store.officials.scan({"regions": office}):
        if official.role not in FIELD | OPERATORS:
            continue
        for channel, address in store.addresses(official).items():
            if channel in ASKED:
                message = model.check_of(id, channel, address, store.links.key, at)
                documents.append(document_of(f"{asked}:{len(documents)}", message))
    if documents:
        await insert_new(store.deliveries.collection, documents)
    return len(documents)


async def find(store: Store, token: str, at: datetime) -> Row[Delivery]:
    """The message that a token names. 404 where it is none of ours; 410 where it is over."""
    id = read_token(token, store.links.key)
    row = await store.deliveries.get(id) if id else None
    if row is None or row.state.content.get("kind") != CHECK:
        raise not_found()
    if row.state.created_at + ANSWERED_WITHIN < at:
        raise Problem("link-over", 410, _("Tautan ini tidak berlaku lagi"), _("Mintalah uji saluran yang baru."))
    return row


async def note(store: Store, delivery: Delivery, at: datetime) -> None:
    """Somebody answered this question: what they were reached by is proven, where that is still theirs."""
    official = await store.official(delivery.recipient)
    address = store.addresses(official).get(delivery.channel) if official else None
    if not address:
        return
    hashed = model.hash_of(address, store.links.key)
    if delivery.content["address"] != hashed:  # it was sent to another one
        return
    proof = Proof(official=delivery.recipient, channel=delivery.channel, address=hashed, at=at)
    id = model.id_of(delivery.recipient, delivery.channel)
    await store.proofs.collection.update_one({"_id": id}, {"$set": proof.model_dump()}, upsert=True)


async def ways_of(store: Store, officials: Iterable[str], at: datetime) -> Ways:
    """Which channels of some officials are proven now."""
    ids = list(officials)
    proofs = {id: each async for id, each in store.proofs.scan({"official": {"$in": ids}})}
    found: dict[str, dict[str, bool]] = {}
    async for id, official in store.officials.scan({"_id": {"$in": ids}}):
        found[id] = {
            channel: model.proven(proofs.get(model.id_of(id, channel)), address, store.links.key, at)
            for channel, address in store.addresses(official).items()
        }
    return found
