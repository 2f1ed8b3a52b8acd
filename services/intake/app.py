"""Wires intake together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.foundation import Foundation
from services.intake import api, events, pages
from services.intake.api import HotRoute
from services.intake.channels.conversations import Conversations
from services.intake.channels.whatsapp import Graph
from services.intake.settings import IntakeSettings
from services.intake.store import build as build_store

Settings = IntakeSettings
in_front = HotRoute
"""What stands in front of the application when it is served."""


def build(settings: IntakeSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("intake", settings)
    store = build_store(foundation, settings)
    key = settings.pseudonym_key.get_secret_value().encode()
    graph = Graph(settings.graph_url, settings.whatsapp_number_id, settings.whatsapp_token.get_secret_value())
    conversations = Conversations(store, graph, key, settings.notice_version)
    app = foundation.application(
        title="Rukun intake",
        templates=Path(__file__).parent / "templates",
        routers=[api.router(store, settings), *pages.routers(store, settings)],
        table=events.table(store),
        loops=[store.commit.run, conversations.listen, conversations.speak],
        state={"store": store, "pseudonym_key": key, "conversations": conversations},
    )
    api.describe_hot_route(app)
    return app
