"""Wires notification together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.foundation import Foundation
from chassis.live import Live
from services.notification import api, commands, events, pages
from services.notification.channels.senders import Senders
from services.notification.ladder import Ladder
from services.notification.settings import NotificationSettings
from services.notification.store import build as build_store

Settings = NotificationSettings


def build(settings: NotificationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("notification", settings)
    store = build_store(foundation)
    limits = commands.deadlines(settings)
    ladder = Ladder(store, Senders(settings), limits)
    live = Live(store.alerts.collection)
    return foundation.application(
        title="Rukun notification",
        templates=Path(__file__).parent / "templates",
        routers=[api.router(store), pages.router(store, live)],
        table=events.table(store, limits),
        loops=[ladder.climb, ladder.deliver, live.run],
    )
