"""A reporter has name and contact destroyed, by ticket and secret code and nothing else."""

import asyncio

from contracts.events import IdentityErased
from tests.intake.posting import SMALL, post
from tests.intake.test_identities import named_report, traced
from tests.neighbours import Neighbours
from tests.running import CSRF, Service
from tests.waiting import eventually


async def test_reporter_erases_name_and_contact(intake: Service, neighbours: Neighbours) -> None:
    report = await named_report(intake)
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    assert (await client.post("/intake/track/erase", data=ticket)).status_code == 404
    shown = await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    assert "Hapus nama dan kontak saya" in shown.text
    answers = await asyncio.gather(*(client.post("/intake/track/erase", data=ticket) for _ in range(3)))
    assert [each.status_code for each in answers] == [200] * 3
    assert "sudah dihapus" in answers[0].text
    stored = await intake.foundation.database["identities"].find_one({"_id": report["report_id"]}) or {}
    assert (stored["key"], stored["sealed"]) == (None, b"")
    assert len(await neighbours.wait(IdentityErased, report_id=report["report_id"])) == 1
    trace = await eventually(lambda: traced(intake, report["report_id"], 1))
    assert [(each["act"], each["by"]) for each in trace] == [("erased", "reporter")]
    page = await intake.client("dpo").get("/intake/identities")
    assert "atas permintaan pelapor" in page.text


async def test_nobody_opens_what_was_erased_between_request_and_approval(intake: Service) -> None:
    report = await named_report(intake)
    store = intake.app.state.store
    await store.identities.erase(report["report_id"])
    form = {"csrf": CSRF, "ticket": report["ticket"], "reason": "Pelapor terancam, perlu dilindungi."}
    kasi = intake.client("kasi.jakpus", True)
    answer = await kasi.post("/intake/identities/request", data=form)
    assert answer.status_code in (403, 404)


async def test_identity_that_waits_to_be_projected_is_erased_too(intake: Service) -> None:
    report = await named_report(intake)
    database, id = intake.foundation.database, report["report_id"]
    # The relay has done with the report: it would take what is put in below for its own, finished work.
    await eventually(lambda: database["reports"].find_one({"_id": id, "projections": [], "pending_since": None}))
    waiting = {"collection": "identities", "document": {"_id": id, "key": b"k", "sealed": b"s"}}
    await database["identities"].delete_one({"_id": id})
    await database["reports"].update_one({"_id": id}, {"$set": {"projections": [waiting]}})
    assert await intake.app.state.store.identities.erase(id)
    stored = await database["identities"].find_one({"_id": id}) or {}
    assert stored["key"] is None
    await database["reports"].update_one({"_id": id}, {"$unset": {"projections": ""}})


async def test_anonymous_report_has_nothing_to_erase(intake: Service) -> None:
    report = (await post(intake.client(), SMALL)).json()
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    shown = await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    assert "Hapus nama" not in shown.text
    assert (await client.post("/intake/track/erase", data=ticket)).status_code == 404
