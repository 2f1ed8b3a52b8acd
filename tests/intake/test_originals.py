"""What masking took out is sealed, and read by who works on the case alone, with a trace."""

import pytest

from chassis.clock import new_id
from services.intake.sealing import Seal
from tests.intake.posting import SMALL, post
from tests.intake.test_identities import traced
from tests.running import Service
from tests.waiting import eventually

NUMBER = "081000000001"
PLAIN = {**SMALL, "narrative": "Ada penolakan di depan balai desa."}
CHANGED = "k" * 40


async def test_number_in_a_story_is_sealed_and_read_by_the_handler_with_a_trace(intake: Service) -> None:
    report = (await post(intake.client(), {**SMALL, "place": f"Rumah Pak RT, {NUMBER}"})).json()
    id, path = report["report_id"], f"/intake/originals/{report['report_id']}"
    stored = await intake.foundation.database["reports"].find_one({"_id": id})
    assert NUMBER not in str(stored)
    answer = await intake.client("kua.gambir").get(path)
    assert answer.text.count(NUMBER) == 2
    assert answer.headers["cache-control"] == "no-store"
    assert [each["act"] for each in await eventually(lambda: traced(intake, id, 1))] == ["read"]
    refused = [(await intake.client(each).get(path)).status_code for each in ("kua.bogor", "penyuluh.gambir", "dpo")]
    assert refused == [404, 403, 403]
    assert (await intake.client("kua.gambir").get("/intake/originals/unknown")).status_code == 404
    assert len(await traced(intake, id, 1)) == 1


async def test_what_is_added_and_answered_is_sealed_too(intake: Service) -> None:
    report = (await post(intake.client(), PLAIN)).json()
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    form = {**ticket, "id": new_id(), "kind": "addition", "text": f"Hubungi {NUMBER}"}
    page = [await client.post("/intake/track/add", data=form) for _ in range(2)][-1]
    assert "[disamarkan]" in page.text
    shown = await intake.client("kua.gambir").get(f"/intake/originals/{report['report_id']}")
    assert shown.text.count(NUMBER) == 1
    assert NUMBER not in str(await intake.foundation.database["reports"].find_one({"_id": report["report_id"]}))


async def test_nothing_is_sealed_where_nothing_was_taken_out(intake: Service) -> None:
    report = (await post(intake.client(), PLAIN)).json()
    stored = await intake.foundation.database["reports"].find_one({"_id": report["report_id"]}) or {}
    assert stored["state"]["originals"] == []
    page = await intake.client("kua.gambir").get(f"/intake/originals/{report['report_id']}")
    assert "Tidak ada yang disamarkan" in page.text


async def test_changed_key_opens_what_the_old_one_sealed(intake: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    report = (await post(intake.client(), SMALL)).json()
    store, id = intake.app.state.store, report["report_id"]
    before = store.originals._seal
    old = intake.app.state.settings.seal_key.get_secret_value()
    monkeypatch.setattr(store.originals, "_seal", Seal(CHANGED, [old]))
    assert await store.originals.rewrap() == 0
    monkeypatch.setattr(store.originals, "_seal", Seal(CHANGED))
    row = await store.reports.get(id)
    assert [text for _each, text in store.originals.open(id, row.state)] == [SMALL["narrative"]]
    assert await store.originals.rewrap() == 0
    monkeypatch.setattr(store.originals, "_seal", before)
    assert list(store.originals.open(id, row.state)) == []
    assert await store.originals.rewrap() >= 1
    monkeypatch.setattr(store.originals, "_seal", Seal(old, [CHANGED]))
    assert await store.originals.rewrap() == 0
