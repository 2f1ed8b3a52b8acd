"""Personal data ends when its time is over, unless it is on hold; breaches have a clock that everybody sees."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.clock import now
from chassis.problems import Problem
from contracts.events import IdentityErased
from contracts.vocabulary import Supplement
from services.intake.commands import add_to
from services.intake.model import Added
from services.intake.privacy.model import Breach, Kind, require_hold, require_step
from tests.intake.posting import SMALL, post
from tests.intake.test_identities import named_report
from tests.neighbours import Neighbours
from tests.running import CSRF, Service

LATER = timedelta(days=800)
PAGE = "/intake/privacy"


async def ended(intake: Service, report: dict[str, str], **more: Any) -> str:
    """A report whose case was closed just now."""
    change = {"state.outcome": "mereda", "state.ended_at": now(), **more}
    await intake.foundation.database["reports"].update_one({"_id": report["report_id"]}, {"$set": change})
    return report["report_id"]


async def state_of(intake: Service, id: str) -> dict[str, Any]:
    found = await intake.foundation.database["reports"].find_one({"_id": id})
    assert found is not None
    return found["state"]  # type: ignore[no-any-return]


async def key_of(intake: Service, id: str) -> bytes | None:
    found = await intake.foundation.database["identities"].find_one({"_id": id})
    assert found is not None
    return found["key"]  # type: ignore[no-any-return]


async def hold(intake: Service, ticket: str) -> None:
    until = (now() + timedelta(days=900)).date().isoformat()
    form = {"csrf": CSRF, "ticket": ticket, "reason": "Diminta pengadilan, perkara 12.", "until": until}
    answer = await intake.client("dpo", True).post(f"{PAGE}/holds", data=form)
    assert answer.status_code == 200


async def test_what_ended_long_ago_is_destroyed_and_what_goes_on_stays(intake: Service, neighbours: Neighbours) -> None:
    over, open_case = await named_report(intake), await named_report(intake)
    photos = intake.foundation.database["attachments"]
    await photos.insert_one({"_id": f"photo-{over['report_id']}", "content": b"x", "jurisdiction": ["ID"]})
    id = await ended(intake, over, **{"state.attachments": [f"photo-{over['report_id']}"]})
    await intake.app.state.store.identities.exists(open_case["report_id"])
    retention = intake.app.state.retention
    await retention.run(now())
    assert await key_of(intake, id) is not None
    run = await retention.run(now() + LATER)
    assert run.failed == 0
    assert run.destroyed["identity"] >= 1
    assert await key_of(intake, id) is None
    assert await photos.find_one({"_id": f"photo-{id}"}) is None
    state = await state_of(intake, id)
    assert (state["originals"], "081000000001" in str(state)) == ([], False)
    assert set(state["destroyed"]) == {"identity", "photos", "text"}
    assert await key_of(intake, open_case["report_id"]) is not None
    assert len(await neighbours.wait(IdentityErased, report_id=id)) == 1
    again = await retention.run(now() + LATER)
    assert not any(again.destroyed.values())
    page = await intake.client("dpo").get("/intake/identities")
    assert "masa simpan habis" in page.text


async def test_end_that_an_earlier_release_did_not_note_counts_from_the_first_run(intake: Service) -> None:
    old = {"state.ended_at": None, "state.received_at": now() - LATER}
    id = await ended(intake, await named_report(intake), **old)
    await intake.app.state.store.identities.exists(id)
    await intake.app.state.retention.run(now())
    assert await key_of(intake, id) is not None
    await intake.app.state.retention.run(now() + LATER)
    assert await key_of(intake, id) is None


async def test_what_came_after_the_first_end_has_a_time_of_its_own(intake: Service) -> None:
    report = await named_report(intake)
    id = await ended(intake, report)
    store, retention = intake.app.state.store, intake.app.state.retention
    await retention.run(now() + LATER)
    more = Added(id="later", kind=Supplement.ADDITION, text="Hubungi 081000000009", at=now())
    await add_to(store, id, more)
    reopened = {"state.outcome": None, "state.ended_at": None}
    await intake.foundation.database["reports"].update_one({"_id": id}, {"$set": reopened})
    await retention.run(now() + LATER)
    assert [text for _each, text in store.originals.open(id, (await store.reports.get(id)).state)] == [more.text]
    await ended(intake, report)
    await retention.run(now() + LATER)
    assert (await state_of(intake, id))["originals"] == []


async def test_hold_placed_while_the_job_runs_holds(intake: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    report = await named_report(intake)
    id = await ended(intake, report)
    retention = intake.app.state.retention
    found = await retention._due(Kind.IDENTITY, now() + LATER, None)
    assert id in {each.id for each in found}
    await hold(intake, report["ticket"])
    assert not await retention._destroy(Kind.IDENTITY, id, now() + LATER)
    assert await key_of(intake, id) is not None
    over = {"state.hold.until": now() - timedelta(days=1)}
    await intake.foundation.database["reports"].update_one({"_id": id}, {"$set": over})
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    assert (await client.post("/intake/track/erase", data=ticket)).status_code == 200


async def test_officer_of_elsewhere_neither_holds_nor_releases_nor_sees(intake: Service) -> None:
    report = await named_report(intake)
    elsewhere = intake.client("dpo", regions=("32",))
    until = (now() + timedelta(days=9)).date().isoformat()
    form = {"csrf": CSRF, "ticket": report["ticket"], "reason": "Diminta pengadilan.", "until": until}
    assert (await elsewhere.post(f"{PAGE}/holds", data=form)).status_code == 404
    await hold(intake, report["ticket"])
    assert report["ticket"] not in (await elsewhere.get(PAGE)).text
    release = f"{PAGE}/holds/{report['report_id']}/release"
    assert (await elsewhere.post(release, data={"csrf": CSRF})).status_code == 404


async def test_hold_outlasts_the_time_and_ends_with_its_release(intake: Service) -> None:
    report = await named_report(intake)
    id = await ended(intake, report)
    await hold(intake, report["ticket"])
    run = await intake.app.state.retention.run(now() + LATER)
    assert run.on_hold >= 1
    assert await key_of(intake, id) is not None
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    refused = await client.post("/intake/track/erase", data=ticket)
    assert refused.status_code == 409
    assert "belum dapat dihapus" in refused.text
    dpo = intake.client("dpo", True)
    page = await dpo.post(f"{PAGE}/holds/{id}/release", data={"csrf": CSRF})
    assert report["ticket"] not in page.text
    await intake.app.state.retention.run(now() + LATER)
    assert await key_of(intake, id) is None
    trace = await intake.client("dpo").get("/intake/identities")
    assert "Ditahan dari penghapusan" in trace.text


async def test_one_that_cannot_be_read_holds_up_no_other(intake: Service) -> None:
    broken, sound = await post(intake.client(), SMALL), await named_report(intake)
    broken_id = await ended(intake, broken.json(), **{"state.destroyed": {}, "state.ticket": 7})
    id = await ended(intake, sound)
    await intake.app.state.retention.run(now() + LATER)
    assert await key_of(intake, id) is None
    reports = intake.foundation.database["reports"]
    assert (await reports.find_one({"_id": broken_id}) or {}).get("quarantined")
    await reports.delete_one({"_id": broken_id})


async def test_breach_has_a_clock_and_is_closed_only_when_all_are_informed(intake: Service) -> None:
    dpo = intake.client("dpo", True)
    found = (now() - timedelta(hours=80)).strftime("%Y-%m-%dT%H:%M")
    form = {"csrf": CSRF, "what": "Berkas nomor pelapor terkirim ke grup lain.", "data": ["identity"], "people": "3"}
    page = await dpo.post(f"{PAGE}/breaches", data={**form, "discovered_at": found})
    assert "Terlambat: batas pemberitahuan lewat" in page.text
    newest = await intake.foundation.database["breaches"].find_one({}, sort=[("_id", -1)])
    assert newest is not None
    address = f"{PAGE}/breaches/{newest['_id']}"
    early = await dpo.post(address, data={"csrf": CSRF, "act": "closed", "text": "Selesai."})
    assert early.status_code == 409
    for act in ("agency", "people"):
        await dpo.post(address, data={"csrf": CSRF, "act": act, "text": "Surat dikirim."})
    page = await dpo.get(PAGE)
    assert "Sudah diberitahukan" in page.text
    twice = await dpo.post(address, data={"csrf": CSRF, "act": "agency", "text": "Surat kedua."})
    assert twice.status_code == 409
    await dpo.post(address, data={"csrf": CSRF, "act": "closed", "text": "Selesai."})
    late = await dpo.post(address, data={"csrf": CSRF, "act": "measure", "text": "Lagi."})
    assert late.status_code == 409
    stored = await intake.foundation.database["breaches"].find_one({"_id": newest["_id"]})
    assert [each["act"] for each in (stored or {})["steps"]] == ["recorded", "agency", "people", "closed"]


async def test_reporter_takes_a_copy_with_a_part_of_the_name_and_a_trace(intake: Service) -> None:
    reporter = {"kind": "citizen", "name": "Budi Uji", "contact": "+6281000000078", "consent": "2026-11"}
    report = (await post(intake.client(), {**SMALL, "reporter": reporter})).json()
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    assert (await client.post("/intake/track/copy", data=ticket)).status_code == 404
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    answer = await client.post("/intake/track/copy", data=ticket)
    copied = answer.json()
    assert [each["text"] for each in copied["as_written"]] == [SMALL["narrative"]]
    assert "081000000001" not in copied["form"]["narrative"]
    assert copied["identity"] == {"name": "B… U…", "contact": "+6…78", "kind": "citizen", "consent": "2026-11"}
    await client.post("/intake/track/erase", data=ticket)
    assert (await client.post("/intake/track/copy", data=ticket)).json()["identity"] is None
    codes = [(await client.post("/intake/track/copy", data=ticket)).status_code for _ in range(4)]
    assert codes[-1] == 429
    log = intake.foundation.database["access_log"]
    assert await log.count_documents({"report_id": report["report_id"], "act": "copied"}) == 5


@pytest.mark.parametrize("fault", [{"discovered_at": "2099-01-01T10:00"}, {"what": "x"}, {"people": "-1"}])
async def test_wrong_breach_is_a_sentence(intake: Service, fault: dict[str, str]) -> None:
    form = {"csrf": CSRF, "what": "Berkas hilang di jalan.", "people": "0", "discovered_at": "2026-01-01T10:00"}
    answer = await intake.client("dpo").post(f"{PAGE}/breaches", data={**form, **fault})
    assert answer.status_code == 422


def test_clock_runs_for_three_days_from_the_discovery(set_clock: None) -> None:
    at = now()
    breach = Breach(discovered_at=at, what="…", data=(), people=0)
    assert (breach.hours_left(at), breach.hours_left(at + timedelta(hours=73))) == (72, -1)
    with pytest.raises(Problem):
        require_step(breach, "closed")


@pytest.mark.parametrize("days", [-1, 0, 3000])
def test_hold_has_a_reason_and_an_end(days: int) -> None:
    at = datetime.fromisoformat("2026-11-27T10:00:00+07:00")
    with pytest.raises(Problem):
        require_hold("Diminta pengadilan.", at + timedelta(days=days), at)
    with pytest.raises(Problem):
        require_hold("karena", at + timedelta(days=10), at)
