"""Intake on a real database and a real broker."""

import asyncio
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import new_id, now
from chassis.settings import DEVELOPMENT_SECRET
from contracts.events import (
    DeliveryAnswered,
    DeliveryStatusReported,
    ReporterMessageRequested,
    ReportSubmitted,
    ReportSupplemented,
)
from simulators.whatsapp import Phones
from tests.clocks import recent
from tests.intake.posting import SMALL, post
from tests.neighbours import Neighbours
from tests.running import Service, running
from tests.waiting import eventually


async def test_smallest_report_is_accepted_and_said(intake: Service, neighbours: Neighbours) -> None:
    answer = await post(intake.client())
    assert answer.status_code == 202
    assert set(answer.json()) == {"report_id", "ticket", "receipt"}
    said = await neighbours.wait(ReportSubmitted, report_id=answer.json()["report_id"])
    assert said[0].narrative == "Ada penolakan, hubungi [disamarkan]"
    assert said[0].key == "31.71.01"


async def test_full_report_is_accepted(intake: Service, neighbours: Neighbours) -> None:
    full = {
        **SMALL,
        "place": "Jalan Contoh 5",
        "point": {"lat": -6.17, "lng": 106.82},
        "occurred_at": (now() - timedelta(days=1)).isoformat(),
        "planned_at": (now() + timedelta(days=6)).isoformat(),
        "acts": ["ancaman", "massa_berkumpul"],
        "people": {"involved": 40, "injured": 0, "dead": 0},
        "ongoing": True,
        "reporter": {"kind": "citizen", "name": "Warga", "contact": "+6281000000001", "consent": "2026-11"},
    }
    answer = await post(intake.client(), full)
    said = await neighbours.wait(ReportSubmitted, report_id=answer.json()["report_id"])
    assert said[0].people.involved == 40
    assert "6281000000001" not in said[0].model_dump_json()
    assert "Warga" not in said[0].model_dump_json()


@pytest.mark.parametrize(
    ("account", "kind", "provenance"),
    [
        (None, "anonymous", "unproven"),
        (None, "citizen", "unproven"),
        ("kua.gambir", "officer", "officer"),
        ("kua.gambir", "anonymous", "unproven"),
        ("mitra", "citizen", "client"),
    ],
)
async def test_who_says_so_is_what_is_proven_and_not_what_is_claimed(
    intake: Service, neighbours: Neighbours, account: str | None, kind: str, provenance: str
) -> None:
    contact = {"contact": new_id(), "consent": "2026-11"} if kind == "citizen" else {}
    answer = await post(intake.client(account), {**SMALL, "reporter": {"kind": kind, **contact}})
    said = await neighbours.wait(ReportSubmitted, report_id=answer.json()["report_id"])
    assert said[0].provenance == provenance


async def test_nobody_is_an_officer_by_saying_so(intake: Service) -> None:
    answer = await post(intake.client(), {**SMALL, "reporter": {"kind": "officer"}})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:problem-type:rukun:officer-sign-in")
    assert "Petugas (penyuluh" not in (await intake.client().get("/intake/report")).text
    assert "Petugas (penyuluh" in (await intake.client("kua.gambir").get("/intake/report")).text


async def test_identity_is_not_stored_without_consent(intake: Service) -> None:
    answer = await post(intake.client(), {**SMALL, "reporter": {"kind": "citizen", "name": "Warga"}})
    assert answer.status_code == 422
    assert "persetujuan" in answer.json()["detail"]


async def test_same_key_gives_the_same_answer_and_one_report(intake: Service, neighbours: Neighbours) -> None:
    client = intake.client()
    answers = await asyncio.gather(*(post(client, key="key-1") for _ in range(20)))
    assert len({each.text for each in answers}) == 1
    report_id = answers[0].json()["report_id"]
    await neighbours.wait(ReportSubmitted, report_id=report_id)
    reports = intake.foundation.database["reports"]
    assert await reports.count_documents({"idempotency": "api:key-1"}) == 1


async def test_same_key_with_another_body_is_refused(intake: Service) -> None:
    client = intake.client()
    await post(client, key="key-2")
    other = await post(client, {**SMALL, "narrative": "Lain sama sekali"}, key="key-2")
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        {**SMALL, "region": "11.1"},
        {**SMALL, "region": "99.99.99"},
        {**SMALL, "region": 31.71},
        {**SMALL, "categories": []},
        {**SMALL, "categories": ["apa_saja"]},
        {**SMALL, "narrative": "  "},
        {**SMALL, "point": {"lat": 91, "lng": 0}},
        {**SMALL, "occurred_at": "2024-02-29T19:30:00"},
        {**SMALL, "people": {"dead": -1}},
        {**SMALL, "unknown": 1},
    ],
)
async def test_wrong_body_is_a_problem_with_its_places(intake: Service, body: Any) -> None:
    answer = await intake.client().post("/intake/v1/reports", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"narrative": "\\ud800"}', b"\xff\xfe", b"[" * 5000])
