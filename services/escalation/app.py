"""Wires escalation together."""

from pathlib import Path

from fastapi import FastAPI

from chassis.foundation import Foundation
from kemenag.look import look
from services.escalation import api, events, pages
from services.escalation.parameter_file import read_parameters
from services.escalation.scoring import ScoringLoop
from services.escalation.settings import EscalationSettings
from services.escalation.store import build as build_store

Settings = EscalationSettings


def build(settings: EscalationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("escalation", settings)
    store = build_store(foundation)
    parameters = read_parameters(settings.parameters)
    scoring = ScoringLoop(store, parameters, settings.burn_in_weeks, foundation.lease("scoring"))
    store.wake_scoring = scoring.wake
    return foundation.application(
        title="Rukun escalation",
        look=look(Path(__file__).parent / "templates"),
        routers=[api.router, *pages.routers],
        table=events.handles.bind(store),
        loops=[scoring.run],
        state={"store": store},
    )
