"""The five services by name, and running some of them in this process."""

import asyncio
import importlib
import signal
from types import ModuleType
from typing import Any

import uvicorn

from chassis.language import _
from chassis.logs import configure
from chassis.settings import Settings, load
from contracts.topics import SERVICES


def module_of(name: str) -> ModuleType:
    """The service's `app` module: its `Settings` and its `build`."""
    if name not in SERVICES:
        raise SystemExit(
            _("Layanan “{name}” tidak ada; yang ada: {services}").format(name=name, services=", ".join(SERVICES))
        )
    return importlib.import_module(f"services.{name}.app")


def settings_of(name: str) -> Settings:
    """The service's settings from the environment."""
    settings: Settings = load(module_of(name).Settings)
    return settings


async def serve(names: list[str]) -> None:
    """Run services until SIGINT or SIGTERM; each on its own port."""
    servers = [_server(name) for name in names]
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = [asyncio.create_task(each._serve()) for each in servers]
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    for each in servers:
        each.should_exit = True
    await asyncio.gather(*running, return_exceptions=True)
    waiting.cancel()


def _server(name: str) -> uvicorn.Server:
    settings: Any = settings_of(name)
    configure(settings, name)
    config = uvicorn.Config(
        module_of(name).build(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    return uvicorn.Server(config)
