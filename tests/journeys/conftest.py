"""The whole house, as `rukun up` runs it, on free ports."""

from collections.abc import Iterator

import pytest

from rukun import samples
from rukun.client import Visitor
from rukun.ports import free_ports
from rukun.up import Stack
from tests.folders import folder
from tests.waiting import eventually_now


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with folder(tmp_path_factory, "house") as home:
        made = Stack(free_ports(), home)
        made.start()
        try:
            eventually_now(lambda: not made.waiting(), 90)
            admin = Visitor(made.ports.address)
            samples.fill_directory(admin.sign_in("admin", "notification"))
            admin.close()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def ids(stack: Stack) -> dict[str, str]:
    """One of everything in Gambir."""
    from tests.journeys.one_of_each import one_of_each

    return one_of_each(stack)


@pytest.fixture
def visit(stack: Stack) -> Iterator["type[Visitor] | object"]:
    """Makes visitors: `visit("kua.gambir")` is signed in at verification."""
    made: list[Visitor] = []

    def come(account: str | None = None, service: str = "verification") -> Visitor:
        visitor = Visitor(stack.ports.address)
        made.append(visitor)
        return visitor.sign_in(account, service) if account else visitor

    yield come
    for each in made:
        each.close()
