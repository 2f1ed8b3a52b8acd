"""A session is over everywhere when its person signed out, was signed out elsewhere, or it is too old."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
import uvicorn
from joserfc.jwk import RSAKey

from chassis import live, signin
from chassis.clock import now
from contracts.events import SessionsEnded
from tests.issuer import Provider
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running, session_of
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    server = uvicorn.Server(uvicorn.Config(made.application(), host="127.0.0.1", port=0, log_config=None))
    server.config.load()
    task = asyncio.create_task(server._serve())

    async def up() -> bool:
        return server.started

    await eventually(up)
    made.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield made
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def notification(
    stack_environment: dict[str, str], neighbours: Neighbours, provider: Provider
) -> AsyncIterator[Service]:
    async with running("notification", oidc_issuer=provider.issuer) as service:
        yield service


def with_cookie(service: Service, cookie: str) -> httpx2.AsyncClient:
    made = service.client()
    made.cookies.set("rukun_session", cookie)
    return made


async def status(client: httpx2.AsyncClient) -> int:
    return (await client.get("/notification/v1/alerts")).status_code


async def test_copy_of_a_cookie_ends_with_the_sign_out_of_its_owner(
    notification: Service, neighbours: Neighbours, provider: Provider
) -> None:
    cookie = session_of("kasi.jakpus")
    owner, thief, elsewhere = (with_cookie(notification, each) for each in (cookie, cookie, session_of("kasi.jakpus")))
    assert [await status(each) for each in (owner, thief, elsewhere)] == [200, 200, 200]
    left = await owner.post("/notification/sign-out", data={"csrf": CSRF})
    page = await notification.client().get(left.headers["location"], headers={"accept": "text/html"})
    assert page.headers["refresh"].startswith(f"0; url={provider.issuer}/end?client_id=rukun")
    assert [await status(each) for each in (owner, thief, elsewhere)] == [401, 401, 200]
    told = (await neighbours.wait(SessionsEnded))[-1]
    assert "kasi" not in told.model_dump_json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"iss": "http://another"},
        {"events": None},
        {"nonce": "n"},
        {"sub": None},
        {"iat": None},
        {"iat": 1_700_000_000},
        {"iat": 4_000_000_000},
    ],
)
async def test_word_of_the_provider_that_is_none_ends_nothing(
    notification: Service, provider: Provider, wrong: dict[str, object]
) -> None:
    client = notification.client("kasi.jakpus")
    token = provider.token(**wrong)
    answer = await notification.client().post("/notification/back-channel-logout", data={"logout_token": token})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:problem-type:rukun:logout-token")
    assert await status(client) == 200


async def test_word_of_the_provider_ends_all_sessions_of_a_person_and_no_later_one(
    notification: Service, neighbours: Neighbours, provider: Provider
) -> None:
    theirs, others = [notification.client("kasi.jakpus") for _ in range(2)], notification.client("kabid.dki")
    form = {"logout_token": provider.token()}
    assert (await notification.client().post("/notification/back-channel-logout", data=form)).status_code == 200
    assert [await status(each) for each in (*theirs, others)] == [401, 401, 200]
    assert await status(notification.client("kasi.jakpus")) == 200


async def test_word_under_a_new_key_counts_and_rubbish_asks_the_provider_nothing(
    notification: Service, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = notification.client("kabid.dki")
    provider.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
    asked = provider.asked
    for _ in range(5):
        rubbish = {"logout_token": "a.b.c"}
        assert (await notification.client().post("/notification/back-channel-logout", data=rubbish)).status_code == 400
    assert provider.asked - asked <= 1
    monkeypatch.setattr(signin, "_KEYS_SECONDS", 0.0)
    form = {"logout_token": provider.token(sub="kabid.dki", iat=int(time.time()) + 20)}
    assert (await notification.client().post("/notification/back-channel-logout", data=form)).status_code == 200
    assert await status(theirs) == 401


async def test_session_ends_hours_after_the_sign_in_however_often_its_cookie_is_renewed(notification: Service) -> None:
    old = (now() - timedelta(hours=8, minutes=1)).isoformat()
    assert await status(with_cookie(notification, session_of("kasi.jakpus", began=old))) == 401
    without = session_of("kasi.jakpus", began="")
    assert await status(with_cookie(notification, without)) == 401


async def test_open_page_is_hung_up_when_the_session_is_over(
    notification: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_KEEP_ALIVE_SECONDS", 0.1)
    client = notification.client("kasi.jakpus")
    async with client.stream("GET", "/notification/live") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        await client.post("/notification/sign-out", data={"csrf": CSRF})
        async with asyncio.timeout(20):
            assert [each async for each in lines][-1] == "", "it ends by itself"
