"""Wires verification together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.foundation import Foundation
from chassis.live import Live
from kemenag.look import look
from services.verification import api, events, pages
from services.verification.settings import VerificationSettings
from services.verification.store import build as build_store

Settings = VerificationSettings


def build(settings: VerificationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("verification", settings)
    store = build_store(foundation, settings.grouping_days)
    live = Live(store.cases.collection)
    return foundation.application(
        title="Rukun verification",
        look=look(Path(__file__).parent / "templates"),
        routers=[api.router, pages.router],
        table=events.handles.bind(store),
        loops=[store.upgrade, live.run],
        state={"store": store, "live": live},
    )
