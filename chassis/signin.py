"""Signing in by OpenID Connect, for people by cookie and for programs by bearer token; CSRF for forms."""

import secrets
import time
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Depends, Request, Security
from fastapi.responses import RedirectResponse, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis import stepup
from chassis.clock import now
from chassis.confirmations import Away, Confirmations, Refused
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, SignInAgain, SignInNeeded
from chassis.sessions import COOKIE
from chassis.settings import Settings
from chassis.web.shell import Look

log = structlog.get_logger(__name__)
_ALGORITHMS = ["RS256", "ES256", "PS256"]
_KEYS_SECONDS = 60.0
_LEEWAY_SECONDS = 60
_LOGOUT_SECONDS = 600.0
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class SignIn:
    """The identity provider, as one service uses it."""

    def __init__(self, settings: Settings, service: str, look: Look) -> None:
        self._settings = settings
        self._look = look
        self._base = f"/{service}"
        self._keys: KeySet | None = None
        self._fetched = 0.0
        oauth = OAuth()
        oauth.register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": 10},
        )
        self._provider = oauth.provider
        self.confirmations = Confirmations(self.ask_again, settings.session_secret.get_secret_value().encode())

    def address(self, request: Request, again: bool = False) -> str:
        """Where to go to sign in, once more where `again`, and come back: to the page, or the page of the form."""
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.method != "GET":
            path = _page_of_form(request) or self._base + "/"
        return f"{self._base}/sign-in?{'again=1&' if again else ''}next={quote(path)}"

    async def begin(self, request: Request, next: str, again: bool) -> Response:
        """Send the person to the provider, from the one address that it will send back to."""
        if request.headers.get("host") != urlsplit(self._settings.public_url).netloc:
            wanted = f"{'again=1&' if again else ''}next={quote(own_path(next))}"
            return RedirectResponse(f"{self._settings.public_url}{self._base}/sign-in?{wanted}", 303)
        request.session["next"], request.session["again"] = own_path(next), again
        back = f"{self._settings.public_url}{self._base}/sign-in/callback"
        asked = {"prompt": "login", "max_age": "0"} if again else {}
        try:
            return await self._provider.authorize_redirect(request, back, **asked)  # type: ignore[no-any-return]
        except httpx2.HTTPError as error:
            raise _away() from error

    async def finish(self, request: Request) -> Response:
        """Take the person's claims from the provider's answer (issuer, audience, expiry, nonce are checked)."""
        try:
            token = await self._provider.authorize_access_token(
                request, claims_options={"iss": {"essential": True, "value": self._settings.oidc_issuer}}
            )
        except (OAuthError, JoseError) as error:
            log.info("sign-in refused", reason=type(error).__name__)
            raise Problem("sign-in-failed", 400, _("Masuk tidak berhasil"), _("Ulangi dari halaman masuk.")) from error
        except httpx2.HTTPError as error:
            raise _away() from error
        wanted, again = request.session.get("next", "/"), request.session.get("again")
        request.session.clear()
        person, at = person_of(token["userinfo"]), now()
        request.session.update(request.app.state.sessions.begin(person, at))
        request.session[stepup.PROVED] = stepup.proved_at(token["userinfo"])
        if again:
            self._note_again(request, at)
        self.confirmations.begin(request.session, token.get("refresh_token"), at)
        first = next((path for path, _ in self._look.navigation(person)), "/")
        return RedirectResponse(first if wanted == "/" else wanted, 303)

    def _note_again(self, request: Request, at: datetime) -> None:
        if stepup.is_fresh(request.session, self._settings.step_up_minutes, at):
            request.session["notice"] = _("Terima kasih. Sekarang tekan tombolnya sekali lagi.")
            return
        # The provider took no notice of `max_age`, or does not say when: nothing is proven, whatever it asked.
        log.warning("provider did not sign in again: auth_time is missing or old")
        request.session["notice"] = _("Penyedia identitas tidak menanyakan kata sandi lagi. Hubungi administrator.")

    async def confirmed(self, request: Request) -> Person | None:
        """The person of a request's session as the provider knows them now; None where it no longer does."""
        try:
            return await self.confirmations.person(request.session)
        except Away as error:
            raise _away() from error

    async def ask_again(self, token: str) -> tuple[Person, str]:
        """Who the provider says that a refresh token is of, now, and the token for the next time.

        The claims come from its UserInfo endpoint, as an answer to a refresh need not have an ID token (OpenID
        Connect Core 1.0, 12.2).
        """
        secret = self._settings.oidc_client_secret.get_secret_value()
        form = {"grant_type": "refresh_token", "refresh_token": token}
        try:
            described = await self._provider.load_server_metadata()
            async with httpx2.AsyncClient(timeout=5) as client:
                client_id = self._settings.oidc_client_id
                renewed = await client.post(described["token_endpoint"], data=form, auth=(client_id, secret))
                if renewed.status_code == 400 and renewed.json().get("error") == "invalid_grant":
                    raise Refused
                tokens = renewed.raise_for_status().json()
                bearer = {"authorization": f"Bearer {tokens['access_token']}"}
                claims = await client.get(described["userinfo_endpoint"], headers=bearer)
                if claims.status_code in (401, 403):
                    raise Refused
                return person_of(claims.raise_for_status().json()), tokens.get("refresh_token", token)
        except (httpx2.HTTPError, KeyError, TypeError, ValueError) as error:
            log.warning("identity provider does not answer", reason=type(error).__name__)
            raise Away from error

    async def bearer(self, token: str) -> Person:
        """The person or program behind a token that the issuer signed for us."""
        try:
            return person_of(await self._claims(token, exp={"essential": True}))
        except (JoseError, ValueError, httpx2.HTTPError) as error:
            raise Problem(
                "token", 401, _("Token tidak berlaku"), _("Minta token baru dari penyedia identitas.")
            ) from error

    async def signed_out(self, logout_token: str) -> str:
        """Whose sessions the provider ended: a back-channel logout token (OpenID Connect Back-Channel Logout 1.0)."""
        try:
            claims = await self._claims(logout_token, iat={"essential": True}, sub={"essential": True})
        except (JoseError, ValueError, httpx2.HTTPError) as error:
            raise _no_logout() from error
        # The event tells it from an ID token, which has a nonce and must not end anything; an old one is no news.
        old = time.time() - float(claims["iat"]) > _LOGOUT_SECONDS
        if _LOGOUT_EVENT not in (claims.get("events") or {}) or "nonce" in claims or old:
            raise _no_logout()
        return str(claims["sub"])

    async def _claims(self, token: str, **wanted: Any) -> dict[str, Any]:
        """The claims of a token for us. Where it does not fit the keys that are known they are fetched again, as the
        provider may have new ones; but nobody makes us ask more than once a minute."""
        while True:
            fresh = self._keys is None
            if self._keys is None:
                self._keys, self._fetched = await self._fetch_keys(), time.monotonic()
            try:
                claims = jwt.decode(token, self._keys, algorithms=_ALGORITHMS).claims
                break
            except (JoseError, ValueError):
                if fresh or time.monotonic() - self._fetched <= _KEYS_SECONDS:
                    raise
                self._keys = None
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": self._settings.oidc_client_id},
            **wanted,
        )
        registry.validate(claims)
        return claims

    async def end_address(self) -> str:
        """Where the provider's own session ends; our first page where it has none such."""
        try:
            found = await self._provider.load_server_metadata()
        except httpx2.HTTPError:
            return "/"
        if not (address := found.get("end_session_endpoint")):
            return "/"
        back = urlencode(
            {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": self._settings.public_url + "/"}
        )
        return f"{address}?{back}"

    async def _fetch_keys(self) -> KeySet:
        async with httpx2.AsyncClient(timeout=5) as client:
            found = await client.get(f"{self._settings.oidc_issuer}/.well-known/openid-configuration")
            keys = await client.get(found.raise_for_status().json()["jwks_uri"])
            return KeySet.import_key_set(keys.raise_for_status().json())


def _away() -> Problem:
    return Problem("sign-in-away", 503, _("Layanan masuk tidak dapat dihubungi"), _("Coba lagi beberapa saat lagi."))


def _no_logout() -> Problem:
    return Problem("logout-token", 400, _("Token keluar tidak berlaku"))


def person_of(claims: dict[str, Any]) -> Person:
    """Claims as a person; roles and regions are lists of strings."""
    if not claims.get("sub"):
        raise Problem("token", 401, _("Token tidak berlaku"), _("Token tidak menyebut siapa pemiliknya."))
    return Person(
        sub=str(claims["sub"]),
        name=str(claims.get("name") or claims["sub"]),
        roles=tuple(claims.get("roles") or ()),
        regions=tuple(claims.get("regions") or ()),
        language=str(claims["locale"])[:2].lower() if claims.get("locale") else None,
    )


def own_path(path: str) -> str:
    """Only a path of our own: never a way to another site."""
    parts = urlsplit(path)
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc else "/"


def _page_of_form(request: Request) -> str | None:
    """The page of ours on which the form stood that was sent."""
    parts = urlsplit(request.headers.get("referer", ""))
    return own_path(parts.path) if parts.path and parts.netloc == request.headers.get("host") else None


async def who(request: Request) -> Person | None:
    """The person who asks, or None."""
    scheme, _sep, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.count(".") == 2:
        return await request.app.state.sign_in.bearer(token)  # type: ignore[no-any-return]
    if "person" not in request.session:
        return None
    over = not await request.app.state.sessions.holds(request.session)
    person: Person | None = None if over else await request.app.state.sign_in.confirmed(request)
    if person is None:
        request.session.clear()
        return None
    if not _from_our_pages(request):
        raise Problem(
            "foreign-site", 403, _("Permintaan dari situs lain"), _("Buka halaman Rukun, lalu ulangi dari sana.")
        )
    return person


def _from_our_pages(request: Request) -> bool:
    """Whether a browser that brings our cookie to change something was on a page of ours."""
    origin = request.headers.get("origin")
    if request.method in ("GET", "HEAD", "OPTIONS") or origin is None:
        return True
    settings = request.app.state.foundation.settings
    return origin == settings.public_url or urlsplit(origin).netloc == request.headers.get("host")


_COOKIE = APIKeyCookie(
    name=COOKIE, scheme_name="session", description="A person who signed in by the pages", auto_error=False
)
_TOKEN = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="bearer",
    description="A program: a token that the identity provider signed for this client",
    auto_error=False,
)