async def test_what_is_no_json_is_a_problem(intake: Service, content: bytes) -> None:
    answer = await intake.client().post("/intake/v1/reports", content=content)
    assert answer.status_code == 422


async def test_too_large_a_body_is_refused(intake: Service) -> None:
    answer = await intake.client().post("/intake/v1/reports", content=b" " * (3 * 1024 * 1024 + 1))
    assert answer.status_code == 413


async def test_many_at_once_are_all_kept_once(intake: Service) -> None:
    client = intake.client()
    answers = await asyncio.gather(*(post(client) for _ in range(200)))
    assert {each.status_code for each in answers} == {202}
    ids = {each.json()["report_id"] for each in answers}
    assert len(ids) == 200
    assert await intake.foundation.database["reports"].count_documents({"_id": {"$in": list(ids)}}) == 200


def signed(payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload).encode()
    made = hmac.new(DEVELOPMENT_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return body, {"x-hub-signature-256": f"sha256={made}"}


async def test_handshake_answers_only_the_right_token(intake: Service) -> None:
    client = intake.client()
    asked = {"hub.mode": "subscribe", "hub.challenge": "123"}
    right = await client.get("/intake/v1/channels/whatsapp", params={**asked, "hub.verify_token": DEVELOPMENT_SECRET})
    wrong = await client.get("/intake/v1/channels/whatsapp", params={**asked, "hub.verify_token": "x"})
    assert (right.status_code, right.text, wrong.status_code) == (200, "123", 403)


async def test_unsigned_webhook_leaves_no_trace(intake: Service) -> None:
    body, _ = signed({"entry": []})
    answer = await intake.client().post("/intake/v1/channels/whatsapp", content=body)
    assert answer.status_code == 401


async def test_dialogue_over_http_ends_in_one_report(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    number, talk = "6281000000021", phones[0].talks["6281000000021"]
    client = intake.client()

    async def say(id: str, **message: Any) -> None:
        value = {"messages": [{"id": id, "from": number, **message}], "contacts": []}
        body, headers = signed({"entry": [{"changes": [{"value": value}]}]})
        heard = len(talk)
        for _ in range(2):  # Meta delivers at least once
            answer = await client.post("/intake/v1/channels/whatsapp", content=body, headers=headers)
            assert answer.status_code == 200

        async def settled() -> bool:
            database = intake.foundation.database
            waiting = await database["inbound"].count_documents({"done": False})
            unsent = await database["replies"].count_documents({"state.status": "queued"})
            return len(talk) > heard and not waiting and not unsent

        await eventually(settled)

    def choice(id: str) -> dict[str, Any]:
        return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": id, "title": id}}}

    mark = intake.address
    await say(f"{mark}1", type="text", text={"body": "lapor"})
    await say(f"{mark}2", type="text", text={"body": "Warga berkumpul menolak kegiatan."})
    await say(f"{mark}3", type="text", text={"body": "Gambir"})
    for count, id in enumerate(("today", "rumah_ibadat", "protes_terbuka", "citizen", "kirim_boleh"), start=4):
        await say(f"{mark}{count}", **choice(id))
    reports = neighbours.received(ReportSubmitted, channel="whatsapp") or await neighbours.wait(
        ReportSubmitted, channel="whatsapp"
    )
    assert len(reports) == 1
    assert number not in reports[0].model_dump_json()
    assert "Nomor tiket" in talk[-1].text

    question = recent(ReporterMessageRequested).model_copy(
        update={"report_id": reports[0].report_id, "message_id": f"q-{mark}"}
    )
    await neighbours.publish(question, question)

    async def asked() -> bool:
        return question.text in talk[-1].text

    await eventually(asked)
    await say(f"{mark}9", type="text", text={"body": "Sudah bubar"})
    answers = await neighbours.wait(ReportSupplemented, report_id=reports[0].report_id)
    assert [each.text for each in answers] == ["Sudah bubar"]
    assert answers[0].question_id == f"q-{mark}"


async def test_statuses_reach_replies_here_and_other_services_by_an_event_once(
    intake: Service, neighbours: Neighbours
) -> None:
    mark = new_id()
    replies = intake.foundation.database["replies"]
    reply = await replies.find_one({"state.status": "sent"})  # of the dialogue above
    assert reply is not None
    ours = {"id": "wamid.y", "status": "read", "biz_opaque_callback_data": f"intake:{reply['_id']}"}
    statuses = [
        {"id": "wamid.x", "status": each, "biz_opaque_callback_data": f"notification:{mark}:0"}
        for each in ("sent", "delivered", "delivered", "read")
    ]
    for number, each in enumerate([*statuses, ours, {"id": "wamid.z", "status": "read"}]):
        body, headers = signed({"entry": [{"changes": [{"value": {"statuses": [each]}}]}], "n": number})
        answer = await intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)
        assert answer.status_code == 200
    found = await neighbours.wait(DeliveryStatusReported, count=3, delivery_id=f"{mark}:0")
    assert [each.status for each in found] == ["sent", "delivered", "read"]
    assert await replies.count_documents({"state.status": "read"}) == 1


async def test_statuses_that_come_together_all_reach_the_other_service(intake: Service, neighbours: Neighbours) -> None:
    mark = new_id()
    statuses = [
        {"id": "wamid.x", "status": each, "biz_opaque_callback_data": f"notification:{mark}:0"}
        for each in ("sent", "read", "delivered")
    ]
    body, headers = signed({"entry": [{"changes": [{"value": {"statuses": statuses}}]}]})
    await intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)
    found = await neighbours.wait(DeliveryStatusReported, count=3, delivery_id=f"{mark}:0")
    assert [each.status for each in found] == ["sent", "read", "delivered"]


