"""A client that works as a person's browser does: signs in, keeps cookies, waits when a service is away."""

import re
import time
from typing import Any

import httpx2

from chassis import language

_PATIENCE_SECONDS = 90
_AWAY = {502, 503, 504}


class Away(Exception):
    """A service stayed away for too long."""


class Visitor:
    """Somebody who uses the pages and APIs under one origin."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        headers = {"accept-language": language.current()}
        self.http = httpx2.Client(base_url=origin, timeout=20, follow_redirects=True, headers=headers)

    def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Ask; where a service is away, ask again until it is back."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                answer = self.http.request(method, path, **more)
                if answer.status_code not in _AWAY:
                    return answer
                reason = str(answer.status_code)
            except httpx2.TransportError as error:
                reason = type(error).__name__
            if time.monotonic() > until:
                raise Away(f"{method} {path}: {reason}")
            time.sleep(0.5)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        """POST."""
        return self.request("POST", path, **more)

    def sign_in(self, sub: str, service: str = "verification") -> "Visitor":
        """Sign in at the identity provider with a sample account; from the beginning where it was interrupted."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self._sign_in_once(sub, service):
            if time.monotonic() > until:
                raise Away(f"sign-in as {sub}")
            time.sleep(0.5)
        return self

    def _sign_in_once(self, sub: str, service: str) -> bool:
        page = self.get(f"/{service}/sign-in", params={"next": f"/{service}/health/live"})
        try:
            done = self.http.post(str(page.url), data={"sub": sub})
        except httpx2.TransportError:
            return False
        return done.status_code == 200 and str(done.url).startswith(self.origin)

    def csrf(self, page: str) -> str:
        """The token of the forms on a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page, headers={"accept": "text/html"}).text)
        if found is None:
            raise Away(f"no form on {page}")
        return found[1]

    def submit(self, page: str, address: str, data: dict[str, Any], files: Any = None) -> httpx2.Response:
        """Send a form that stands on a page."""
        filled = {**data, "csrf": self.csrf(page)}
        return self.post(address, data=filled, files=files, headers={"accept": "text/html"})

    def close(self) -> None:
        """Put it away."""
        self.http.close()
