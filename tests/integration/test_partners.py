"""What a partner does for itself: subscribe, be tested, lose nothing, prove it, change its token, and be revoked."""

import asyncio
import hashlib
import html
import itertools
import json
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis.clock import new_id, now
from chassis.problems import Problem
from contracts.events import PublicCaseUpdated
from rukun.receiver import Partner
from services.integration import webhooks
from services.integration.partners import commands, subscriptions
from tests.integration.test_integration import partner, received, state
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def integration(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("integration", retry_seconds=0.02) as service:
        yield service


class Program:
    """A partner's own program, with its token."""

    def __init__(self, service: Service, token: str) -> None:
        self._client = service.client()
        self.token = token

    async def ask(self, method: str, path: str = "", **more: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self._client.request(method, f"/integration/v1/subscriptions{path}", headers=headers, **more)


async def program(service: Service, hook: Partner, regions: str = "31") -> tuple[Program, str, str]:
    """A program with one subscription: itself, the partner's id and the subscription's."""
    partner_id, token = await partner(service, hook, regions)
    made = Program(service, token)
    (mine,) = (await made.ask("GET")).json()["subscriptions"]
    return made, partner_id, mine["id"]


async def sent(found: Program, id: str, count: int, **query: Any) -> list[dict[str, Any]]:
    """What has arrived, when it is so many."""

    async def look() -> list[dict[str, Any]]:
        answer = await found.ask("GET", f"/{id}/deliveries", params={"status": "sent", **query})
        rows = answer.json()["deliveries"]
        return rows if len(rows) == count else []

    return await eventually(look)


async def test_partner_subscribes_within_its_agreement_and_ends_it(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    mine, _id, first = await program(integration, hook)
    wanted = {"url": hook.url, "subjects": ["cases"], "regions": ["31.71"], "fields": ["status"]}
    made = (await mine.ask("POST", json=wanted)).json()
    assert made["secret"].startswith("whsec_")
    assert (await mine.ask("DELETE", f"/{first}")).status_code == 204
    hook.secret = made["secret"]
    said = state()
    await neighbours.publish(said)
    (came,) = await received(hook, said.case_id)
    assert set(came["data"]) == {"case_id", "version", "at", "status"}
    shown = (await mine.ask("GET")).json()["subscriptions"]
    assert [each["id"] for each in shown] == [made["id"]]
    assert "secret" not in str(shown)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"regions": ["32.71"]}, "regions-outside"),
        ({"regions": ["31.71.01"]}, "regions-outside"),
        ({"regions": ["31.tidak-ada"]}, "regions-outside"),
        ({"regions": ["31" + ".1" * 30_000]}, "invalid"),
        ({"fields": ["x" * 1000]}, "invalid"),
        ({"regions": ["ID"]}, "regions-outside"),
        ({"subjects": []}, "invalid"),
        ({"url": "ftp://contoh.invalid"}, "webhook-address"),
    ],
)
async def test_what_is_outside_the_agreement_is_refused_with_a_reason(
    change: dict[str, Any], code: str, integration: Service, hook: Partner
) -> None:
    mine, _id, _subscription = await program(integration, hook)
    answer = await mine.ask("POST", json={"url": hook.url, "subjects": ["cases"], **change})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (422, code)


async def test_partner_never_sees_or_touches_anothers(integration: Service, hook: Partner) -> None:
    owner, _id, theirs = await program(integration, hook)
    await owner.ask("POST", f"/{theirs}/test")
    await sent(owner, theirs, 3)
    other, _other_id, _subscription = await program(integration, hook)
    for method, path in [
        ("DELETE", f"/{theirs}"),
        ("POST", f"/{theirs}/pause"),
        ("POST", f"/{theirs}/resume"),
        ("POST", f"/{theirs}/secret"),
        ("POST", f"/{theirs}/test"),
        ("GET", f"/{theirs}/digest?day=2027-01-01"),
    ]:
        assert (await other.ask(method, path)).status_code == 404, path
    body = {"since": now().isoformat()}
    assert (await other.ask("POST", f"/{theirs}/replay", json=body)).status_code == 404
    assert (await other.ask("GET", f"/{theirs}/deliveries")).json()["deliveries"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/digest?day=9999-12-31", None),
        ("GET", "/digest?day=0001-01-01", None),
        ("GET", "/deliveries?since=0001-01-01T00:00:00%2B14:00", None),
        ("GET", "/deliveries?until=9999-12-31T23:59:59-14:00", None),
        ("GET", "/deliveries?cursor=0001-01-01T00:00:00%2B14:00~x", None),
        ("POST", "/replay", {"since": "0001-01-01T00:00:00+14:00"}),
    ],
)
async def test_moments_that_cannot_be_are_refused_with_a_reason(
    method: str, path: str, body: dict[str, str] | None, integration: Service, hook: Partner
) -> None:
    mine, _id, subscription = await program(integration, hook)
    assert (await mine.ask(method, f"/{subscription}{path}", json=body)).status_code == 422


