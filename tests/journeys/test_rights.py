"""Every route of every service, walked by every role and compared with one table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis.clock import now
from contracts.regions import ancestry
from contracts.topics import SERVICES
from kemenag.permissions import ROLES, Action
from rukun.client import Visitor
from simulators.accounts import ACCOUNTS, Account
from tests.journeys.one_of_each import HERE
from tests.routes import routes_of

Visit = Callable[..., Visitor]


@dataclass(frozen=True)
class Right:
    """Who may use a route: everybody, everybody who signed in, or whom one of the actions is given; where its object
    lies; what is sent. `hidden`: who may not is told that nothing is there."""

    actions: tuple[Action, ...] = ()
    place: str = ""
    body: tuple[tuple[str, Any], ...] = ()
    hidden: bool = False
    anybody: bool = False
    token: bool = False
    """For programs with a partner's token: nobody who signs in is let in."""
    owner: str = ""
    """The one account whose it is, where it is nobody else's."""


def may(*actions: Action, place: str = "", hidden: bool = False, owner: str = "", **body: Any) -> Right:
    return Right(actions, place, tuple(body.items()), hidden, owner=owner)


ANYBODY = Right(anybody=True)
TOKEN = Right(token=True)
OPERATOR = may(Action.OPERATE, hidden=True)
CHECK = {"verdict": "sebagian", "source_grade": "B", "information_grade": "2", "note": "Dicek."}
COMMANDS = {
    "assign": may(Action.HANDLE_CASE, place=HERE, to="KUA Gambir"),
    "verify": may(Action.VERIFY_CASE, place=HERE, **CHECK),
    "ask": may(Action.HANDLE_CASE, place=HERE, report_id="{report_id}", text="Masih?"),
    "act": may(Action.HANDLE_CASE, place=HERE, text="Datang ke lokasi."),
    "actions": may(Action.HANDLE_CASE, place=HERE, text="Datang ke lokasi."),
    "split": may(Action.VERIFY_CASE, place=HERE, report_id="{report_id}"),
    "reopen": may(Action.VERIFY_CASE, place=HERE, text="Lihat lagi."),
    "merge": may(Action.VERIFY_CASE, place=HERE, into="K-00000000", reason="Kejadian yang sama."),
    "stay": may(Action.VERIFY_CASE, place=HERE),
    "apart": may(Action.VERIFY_CASE, place=HERE, other="{case_id}"),
    "move": may(Action.VERIFY_CASE, place=HERE, region="31.71.01", region_text="31.71.01", reason="Salah kecamatan."),
    "close": may(Action.VERIFY_CASE, place=HERE, outcome="mereda", note="Selesai."),
}
LEVEL = {"level": "1", "reason": "Sudah tenang kembali."}
TABLE: dict[str, Right] = {
    "GET /metrics": ANYBODY,
    **{
        f"{method} /{service}{path}": right
        for service in SERVICES
        for method, path, right in (
            ("GET", "/health/live", ANYBODY),
            ("GET", "/health/ready", ANYBODY),
            ("GET", "/sign-in", ANYBODY),
            ("GET", "/sign-in/callback", ANYBODY),
            ("GET", "/operators", OPERATOR),
            ("POST", "/operators/dead-letters", may(Action.OPERATE, hidden=True, letter="x")),
            (
                "POST",
                "/operators/outbox",
                may(Action.OPERATE, hidden=True, collection="x", document="x", action="replay"),
            ),
            ("POST", "/operators/quarantine", may(Action.OPERATE, hidden=True, id="x")),
        )
    },
    "GET /intake/": ANYBODY,
    "GET /intake/faq": ANYBODY,
    "GET /intake/report": ANYBODY,
    "POST /intake/report": ANYBODY,
    "GET /intake/track": ANYBODY,
    "POST /intake/track": ANYBODY,
    "POST /intake/track/answer": ANYBODY,
    "POST /intake/track/add": ANYBODY,
    "POST /intake/track/copy": ANYBODY,
    "POST /intake/track/erase": ANYBODY,
    "GET /intake/v1/regions": ANYBODY,
    "POST /intake/v1/reports": ANYBODY,
    "GET /intake/v1/channels/whatsapp": ANYBODY,  # by the shared secrets of Meta's protocol
    "POST /intake/v1/channels/whatsapp": ANYBODY,
    "POST /intake/v1/channels/telegram": ANYBODY,  # by the secret that was agreed
    "POST /intake/v1/channels/sms": ANYBODY,
    "POST /intake/v1/channels/email": ANYBODY,
    "GET /intake/knowledge": may(Action.WRITE_ARTICLES),
    "GET /intake/knowledge/{article_id}": may(Action.WRITE_ARTICLES),
    "POST /intake/knowledge/{article_id}": may(Action.WRITE_ARTICLES),
    "POST /intake/knowledge/{article_id}/publish": may(Action.PUBLISH_ARTICLES),
    "POST /intake/knowledge/{article_id}/refuse": may(Action.WRITE_ARTICLES),
    "POST /intake/knowledge/{article_id}/withdraw": may(Action.PUBLISH_ARTICLES),
    "POST /intake/knowledge/questions/forget": may(Action.WRITE_ARTICLES, ids="x"),
    "GET /intake/exercise": may(Action.RUN_EXERCISE),
    "POST /intake/exercise": may(
        Action.RUN_EXERCISE, scenario="spanduk", region_text="Gambir, Jakarta Pusat", region_code=HERE
    ),
    "GET /intake/import": may(Action.IMPORT_REPORTS),
    "POST /intake/import": may(Action.IMPORT_REPORTS, file=("laporan.csv", b"uraian\nx", "text/csv")),
    "GET /intake/import/{import_id}": may(Action.IMPORT_REPORTS, owner="kua.gambir"),
    "POST /intake/import/{import_id}/columns": may(Action.IMPORT_REPORTS, owner="kua.gambir"),
    "POST /intake/import/{import_id}/store": may(Action.IMPORT_REPORTS, owner="kua.gambir"),
    "GET /intake/identities": may(Action.APPROVE_IDENTITY, Action.REQUEST_IDENTITY),
    "POST /intake/identities/request": may(
        Action.REQUEST_IDENTITY, place=HERE, ticket="{ticket}", reason="Perlu menghubungi pelapor."
    ),
    "POST /intake/identities/{request_id}/approve": may(Action.APPROVE_IDENTITY, place=HERE),
    "POST /intake/identities/{request_id}/open": may(Action.REQUEST_IDENTITY, place=HERE),
    "GET /intake/originals/{report_id}": may(Action.HANDLE_CASE, place=HERE),
    "GET /intake/consultations": may(Action.HANDLE_CASE),
    "POST /intake/consultations/{consultation_id}/answer": may(
        Action.HANDLE_CASE, place=HERE, text="Datanglah hari Senin."
    ),
    "POST /intake/consultations/{consultation_id}/close": may(Action.HANDLE_CASE, place=HERE),
    "GET /intake/clients": may(Action.MANAGE_CLIENTS),
    "POST /intake/clients": may(Action.MANAGE_CLIENTS, name="Klien uji"),
    "POST /intake/clients/{client_id}/renew": may(Action.MANAGE_CLIENTS),
    "POST /intake/clients/{client_id}/revoke": may(Action.MANAGE_CLIENTS),
    "GET /intake/privacy": may(Action.PROTECT_DATA),
    "POST /intake/privacy/holds": may(
        Action.PROTECT_DATA,
        ticket="{ticket}",
        reason="Diminta pengadilan.",
        until=(now() + timedelta(days=30)).date().isoformat(),
    ),
    "POST /intake/privacy/holds/{report_id}/release": may(Action.PROTECT_DATA),
    "POST /intake/privacy/breaches": may(
        Action.PROTECT_DATA, what="Berkas hilang di jalan.", discovered_at="2026-01-01T10:00"
    ),
    "POST /intake/privacy/breaches/{breach_id}": may(Action.PROTECT_DATA, act="measure", text="Diamankan."),
    "GET /intake/v1/attachments/{attachment_id}": may(Action.SEE_CASE, place=HERE),
    "GET /verification/": may(Action.SEE_CASE),
    "GET /verification/live": may(Action.SEE_CASE),
    "GET /verification/cases/{case_id}": may(Action.SEE_CASE, place=HERE),
    "POST /verification/cases/{case_id}/tasks": may(
        Action.HANDLE_CASE, place=HERE, what="Cek lokasi", office="31.71.01", due_on="2035-01-01"
    ),
    "POST /verification/cases/{case_id}/tasks/{task_id}/done": may(Action.HANDLE_CASE, place=HERE),
    "POST /verification/cases/{case_id}/referrals": may(
        Action.HANDLE_CASE,
        place=HERE,
        to="fkub",
        office="FKUB Jakarta Pusat",
        asked="Mohon menengahi kedua pihak.",
        due_on="2035-01-01",
    ),
    "POST /verification/cases/{case_id}/referrals/{referral_id}/answer": may(
        Action.HANDLE_CASE, place=HERE, answer="done", note="Sudah ditengahi."
    ),
    "POST /verification/cases/{case_id}/notes": may(Action.HANDLE_CASE, place=HERE, text="Sudah dihubungi."),
    "POST /verification/cases/{case_id}/transcribe": may(
        Action.HANDLE_CASE, place=HERE, report_id="{report_id}", text="Spanduk di depan gedung."
    ),
    "POST /verification/cases/{case_id}/documents": may(Action.HANDLE_CASE, place=HERE, kind="laporan"),
    "GET /verification/documents/{document_code}": may(Action.SEE_CASE, place=HERE),
    "GET /verification/outside": may(Action.BREAK_GLASS, Action.REVIEW_OUTSIDE),
    "POST /verification/outside": may(
        Action.BREAK_GLASS, number="K-00000000", reason="Massa bergerak ke wilayah kami malam ini."
    ),
    "GET /verification/outside/{access_id}": may(Action.BREAK_GLASS),
    "POST /verification/outside/{access_id}/review": may(Action.REVIEW_OUTSIDE, fitting="true"),
    "GET /verification/dokumen": ANYBODY,
    "POST /verification/dokumen": ANYBODY,
    "GET /verification/v1/cases": may(Action.SEE_CASE),
    "GET /verification/v1/cases/{case_id}": may(Action.SEE_CASE, place=HERE),
    "GET /verification/v1/cases/{case_id}/timeline": may(Action.SEE_CASE, place=HERE),
    **{f"POST /verification/cases/{{case_id}}/{name}": COMMANDS[name] for name in COMMANDS if name != "actions"},
    **{f"POST /verification/v1/cases/{{case_id}}/{name}": COMMANDS[name] for name in COMMANDS if name != "act"},
    "GET /escalation/": may(Action.SEE_LEVELS),
    "GET /escalation/watch": may(Action.SEE_LEVELS),
    "GET /escalation/brief": may(Action.SEE_LEVELS),
    "GET /escalation/areas/{code}": may(Action.SEE_LEVELS, place="31.71"),
    "POST /escalation/areas/{code}/level": may(Action.SET_LEVEL, place="31.71", **LEVEL),
    "POST /escalation/cases/{case_id}/level": may(Action.SET_LEVEL, place=HERE, **LEVEL),
    "GET /escalation/v1/levels": may(Action.SEE_LEVELS),
    "GET /escalation/v1/areas/{code}": may(Action.SEE_LEVELS, place="31.71"),
    "POST /escalation/v1/areas/{code}/level": may(Action.SET_LEVEL, place="31.71", **LEVEL),
    "POST /escalation/v1/cases/{case_id}/level": may(Action.SET_LEVEL, place=HERE, **LEVEL),
    "GET /notification/": may(Action.SEE_ALERTS),
    "GET /notification/live": may(Action.SEE_ALERTS),
    "GET /notification/alerts/{alert_id}": may(Action.SEE_ALERTS, place=HERE),
    "POST /notification/alerts/{alert_id}/acknowledge": may(Action.ACKNOWLEDGE, place=HERE),
    "GET /notification/v1/alerts": may(Action.SEE_ALERTS),
    "GET /notification/v1/alerts/{alert_id}": may(Action.SEE_ALERTS, place=HERE),
    "POST /notification/v1/alerts/{alert_id}/acknowledge": may(Action.ACKNOWLEDGE, place=HERE),
    **{
        f"POST /notification/{api}alerts/{{alert_id}}/{verb}": may(Action.ACKNOWLEDGE, place=HERE, **body)
        for api in ("", "v1/")
        for verb, body in (("take-over", {}), ("refuse", {"reason": "Sedang di luar kota."}))
    },
    "POST /notification/coverage/check": may(
        Action.EDIT_DIRECTORY, Action.SET_LEVEL, place="31.71.01", office="31.71.01"
    ),
    "GET /notification/c/{check_token}": ANYBODY,
    "POST /notification/c/{check_token}/arrived": ANYBODY,
    # Whoever has the link of a message is who got it.
    "GET /notification/a/{token}": ANYBODY,
    "POST /notification/a/{token}/acknowledge": ANYBODY,
    "POST /notification/a/{token}/refuse": ANYBODY,
    "GET /notification/exercises": may(Action.SEE_ALERTS),
    "GET /notification/policies": may(Action.SEE_ALERTS),
    "POST /notification/policies": may(
        Action.EDIT_POLICY,
        name=["look", "1", "2", "3"],
        rungs=["1", "1", "2", "3"],
        answer=["15", "1440", "60", "15"],
        act=["60", "", "120", "30"],
        quorum=["0", "0", "0", "2"],
        silent="1",
        reason="Untuk memeriksa hak.",
    ),
    "POST /notification/policies/{version}/decide": may(Action.EDIT_POLICY),
    "GET /notification/directives": may(Action.SEE_ALERTS),
    "POST /notification/directives": may(
        Action.ISSUE_DIRECTIVE, place="31.71", title="Arahan uji", text="Jaga ketenangan.", regions="31.71"
    ),
    "GET /notification/directives/{directive_id}": may(Action.SEE_ALERTS, place=HERE),
    "GET /notification/directives/{directive_id}/offices.csv": may(Action.ISSUE_DIRECTIVE, place=HERE),
    "POST /notification/directives/{directive_id}/approve": may(Action.ISSUE_DIRECTIVE, place=HERE),
    "POST /notification/directives/{directive_id}/withdraw": may(
        Action.ISSUE_DIRECTIVE, place=HERE, reason="Uji hak, bukan sungguhan."
    ),
    "POST /notification/directives/{directive_id}/read": may(Action.SEE_ALERTS, place=HERE),
    "POST /notification/directives/{directive_id}/done": may(Action.SEE_ALERTS, place=HERE),
    "GET /notification/coverage": may(Action.EDIT_DIRECTORY, Action.SET_LEVEL),
    "GET /notification/duty": may(Action.EDIT_DIRECTORY, Action.ACKNOWLEDGE),
    "POST /notification/duty/{office}/hand-over": may(
        Action.EDIT_DIRECTORY, Action.ACKNOWLEDGE, place=HERE, official="tidak-ada", ends="2027-01-02"
    ),
    "POST /notification/duty/{office}/arrange": may(
        Action.EDIT_DIRECTORY, Action.SET_LEVEL, place=HERE, days="7", first_day="2027-01-01", hour="08:00"
    ),
    "GET /notification/directory": may(Action.EDIT_DIRECTORY),
    "POST /notification/directory": may(Action.EDIT_DIRECTORY, file=("p.csv", b"nama,peran,wilayah\n", "text/csv")),
    "POST /notification/directory/{official_id}/away": may(
        Action.EDIT_DIRECTORY, begins="2027-01-01", ends="2027-01-02"
    ),
    "POST /notification/directory/{official_id}/back": may(Action.EDIT_DIRECTORY),
    "POST /notification/directory/{official_id}/remove": may(Action.EDIT_DIRECTORY),
    "POST /notification/sign-out": ANYBODY,
    "GET /notification/signed-out": ANYBODY,
    "POST /notification/back-channel-logout": ANYBODY,  # by a token that the identity provider signed
    "GET /integration/": may(Action.MANAGE_PARTNERS, Action.SEE_OWN_PARTNER),
    "POST /integration/partners": may(Action.MANAGE_PARTNERS, name="Mitra uji"),
    "POST /integration/partners/{partner_id}/subscriptions": may(
        Action.MANAGE_PARTNERS, hidden=True, url="http://127.0.0.1:9/x", subjects="cases"
    ),
    "POST /integration/partners/{partner_id}/token": may(Action.MANAGE_PARTNERS, hidden=True),
    "POST /integration/partners/{partner_id}/revoke": may(Action.MANAGE_PARTNERS, hidden=True),
    "POST /integration/partners/{partner_id}/subscriptions/{subscription_id}/replay": may(
        Action.MANAGE_PARTNERS, hidden=True, since="2027-01-01"
    ),
    **{
        f"POST /integration/partners/{{partner_id}}/subscriptions/{{subscription_id}}/{name}": may(
            Action.MANAGE_PARTNERS, hidden=True
        )
        for name in ("pause", "resume", "rotate", "test", "remove")
    },
    "GET /integration/partners/{partner_id}": may(Action.MANAGE_PARTNERS, hidden=True),
    "POST /integration/partners/{partner_id}/resend": may(Action.MANAGE_PARTNERS, hidden=True, delivery_id="x"),
    "GET /integration/developers": ANYBODY,
    "GET /integration/v1/contracts": ANYBODY,
    "GET /integration/v1/contracts/{event_type}": ANYBODY,
    "GET /integration/v1/subscriptions": TOKEN,
    "POST /integration/v1/subscriptions": TOKEN,
    "DELETE /integration/v1/subscriptions/{subscription_id}": TOKEN,
    **{
        f"POST /integration/v1/subscriptions/{{subscription_id}}/{name}": TOKEN
        for name in ("pause", "resume", "secret", "test", "replay")
    },
    "GET /integration/v1/subscriptions/{subscription_id}/deliveries": TOKEN,
    "GET /integration/v1/subscriptions/{subscription_id}/digest": TOKEN,
    "GET /integration/v1/feed": may(Action.SEE_ALERTS),
    "GET /integration/v1/alerts.atom": may(Action.SEE_ALERTS),
    "GET /integration/v1/alerts/{alert_id}.cap": may(Action.SEE_ALERTS, place=HERE),
}
_STREAMS = {"GET /verification/live", "GET /notification/live"}
_MAY_CONFLICT = (409, 422)
"""Somebody before did the same, or the body is for the form of another page."""
_LOOSE = {
    name
    for name in TABLE
    if "operators/" in name
    or (name.endswith(("/outside", "{access_id}", "/review")) and name != "GET /verification/outside")
    or name.endswith(
        (
            "/rotate",
            "/pause",
            "/resume",
            "/resend",
            "/remove",
            "/replay",
            "/test",
            "{task_id}/done",
            "{referral_id}/answer",
            ".cap",
        )
    )
}
"""Of what they name nothing is there, or any more: 404 tells no right from none."""
_TWO_PERSONS = {"POST /intake/identities/{request_id}/approve", "POST /intake/identities/{request_id}/open"}
"""Who has the right may still be refused, as it takes two: that is tested with identities."""


