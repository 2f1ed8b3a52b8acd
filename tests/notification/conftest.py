"""What the tests of notification share: a mail server."""

from collections.abc import Iterator

import pytest

from rukun.ports import free_ports
from simulators import mail


@pytest.fixture(scope="module")
def box() -> Iterator[tuple[mail.Box, int]]:
    """A mail server over its own protocol, and its port."""
    made, port = mail.Box(), free_ports().smtp
    server = mail.server(made, "127.0.0.1", port)
    server.start()
    yield made, port
    server.stop()
