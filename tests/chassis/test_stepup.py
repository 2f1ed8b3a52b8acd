"""What is grave needs a password that was given just now."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis import stepup
from chassis.clock import now
from tests.neighbours import Neighbours
from tests.provider import Provider, sign_in, sign_in_at
from tests.running import CSRF, Service, running


@pytest.fixture
async def integration(
    stack_environment: dict[str, str], neighbours: Neighbours, provider: Provider
) -> AsyncIterator[Service]:
    async with running("integration", oidc_issuer=provider.address) as service:
        yield service


async def add_partner(client: httpx2.AsyncClient, token: str, **headers: str) -> httpx2.Response:
    form = {"csrf": token, "name": "Mitra Contoh", "regions": "ID"}
    return await client.post("/integration/partners", data=form, headers=headers)


async def token_of(client: httpx2.AsyncClient) -> str:
    page = (await client.get("/integration/", headers={"accept": "text/html"})).text
    return page.split('name="csrf" value="')[1].split('"')[0]


def test_proof_is_fresh_for_some_minutes_and_never_ahead() -> None:
    at = now()
    for minutes, fresh in ((0, True), (9, True), (11, False), (-0.5, True), (-5, False)):
        session = {stepup.PROVED: (at - timedelta(minutes=minutes)).isoformat()}
        assert stepup.is_fresh(session, 10, at) is fresh, minutes
    assert not stepup.is_fresh({}, 10, at)
    assert not stepup.is_fresh({stepup.PROVED: None}, 10, at)


@pytest.mark.parametrize("claims", [{}, {"auth_time": None}, {"auth_time": "x"}, {"auth_time": 1e30}])
def test_provider_that_does_not_say_when_proves_nothing(claims: dict[str, Any]) -> None:
    assert stepup.proved_at(claims) is None


async def test_key_is_given_out_after_signing_in_once_more(integration: Service, provider: Provider) -> None:
    owner = integration.client("admin", proved_at=(now() - timedelta(hours=1)).isoformat())
    refused = await add_partner(owner, CSRF)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:problem-type:rukun:sign-in-again")
    host = integration.foundation.settings.public_url.removeprefix("http://")
    page = await add_partner(owner, CSRF, host=host, accept="text/html", referer=f"http://{host}/integration/")
    assert page.status_code == 403
    assert 'href="/integration/sign-in?again=1&amp;next=/integration/"' in page.text
    client = await sign_in(integration, "admin")
    assert (await add_partner(client, await token_of(client))).status_code == 200


async def test_provider_that_does_not_ask_again_opens_nothing(integration: Service, provider: Provider) -> None:
    old = int((now() - timedelta(hours=1)).timestamp())
    await provider.change("admin", roles=["admin"], regions=["ID"], auth_time=old)
    client = await sign_in(integration, "admin")
    token = await token_of(client)
    assert (await add_partner(client, token)).status_code == 403
    asked = await sign_in_at(integration, client, "admin", "?again=1")
    assert {("prompt", "login"), ("max_age", "0")} <= set(asked)
    assert "tidak menanyakan kata sandi" in (await client.get("/integration/", headers={"accept": "text/html"})).text
    assert (await add_partner(client, await token_of(client))).status_code == 403
