"""Wires intake together."""

from pathlib import Path

from fastapi import FastAPI
from pymongo import IndexModel

from chassis.audit import AuditKey
from chassis.clock import now
from chassis.deliveries.engine import Engine
from chassis.deliveries.graph import Graph
from chassis.deliveries.telegram import Bot
from chassis.foundation import Foundation
from kemenag.look import look
from services.intake import api, events, pages
from services.intake.channels import email, sms, telegram, webhooks, whatsapp
from services.intake.channels.chat_media import ChatMedia, Source
from services.intake.channels.conversations import Conversations
from services.intake.channels.mail_files import MailFiles
from services.intake.channels.replies import Replies, Way
from services.intake.channels.sms_parts import SmsParts
from services.intake.consultations.commands import ANSWER, Consultations
from services.intake.consultations.model import Consultation
from services.intake.faq.library import Library
from services.intake.followups import FollowUps
from services.intake.imports.commands import Imports
from services.intake.privacy.model import Kind
from services.intake.privacy.retention import Retention
from services.intake.reporter_messages import note_undelivered
from services.intake.settings import IntakeSettings
from services.intake.store import Store
from services.intake.store import build as build_store

Settings = IntakeSettings


def build(settings: IntakeSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("intake", settings)
    audit = AuditKey(settings.audit_key.get_secret_value())
    store = build_store(foundation, settings, audit)
    checkpoints = foundation.checkpoints(store.openings.heads, audit, settings.checkpoint_minutes)
    key = settings.pseudonym_key.get_secret_value().encode()
    token = settings.whatsapp_token.get_secret_value()
    graph = Graph(settings.graph_url, settings.whatsapp_number_id, token, "intake")
    bot = settings.telegram_bot()
    mail_files = MailFiles(store.mail_files, settings.seal)
    sources: dict[str, Source] = {whatsapp.NAME: graph, email.NAME: mail_files}
    sources |= {telegram.NAME: bot} if bot else {}
    photos = ChatMedia(store.chat_photos, store.attachments, sources, settings.seal, foundation.lease("chat-photos"))
    library = Library(store.articles)
    lease = foundation.lease("conversations")
    consultations = _consultations(foundation, store, settings)
    conversations = Conversations(store, library, consultations, photos, lease, key, settings.notice_version)
    parts = SmsParts(store.sms_parts, settings.seal, key, conversations.store)

    async def failed(report_id: str, message_id: str) -> None:
        if message_id.startswith(ANSWER):
            await consultations.settle(message_id, "failed")
            return
        await note_undelivered(store, report_id, message_id, "failed", now())

    channels = [Replies(store.talks, way, failed) for way in _ways(settings, graph, bot)]
    foundation.deliveries(Engine(store.replies, channels, foundation.lease, foundation.metrics))
    imports = Imports(store, store.imports, settings.seal, key, foundation.lease("imports"))
    follow_ups = FollowUps(store, foundation.lease("follow-ups"))
    days = {
        Kind.IDENTITY: settings.retention_identity_days,
        Kind.PHOTOS: settings.retention_photo_days,
        Kind.TEXT: settings.retention_text_days,
    }
    retention = Retention(store, days, foundation.lease("retention"))
    return foundation.application(
        title="Rukun intake",
        look=look(Path(__file__).parent / "templates"),
        routers=[api.router, webhooks.router, *pages.routers],
        table=events.handles.bind(store),
        loops=[
            store.commit.run,
            conversations.process,
            parts.sweep_always,
            photos.fetch_always,
            imports.work_always,
            retention.run_always,
            follow_ups.ask_always,
            consultations.work_always,
            consultations.rehide_always,
            library.refresh_always,
            store.rewrap_always,
            checkpoints.run,
        ],
        state={
            "store": store,
            "settings": settings,
            "pseudonym_key": key,
            "conversations": conversations,
            "sms_parts": parts,
            "mail_files": mail_files,
            "imports": imports,
            "retention": retention,
            "follow_ups": follow_ups,
            "consultations": consultations,
            "library": library,
            "audit": audit,
            "limits": foundation.rate_limits(),
            "checkpoints": checkpoints,
        },
        undocumented=api.described_reports(),
    )


def _ways(settings: IntakeSettings, graph: Graph, bot: Bot | None) -> list[Way]:
    """How replies go out, by each channel that is set up."""
    gateway = settings.sms_gateway("intake")
    ways: list[Way] = [whatsapp.Way(graph, settings.whatsapp_knock_template)]
    ways += [telegram.Way(bot)] if bot else []
    ways += [sms.Way(gateway)] if gateway else []
    ways += [email.Way(settings.mail_server(), settings.email_address)] if settings.email_address else []
    return ways


def _consultations(foundation: Foundation, store: Store, settings: IntakeSettings) -> Consultations:
    indexes = [
        IndexModel([("state.jurisdiction", 1), ("state.closed_at", -1)]),
        IndexModel([("state.closed_at", 1), ("state.answer_by", 1)]),
        # Of those that wait or were answered and not brought, which are few: the loop asks every twenty seconds.
        IndexModel("state.sent", partialFilterExpression={"state.sent": False}),
        IndexModel("state.asked_at", expireAfterSeconds=180 * 86_400),
    ]
    questions = foundation.aggregates("consultations", Consultation, indexes)
    return Consultations(questions, store.talks, settings.seal, foundation.lease("consultations"))
