"""Wires integration together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.foundation import Foundation
from services.integration import api, events, pages
from services.integration.settings import IntegrationSettings
from services.integration.store import build as build_store
from services.integration.webhooks import Webhooks

Settings = IntegrationSettings


def build(settings: IntegrationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("integration", settings)
    store = build_store(foundation)
    webhooks = Webhooks(store, settings)
    return foundation.application(
        title="Rukun integration",
        templates=Path(__file__).parent / "templates",
        routers=[api.router(store, settings), pages.router(store, settings)],
        table=events.table(store),
        loops=[webhooks.number, webhooks.deliver],
    )