def test_every_route_is_in_the_table() -> None:
    found = {each.name for service in SERVICES for each in routes_of(service)}
    assert found == set(TABLE)


def _expected(right: Right, account: Account | None) -> set[int] | None:
    """The status that refuses; None where the account is let in."""
    if right.anybody:
        return None
    if account is None or right.token:
        return {401}
    allowed = any(action in ROLES[role] for role in account.roles for action in right.actions)
    near = not right.place or bool(set(account.regions) & set(ancestry(right.place)))
    mine = right.owner in ("", account.sub)
    if allowed and near and mine:
        return None
    if allowed and not mine:
        return {404}
    return {404} if right.hidden or not near else {403}


def _ask(visitor: Visitor, csrf: str, name: str, right: Right, ids: dict[str, str]) -> httpx2.Response:
    method, _sep, path = name.partition(" ")
    body = {key: value.format(**ids) if isinstance(value, str) else value for key, value in right.body}
    url = path.format(**ids)
    if method == "GET":
        return visitor.http.request("GET", url, follow_redirects=False)
    if "/v1/" in path:
        return visitor.http.request(method, url, json=body, follow_redirects=False)
    files = {key: body.pop(key) for key in ("file",) if key in body}
    data = {**body, "csrf": csrf}
    return visitor.http.request("POST", url, data=data, files=files or None, follow_redirects=False)


