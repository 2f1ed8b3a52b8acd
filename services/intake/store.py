"""Intake's collections."""

import asyncio
from dataclasses import dataclass, field

import structlog
from pymongo import IndexModel

from chassis.aggregates import Aggregates
from chassis.audit import AuditKey
from chassis.database import Collection
from chassis.deliveries.delivery import Delivery
from chassis.foundation import Foundation
from chassis.quarantine import Documents
from chassis.steps import once
from services.intake.attachments.store import Attachments
from services.intake.clients import Client, Clients
from services.intake.dialogue.model import upgrade_to_2
from services.intake.faq.model import Entry
from services.intake.faq.questions import Questions
from services.intake.groupcommit import GroupCommit
from services.intake.identities import Identities
from services.intake.imports.model import Import
from services.intake.independence import Independence
from services.intake.model import DeliveryStatus, Report
from services.intake.openings import ACCESS_LOG, Opening, Openings, Trace
from services.intake.originals import Originals
from services.intake.privacy.model import Breach, Run
from services.intake.settings import IntakeSettings
from services.intake.talks import REPLIES, SealedConversation, Talks, upgrade_to_3

log = structlog.get_logger(__name__)
_EIGHT_DAYS = 8 * 24 * 3600
_REWRAP_SECONDS = 600


@dataclass
class Store:
    """Intake's collections."""

    foundation: Foundation
    reports: Aggregates[Report]
    commit: GroupCommit
    identities: Identities
    originals: Originals
    openings: Openings
    talks: Talks
    replies: Aggregates[Delivery]
    statuses: Aggregates[DeliveryStatus]
    inbound: Collection
    attachments: Attachments
    chat_photos: Collection
    mail_files: Collection
    """Files of mails until they are fetched, sealed."""
    sms_parts: Collection
    imports: Documents[Import]
    retention_runs: Documents[Run]
    breaches: Documents[Breach]
    clients: Clients
    offices: Collection
    articles: Aggregates[Entry]
    questions: Questions
    independence: Independence = field(default_factory=Independence)

    async def rewrap_always(self) -> None:
        """Wrap anew what an older sealing key wrapped, now and each ten minutes, until cancelled: while keys change, an
        older replica may still seal."""
        files = self.attachments.collection
        await once(files.database, "files without hashes", self.attachments.forget_hashes)
        while True:
            await self.attachments.seal_plain()
            rewrapped = (self.identities.rewrap, self.originals.rewrap, self.attachments.rewrap)
            if failed := sum([await each() for each in rewrapped]):
                log.error("identities, texts or files sealed by a key that is not here", count=failed)
            await asyncio.sleep(_REWRAP_SECONDS)


def build(foundation: Foundation, settings: IntakeSettings, audit: AuditKey) -> Store:
    """The collections with their indexes."""
    reports = foundation.aggregates(
        "reports",
        Report,
        [
            IndexModel("idempotency", unique=True, partialFilterExpression={"idempotency": {"$type": "string"}}),
            IndexModel("state.ticket", unique=True),
            # Only what has ended is in it: nothing is written here while a report is accepted.
            IndexModel(
                [("state.ended_at", 1), ("_id", 1)],
                name="ended",
                partialFilterExpression={"state.outcome": {"$type": "string"}},
            ),
            IndexModel("state.hold.until", partialFilterExpression={"state.hold.until": {"$exists": True}}),
            IndexModel("state.originals.key_id", partialFilterExpression={"state.originals.key_id": {"$exists": True}}),
            # Only of those who may be written to by chat.
            # `$gt`, as an equality implies it and does not imply `$type`: the index would never be used.
            IndexModel("state.conversation", partialFilterExpression={"state.conversation": {"$gt": ""}}),
            IndexModel("state.case_id", name="case", partialFilterExpression={"state.case_id": {"$gt": ""}}),
        ],
    )
    seal, key = settings.seal, settings.pseudonym_key.get_secret_value().encode()
    sealed = foundation.collection("identities", [IndexModel("jurisdiction")])
    identities = Identities(sealed, reports.collection, seal)
    return Store(
        foundation=foundation,
        reports=reports,
        commit=GroupCommit(reports.collection, reports.wake),
        identities=identities,
        originals=Originals(reports.collection, seal),
        openings=_openings(foundation, identities, audit),
        talks=Talks(_conversations(foundation), seal, key),
        replies=foundation.aggregates(
            REPLIES, Delivery, [IndexModel("state.finished_at", expireAfterSeconds=_EIGHT_DAYS)]
        ),
        statuses=foundation.aggregates(
            "delivery_statuses", DeliveryStatus, [IndexModel("state.at", expireAfterSeconds=_EIGHT_DAYS)]
        ),
        # Messages are recognised for longer than Meta repeats them (7 days), then forgotten.
        inbound=foundation.collection(
            "inbound",
            [IndexModel("done_at", expireAfterSeconds=_EIGHT_DAYS), IndexModel([("done", 1), ("order", 1)])],
        ),
        attachments=_attachments(foundation, settings),
        imports=foundation.documents(
            "imports", Import, [IndexModel("forget_at", expireAfterSeconds=0), IndexModel([("step", 1), ("at", 1)])]
        ),
        retention_runs=foundation.documents("retention_runs", Run, [IndexModel([("at", -1)])]),
        breaches=foundation.documents("breaches", Breach, [IndexModel([("discovered_at", -1)])]),
        clients=Clients(foundation.documents("clients", Client, [IndexModel("keys", unique=True)])),
        chat_photos=foundation.collection("chat_photos", [IndexModel("due")]),
        mail_files=foundation.collection("mail_files", [IndexModel("forget_at", expireAfterSeconds=0)]),
        sms_parts=foundation.collection(
            "sms_parts", [IndexModel("due"), IndexModel("forget_at", expireAfterSeconds=0)]
        ),
        offices=foundation.collection("offices"),
        articles=foundation.aggregates("articles", Entry, []),
        questions=Questions(foundation.collection("questions", Questions.indexes()), seal, key),
    )


def _attachments(foundation: Foundation, settings: IntakeSettings) -> Attachments:
    plain = IndexModel("at", name="plain", partialFilterExpression={"content": {"$exists": True}})
    indexes = [IndexModel("forget_at", expireAfterSeconds=0), IndexModel("key_id"), plain]
    return Attachments(foundation.collection("attachments", indexes), settings.seal)


def _conversations(foundation: Foundation) -> Aggregates[SealedConversation]:
    forgotten = IndexModel("state.forget_on", expireAfterSeconds=0)
    upgrades = [upgrade_to_2, upgrade_to_3]
    return foundation.aggregates("conversations", SealedConversation, [forgotten], upgrades=upgrades)


def _openings(foundation: Foundation, identities: Identities, audit: AuditKey) -> Openings:
    newest = IndexModel([("state.jurisdiction", 1), ("_id", -1)])
    requests = foundation.aggregates("identity_requests", Opening, [newest])
    indexes = [IndexModel([("jurisdiction", 1), ("at", -1)]), IndexModel("at")]
    access_log = foundation.documents(ACCESS_LOG, Trace, indexes)
    return Openings(identities, requests, access_log, audit)
