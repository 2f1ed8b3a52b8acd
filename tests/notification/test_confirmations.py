"""What the identity provider takes away is gone in half a minute, and its own outage signs nobody out."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis import confirmations, live
from chassis.clock import now
from chassis.identity import Person
from tests.neighbours import Neighbours
from tests.provider import Provider, sign_in
from tests.running import Service, running


@pytest.fixture
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, provider: Provider
) -> AsyncIterator[Service]:
    async with running("notification", oidc_issuer=provider.address) as service:
        yield service


async def status(client: httpx2.AsyncClient) -> int:
    return (await client.get("/notification/v1/alerts")).status_code


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "_EVERY_SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
async def test_role_taken_away_is_gone_at_the_next_question(notification: Service, provider: Provider) -> None:
    client = await sign_in(notification, "kasi.jakpus")
    assert await status(client) == 200
    await provider.change("kasi.jakpus", roles=["mitra"], regions=["31.71"])
    assert await status(client) == 403
    await provider.change("kasi.jakpus", roles=["kasi"], regions=["31.71"])
    assert await status(client) == 200


@pytest.mark.usefixtures("at_once")
async def test_session_that_the_provider_ended_is_over_here(notification: Service, provider: Provider) -> None:
    client, other = [await sign_in(notification, each) for each in ("kasi.jakpus", "kabid.dki")]
    await provider.revoke("kasi.jakpus")
    assert [await status(each) for each in (client, other)] == [401, 200]


async def test_requests_of_half_a_minute_ask_once(monkeypatch: pytest.MonkeyPatch) -> None:
    began, asked = now(), []

    async def ask(token: str) -> tuple[Person, str]:
        asked.append(token)
        await asyncio.sleep(0)
        return Person(sub="a", name="A", roles=("kasi",)), f"{token}+"

    one = confirmations.Confirmations(ask, b"secret")
    session: dict[str, Any] = {"id": "1", "person": {"sub": "a", "name": "A"}}
    one.begin(session, "token", began)
    for seconds, times in ((29, 0), (31, 1), (60, 1), (62, 2)):
        monkeypatch.setattr(confirmations, "now", lambda at=began + timedelta(seconds=seconds): at)
        copies = [dict(session) for _ in range(10)]
        people = await asyncio.gather(*(one.person(each) for each in copies))
        assert len(asked) == times
        assert {each.roles for each in people if each} == {("kasi",) if times else ()}
        assert len({each["confirmed"] for each in copies}) == 1
    assert asked == ["token", "token+"]


@pytest.mark.usefixtures("at_once")
async def test_provider_that_is_away_signs_nobody_out_for_an_hour(
    notification: Service, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await sign_in(notification, "kasi.jakpus")
    provider.away = True
    assert [await status(client) for _ in range(3)] == [200] * 3
    monkeypatch.setattr(confirmations, "_AWAY_SECONDS", 0.0)
    refused = await client.get("/notification/v1/alerts")
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:problem-type:rukun:sign-in-away")
    provider.away = False
    monkeypatch.setattr(confirmations, "_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(confirmations, "_AWAY_SECONDS", 60.0)
    assert await status(client) == 200


@pytest.mark.usefixtures("at_once")
async def test_open_page_is_hung_up_when_regions_change(
    notification: Service, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_KEEP_ALIVE_SECONDS", 0.1)
    client = await sign_in(notification, "kasi.jakpus")
    async with client.stream("GET", "/notification/live") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        await provider.change("kasi.jakpus", roles=["kasi"], regions=["32.71"])
        async with asyncio.timeout(20):
            assert [each async for each in lines][-1] == "", "it ends by itself"


async def test_refresh_token_in_the_cookie_is_sealed_and_a_forged_one_ends_the_session(
    notification: Service, provider: Provider
) -> None:
    client = await sign_in(notification, "kasi.jakpus")
    cookie = next(each.value for each in client.cookies.jar if each.name == "rukun_session") or ""
    readable = base64.b64decode(cookie.split(".")[0])
    known = next(iter(notification.app.state.sign_in.confirmations._known.values()), None)
    assert b'"renew"' in readable
    assert known is None or known.token.encode() not in readable
    session = {"id": "x", "renew": "forged", "confirmed": "2026-11-27T00:00:00+00:00", "person": {"sub": "kasi.jakpus"}}
    assert await notification.app.state.sign_in.confirmations.person(session) is None
