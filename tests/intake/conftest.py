"""Intake as it runs, with the simulated Graph API that its replies go to."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn

from simulators.mail import Box
from simulators.pages import application as simulator
from simulators.settings import SimulatorSettings
from simulators.whatsapp import Phones
from tests.neighbours import Neighbours
from tests.running import Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def phones() -> AsyncIterator[tuple[Phones, str]]:
    """The simulated Graph API over HTTP."""
    made = Phones(SimulatorSettings())
    server = uvicorn.Server(uvicorn.Config(simulator(made, Box()), host="127.0.0.1", port=0, log_config=None))
    server.config.load()
    task = asyncio.create_task(server._serve())

    async def up() -> bool:
        return server.started

    await eventually(up)
    yield made, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v23.0"
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def intake(
    stack_environment: dict[str, str], neighbours: Neighbours, phones: tuple[Phones, str]
) -> AsyncIterator[Service]:
    async with running("intake", graph_url=phones[1]) as service:
        yield service
