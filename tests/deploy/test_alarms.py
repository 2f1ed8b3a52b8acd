"""Alarms: each has a test and a page of what to do, and asks for metrics that exist."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.telemetry import Metrics
from contracts.topics import SERVICES

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "deploy" / "prometheus"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    return [each for group in groups for each in group["rules"]]


@pytest.mark.promtool
def test_each_alarm_rings_for_its_trouble_and_is_silent_before() -> None:
    done = subprocess.run(["promtool", "test", "rules", "rules_test.yml"], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alarm_is_tested_and_explained() -> None:
    tested = yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"][0]["alert_rule_test"]
    for name in (each["alert"] for each in rules()):
        asked = [each["exp_alerts"] for each in tested if each["alertname"] == name]
        assert [] in asked, f"{name}: silence is not tested"
        assert [each for each in asked if each], f"{name}: ringing is not tested"
    sections = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbooks" / "alarms.md").read_text(), re.M)
    assert sections == [each["alert"] for each in rules()]
    for each in rules():
        path, _sep, anchor = each["annotations"]["runbook"].partition("#")
        assert ((ROOT / path).exists(), anchor) == (True, each["alert"].lower())


def test_alarms_ask_for_metrics_that_exist() -> None:
    known = {"up"}
    for service in SERVICES:
        for family in Metrics(service).registry.collect():
            kinds = {"counter": ["_total"], "histogram": ["_count", "_sum", "_bucket"]}.get(family.type, [""])
            known |= {family.name + ending for ending in kinds}
    for each in rules():
        named = re.findall(r'(?<!["\w])(rukun_\w+)', each["expr"])
        patterns = re.findall(r'__name__=~"([^"]+)"', each["expr"])
        assert set(named) <= known, each["alert"]
        for pattern in patterns:
            assert sum(bool(re.fullmatch(pattern, name)) for name in known) == len(SERVICES), pattern
        assert named or patterns or each["expr"].startswith("up")
