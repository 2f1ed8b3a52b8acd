"""Intake as it runs, with the simulated Graph API that its replies go to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from rukun.ports import free_ports
from simulators.email import Mailboxes
from simulators.mail import Box, server
from simulators.pages import application as simulator
from simulators.settings import SimulatorSettings
from simulators.sms import ShortMessages
from simulators.telegram import Telegram
from simulators.whatsapp import Phones
from tests.neighbours import Neighbours
from tests.running import Service, running, serving


@dataclass
class Outside:
    """The simulated channels, and where their own servers are."""

    phones: Phones
    telegram: Telegram
    sms: ShortMessages
    mailboxes: Mailboxes
    smtp_port: int
    address: str = ""


@pytest.fixture(scope="module")
async def outside() -> AsyncIterator[Outside]:
    """The channels' own servers over HTTP."""
    settings = SimulatorSettings()
    mailboxes, port = Mailboxes(settings), free_ports().smtp
    made = Outside(Phones(settings), Telegram(settings), ShortMessages(settings), mailboxes, port)
    box = Box(mailboxes)
    mails = server(box, "127.0.0.1", port)
    mails.start()
    async with serving(simulator(made.phones, made.telegram, made.sms, mailboxes, box)) as made.address:
        yield made
    mails.stop()


@pytest.fixture(scope="module")
def phones(outside: Outside) -> tuple[Phones, str]:
    """The simulated Graph API alone."""
    return outside.phones, f"{outside.address}/v23.0"


@pytest.fixture(scope="module")
async def intake(stack_environment: dict[str, str], neighbours: Neighbours, outside: Outside) -> AsyncIterator[Service]:
    servers = {"graph_url": f"{outside.address}/v23.0", "telegram_url": f"{outside.address}/telegram"}
    more = {"sms_url": f"{outside.address}/sms/messages", "smtp_port": outside.smtp_port}
    async with running("intake", **servers, **more) as service:
        yield service
