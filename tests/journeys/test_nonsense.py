"""Nonsense on every route, by every role: a clear refusal each time, never a failure of ours."""

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chassis.sessions import COOKIE
from contracts.topics import SERVICES
from rukun.client import Visitor
from rukun.up import Stack
from tests.routes import Route, routes_of

Visit = Callable[..., Visitor]
_ACCOUNTS = ("kua.gambir", "pusat", "admin", "dpo", "mitra")
_LONG = {"GET /verification/live", "GET /notification/live"}
_ENDS = {"POST /notification/sign-out"}
_SHARP = ["", "\0", "a\0b", "-1", "9" * 30, "NaN", "1e999", "٣", "$ne", '{"$gt": 1}', "../x", "%00", "ID", "31.71.01"]
TEXT = st.sampled_from(_SHARP) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.just("x" * 6000)
FILE = st.sampled_from(
    [b"", b"PK\x03\x04", b"\xff\xd8\xff", b"a,b\n1,2", b"\xef\xbb\xbf", b"nama,peran,wilayah\n\0,,\n"]
)
BODY = st.sampled_from([b"\xff\xfe", b"{", b"", b"a=%zz&%00=1", b"[[[[", b"--x\r\n\r\n"])
KINDS = [
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
]


def test_documents_hold(stack: Stack, visit: Visit) -> None:
    """The OpenAPI documents against the running services: statuses, types and bodies are as they say. `bench/fuzz.py`
    does it for every role, and for longer."""
    for service in SERVICES:
        walk_document(stack.ports.address, service, visit("pusat"), examples=3)


def walk_document(origin: str, service: str, visitor: Visitor, examples: int, seed: int = 1) -> None:
    """Run Schemathesis over a service's document, as this visitor."""
    command = [shutil.which("st", path=str(Path(sys.executable).parent)) or "st", "run"]
    command += [f"{origin}/{service}/openapi.json", "--url", origin, "-n", str(examples), "--mode", "all"]
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command += ["--checks", checks, "--no-color", "--phases", "examples,fuzzing", "--seed", str(seed)]
    cookies = "; ".join(f"{each.name}={each.value}" for each in visitor.http.cookies.jar)
    command += ["-H", f"Cookie: {cookies}"] if cookies else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{service}\n{done.stdout[-4000:]}{done.stderr[-500:]}"


@pytest.mark.parametrize("account", [None, *_ACCOUNTS])
@pytest.mark.parametrize("service", SERVICES)
def test_nonsense_is_refused(service: str, account: str | None, ids: dict[str, str], visit: Visit) -> None:
    nonsense(visit(account) if account else visit(), service, ids, examples=3)


def nonsense(visitor: Visitor, service: str, ids: dict[str, str], examples: int) -> None:
    """So many requests to each route of a service, about half of them to what is there."""
    csrf = _csrf(visitor)
    for route in routes_of(service):
        if route.name not in _LONG | _ENDS and "sign-in" not in route.path:
            _try(visitor, route, csrf, ids, examples)


def _csrf(visitor: Visitor) -> str:
    session = {each.name: each.value for each in visitor.http.cookies.jar}.get(COOKIE, "")
    held: dict[str, Any] = json.loads(base64.b64decode(session.partition(".")[0] + "==")) if session else {}
    return str(held.get("csrf", ""))


def _try(visitor: Visitor, route: Route, csrf: str, ids: dict[str, str], examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        def filled(name: re.Match[str]) -> str:
            there = ids.get(name[1]) if data.draw(st.booleans()) else None
            return there or quote(data.draw(TEXT) or "0", safe="")

        url = re.sub(r"\{(\w+)\}", filled, route.path)
        query = {name: data.draw(TEXT) for name in route.query if data.draw(st.booleans())}
        headers = {"accept": data.draw(st.sampled_from(["text/html", "application/json"])), "x-csrf-token": csrf}
        sent = _body(data, route, csrf, headers) if route.method == "POST" else {}
        answer = visitor.http.request(route.method, url, params=query, headers=headers, follow_redirects=False, **sent)
        assert answer.status_code < 500, (route.name, url, query, sent, answer.text[:300])

    ask()


def _body(data: st.DataObject, route: Route, csrf: str, headers: dict[str, str]) -> dict[str, Any]:
    form: dict[str, Any] = {name: data.draw(TEXT | st.lists(TEXT, max_size=2)) for name in route.body}
    kind = data.draw(st.sampled_from(["form", "files", "json", "raw"]))
    if kind == "form":
        return {"data": {**form, "csrf": csrf}}
    if kind == "files":
        files = {name: (data.draw(st.sampled_from(["a.csv", "b.xlsx", ""])), data.draw(FILE)) for name in route.body}
        return {"files": files, "data": {"csrf": csrf}}
    headers["content-type"] = "application/json" if kind == "json" else data.draw(st.sampled_from(KINDS))
    return {"content": json.dumps(form).encode() if kind == "json" else data.draw(BODY)}