async def test_button_of_an_official_goes_to_the_other_service_once_and_no_further(
    intake: Service, neighbours: Neighbours
) -> None:
    token, number = f"t-{new_id()}", "6281000000091"
    button = {
        "type": "button",
        "button": {"payload": f"answer:notification:acknowledge:{token}", "text": "Saya terima"},
    }
    for wamid in ("one", "one", "two", "one"):
        message = {"id": f"wamid.{token}.{wamid}", "from": number, **button}
        value = {"messages": [message], "contacts": [{"wa_id": number, "user_id": f"ID.{token}"}]}
        body, headers = signed({"entry": [{"changes": [{"value": value}]}]})
        answer = await intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)
        assert answer.status_code == 200
    refused = {"button": {"payload": f"answer:notification:refuse:{token}", "text": "Tidak bisa"}}
    value = {"messages": [{"id": f"wamid.{token}.three", "from": number, **button, **refused}]}
    body, headers = signed({"entry": [{"changes": [{"value": value}]}]})
    await intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)
    body, headers = signed({"entry": [{"changes": [{"value": {"messages": [message], "contacts": []}}]}], "again": 1})
    await intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)  # days later
    found = await neighbours.wait(DeliveryAnswered, count=3, token=token)
    assert [(each.service, each.verb) for each in found] == [
        ("notification", "acknowledge"),
        ("notification", "acknowledge"),
        ("notification", "refuse"),
    ]
    assert number not in "".join(each.model_dump_json() for each in found)
    assert not await intake.app.state.store.talks.get(intake.app.state.store.talks.id_of("whatsapp", f"ID.{token}"))


async def test_broken_status_document_waits_alone_and_the_others_are_forwarded(
    intake: Service, neighbours: Neighbours
) -> None:
    mark = new_id()
    bad, good = f"{mark}:bad", f"{mark}:good"
    await intake.foundation.database["delivery_statuses"].insert_one({"_id": bad, "schema": 1, "state": ["x"]})
    statuses = [
        {"id": "wamid.x", "status": "read", "biz_opaque_callback_data": f"notification:{each}"} for each in (bad, good)
    ]
    body, headers = signed({"entry": [{"changes": [{"value": {"statuses": statuses}}]}]})
    answer = await intake.client().post("/intake/v1/channels/whatsapp", content=body, headers=headers)
    assert answer.status_code == 500, "Meta repeats what was not taken in, for days"
    assert await neighbours.wait(DeliveryStatusReported, delivery_id=good)
    assert bad in [each["document"] for each in await intake.foundation.quarantine.all()]


async def test_form_asks_which_place_and_accepts(intake: Service) -> None:
    client = intake.client(follow=True)
    form = {
        "idempotency": "form-1",
        "narrative": "Ada spanduk penolakan di depan jalan.",
        "categories": "rumah_ibadat",
        "region_text": "Sukajadi",
        "kind": "anonymous",
    }
    asked = await client.post("/intake/report", data=form)
    assert asked.status_code == 422
    assert "Yang mana?" in asked.text
    done = await client.post("/intake/report", data={**form, "region_code": "32.73.07"})
    assert done.status_code == 200
    assert "Laporan Anda sudah diterima" in done.text


async def test_form_without_its_token_is_refused(intake: Service) -> None:
    answer = await intake.client("kua.gambir").post("/intake/import", files={"file": ("a.csv", b"x")})
    assert answer.status_code == 403


async def test_database_away_is_a_clear_503(stack_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URL", "mongodb://127.0.0.1:1/?replicaSet=rukun&serverSelectionTimeoutMS=300")
    async with running("intake", ready=False) as away:
        answer = await post(away.client())
        ready = await away.client().get("/intake/health/ready")
        alive = await away.client().get("/intake/health/live")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "belum tersimpan" in answer.json()["detail"]
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert "MongoDB" in ready.json()["waiting_for"]
