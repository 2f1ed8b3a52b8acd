"""Whose word a token is, what cookies are marked as, and where a sign-in leads back to."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request

from chassis.signin import own_path
from tests.issuer import Provider
from tests.neighbours import Neighbours
from tests.running import Service, running, serving

_LEVELS = "/escalation/v1/levels"


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    async with serving(made.application()) as address:
        made.issuer = address
        yield made


@pytest.fixture(scope="module")
async def escalation(
    stack_environment: dict[str, str], neighbours: Neighbours, provider: Provider
) -> AsyncIterator[Service]:
    async with running("escalation", oidc_issuer=provider.issuer) as service:
        yield service


def claims(provider: Provider, **other: Any) -> dict[str, Any]:
    good = {
        "iss": provider.issuer,
        "aud": "rukun",
        "sub": "program",
        "exp": int(time.time()) + 600,
        "roles": ["kasi"],
        "regions": ["31.71"],
    }
    return {name: value for name, value in {**good, **other}.items() if value is not None}


async def status(escalation: Service, token: str) -> int:
    answer = await escalation.client().get(_LEVELS, headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def test_token_of_the_issuer_for_us_is_taken(escalation: Service, provider: Provider) -> None:
    token = jwt.encode({"alg": "RS256", "kid": "1"}, claims(provider), provider.key)
    assert await status(escalation, token) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_token_that_is_not_for_us_or_old_is_refused(
    escalation: Service, provider: Provider, wrong: dict[str, Any]
) -> None:
    token = jwt.encode({"alg": "RS256", "kid": "1"}, claims(provider, **wrong), provider.key)
    assert await status(escalation, token) == 401


async def test_token_by_another_key_or_algorithm_is_refused(escalation: Service, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256"})
    by_another = jwt.encode({"alg": "RS256", "kid": "1"}, claims(provider), other)
    # The public key as if it were a shared secret: what a verifier takes that believes the token's own header.
    signing = _joined({"alg": "HS256", "kid": "1", "typ": "JWT"}, claims(provider))
    signature = hmac.new(provider.key.as_pem(private=False), signing.encode(), hashlib.sha256).digest()
    confused = f"{signing}.{_base64(signature)}"
    unsigned = _joined({"alg": "none", "typ": "JWT"}, claims(provider)) + "."
    for token in (by_another, confused, unsigned):
        assert await status(escalation, token) == 401


def _joined(*parts: dict[str, Any]) -> str:
    return ".".join(_base64(json.dumps(each).encode()) for each in parts)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil.example", "", "///x"],
)
def test_sign_in_leads_back_to_our_own_pages_alone(elsewhere: str) -> None:
    assert own_path(elsewhere) == "/"
    assert own_path("/verification/cases/1?x=2") == "/verification/cases/1?x=2"


@pytest.mark.parametrize(("environment", "secure"), [("development", False), ("production", True)])
async def test_cookies_are_for_pages_of_ours_and_no_script(
    stack_environment: dict[str, str], neighbours: Neighbours, environment: str, secure: bool
) -> None:
    async with running("escalation", environment=environment) as service:
        app: FastAPI = service.app

        @app.get("/of-this-test")
        async def remember(request: Request) -> None:
            request.session["x"] = "y"

        cookie = (await service.client().get("/of-this-test")).headers["set-cookie"].lower()
    assert "rukun_session=" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("secure" in cookie) is secure
