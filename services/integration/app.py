"""Wires integration together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.deliveries.engine import Engine
from chassis.foundation import Foundation
from kemenag.look import look
from services.integration import api, developers, events, pages
from services.integration.model import PAUSES
from services.integration.partners import api as partners_api
from services.integration.settings import IntegrationSettings
from services.integration.store import build as build_store
from services.integration.webhooks import FeedNumbers, Sender

Settings = IntegrationSettings


def build(settings: IntegrationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("integration", settings)
    store = build_store(foundation)
    channels = [Sender(store, settings)]
    engine = foundation.deliveries(
        Engine(store.deliveries, channels, foundation.lease, foundation.metrics, settings.retry_seconds)
    )
    store.deliver_soon = engine.notice
    for each in PAUSES:  # there as 0 from the start: of a series that begins at 1 no alarm can tell that it grew
        foundation.metrics.deliveries.labels("webhook", each)
    numbers = FeedNumbers(store, foundation.lease("feed"))
    return foundation.application(
        title="Rukun integration",
        look=look(Path(__file__).parent / "templates"),
        routers=[api.router, partners_api.router, developers.router, pages.router],
        table=events.handles.bind(store),
        loops=[store.upgrade, numbers.run],
        state={"store": store, "settings": settings, "limits": foundation.rate_limits()},
    )
