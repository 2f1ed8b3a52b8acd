"""The image's own steps in a bare environment: install the runtime lock and the package, start a service, ask its
health. No Docker engine is needed for that."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from contracts.topics import SERVICES
from rukun.children import Child
from rukun.ports import environment, free_ports
from tests.folders import folder
from tests.waiting import eventually_now

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment with the runtime packages and the installed package, and nothing of this checkout."""
    with folder(tmp_path_factory, "image") as home:
        python = home / "venv" / "bin" / "python"
        uv = [str(Path(sys.executable).parent / "uv")]
        for command in (
            [sys.executable, "-m", "venv", "--without-pip", str(home / "venv")],
            [
                *uv,
                "pip",
                "install",
                "-q",
                "--python",
                str(python),
                "--require-hashes",
                "-r",
                "requirements/runtime.lock",
            ],
            [*uv, "pip", "install", "-q", "--python", str(python), "--no-deps", "."],
        ):
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
        yield home


@pytest.mark.parametrize("name", SERVICES)
def test_service_starts_from_the_installed_package_and_answers_its_health_check(bare: Path, name: str) -> None:
    ports = free_ports()
    told = {**environment(ports), "PYTHONPATH": ""}
    child = Child(name, [str(bare / "venv" / "bin" / "rukun"), "serve", name], told, bare / f"{name}.log")
    before = Path.cwd()
    os.chdir(bare)
    try:
        child.start()
    finally:
        os.chdir(before)
    try:
        address = f"http://127.0.0.1:{ports.of(name)}/{name}"
        eventually_now(lambda: _status(f"{address}/health/live") == 200)
        assert _status(f"{address}/health/ready") == 503
        assert _status(f"{address}/static/vendor/pico.min.css") == 200
        assert _status(f"{address}/static/rukun.css") == 200
    finally:
        child.stop()


def test_whatsapp_simulator_of_the_compose_file_starts(bare: Path) -> None:
    ports = free_ports()
    told = {"SIMULATOR_PORT": str(ports.simulator), "PYTHONPATH": ""}
    command = [str(bare / "venv" / "bin" / "python"), "-P", "-m", "simulators.graph"]
    child = Child("graph", command, told, bare / "graph.log")
    child.start()
    try:
        eventually_now(lambda: _status(f"http://127.0.0.1:{ports.simulator}/simulator/chat") == 200)
    finally:
        child.stop()


def _status(address: str) -> int:
    try:
        return httpx2.get(address, timeout=10).status_code
    except httpx2.HTTPError:
        return 0