async def signed_in(
    request: Request,
    _session: Annotated[str | None, Security(_COOKIE)] = None,
    _token: Annotated[HTTPAuthorizationCredentials | None, Security(_TOKEN)] = None,
) -> Person:
    """The person who asks; a sign-in or a 401 where there is none. The two ways are named for the OpenAPI document."""
    person = await who(request)
    if person is None:
        raise SignInNeeded
    return person


async def still_signed_in(request: Request) -> bool:
    """Whether who began a long answer may have the rest of it; a program's token was good when it began.

    With other roles or regions it is begun anew: what it shows was chosen by the old ones.
    """
    if "person" not in request.session:
        return True
    before = Person.model_validate(request.session["person"])
    if not await request.app.state.sessions.holds(request.session):
        return False
    return await request.app.state.sign_in.confirmed(request) == before  # type: ignore[no-any-return]


async def guarded(request: Request) -> None:
    """A form post carries the session's token; a program's call carries no cookie and needs none."""
    if "person" not in request.session:
        return
    given = request.headers.get("x-csrf-token") or (await request.form()).get("csrf", "")
    if not secrets.compare_digest(str(given).encode(), str(request.session.get("csrf", "-")).encode()):
        raise Problem("form-expired", 403, _("Formulir sudah kedaluwarsa"), _("Muat ulang halaman, lalu kirim lagi."))


SignedIn = Annotated[Person, Depends(signed_in)]
Guarded = Depends(guarded)


async def signed_in_just_now(request: Request, _person: SignedIn) -> None:
    """For what is grave: a password given within some minutes. A program's token proves no such thing."""
    if not stepup.is_fresh(request.session, request.app.state.foundation.settings.step_up_minutes, now()):
        raise SignInAgain


JustNow = Depends(signed_in_just_now)


_pages = APIRouter(include_in_schema=False)


@_pages.get("/sign-in")
async def begin_sign_in(request: Request, next: str = "/", again: bool = False) -> Response:
    """To the identity provider."""
    return await request.app.state.sign_in.begin(request, next, again)  # type: ignore[no-any-return]


@_pages.get("/sign-in/callback")
async def finish_sign_in(request: Request) -> Response:
    """Back from it."""
    return await request.app.state.sign_in.finish(request)  # type: ignore[no-any-return]


def routes(service: str) -> APIRouter:
    """The pages of signing in, below the service's path."""
    router = APIRouter(prefix=f"/{service}")
    router.include_router(_pages)
    return router
