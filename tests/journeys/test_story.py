"""One report travels all five services, through public interfaces only."""

import fcntl
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rukun.client import Visitor
from rukun.demo import start
from rukun.up import Stack
from tests.waiting import eventually_now

Visit = Callable[..., Visitor]


def post(visitor: Visitor, region: str, words: str, **more: Any) -> dict[str, str]:
    body = {
        "region": region,
        "categories": ["rumah_ibadat"],
        "narrative": words,
        "reporter": {"kind": "anonymous"},
        **more,
    }
    answer = visitor.post("/intake/v1/reports", json=body)
    assert answer.status_code == 202, answer.text
    found: dict[str, str] = answer.json()
    return found


def case_with(visitor: Visitor, words: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        for case in visitor.get("/verification/v1/cases", params={"limit": 200}).json()["cases"]:
            whole: dict[str, Any] = visitor.get(f"/verification/v1/cases/{case['case_id']}").json()
            if any(words in each["report"]["narrative"] for each in whole["reports"]):
                return whole
        return None

    found: dict[str, Any] = eventually_now(look)
    return found


def test_demo_tells_its_story_to_the_end(stack: Stack) -> None:
    command = [sys.executable, "-m", "rukun.cli", "demo", "--origin", stack.ports.address]
    told = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    for words in ("7 laporan", "hoaks", "2 Siaga", "Terkirim: email", "Terkirim: whatsapp", "Ditutup", "0 ditolak"):
        assert words in told.stdout


def test_demo_joins_a_rukun_that_took_the_lock_before_its_own(stack: Stack, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("a+") as lock:  # another `make up`, a moment earlier
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert start(stack.ports.address, tmp_path) is None


def test_timeline_can_be_checked_by_an_outsider(visit: Visit, tmp_path: Path) -> None:
    words = "Kabar untuk diperiksa orang luar."
    post(visit(), "31.72.01", words)
    pusat = visit("pusat")
    case = case_with(pusat, words)
    file = tmp_path / "timeline.json"
    file.write_text(pusat.get(f"/verification/v1/cases/{case['case_id']}/timeline").text)
    command = [sys.executable, "-m", "rukun.cli", "check-chain", str(file)]
    whole = subprocess.run(command, capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    timeline = json.loads(file.read_text())
    timeline["timeline"][0]["text"] = "lain"
    file.write_text(json.dumps(timeline))
    assert subprocess.run(command, capture_output=True, text=True).returncode == 1


PAGES = {
    "verification": [
        "/verification/",
        "/verification/?area=32.71",
        "/verification/?status=baru",
        "/verification/v1/cases",
    ],
    "notification": ["/notification/", "/notification/directives", "/notification/v1/alerts"],
    "escalation": ["/escalation/", "/escalation/areas/31.71.01", "/escalation/v1/levels"],
    "intake": ["/intake/identities", "/intake/import"],
    "integration": ["/integration/v1/feed", "/integration/v1/alerts.atom"],
}


def test_report_of_one_region_is_nowhere_for_an_account_of_another(visit: Visit) -> None:
    words = "Kejadian di Bogor Selatan yang bukan urusan Gambir."
    accepted = post(visit(), "32.71.01", words, acts=["ancaman"])
    case = case_with(visit("kua.bogor"), words)
    alerts = eventually_now(lambda: visit("kua.bogor").get("/notification/v1/alerts").json()["alerts"])
    secrets = (words, accepted["ticket"], accepted["report_id"], case["case_id"], case["number"], alerts[0]["alert_id"])
    gambir = visit("kua.gambir")
    for pages in PAGES.values():
        for path in pages:
            page = gambir.get(path, headers={"accept": "application/json" if "/v1/" in path else "text/html"})
            assert page.status_code == 200, path
            assert not [each for each in secrets if each in page.text], path
    for path in (
        f"/verification/v1/cases/{case['case_id']}",
        f"/verification/cases/{case['case_id']}",
        f"/verification/v1/cases/{case['case_id']}/timeline",
        f"/notification/v1/alerts/{alerts[0]['alert_id']}",
        f"/notification/alerts/{alerts[0]['alert_id']}",
        "/escalation/areas/32.71.01",
        "/escalation/areas/32.71",
        f"/integration/v1/alerts/{alerts[0]['alert_id']}.cap",
    ):
        assert gambir.get(path).status_code == 404, path


def test_report_about_an_office_reaches_the_next_one_up(visit: Visit) -> None:
    words = "Tentang kantor KUA itu sendiri, mohon diperiksa."
    post(visit(), "31.71.01", words, concerns_office="31.71.01", categories=["lainnya"], acts=["ancaman"])
    case = case_with(visit("kasi.jakpus"), words)
    kua = visit("kua.gambir")
    assert kua.get(f"/verification/v1/cases/{case['case_id']}").status_code == 404

    def alerted() -> bool:
        found = visit("kasi.jakpus").get("/notification/v1/alerts").json()["alerts"]
        return any(each["case_id"] == case["case_id"] for each in found)

    eventually_now(alerted)
    assert case["case_id"] not in kua.get("/notification/v1/alerts").text
    assert case["case_id"] not in kua.get("/integration/v1/feed", params={"limit": 500}).text


@pytest.mark.parametrize("account", ["kua.gambir", "kasi.jakpus", "kabid.dki", "pusat", "admin", "dpo", "mitra"])
def test_every_sample_account_signs_in_and_opens_its_menu(visit: Visit, account: str) -> None:
    visitor = visit(account)
    import re

    page = visitor.get("/intake/", headers={"accept": "text/html"}).text
    menu = re.findall(r'<a href="(/[^"]+)"', page.split('aria-label="Utama"')[1].split("</nav>")[0])
    assert menu
    for path in menu:
        assert visitor.get(path, headers={"accept": "text/html"}).status_code == 200, path


def test_trace_runs_from_the_request_to_the_partner(stack: Stack, visit: Visit) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    words = "Laporan yang jejaknya diikuti."
    body = {"region": "31.73.01", "categories": ["lainnya"], "narrative": words, "reporter": {"kind": "anonymous"}}
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    assert visit().post("/intake/v1/reports", json=body, headers=headers).status_code == 202
    case = case_with(visit("pusat"), words)
    confirming = trace[::-1]
    check = {"verdict": "terverifikasi", "source_grade": "B", "information_grade": 2, "note": "Dicek di lapangan."}
    headers = {"traceparent": f"00-{confirming}-00f067aa0ba902b7-01"}
    verified = visit("kabid.dki").post(f"/verification/v1/cases/{case['case_id']}/verify", json=check, headers=headers)
    assert verified.status_code < 300, verified.text
    from pymongo import MongoClient

    with MongoClient(f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:

        def traced(service: str, wanted: str) -> bool:
            found = client[f"rukun_{service}"]["cases"].find_one({"_id": case["case_id"]})
            return bool(found) and wanted in str([each["trace"] for each in found["outbox"]])

        eventually_now(lambda: traced("escalation", trace))
        # Partners hear of a case when it is confirmed: in the trace of that.
        eventually_now(lambda: traced("integration", confirming))
        assert not traced("integration", trace)


def test_nothing_personal_is_on_the_bus_or_in_the_logs(stack: Stack, visit: Visit) -> None:
    number = "6281000009876"
    reporter = {"kind": "citizen", "name": "Nama Rahasia", "contact": f"+{number}", "consent": "2026-11"}
    words = f"Hubungi saya di {number} tentang kabar ini."
    accepted = post(visit(), "31.74.01", words, reporter=reporter)
    case_with(visit("pusat"), "Hubungi saya di [disamarkan]")
    from pymongo import MongoClient

    with MongoClient(f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        said = [
            each
            for name in client.list_database_names()
            if name.startswith("rukun_")
            for collection in client[name].list_collection_names()
            for document in client[name][collection].find({"outbox.0": {"$exists": True}})
            for each in document["outbox"]
        ]
    assert any(accepted["report_id"] in each["data"] for each in said)
    assert not [each["type"] for each in said if number in each["data"] or "Nama Rahasia" in each["data"]]
    logs = [path.read_text(errors="replace") for path in (stack.home / "log").glob("*.log")]
    assert not [each for each in logs if number in each or "Nama Rahasia" in each]
    for name in stack.services:
        metrics = visit().http.get(f"http://127.0.0.1:{stack.ports.of(name)}/metrics").text
        assert accepted["report_id"] not in metrics
        assert f"rukun_{name}_" in metrics