async def test_many_at_once_are_told_what_is_true(integration: Service, hook: Partner) -> None:
    mine, partner_id, subscription = await program(integration, hook)
    changed = await asyncio.gather(*(mine.ask("POST", f"/{subscription}/secret") for _ in range(4)))
    told = [each.json()["secret"] for each in changed if each.status_code == 200]
    assert {each.status_code for each in changed} <= {200, 409}
    stored = await integration.app.state.store.subscription(subscription)
    assert set(told) <= set(stored.secrets)
    wanted = {"url": hook.url, "subjects": ["cases"]}
    made = await asyncio.gather(*(mine.ask("POST", json=wanted) for _ in range(30)))
    assert [each.status_code for each in made].count(201) == 19
    assert len((await integration.app.state.store.partners.get({"_id": partner_id})).subscriptions) == 20


async def test_one_message_that_is_refused_pauses_nobody(
    integration: Service, neighbours: Neighbours, hook: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_PATIENCE", 2)
    mine, _id, _subscription = await program(integration, hook)
    bad, good = state(level=0), state(level=0)
    take = hook.take
    monkeypatch.setattr(hook, "take", lambda body, headers: 500 if bad.case_id in str(body) else take(body, headers))
    await neighbours.publish(bad, good)
    await received(hook, good.case_id)
    deliveries = integration.foundation.database["deliveries"]
    about = {"state.content.body": {"$regex": bad.case_id}, "state.attempts": {"$gte": 4}}
    await eventually(lambda: deliveries.find_one(about))
    assert (await mine.ask("GET")).json()["subscriptions"][0]["paused_at"] is None


async def test_endpoint_that_hangs_is_paused_as_one_that_refuses(
    integration: Service, hook: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_PATIENCE", 0)
    monkeypatch.setattr(webhooks.Sender, "limits", replace(webhooks.Sender.limits, deadline=1.2))
    mine, _id, subscription = await program(integration, hook)
    ended = threading.Event()
    monkeypatch.setattr(hook, "take", lambda _body, _headers: ended.wait(20) and 204)
    await mine.ask("POST", f"/{subscription}/test")

    async def paused() -> bool:
        return bool((await mine.ask("GET")).json()["subscriptions"][0]["paused_because"] == "failing")

    await eventually(paused)
    ended.set()


async def test_broken_delivery_holds_no_replay_up(
    integration: Service, hook: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "_AT_ONCE", 2)
    mine, _id, subscription = await program(integration, hook)
    await mine.ask("POST", f"/{subscription}/test")
    rows = await sent(mine, subscription, 3)
    deliveries = integration.foundation.database["deliveries"]
    await deliveries.update_one({"_id": rows[0]["id"]}, {"$set": {"state.attempts": "x"}})
    since = (now() - timedelta(hours=1)).isoformat()
    for _ in range(2):
        assert (await mine.ask("POST", f"/{subscription}/replay", json={"since": since})).status_code == 200
        await sent(mine, subscription, 2)
    came = Counter(hook.taken)
    assert came[rows[0]["id"]] == 1
    assert all(came[each["id"]] > 1 for each in rows[1:])


async def test_endpoint_is_tried_out_with_signed_samples_that_are_no_cases(integration: Service, hook: Partner) -> None:
    mine, _id, subscription = await program(integration, hook)
    assert (await mine.ask("POST", f"/{subscription}/test")).status_code == 202
    rows = await sent(mine, subscription, 3)
    assert {each["type"] for each in rows} == {"rukun.test"}
    assert {each["answered"] for each in rows} <= {"200", "204"}
    assert hook.refused == 0
    assert {each["data"]["sample_of"] for each in hook.received} == {
        "rukun.public-case.updated",
        "rukun.level.changed",
        "rukun.alert.raised",
    }
    day = f"{now():%Y-%m-%d}"
    assert (await mine.ask("GET", f"/{subscription}/digest", params={"day": day})).json()["count"] == 0


async def test_what_was_sent_since_a_moment_comes_again_with_the_same_ids(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    mine, partner_id, subscription = await program(integration, hook)
    # At level 0 there is one message a case: no level changes.
    said = [state(level=0) for _ in range(3)]
    await neighbours.publish(*said)
    for each in said:
        await received(hook, each.case_id)
    rows = await sent(mine, subscription, 3)
    since = min(each["created_at"] for each in rows)
    answer = await mine.ask("POST", f"/{subscription}/replay", json={"since": since})
    assert answer.json() == {"deliveries": 3}
    assert await eventually(lambda: _twice(hook)) == {each["id"] for each in rows}
    later = (now() + timedelta(hours=1)).isoformat()
    assert (await mine.ask("POST", f"/{subscription}/replay", json={"since": later})).json() == {"deliveries": 0}
    failed = await mine.ask("POST", f"/{subscription}/replay", json={"since": since, "failed_only": True})
    assert failed.json() == {"deliveries": 0}
    page = integration.client("mitra", True)
    form = {"csrf": CSRF, "since": f"{now() - timedelta(days=1):%Y-%m-%d}"}
    done = await page.post(f"/integration/partners/{partner_id}/subscriptions/{subscription}/replay", data=form)
    assert "3 kiriman dikirim lagi" in done.text


def _days() -> list[str]:
    """Yesterday's and today's, as it may be midnight."""
    return [f"{now() - timedelta(days=each):%Y-%m-%d}" for each in (1, 0)]


async def _refused(hook: Partner) -> bool:
    return hook.refused > 0


async def _twice(hook: Partner) -> set[str]:
    """The ids that came twice, when all of them did."""
    came = Counter(hook.taken)
    return set(came) if set(came.values()) == {2} else set()


async def test_digest_proves_that_nothing_is_missing(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    mine, _id, subscription = await program(integration, hook)
    said = [state(level=0) for _ in range(4)]
    await neighbours.publish(*said[:3])
    for each in said[:3]:
        await received(hook, each.case_id)
    await sent(mine, subscription, 3)
    secret, hook.secret = hook.secret, "whsec_d3Jvbmc="  # what does not arrive is missing, and the digest says so
    await neighbours.publish(said[3])
    await eventually(lambda: _refused(hook))
    today = [(await mine.ask("GET", f"/{subscription}/digest", params={"day": day})).json() for day in _days()]
    assert (sum(each["count"] for each in today), sum(each["waiting"] for each in today)) == (4, 1)
    hook.secret = secret
    await mine.ask("POST", f"/{subscription}/replay", json={"since": (now() - timedelta(hours=1)).isoformat()})
    await received(hook, said[3].case_id)
    await sent(mine, subscription, 4)
    days = sorted({each["timestamp"][:10] for each in hook.received})
    told = [(await mine.ask("GET", f"/{subscription}/digest", params={"day": day})).json() for day in days]
    assert sum(each["count"] for each in told) == 4
    if len(days) == 1:  # at midnight they are of two days
        assert told[0]["sha256"] == hashlib.sha256("\n".join(sorted(set(hook.taken))).encode()).hexdigest()
    pages, cursor = [], ""
    while cursor is not None:
        params = {"limit": 3, "cursor": cursor}
        page = (await mine.ask("GET", f"/{subscription}/deliveries", params=params)).json()
        pages.append([each["id"] for each in page["deliveries"]])
        cursor = page["cursor"]
    assert [len(each) for each in pages] == [3, 1]
    assert sorted(itertools.chain(*pages)) == sorted(set(hook.taken))
    assert (await mine.ask("GET", f"/{subscription}/deliveries", params={"cursor": "x"})).status_code == 422


async def test_endpoint_that_takes_nothing_is_paused_and_loses_nothing(
    integration: Service, neighbours: Neighbours, hook: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_PATIENCE", 2)  # of hours, some moments
    mine, _id, subscription = await program(integration, hook)
    secret, hook.secret = hook.secret, "whsec_d3Jvbmc="  # it refuses all
    said = state(level=0)
    await neighbours.publish(said)

    async def paused() -> bool:
        return bool((await mine.ask("GET")).json()["subscriptions"][0]["paused_because"] == "failing")

    await eventually(paused)
    page = await integration.client("mitra").get("/integration/")
    assert "berjam-jam" in page.text
    hook.secret = secret
    assert (await mine.ask("POST", f"/{subscription}/resume")).json() == {"deliveries": 1}
    await received(hook, said.case_id)


async def test_token_changes_without_a_gap_and_ends_at_once_when_it_is_revoked(
    integration: Service, hook: Partner
) -> None:
    mine, partner_id, _subscription = await program(integration, hook)
    admin, old = integration.client("admin"), mine.token
    page = (await admin.post(f"/integration/partners/{partner_id}/token", data={"csrf": CSRF})).text
    fresh = page.split('id="token">')[1].split("<")[0]
    for each in (old, fresh):
        mine.token = each
        assert (await mine.ask("GET")).status_code == 200
    # Pressed once more: whoever has not heard of it yet is still let in.
    page = (await admin.post(f"/integration/partners/{partner_id}/token", data={"csrf": CSRF})).text
    mine.token = old
    assert (await mine.ask("GET")).status_code == 200
    fresh = page.split('id="token">')[1].split("<")[0]
    ended = {"$set": {"previous.$[].until": (now() - timedelta(seconds=1)).isoformat()}}
    await integration.foundation.database["partners"].update_one({"_id": partner_id}, ended)
    mine.token = old
    assert (await mine.ask("GET")).status_code == 401
    mine.token = fresh
    feed = integration.client()
    allowed = {"authorization": f"Bearer {fresh}"}
    assert (await feed.get("/integration/v1/feed", headers=allowed)).status_code == 200
    done = await integration.client("mitra", True).post(
        f"/integration/partners/{partner_id}/revoke", data={"csrf": CSRF}
    )
    assert "dicabut" in done.text
    assert (await mine.ask("GET")).status_code == 401
    assert (await feed.get("/integration/v1/feed", headers=allowed)).status_code == 401


async def test_token_ends_with_its_time_and_one_of_release_0_1_has_none(integration: Service) -> None:
    store, at = integration.app.state.store, now()
    _id, token = await commands.add_partner(store, "Mitra contoh", None, ["31"], 365, at)
    assert (await commands.partner_of_token(store, token, at + timedelta(days=364)))[1].name == "Mitra contoh"
    with pytest.raises(Problem, match="tidak berlaku"):
        await commands.partner_of_token(store, token, at + timedelta(days=366))
    old = {"_id": new_id(), "name": "Lama", "regions": ["31"], "token_hash": commands.token_hash("rkp_lama")}
    await store.partners.collection.insert_one(old)
    assert (await commands.partner_of_token(store, "rkp_lama", at + timedelta(days=999)))[1].name == "Lama"
    await store.partners.collection.delete_one({"_id": old["_id"]})


async def test_log_is_filtered_and_shows_what_was_sent(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _mine, partner_id, subscription = await program(integration, hook)
    said = state(level=0)
    await neighbours.publish(said)
    await received(hook, said.case_id)
    page, base = integration.client("mitra"), f"/integration/partners/{partner_id}"

    async def shown() -> bool:
        return said.case_id in (await page.get(base, params={"status": "sent", "subscription": subscription})).text

    await eventually(shown)
    for other in ({"status": "failed"}, {"since": f"{now() + timedelta(days=2):%Y-%m-%d}"}, {"subscription": "x"}):
        assert said.case_id not in (await page.get(base, params=other)).text, other
    odd = await page.get(base, params={"status": "x", "since": "kemarin"})
    assert (odd.status_code, said.case_id in odd.text) == (200, True)
    assert PublicCaseUpdated.type in odd.text


async def test_developer_finds_what_to_begin_with_and_it_is_true(integration: Service, hook: Partner) -> None:
    page = (await integration.client().get("/integration/developers")).text
    for address in set(re.findall(r'href="(/integration/[^"?]+)"', page)) - {"/integration/sign-in"}:
        assert (await integration.client().get(address)).status_code == 200, address
    blocks = [html.unescape(each) for each in re.findall(r"<pre class=\"payload\"><code>(.*?)</code>", page, re.S)]
    code: dict[str, Any] = {}
    exec(next(each for each in blocks if "def digest" in each), code)
    assert code["digest"](["b", "a"]) == hashlib.sha256(b"a\nb").hexdigest()
    mine, _id, subscription = await program(integration, hook)
    for each in (each for each in blocks if each.startswith("curl")):
        method, path = ("POST" if "-X POST" in each else "GET"), re.search(r"/integration/v1/(\S+?)'?(?: |$)", each)
        assert path
        body = re.search(r"-d '(.*)'", each)
        given = json.loads(body[1]) | {"url": hook.url} if body else None
        asked = f"/integration/v1/{path[1].replace('ID', subscription)}"
        answer = await integration.client().request(
            method, asked, json=given, headers={"authorization": f"Bearer {mine.token}"}
        )
        assert answer.status_code < 300, each
