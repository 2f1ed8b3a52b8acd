"""What officials see: the situation by regions, a watch list, a weekly brief."""

from fastapi import APIRouter

from services.escalation.pages import lists, region
from services.escalation.store import Store


def routers(store: Store) -> list[APIRouter]:
    """All pages."""
    return [region.router(store), lists.router(store)]
