"""Notification with officials in its directory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from rukun.samples import DIRECTORY
from tests.running import CSRF, Service, running
from tests.waiting import eventually


@asynccontextmanager
async def with_officials(table: str = DIRECTORY, **settings: Any) -> AsyncIterator[Service]:
    """The service, with everybody in the table listed. WhatsApp is away unless a setting says where it is; nobody has
    quiet hours, as tests run at night, too, unless a setting says when."""
    rows = len(table.strip().splitlines()) - 1
    usual = {"graph_url": "http://127.0.0.1:1/v23.0", "quiet_hours": ""}
    async with running("notification", **{**usual, **settings}) as service:
        admin, files = service.client("admin", True), {"file": ("d.csv", table.encode())}
        done = await admin.post("/notification/directory", data={"csrf": CSRF}, files=files)
        await eventually(lambda: imported(admin, str(done.url), f"{rows} dari {rows} baris masuk"))
        yield service


async def imported(client: httpx2.AsyncClient, address: str, words: str) -> bool:
    """Whether the page of an import says so."""
    return words in (await client.get(address)).text
