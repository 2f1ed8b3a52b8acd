"""A partner system: an HTTP server on loopback that checks the signature of every webhook it gets."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Partner:
    """Receives until closed."""

    def __init__(self) -> None:
        self.secret: str | None = None
        self.received: list[dict[str, Any]] = []
        self.taken: list[str] = []
        """The ids of all that came, repetitions too."""
        self.refused = 0
        self.gone = False
        """Whether it answers 410, as an endpoint does that is no more."""
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(partner.take(body, {k.lower(): v for k, v in self.headers.items()}))
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where to send."""
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Keep a genuine webhook; the status to answer."""
        if self.gone:
            return 410
        try:
            Webhook(self.secret or "whsec_").verify(body.decode(), headers)
        except (WebhookVerificationError, ValueError):
            self.refused += 1
            return 401
        self.taken.append(headers["webhook-id"])
        known = any(each["id"] == headers["webhook-id"] for each in self.received)
        if not known:
            self.received.append({"id": headers["webhook-id"], "heard_at": datetime.now(UTC), **json.loads(body)})
        return 204

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
