"""Wires escalation together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.foundation import Foundation
from services.escalation import api, events, pages
from services.escalation.areas import Areas
from services.escalation.parameter_file import read_parameters
from services.escalation.settings import EscalationSettings
from services.escalation.store import build as build_store

Settings = EscalationSettings


def build(settings: EscalationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("escalation", settings)
    store = build_store(foundation)
    areas = Areas(store, read_parameters(settings.parameters), settings.burn_in_weeks)
    return foundation.application(
        title="Rukun escalation",
        templates=Path(__file__).parent / "templates",
        routers=[api.router(store, areas), *pages.routers(store, areas)],
        table=events.table(store, areas),
        loops=[areas.run],
    )
