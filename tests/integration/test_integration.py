"""Integration on a real database, a real broker and real HTTP."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import jsonschema
import pytest

from chassis.clock import new_id, now
from contracts.envelope import urn
from contracts.events import AlertEnded, AlertRaised, CaseStateRecorded, LevelChanged, PublicCaseUpdated
from contracts.vocabulary import Verdict
from rukun.receiver import Partner
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def integration(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("integration", retry_seconds=0.05) as service:
        yield service


async def partner(service: Service, hook: Partner, regions: str = "31") -> tuple[str, str]:
    """A new partner that listens at the hook; its id and token."""
    admin = service.client("admin")
    name = f"Mitra {new_id()}"
    form = {"csrf": CSRF, "name": name, "account": "mitra", "regions": regions}
    page = (await admin.post("/integration/partners", data=form)).text
    token = re.search(r'id="token">([^<]+)<', page)[1]  # type: ignore[index]
    partner_id = re.search(r"partners/([0-9a-f-]{36})/token", page)[1]  # type: ignore[index]
    subjects = {"csrf": CSRF, "url": hook.url, "subjects": ["cases", "levels", "alerts"]}
    page = (await admin.post(f"/integration/partners/{partner_id}/subscriptions", data=subjects)).text
    hook.secret = re.search(r'id="secret">([^<]+)<', page)[1]  # type: ignore[index]
    return partner_id, token


def state(case_id: str = "", **more: Any) -> CaseStateRecorded:
    told = {"case_id": case_id or new_id(), "at": now(), "verdict": Verdict.TERVERIFIKASI, **more}
    return CaseStateRecorded.model_validate({**recent(CaseStateRecorded).model_dump(), **told})


async def received(hook: Partner, case_id: str, count: int = 1) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]]:
        found = [each for each in hook.received if each["data"].get("case_id") == case_id]
        return found if len(found) >= count else []

    return await eventually(look)


async def test_case_goes_out_redacted_to_topic_webhook_and_feed(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _, token = await partner(integration, hook)
    said = state()
    await neighbours.publish(said)
    public = await neighbours.wait(PublicCaseUpdated, case_id=said.case_id)
    assert public[0].region == "31.71"
    hooked = await received(hook, said.case_id)
    assert hooked[0]["data"]["region"] == "31.71"
    assert hook.refused == 0
    reader = integration.client()
    headers = {"authorization": f"Bearer {token}"}

    async def fed() -> list[dict[str, Any]]:
        answer = await reader.get("/integration/v1/feed", params={"limit": 500}, headers=headers)
        return [each for each in answer.json()["entries"] if each["data"].get("case_id") == said.case_id]

    assert (await eventually(fed))[0]["type"] == "rukun.public-case.updated"
    assert "31.71.01" not in str(hooked) + public[0].model_dump_json()


async def test_exercise_reaches_no_partner(integration: Service, neighbours: Neighbours, hook: Partner) -> None:
    await partner(integration, hook)
    played = state().model_copy(update={"exercise": True})
    alert = recent(AlertRaised, alert_id=new_id(), case_id=played.case_id, region="31.71.01", exercise=True)
    after = state()
    await neighbours.publish(played, alert, after)
    await neighbours.wait(PublicCaseUpdated, case_id=after.case_id)
    await received(hook, after.case_id)
    assert neighbours.received(PublicCaseUpdated, case_id=played.case_id) == []
    assert [each for each in hook.received if each["data"].get("case_id") == played.case_id] == []

    assert await integration.foundation.database["alerts"].find_one({"_id": alert.alert_id}) is None


async def test_state_heard_three_times_goes_out_once(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    await partner(integration, hook)
    said, id, last = state(), new_id(), state()
    for _ in range(3):
        await neighbours.publish(said, id=id, sequence=1)
    await neighbours.publish(last)
    await neighbours.wait(PublicCaseUpdated, case_id=last.case_id)
    # Cases go out side by side: the last one may arrive before the first.
    await received(hook, said.case_id)
    await received(hook, last.case_id)
    assert len([each for each in hook.received if each["data"].get("case_id") == said.case_id]) == 1
    assert len(neighbours.received(PublicCaseUpdated, case_id=said.case_id)) == 1


async def test_partner_gets_nothing_of_another_region(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _, token = await partner(integration, hook, regions="32")
    foreign = state()
    await neighbours.publish(foreign)
    own = state(region="32.71.01", jurisdiction=("ID", "32", "32.71", "32.71.01"))
    await neighbours.publish(own)
    await received(hook, own.case_id)
    feed = await integration.client().get("/integration/v1/feed", headers={"authorization": f"Bearer {token}"})
    assert foreign.case_id not in str(hook.received) + feed.text


async def test_partner_that_is_away_gets_it_later(integration: Service, neighbours: Neighbours, hook: Partner) -> None:
    partner_id, _ = await partner(integration, hook)
    secret, hook.secret = hook.secret, "whsec_d3Jvbmc="
    said = state()
    await neighbours.publish(said)

    async def refused() -> bool:
        return hook.refused > 0

    await eventually(refused)
    hook.secret = secret
    admin = integration.client("admin", True)
    deliveries = integration.foundation.database["deliveries"]
    waiting = await deliveries.find_one({"state.about": partner_id, "state.content.body": {"$regex": said.case_id}})
    assert waiting is not None
    form = {"csrf": CSRF, "delivery_id": waiting["_id"]}
    assert (await admin.post(f"/integration/partners/{partner_id}/resend", data=form)).status_code == 200
    await received(hook, said.case_id)


async def test_rotated_secret_signs_beside_the_old_one(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    partner_id, _ = await partner(integration, hook)
    kept = await integration.foundation.database["partners"].find_one({"_id": partner_id})
    assert kept is not None
    subscription = kept["subscriptions"][0]["id"]
    admin = integration.client("admin")
    address = f"/integration/partners/{partner_id}/subscriptions/{subscription}/rotate"
    await admin.post(address, data={"csrf": CSRF})
    said = state()
    await neighbours.publish(said)
    await received(hook, said.case_id)
    assert hook.refused == 0


async def test_endpoint_that_is_gone_is_paused_and_gets_all_that_it_missed(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    partner_id, _ = await partner(integration, hook)
    kept = await integration.foundation.database["partners"].find_one({"_id": partner_id}) or {}
    address = f"/integration/partners/{partner_id}/subscriptions/{kept['subscriptions'][0]['id']}"
    admin, mine = integration.client("admin", True), integration.client("mitra", True)
    hook.gone, missed = True, [state(level=0), state(level=0)]
    await neighbours.publish(missed[0])

    async def paused() -> bool:
        text = (await mine.get("/integration/")).text
        return "(410)" in text and "1 kiriman menunggu" in text

    await eventually(paused)
    await neighbours.publish(missed[1])

    async def both() -> bool:
        return "2 kiriman menunggu" in (await admin.get("/integration/")).text

    await eventually(both)
    hook.gone = False
    done = await mine.post(f"{address}/resume", data={"csrf": CSRF})
    assert "2 kiriman yang tertunda dikirim sekarang" in done.text
    for each in missed:
        await received(hook, each.case_id)
    assert "Dijeda" in (await admin.post(f"{address}/pause", data={"csrf": CSRF})).text
    later = state(level=0)
    await neighbours.publish(later)

    async def one() -> bool:
        return "1 kiriman menunggu" in (await mine.get("/integration/")).text

    await eventually(one)
    await asyncio.gather(*(admin.post(f"{address}/resume", data={"csrf": CSRF}) for _ in range(2)))
    assert len(await received(hook, later.case_id)) == 1
    elsewhere = integration.client("kua.bogor")
    assert (await elsewhere.post(f"{address}/pause", data={"csrf": CSRF})).status_code == 404


async def test_feed_has_no_gap_and_nothing_appears_behind_a_cursor(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _, token = await partner(integration, hook, regions="ID")
    many = [state() for _ in range(60)]
    await asyncio.gather(*(neighbours.publish(each) for each in many))
    reader, headers = integration.client(), {"authorization": f"Bearer {token}"}
    seen: list[int] = []
    cases: set[str] = set()
    cursor = 0

    async def walk() -> bool:
        nonlocal cursor
        params = {"cursor": cursor, "limit": 7}
        page = (await reader.get("/integration/v1/feed", params=params, headers=headers)).json()
        seen.extend(each["position"] for each in page["entries"])
        cases.update(each["data"].get("case_id", "") for each in page["entries"])
        cursor = page["cursor"]
        return {each.case_id for each in many} <= cases

    await eventually(walk)
    assert seen == list(range(1, len(seen) + 1))


async def test_alert_is_served_as_cap_until_it_is_all_clear(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _, token = await partner(integration, hook)
    raised = recent(AlertRaised).model_copy(update={"alert_id": new_id(), "case_id": None})
    await neighbours.publish(raised)
    reader, headers = integration.client(), {"authorization": f"Bearer {token}"}
    address = f"/integration/v1/alerts/{raised.alert_id}.cap"

    async def shown() -> str:
        answer = await reader.get(address, headers=headers)
        return answer.text if answer.status_code == 200 else ""

    assert "<msgType>Alert</msgType>" in await eventually(shown)
    feed = await reader.get("/integration/v1/alerts.atom", headers=headers)
    assert raised.alert_id in feed.text
    known = {**headers, "if-none-match": f'"other", {feed.headers["etag"]}'}
    head = await reader.head(address, headers=headers)
    assert (head.status_code, head.text) == (200, "")
    assert head.headers["etag"] == (await reader.get(address, headers=headers)).headers["etag"]
    again = await reader.get("/integration/v1/alerts.atom", headers=known)
    assert (again.status_code, again.text) == (304, "")
    await neighbours.publish(recent(AlertEnded).model_copy(update={"alert_id": raised.alert_id}))

    async def over() -> bool:
        return "<responseType>AllClear</responseType>" in await shown()

    await eventually(over)
    assert (await reader.get("/integration/v1/alerts.atom", headers=known)).status_code == 200
    assert (await integration.client("kua.bogor").get(address)).status_code == 404
    assert (await reader.get(address)).status_code == 401


async def test_contracts_for_partners_are_served_without_a_token(integration: Service) -> None:
    client = integration.client()
    whole = (await client.get("/integration/v1/contracts")).json()
    assert whole["channels"]["province"]["address"] == "rukun.public.cases.{province}.v1"
    schema = whole["components"]["messages"]["PublicCaseUpdated"]["payload"]["schema"]
    answer = await client.get(f"/integration/v1/contracts/{PublicCaseUpdated.type}")
    assert answer.json() == schema
    assert schema["$id"] == urn(PublicCaseUpdated.type)
    jsonschema.validate(json.loads(recent(PublicCaseUpdated).model_dump_json()), schema)
    assert (await client.get("/integration/v1/contracts/rukun.report.submitted")).status_code == 404


async def test_alert_of_a_case_waits_until_somebody_confirmed_it(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _, token = await partner(integration, hook)
    rumour = state(verdict=None, version=1)
    over, standing = (
        recent(AlertRaised).model_copy(update={"alert_id": new_id(), "case_id": rumour.case_id}) for _ in range(2)
    )
    ended = recent(AlertEnded).model_copy(update={"alert_id": over.alert_id, "case_id": rumour.case_id})
    area = recent(AlertRaised).model_copy(update={"alert_id": new_id(), "case_id": None})
    await neighbours.publish(rumour, over, ended, standing, area)
    reader, headers = integration.client(), {"authorization": f"Bearer {token}"}

    async def told(alert_id: str) -> bool:
        await eventually(lambda: integration.app.state.store.alerts.get({"_id": area.alert_id}))
        return alert_id in (await reader.get("/integration/v1/feed", params={"limit": 500}, headers=headers)).text

    await eventually(lambda: told(area.alert_id))
    assert not await told(standing.alert_id)
    for alert in (over, standing):
        assert (await reader.get(f"/integration/v1/alerts/{alert.alert_id}.cap", headers=headers)).status_code == 404
    confirmed = rumour.model_copy(update={"verdict": Verdict.TERVERIFIKASI, "version": 2})
    await neighbours.publish(confirmed, confirmed)
    await eventually(lambda: told(standing.alert_id))
    assert not await told(over.alert_id)
    assert (await reader.get(f"/integration/v1/alerts/{standing.alert_id}.cap", headers=headers)).status_code == 200
    later = recent(AlertEnded).model_copy(update={"alert_id": standing.alert_id, "case_id": rumour.case_id})
    await neighbours.publish(later)

    async def counted() -> bool:
        page = await reader.get("/integration/v1/feed", params={"limit": 500}, headers=headers)
        mine = [each for each in page.json()["entries"] if each["data"].get("alert_id") == standing.alert_id]
        return [each["data"]["state"] for each in mine] == ["raised", "ended"]

    await eventually(counted)


async def test_case_that_nobody_confirmed_reaches_no_partner(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    _, token = await partner(integration, hook)
    rumour, confirmed = state(verdict=None, version=1), state(version=1)
    level = recent(LevelChanged).model_copy(update={"scope_id": rumour.case_id})
    await neighbours.publish(level)
    hoax = state(rumour.case_id, verdict=Verdict.HOAKS, version=2)
    for each in (rumour, hoax, confirmed):
        await neighbours.publish(each)
    # A case that was confirmed and turns out to be none: who heard of it hears that.
    await neighbours.publish(state(confirmed.case_id, verdict=Verdict.HOAKS, version=2))
    await neighbours.wait(PublicCaseUpdated, count=2, case_id=confirmed.case_id)

    async def heard() -> list[str]:
        found = [each["data"]["verdict"] for each in hook.received if each["data"].get("case_id") == confirmed.case_id]
        return found if len(found) == 2 else []

    assert set(await eventually(heard)) == {"terverifikasi", "hoaks"}
    feed = await integration.client().get(
        "/integration/v1/feed", params={"limit": 500}, headers={"authorization": f"Bearer {token}"}
    )
    assert rumour.case_id not in feed.text + str(hook.received)
    assert neighbours.received(PublicCaseUpdated, case_id=rumour.case_id) == []


async def test_level_goes_to_subscribers(integration: Service, neighbours: Neighbours, hook: Partner) -> None:
    await partner(integration, hook)
    changed = recent(LevelChanged).model_copy(update={"scope": "area", "scope_id": new_id()})
    await neighbours.publish(changed)

    async def heard() -> bool:
        return any(each["data"].get("scope_id") == changed.scope_id for each in hook.received)

    await eventually(heard)


async def test_levels_of_a_case_begin_with_its_confirmation_and_come_once(
    integration: Service, neighbours: Neighbours, hook: Partner
) -> None:
    await partner(integration, hook)
    id, subject = new_id(), new_id()
    told = [
        state(id, verdict=None, level=2, version=1),
        state(id, level=2, version=2),
        state(id, level=2, version=3),
        state(id, level=3, version=4),
    ]
    # As a broker sends them that forgot: all of them, again, in their order.
    for _ in range(2):
        for sequence, each in enumerate(told, start=1):
            await neighbours.publish(each, id=f"{subject}:{sequence}", sequence=sequence)
    await neighbours.wait(PublicCaseUpdated, count=3, case_id=id)
    last = state()
    await neighbours.publish(last)
    await received(hook, last.case_id)

    async def levels() -> list[tuple[int, int]]:
        found = [each["data"] for each in hook.received if each["data"].get("scope_id") == id]
        return sorted((each["previous"], each["level"]) for each in found) if len(found) > 1 else []

    assert await eventually(levels) == [(0, 2), (2, 3)]

    async def states() -> list[int]:
        found = [each["data"]["version"] for each in hook.received if each["data"].get("case_id") == id]
        return sorted(found) if len(found) > 2 else []

    assert await eventually(states) == [2, 3, 4]


async def test_partner_account_sees_its_own_log_only(integration: Service, hook: Partner) -> None:
    partner_id, _ = await partner(integration, hook)
    assert (await integration.client("mitra").get(f"/integration/partners/{partner_id}")).status_code == 200
    assert (await integration.client("kua.gambir").get(f"/integration/partners/{partner_id}")).status_code == 404
    assert (await integration.client("kua.gambir").get("/integration/")).status_code == 403
