"""CONTRIBUTING is right: its steps for an event and for a channel are walked in a copy of the repository."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PARTS = ("contracts", "chassis", "kemenag", "services", "rukun", "simulators", "deploy", "docs", "bench", "tests")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as a newcomer has it, to be changed."""
    for name in _PARTS:
        ignore = shutil.ignore_patterns("__pycache__", "jars", "vendor")
        shutil.copytree(_ROOT / name, tmp_path / name, ignore=ignore)
    for name in ("pyproject.toml", "docker-compose.yml", "Dockerfile", "README.md"):
        shutil.copy(_ROOT / name, tmp_path / name)
    return tmp_path


def run(copy: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert text.count(before) >= 1, f"{file.name} has no {before!r}"
    file.write_text(text.replace(before, after, 1))


def test_event_touches_five_files(copy: Path) -> None:
    touched = [
        copy / "contracts/events/visits.py",
        copy / "contracts/events/__init__.py",
        copy / "contracts/topics.py",
        copy / "contracts/examples/rukun.visit.planned/1.json",
        copy / "services/notification/events.py",
    ]
    touched[0].write_text(
        '"""Visits."""\n\nfrom typing import ClassVar\n\nfrom contracts.events.cases import CaseEvent\n\n\n'
        'class VisitPlanned(CaseEvent):\n    """Somebody will go there."""\n\n'
        '    type: ClassVar[str] = "rukun.visit.planned"\n    office: str\n'
    )
    edit(
        touched[1],
        "\n__all__ = [",
        'from contracts.events.visits import VisitPlanned\n\n__all__ = [\n    "VisitPlanned",',
    )
    edit(touched[2], "    CaseOpened,\n", "    CaseOpened,\n    VisitPlanned,\n")
    edit(touched[2], "            CaseOpened,\n", "            CaseOpened,\n            VisitPlanned,\n")
    touched[3].parent.mkdir()
    place = {"region": "31.71.01", "jurisdiction": ["ID", "31", "31.71", "31.71.01"]}
    touched[3].write_text(json.dumps({"at": "2026-11-21T07:00:00Z", "case_id": "c", "office": "31.71", **place}))
    edit(
        touched[4],
        "from services.notification import commands\n",
        "from contracts.events import VisitPlanned\nfrom services.notification import commands\n",
    )
    touched[4].write_text(
        touched[4].read_text()
        + "\n\n@handles(VisitPlanned)\nasync def note_visits(store: Store, messages: Sequence[Received[VisitPlanned]]) "
        '-> None:\n    """Into nothing yet."""\n'
    )
    run(copy, "-m", "rukun.cli", "contracts")
    assert run(copy, "-m", "rukun.cli", "contracts", "--check") == ""
    assert (copy / "contracts/schemas/rukun.visit.planned.json").exists()
    assert "VisitPlanned" in (copy / "contracts/asyncapi/notification.json").read_text()
    script = (
        "from services.notification.app import build, Settings\n"
        "from services.notification.events import handles\n"
        "from contracts.events import VisitPlanned\n"
        "build(Settings())\nassert VisitPlanned in handles.kinds\n"
    )
    run(copy, "-c", script)
    assert len(touched) <= 5


def test_channel_to_officials_touches_two_files(copy: Path) -> None:
    touched = [copy / "services/notification/channels/pager.py", copy / "services/notification/channels/__init__.py"]
    touched[0].write_text(
        (copy / "services/notification/channels/webhook.py")
        .read_text()
        .replace('NAME = "webhook"', 'NAME = "pager"')
        .replace('LABEL = "Webhook"', 'LABEL = "Penyeranta"')
    )
    edit(touched[1], "import email, sms, webhook, whatsapp", "import email, pager, sms, webhook, whatsapp")
    edit(touched[1], "(email, whatsapp, sms, webhook)", "(email, whatsapp, sms, webhook, pager)")
    script = (
        "from services.notification.app import build, Settings\n"
        "from services.notification import channels\n"
        "from services.notification.model import Official\n"
        "app = build(Settings())\n"
        "official = Official(name='x', role='kasi', regions=('31.71',), webhook='https://x.invalid/')\n"
        "assert channels.reachable(official) == ('webhook', 'pager'), channels.reachable(official)\n"
        "assert channels.LABELS['pager'] == 'Penyeranta'\n"
        "engine = app.state.foundation._engines[0]\n"
        "names = [each.channel.name for each in engine._dispatchers]\n"
        "assert names == ['email', 'whatsapp', 'sms', 'webhook', 'pager'], names\n"
    )
    run(copy, "-c", script)
