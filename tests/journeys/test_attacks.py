"""What somebody with a script tries against the whole house."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2

from contracts.regions import children
from rukun.client import Visitor
from rukun.up import Stack
from tests.waiting import eventually_now

Visit = Callable[..., Visitor]
_REGIONS = [each.code for area in ("33.74", "33.72") for each in children(area)][:20]
_POSTS = 1000


async def _flood(address: str) -> None:
    """Fires and deaths, told by invented people, in twenty places."""
    async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
        places = asyncio.Semaphore(16)

        async def post(number: int) -> None:
            reporter = {"kind": "citizen", "contact": f"x{number % 300}", "consent": "2026-11"}
            body = {
                "region": _REGIONS[number % len(_REGIONS)],
                "categories": ["kekerasan_pengusiran"],
                "narrative": f"Rumah dibakar dan ada korban, kabar {number}.",
                "acts": ["pembakaran", "korban_jiwa"],
                "reporter": reporter,
            }
            async with places:
                answer = await client.post("/intake/v1/reports", json=body)
            assert answer.status_code == 202, answer.text

        await asyncio.gather(*(post(number) for number in range(_POSTS)))


def test_flood_of_invented_people_raises_no_alarm_and_one_request_to_look_a_place(stack: Stack, visit: Visit) -> None:
    asyncio.run(_flood(stack.ports.address))
    pusat = visit("pusat")

    def cases() -> list[dict[str, Any]]:
        found = pusat.get("/escalation/v1/levels", params={"limit": 500}).raise_for_status().json()["cases"]
        return [each for each in found if each["region"] in _REGIONS]

    eventually_now(lambda: sum(len(each["known_reports"]) >= 0 for each in cases()) >= len(_REGIONS), 60)
    inbox = visit("admin", "notification")  # signed in for nothing: an administrator sees no alerts
    assert inbox.get("/notification/v1/alerts").status_code == 403
    assert {each["level"] for each in cases()} == {1}
    assert not any(each["needs_confirmation"] for each in cases())
    looks = _looks(stack)
    assert set(looks.values()) == {1}
    assert set(looks) == set(_REGIONS)
    kasi = visit("kasi.jakpus")
    assert "sedang dibanjiri laporan" not in kasi.get("/verification/").text  # another kabupaten's
    eventually_now(lambda: pusat.get("/verification/").text.count("sedang dibanjiri laporan") == len(_REGIONS), 60)


def test_copied_cookie_opens_no_service_after_its_owner_signed_out(stack: Stack, visit: Visit) -> None:
    owner, thief = visit("kasi.jakpus"), visit()
    thief.http.cookies.update(owner.http.cookies)
    pages = {
        "verification": "/verification/v1/cases", "notification": "/notification/v1/alerts",
        "escalation": "/escalation/v1/levels", "integration": "/integration/v1/feed", "intake": "/intake/identities",
    }  # fmt: skip
    assert {thief.get(each).status_code for each in pages.values()} == {200}
    owner.submit("/verification/", "/notification/sign-out", {})
    eventually_now(lambda: {thief.get(each).status_code for each in pages.values()} == {401}, 60)
    assert owner.get("/verification/v1/cases").status_code == 401


def _looks(stack: Stack) -> Counter[str]:
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        alerts = client["rukun_notification"]["alerts"]
        wanted = {"state.kind": "look", "state.region": {"$in": _REGIONS}}
        eventually_now(lambda: len(alerts.distinct("state.region", wanted)) == len(_REGIONS), 60)
        loud = {"state.kind": "alert", "state.level": {"$gt": 1}, "state.region": {"$in": _REGIONS}}
        assert alerts.count_documents(loud) == 0
        return Counter(each["state"]["region"] for each in alerts.find(wanted))
