"""What the tests of integration share: a partner's endpoint."""

from collections.abc import Iterator

import pytest

from rukun.receiver import Partner


@pytest.fixture
def hook() -> Iterator[Partner]:
    made = Partner()
    yield made
    made.close()
