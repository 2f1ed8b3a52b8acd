"""A service under test: the real application on a real port of this process, with a client that may sign in."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import itsdangerous
import uvicorn
from fastapi import FastAPI

from chassis.clock import new_id, now
from chassis.foundation import Foundation
from chassis.identity import Person
from chassis.settings import DEVELOPMENT_SECRET
from rukun.services import module_of, settings_of
from simulators.accounts import ACCOUNTS
from tests.waiting import eventually

CSRF = "csrf-of-this-test"


class Service:
    """A running service."""

    def __init__(self, name: str, app: FastAPI, port: int) -> None:
        self.name = name
        self.app = app
        self.address = f"http://127.0.0.1:{port}"
        self.clients: list[httpx2.AsyncClient] = []

    @property
    def foundation(self) -> Foundation:
        found: Foundation = self.app.state.foundation
        return found

    def client(self, account: str | None = None, follow: bool = False, **other: Any) -> httpx2.AsyncClient:
        """Somebody: nobody in particular, or one of the sample accounts with its session cookie; `other` replaces
        what its person is."""
        made = httpx2.AsyncClient(base_url=self.address, timeout=20, follow_redirects=follow)
        if account:
            made.cookies.set("rukun_session", session_of(account, **other))
        self.clients.append(made)
        return made


def session_of(account: str, **other: Any) -> str:
    """The cookie that a sign-in with this account leaves."""
    found = next(each for each in ACCOUNTS if each.sub == account)
    person = Person(sub=found.sub, name=found.name, roles=found.roles, regions=found.regions)
    began, proved = other.pop("began", now().isoformat()), other.pop("proved_at", now().isoformat())
    who = {**person.model_dump(mode="json"), **other}
    payload = {"id": new_id(), "began": began, "person": who, "csrf": CSRF, "proved_at": proved}
    signer = itsdangerous.TimestampSigner(DEVELOPMENT_SECRET)
    return signer.sign(base64.b64encode(json.dumps(payload).encode())).decode()


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application of others' (a simulator) until the end of the block; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    server.config.load()
    task = asyncio.create_task(server._serve())
    await eventually(lambda: _started(server, task))
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@asynccontextmanager
async def running(name: str, ready: bool = True, **settings: Any) -> AsyncIterator[Service]:
    """Run a service until the end of the block; `settings` replace its own."""
    own = settings_of(name).model_copy(update=settings)
    app: FastAPI = module_of(name).build(own)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_config=None,
        timeout_graceful_shutdown=2,
        forwarded_allow_ips=own.trusted_proxies,
    )
    server = uvicorn.Server(config)
    server.config.load()
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: _started(server, serving))
    service = Service(name, app, server.servers[0].sockets[0].getsockname()[1])
    try:
        if ready:
            await eventually(lambda: _ready(service), 60)
        yield service
    finally:
        for client in service.clients:
            await client.aclose()
        server.should_exit = True
        await serving


async def _started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> bool:
    if serving.done():
        serving.result()
    return server.started


async def _ready(service: Service) -> bool:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"{service.address}/{service.name}/health/ready", timeout=10)
    return answer.status_code == 200
