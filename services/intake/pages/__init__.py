"""What the public sees, and what officers of intake see."""

from fastapi import APIRouter

from services.intake.pages import form, officers, tracking
from services.intake.settings import IntakeSettings
from services.intake.store import Store


def routers(store: Store, settings: IntakeSettings) -> list[APIRouter]:
    """All pages."""
    return [each.router(store, settings) for each in (form, tracking, officers)]
