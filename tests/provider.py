"""The simulated identity provider on a socket, and signing in there as a browser does."""

import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from simulators.signin import server
from tests.running import Service


class Provider:
    """The simulated provider on a socket, that can be away and come back with what it knew."""

    def __init__(self) -> None:
        self._server = server("127.0.0.1", 0)
        self._app = self._server.app
        self.port = self._server.server_port
        self.address = f"http://127.0.0.1:{self.port}"
        self._server.app = self._answer
        self.away = False
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.away:
            start("503 Service Unavailable", [])
            return [b"away"]
        return self._app(environ, start)  # type: ignore[no-any-return]

    async def change(self, sub: str, **claims: Any) -> None:
        async with httpx2.AsyncClient(base_url=self.address) as client:
            await client.put(f"/users/{sub}", json={"name": "Pejabat Contoh", **claims})

    async def revoke(self, sub: str) -> None:
        async with httpx2.AsyncClient(base_url=self.address) as client:
            await client.post(f"/users/{sub}/revoke-tokens")

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


async def sign_in(service: Service, account: str) -> httpx2.AsyncClient:
    """Sign in as a browser does, with the provider's own form."""
    client = service.client()
    client.headers["host"] = urlsplit(service.foundation.settings.public_url).netloc
    await sign_in_at(service, client, account)
    return client


async def sign_in_at(
    service: Service, client: httpx2.AsyncClient, account: str, how: str = ""
) -> list[tuple[str, str]]:
    """The same with a browser that was there before; what the provider was asked for."""
    there = (await client.get(f"/{service.name}/sign-in{how}")).headers["location"]
    async with httpx2.AsyncClient() as browser:
        back = await browser.post(there, data={"sub": account})
    landed = urlsplit(back.headers["location"])
    assert (await client.get(f"{landed.path}?{landed.query}")).status_code == 303
    return parse_qsl(urlsplit(there).query)
