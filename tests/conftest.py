"""Real parts for every test, and a summary that says on which they ran."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from contracts.topics import SERVICES
from rukun.ports import free_ports
from tests import engines
from tests.clocks import MOMENTS, clock
from tests.folders import folder
from tests.neighbours import Neighbours
from tests.provider import Provider


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with folder(tmp_path_factory, "rukun") as made:
        yield made


@pytest.fixture(scope="session")
def mongo_url(home: Path) -> Iterator[str]:
    ports = free_ports()
    with engines.mongo(ports, home):
        yield f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    yield made
    await asyncio.to_thread(made.end)


@pytest.fixture(scope="module", params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
def kafka_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A fresh broker for each module: once the embedded one, once Apache Kafka."""
    ports = free_ports()
    with folder(tmp_path_factory, "kafka") as home:
        if request.param == "embedded":
            with engines.tansu(ports, home):
                yield f"127.0.0.1:{ports.kafka}"
        else:
            with engines.apache_kafka(ports, home) as address:
                yield address


@pytest.fixture(scope="module")
def stack_environment(kafka_address: str, mongo_url: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What the services under test are told; each module has its own databases."""
    kind = "a" if "apache" in str(request.node.callspec.params if hasattr(request.node, "callspec") else "") else "e"
    told = {
        "MONGO_URL": mongo_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_address,
        "KAFKA_IDEMPOTENCE": "false",
        "KAFKA_FETCH_MAX_WAIT_MS": "20",
        "DATABASE_PREFIX": f"t{abs(hash((request.module.__name__, kafka_address, kind))) % 10**8}",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "LOG_LEVEL": "WARNING",
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    yield told
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="module")
async def neighbours(kafka_address: str) -> AsyncIterator[Neighbours]:
    """The other services' events, and a record of every topic."""
    made = Neighbours(kafka_address)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=list(MOMENTS))
def set_clock(request: pytest.FixtureRequest) -> None:
    """Run the test at each of the moments."""
    clock.at = MOMENTS[request.param]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strict-skips", action="store_true", help="fail when a test was skipped")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--strict-skips") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_on_apache(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and called.params.get("kafka_address") == "apache"


def _of_both_brokers(item: pytest.Item) -> bool:
    """Messaging, kills and the main suite of each service are run on Apache Kafka, too: between them they use all that
    a broker does. What else a service has to show does not depend on it, and is shown once."""
    folder = item.path.parent.name
    return folder not in SERVICES or item.path.name == f"test_{folder}.py"


def _slowest_first(item: pytest.Item) -> int:
    """Whole systems are started first: of tests that run side by side none is left alone at the end."""
    return next((order for order, name in enumerate(("chaos", "journeys")) if name in item.path.parts), 2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    once = [each for each in items if _is_on_apache(each) and not _of_both_brokers(each)]
    config.hook.pytest_deselected(items=once)
    items[:] = sorted((each for each in items if each not in set(once)), key=_slowest_first)
    missing = {"kafka": engines.why_no_apache_kafka(), "browser": None if engines.chromium() else "no chromium"}
    missing["promtool"] = None if shutil.which("promtool") else "no promtool (Debian's package prometheus)"
    for item in items:
        for name, reason in missing.items():
            if reason and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.section("what this ran on")
    apache = engines.why_no_apache_kafka() is None
    terminalreporter.write_line("MongoDB: embedded 6.0 (replica set of one)")
    terminalreporter.write_line(f"brokers: embedded (tansu){' and Apache Kafka 4.1 (KRaft)' if apache else ''}")
    terminalreporter.write_line(f"browser: {engines.chromium() or 'none'}")
    terminalreporter.write_line(f"left out: {len(skipped)}")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"  {report.nodeid}: {reason}")
