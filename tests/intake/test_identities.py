"""Opening an identity takes two people of two offices, once, and leaves a trace."""

from datetime import timedelta

import httpx2

from chassis.audit import AuditKey, hash_of
from chassis.clock import now
from chassis.database import Document
from chassis.settings import DEVELOPMENT_SECRET
from tests.intake.posting import SMALL, post
from tests.running import CSRF, Service
from tests.waiting import eventually


async def named_report(intake: Service) -> dict[str, str]:
    reporter = {"kind": "citizen", "contact": "+6281000000077", "consent": "2026-11"}
    found: dict[str, str] = (await post(intake.client(), {**SMALL, "reporter": reporter})).json()
    return found


async def ask(client: httpx2.AsyncClient, intake: Service, report: dict[str, str]) -> str:
    form = {"csrf": CSRF, "ticket": report["ticket"], "reason": "Pelapor terancam, perlu dilindungi."}
    assert (await client.post("/intake/identities/request", data=form)).status_code == 200
    requests = intake.foundation.database["identity_requests"]
    newest = await requests.find_one({"state.report_id": report["report_id"]}, sort=[("_id", -1)])
    assert newest is not None
    return f"/intake/identities/{newest['_id']}"


async def traced(intake: Service, report_id: str, count: int) -> list[Document]:
    found = await intake.foundation.database["access_log"].find({"report_id": report_id}).sort("_id", 1).to_list()
    return found if len(found) == count else []


async def test_identity_opens_once_for_two_offices_and_leaves_a_trace(intake: Service) -> None:
    report, form = await named_report(intake), {"csrf": CSRF}
    kasi, kabid = intake.client("kasi.jakpus", True), intake.client("kabid.dki", True)
    address = await ask(kasi, intake, report)
    early = await kasi.post(f"{address}/open", data=form)
    own = await kasi.post(f"{address}/approve", data=form)
    await kabid.post(f"{address}/approve", data=form)
    steered = await kabid.post(f"{address}/open", data=form)
    opened = await kasi.post(f"{address}/open", data=form)
    again = await kasi.post(f"{address}/open", data=form)
    other = await intake.client("kua.bogor").post(f"{address}/open", data=form)
    codes = [each.status_code for each in (early, own, steered, opened, again, other)]
    assert codes == [403, 403, 403, 200, 403, 404]
    assert "+6281000000077" in opened.text
    trace = await eventually(lambda: traced(intake, report["report_id"], 3))
    audit = AuditKey(DEVELOPMENT_SECRET)
    assert [(each["act"], audit.open(each["by"])) for each in trace] == [
        ("requested", "kasi.jakpus"),
        ("approved", "kabid.dki"),
        ("opened", "kasi.jakpus"),
    ]
    signed = await intake.app.state.checkpoints.sign(now())
    assert {(each["_id"], hash_of(each)) for each in trace} <= {(each.id, each.hash) for each in signed.heads}
    kept = await intake.foundation.database["identities"].find_one({"_id": report["report_id"]})
    assert kept is not None
    assert b"6281000000077" not in kept["sealed"]


async def test_approval_holds_for_the_request_that_was_seen_and_for_no_other(intake: Service) -> None:
    report, form = await named_report(intake), {"csrf": CSRF}
    kasi, kua, kabid = (intake.client(each, True) for each in ("kasi.jakpus", "kua.gambir", "kabid.dki"))
    seen = await ask(kasi, intake, report)
    later = await ask(kua, intake, report)  # while the second person looks at the first request
    await kabid.post(f"{seen}/approve", data=form)
    assert (await kua.post(f"{later}/open", data=form)).status_code == 403
    assert (await kua.post(f"{seen}/open", data=form)).status_code == 403
    assert (await kasi.post(f"{seen}/open", data=form)).status_code == 200


async def test_request_of_yesterday_is_not_approved_and_an_approval_ends_after_an_hour(intake: Service) -> None:
    report, form = await named_report(intake), {"csrf": CSRF}
    kasi, kabid = intake.client("kasi.jakpus", True), intake.client("kabid.dki", True)
    requests = intake.foundation.database["identity_requests"]
    old, slow = await ask(kasi, intake, report), await ask(kasi, intake, report)
    await requests.update_one({"_id": old.rpartition("/")[2]}, {"$set": {"state.expires_at": now()}})
    assert (await kabid.post(f"{old}/approve", data=form)).status_code == 409
    await kabid.post(f"{slow}/approve", data=form)
    hour_ago = now() - timedelta(minutes=61)
    await requests.update_one({"_id": slow.rpartition("/")[2]}, {"$set": {"state.approved_at": hour_ago}})
    assert (await kasi.post(f"{slow}/open", data=form)).status_code == 403


async def test_who_shares_an_office_with_the_one_who_asked_is_no_second_person(intake: Service) -> None:
    report, form = await named_report(intake), {"csrf": CSRF}
    address = await ask(intake.client("kabid.dki", True), intake, report)
    colleague = intake.client("kabid.dki", sub="kabid.kedua", regions=["31", "32"])
    answer = await colleague.post(f"{address}/approve", data=form)
    assert (answer.status_code, "kantor lain" in answer.text) == (403, True)
    assert (await intake.client("dpo").post(f"{address}/approve", data=form)).status_code == 303


async def test_broken_request_and_trace_are_set_aside_and_the_page_shows_the_others(intake: Service) -> None:
    report = await named_report(intake)
    await ask(intake.client("kasi.jakpus", True), intake, report)
    await eventually(lambda: traced(intake, report["report_id"], 1))
    later = now() + timedelta(days=1)
    state = {"jurisdiction": ["ID", "31", "31.71"], "expires_at": later, "opened_at": None}
    broken = {"_id": "broken", "schema": 1, "version": 1, "state": state}
    await intake.foundation.database["identity_requests"].insert_one(broken)
    await intake.foundation.database["access_log"].insert_one(
        {"_id": "broken", "jurisdiction": ["ID"], "act": "opened", "at": "then"}
    )
    page = await intake.client("dpo").get("/intake/identities", headers={"accept": "text/html"})
    assert (page.status_code, report["ticket"] in page.text) == (200, True)
    listed = [each for each in await intake.foundation.quarantine.all() if each["document"] == "broken"]
    assert {each["collection"] for each in listed} == {"identity_requests", "access_log"}


async def test_session_that_lies_open_on_a_desk_opens_and_approves_nothing(intake: Service) -> None:
    report, form = await named_report(intake), {"csrf": CSRF}
    hour_ago = (now() - timedelta(hours=1)).isoformat()
    kasi, kabid = (intake.client(each, True, proved_at=hour_ago) for each in ("kasi.jakpus", "kabid.dki"))
    address = await ask(kasi, intake, report)
    refused = [await kabid.post(f"{address}/approve", data=form)]
    await intake.client("kabid.dki", True).post(f"{address}/approve", data=form)
    refused.append(await kasi.post(f"{address}/open", data=form))
    assert {each.json()["type"] for each in refused} == {"urn:problem-type:rukun:sign-in-again"}
    opened = await intake.client("kasi.jakpus", True).post(f"{address}/open", data=form)
    assert "+6281000000077" in opened.text
