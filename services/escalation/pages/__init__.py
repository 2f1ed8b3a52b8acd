"""What officials see: the situation by regions, a watch list, a weekly brief."""

from services.escalation.pages import lists, region

routers = [region.router, lists.router]
