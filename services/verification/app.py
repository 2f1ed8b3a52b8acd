"""Wires verification together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.audit import AuditKey
from chassis.foundation import Foundation
from chassis.live import Live
from kemenag.look import look
from services.verification import api, events, pages
from services.verification.documents import pages as document_pages
from services.verification.outside import pages as outside_pages
from services.verification.referrals import pages as referral_pages
from services.verification.settings import VerificationSettings
from services.verification.store import build as build_store
from services.verification.tasks import pages as task_pages

Settings = VerificationSettings


def build(settings: VerificationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("verification", settings)
    key = AuditKey(settings.audit_key.get_secret_value())
    store = build_store(foundation, key, settings.grouping_days, settings.flood_reports)
    checkpoints = foundation.checkpoints(store.heads, key, settings.checkpoint_minutes)
    live = Live(store.cases.collection)
    return foundation.application(
        title="Rukun verification",
        look=look(Path(__file__).parent / "templates"),
        routers=[
            api.router,
            pages.router,
            task_pages.router,
            referral_pages.router,
            document_pages.router,
            outside_pages.router,
        ],
        table=events.handles.bind(store),
        loops=[store.upgrade, live.run, checkpoints.run],
        state={
            "store": store,
            "live": live,
            "checkpoints": checkpoints,
            "settings": settings,
            "limits": foundation.rate_limits(),
        },
    )
