"""What a stranger with a script gets: told to wait, and no report of anybody."""

import asyncio
import base64
import re

import httpx2
import pytest

from chassis.clock import new_id
from tests.intake.posting import post
from tests.running import Service
from tests.waiting import eventually


def from_address(intake: Service, address: str) -> httpx2.AsyncClient:
    """Somebody elsewhere, as the front door passes them on."""
    client = intake.client()
    client.headers["x-forwarded-for"] = address
    return client


async def test_script_at_one_address_is_told_to_wait_and_nobody_else_is(intake: Service) -> None:
    script, honest = from_address(intake, "203.0.113.7"), from_address(intake, "203.0.113.8")
    answers = [await post(script) for _ in range(32)]
    assert [each.status_code for each in answers].count(202) == 30
    refused = answers[-1]
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:problem-type:rukun:too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["retry-after"] in refused.json()["detail"]
    page = await script.post("/intake/report", data={"idempotency": "x"}, headers={"accept": "text/html"})
    assert (page.status_code, "Terlalu sering" in page.text) == (429, True)
    assert (await post(honest)).status_code == 202


async def test_address_that_a_caller_claims_beside_their_own_counts_for_nothing(intake: Service) -> None:
    # The proxy appends the address that it saw to whatever the caller sent.
    answers = [await post(from_address(intake, f"198.51.100.{n}, 203.0.113.9")) for n in range(32)]
    assert [each.status_code for each in answers].count(202) == 30


@pytest.mark.parametrize("path", ["/intake/track?ticket=0000-0000", "/intake/v1/regions?q=gambir", "/intake/faq?q=apa"])
async def test_looking_up_without_end_is_refused(intake: Service, path: str) -> None:
    script = from_address(intake, f"203.0.113.{20 + len(path)}")
    codes = [(await script.get(path)).status_code for _ in range(62)]
    assert (codes.count(429), 500 in codes) == (2, False)


async def test_codes_of_one_ticket_cannot_be_guessed_from_many_addresses(intake: Service) -> None:
    ticket = (await post(intake.client())).json()["ticket"]
    guess = {"ticket": ticket, "receipt": "x"}
    codes = [
        (await from_address(intake, f"203.0.113.{100 + n}").post("/intake/track", data=guess)).status_code
        for n in range(12)
    ]
    assert codes == [403] * 10 + [429] * 2


async def test_ticket_alone_shows_that_the_report_exists_and_no_more(intake: Service) -> None:
    report = (await post(intake.client())).json()
    stranger = intake.client(follow=True)
    shown = (await stranger.get("/intake/track", params={"ticket": report["ticket"]})).text
    assert "Laporan ini ada pada kami" in shown
    assert "Gambir" not in shown
    proven = await stranger.post("/intake/track", data={"ticket": report["ticket"], "receipt": report["receipt"]})
    assert "Gambir" in proven.text


async def test_cookie_of_a_reporter_tells_nothing_to_who_reads_it(intake: Service) -> None:
    client = intake.client(follow=True)
    form = {
        "idempotency": new_id(), "narrative": "Ada spanduk penolakan di depan jalan.", "categories": "rumah_ibadat",
        "region_text": "Gambir", "kind": "anonymous",
    }  # fmt: skip
    shown = (await client.post("/intake/report", data=form)).text
    ticket, receipt = (re.search(rf'id="{each}">([^<]+)<', shown)[1] for each in ("ticket", "receipt"))  # type: ignore[index]
    cookie = client.cookies["rukun_session"].partition(".")[0]
    readable = base64.b64decode(cookie + "=" * (-len(cookie) % 4)).decode()
    assert ticket not in readable
    assert receipt not in readable
    tracked = await client.get("/intake/track", params={"ticket": ticket})
    assert "Gambir" in tracked.text


def dropped(intake: Service) -> float:
    """How many requests were answered 400 so far."""
    found = [each for metric in intake.foundation.metrics.requests.collect() for each in metric.samples]
    return sum(each.value for each in found if each.name.endswith("_count") and each.labels["status"] == "400")


async def counted(intake: Service, count: float) -> bool:
    return dropped(intake) >= count


async def test_connection_dropped_within_a_body_is_no_fault_of_ours(
    intake: Service, caplog: pytest.LogCaptureFixture
) -> None:
    before = dropped(intake)
    host, _, port = intake.address.removeprefix("http://").rpartition(":")
    for path in ("/intake/v1/reports", "/intake/v1/channels/whatsapp", "/intake/report"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n{{".encode()
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    await eventually(lambda: counted(intake, before + 3))
    assert (await post(intake.client())).status_code == 202
    assert [each for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")] == []