def _walk(visitor: Visitor, account: Account | None, ids: dict[str, str], refused: bool) -> str:
    """Ask all that should refuse this account, or all that should not; the answers that are wrong."""
    csrf = visitor.csrf("/intake/track") if account else ""
    wrong = []
    for name, right in TABLE.items():
        expected = _expected(right, account)
        if (
            (expected is None) is refused
            or (right.anybody and name.startswith("POST"))
            or "sign-in" in name
            or "channels" in name
        ):
            continue
        if not refused and (name in _STREAMS or name in _TWO_PERSONS):
            continue
        status = _ask(visitor, csrf, name, right, ids).status_code
        fits = status in expected if expected else status < 400 or status in _MAY_CONFLICT or name in _LOOSE
        if not fits:
            wrong.append(
                f"{account.sub if account else 'nobody'}: {name} answered {status}, not {expected or 'let in'}"
            )
    return "\n".join(wrong)


@pytest.mark.parametrize("sub", ["nobody", *(each.sub for each in ACCOUNTS)])
def test_who_may_not_is_refused_by_every_route(sub: str, ids: dict[str, str], visit: Visit) -> None:
    account = next((each for each in ACCOUNTS if each.sub == sub), None)
    visitor = visit(sub) if account else visit()
    assert _walk(visitor, account, ids, refused=True) == ""


@pytest.mark.parametrize("sub", [each.sub for each in ACCOUNTS])
def test_who_may_is_let_in_by_every_route(sub: str, ids: dict[str, str], visit: Visit) -> None:
    account = next(each for each in ACCOUNTS if each.sub == sub)
    assert _walk(visit(sub), account, ids, refused=False) == ""


def test_no_account_of_elsewhere_sees_anything_of_a_place(ids: dict[str, str], visit: Visit) -> None:
    """Lists, counts, searches, feeds: nothing of Gambir in any answer to Bogor."""
    bogor, secrets = visit("kua.bogor"), list(ids.values())
    for public in ("code", "subscription_id", "event_type"):
        secrets.remove(ids[public])
    for name, right in TABLE.items():
        if name.startswith("GET") and "{" not in name and name not in _STREAMS and "sign" not in name:
            text = _ask(bogor, "", name, right, ids).text
            assert not [each for each in secrets if each in text], name
