"""What a partner does for itself: subscribe, be tested, lose nothing, prove it, change its token, and be revoked."""

import hashlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis.clock import new_id, now
from chassis.problems import Problem
from contracts.events import PublicCaseUpdated
from rukun.receiver import Partner
from services.integration import webhooks
from services.integration.partners import commands
from tests.integration.test_integration import partner, received, state
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def integration(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("integration", retry_seconds=0.02) as service:
        yield service


@pytest.fixture
def hook() -> Iterator[Partner]:
    made = Partner()
    yield made
    made.close()


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
    _mine, _id, theirs = await program(integration, hook)
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


async def _twice(hook: Partner) -> set[str]:
    """The ids that came twice, when all of them did."""
    came = Counter(hook.taken)
    return set(came) if set(came.values()) == {2} else set()


async def test_digest_proves_that_nothing_is_missing(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    mine, _id, subscription = await program(integration, hook)
    said = [state(level=0) for _ in range(4)]
    await neighbours.publish(*said)
    for each in said:
        await received(hook, each.case_id)
    await sent(mine, subscription, 4)
    days = sorted({each["timestamp"][:10] for each in hook.received})
    told = [(await mine.ask("GET", f"/{subscription}/digest", params={"day": day})).json() for day in days]
    assert sum(each["count"] for each in told) == 4
    if len(days) == 1:  # at midnight they are of two days
        assert told[0]["sha256"] == hashlib.sha256("\n".join(sorted(hook.taken)).encode()).hexdigest()
    pages, cursor = [], ""
    while cursor is not None:
        params = {"limit": 3, "cursor": cursor}
        page = (await mine.ask("GET", f"/{subscription}/deliveries", params=params)).json()
        pages.append([each["id"] for each in page["deliveries"]])
        cursor = page["cursor"]
    assert [len(each) for each in pages] == [3, 1]
    assert sorted(itertools.chain(*pages)) == sorted(hook.taken)
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
    await integration.foundation.database["partners"].update_one(
        {"_id": partner_id}, {"$set": {"previous_until": (now() - timedelta(seconds=1)).isoformat()}}
    )
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
