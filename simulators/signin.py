"""The identity provider: `oidc-provider-mock` with our accounts and a page that a person can read."""

import time
from pathlib import Path

import oidc_provider_mock
from flask import Flask, request
from jinja2 import ChoiceLoader, FileSystemLoader
from oidc_provider_mock import User
from werkzeug.serving import BaseWSGIServer, make_server

from simulators.accounts import ACCOUNTS

_TEMPLATES = Path(__file__).parent / "templates"


def _tell_when(app: Flask, users: list[User]) -> None:
    """Let ID tokens say when their person signed in last (`auth_time`): each time the form is sent."""
    by_sub = {each.sub: each for each in users}

    @app.before_request
    def note() -> None:
        if request.method == "POST" and (user := by_sub.get(request.form.get("sub", ""))):
            user.claims["auth_time"] = int(time.time())


def server(host: str, port: int) -> BaseWSGIServer:
    """The provider, ready to `serve_forever`."""
    users = [
        User(
            sub=each.sub,
            claims={"name": each.name, "roles": list(each.roles), "regions": list(each.regions)},
        )
        for each in ACCOUNTS
    ]
    app = oidc_provider_mock.app(user_claims=users, require_nonce=True)
    own = [FileSystemLoader(_TEMPLATES), *([app.jinja_loader] if app.jinja_loader else [])]
    app.jinja_loader = ChoiceLoader(own)  # type: ignore[assignment,unused-ignore]
    app.jinja_env.globals["accounts"] = ACCOUNTS
    _tell_when(app, users)
    return make_server(host, port, app, threaded=True)
