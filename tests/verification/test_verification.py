"""Verification on a real database and a real broker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis.clock import new_id, now
from contracts.events import (
    AlertAcknowledged,
    CaseOpened,
    CaseStateRecorded,
    CaseStatusChanged,
    LevelChanged,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
    ReportSubmitted,
    ReportSupplemented,
)
from contracts.regions import jurisdiction, office_name
from contracts.vocabulary import Supplement
from services.verification.timeline import first_break
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification") as service:
        yield service


def report(region: str, words: str = "", **more: Any) -> ReportSubmitted:
    told = {
        "report_id": new_id(),
        "at": now(),
        "occurred_at": None,
        "region": region,
        "jurisdiction": jurisdiction(region),
        "place": None,
        **({"narrative": words} if words else {}),
        **more,
    }
    return ReportSubmitted.model_validate({**recent(ReportSubmitted).model_dump(), **told})


async def case_of(service: Service, report_id: str, account: str = "pusat") -> dict[str, Any]:
    """The case that has taken a report: the decision is stored before the case takes it, so both are looked at."""
    client = service.client(account)

    async def look() -> dict[str, Any] | None:
        found = await service.foundation.database["reports"].find_one({"_id": report_id})
        answer = await client.get(f"/verification/v1/cases/{found['case_id']}") if found else None
        case = answer.json() if answer is not None and answer.status_code == 200 else {"report_ids": []}
        return case if report_id in case["report_ids"] else None

    return await eventually(look)  # type: ignore[return-value]


async def test_report_becomes_a_case(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.71.02")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    assert (case["status"], case["report_ids"]) == ("baru", [said.report_id])
    assert await neighbours.wait(CaseOpened, case_id=case["case_id"])
    states = await neighbours.wait(CaseStateRecorded, case_id=case["case_id"])
    assert said.narrative not in states[-1].model_dump_json()


async def test_same_report_said_three_times_is_there_once(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.71.03")
    for _ in range(3):
        await neighbours.publish(said, id=new_id(), sequence=1)
    last = report("31.71.03", "Penanda akhir tentang hal lain.", categories=("pengeras_suara",))
    await neighbours.publish(last)
    await case_of(verification, last.report_id)
    cases = await verification.foundation.database["cases"].count_documents({"state.recent_reports": said.report_id})
    joined = await neighbours.wait(ReportsJoined, count=2, region="31.71.03")
    assert cases == 1
    assert sum(each.report_id == said.report_id for event in joined for each in event.reports) == 1


async def test_burst_of_one_rumour_is_one_case(verification: Service, neighbours: Neighbours) -> None:
    many = [report("31.71.04", f"Massa berkumpul di depan bangunan, nomor {n}.") for n in range(300)]
    await asyncio.gather(*(neighbours.publish(each) for each in many))

    async def all_there() -> bool:
        found = await verification.foundation.database["cases"].find({"state.region": "31.71.04"}).to_list()
        return sorted(r for each in found for r in each["state"]["recent_reports"]) == sorted(e.report_id for e in many)

    await eventually(all_there)
    assert await verification.foundation.database["cases"].count_documents({"state.region": "31.71.04"}) == 1


async def test_grouping_is_explained_and_can_be_undone(verification: Service, neighbours: Neighbours) -> None:
    one, two = report("31.71.05"), report("31.71.05")
    await neighbours.publish(one)
    case = await case_of(verification, one.report_id)
    await neighbours.publish(two)
    case = await case_of(verification, two.report_id)
    assert len(case["report_ids"]) == 2
    joined = next(each["joined"] for each in case["reports"] if each["_id"] == two.report_id)
    assert "category:rumah_ibadat" in joined["reasons"]
    client = verification.client("kasi.jakpus")
    address = f"/verification/v1/cases/{case['case_id']}/split"
    fresh = (await client.post(address, json={"report_id": two.report_id})).json()["case_id"]
    assert (await case_of(verification, two.report_id))["case_id"] == fresh
    assert await neighbours.wait(ReportSplit, case_id=case["case_id"])


async def test_merged_case_has_the_reports_of_both_and_gives_each_back(
    verification: Service, neighbours: Neighbours
) -> None:
    one, two = report("31.72.01"), report("31.72.01", "Perkara lain sama sekali.", categories=("pengeras_suara",))
    await neighbours.publish(one, two)
    first, second = await case_of(verification, one.report_id), await case_of(verification, two.report_id)
    assert first["case_id"] != second["case_id"]
    client = verification.client("kabid.dki")
    body = {"into": first["number"], "reason": "Kejadian yang sama."}
    address = f"/verification/v1/cases/{second['case_id']}/merge"
    answers = [await client.post(address, json=body) for _ in range(2)]
    assert [each.json().get("case_id") for each in answers] == [first["case_id"]] * 2
    whole = await case_of(verification, two.report_id)
    assert {each["_id"] for each in whole["reports"]} == {one.report_id, two.report_id}
    assert (whole["case_id"], whole["report_count"]) == (first["case_id"], 2)
    left = (await client.get(f"/verification/v1/cases/{second['case_id']}")).json()
    assert (left["status"], left["went_to"], left["reports"]) == ("ditutup", first["number"], [])
    (joined,) = await neighbours.wait(ReportsJoined, case_id=first["case_id"], because="merged")
    assert [each.report_id for each in joined.reports] == [two.report_id]
    split = {"report_id": two.report_id}
    fresh = (await client.post(f"/verification/v1/cases/{first['case_id']}/split", json=split)).json()["case_id"]
    assert (await case_of(verification, two.report_id))["case_id"] == fresh
    assert (await case_of(verification, one.report_id))["report_count"] == 1


async def test_case_moves_to_the_kecamatan_where_it_belongs(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.72.02", attachments=("foto",))
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client = verification.client("kabid.dki")
    body = {"region": "32.71.01", "reason": "Ternyata di kecamatan sebelah."}
    address = f"/verification/v1/cases/{case['case_id']}/move"
    assert (await verification.client("kua.bogor").post(address, json=body)).status_code == 404
    fresh = (await client.post(address, json=body)).json()["case_id"]
    moved = (await verification.client("kua.bogor").get(f"/verification/v1/cases/{fresh}")).json()
    assert (moved["region"], moved["status"], moved["came_from"]) == ("32.71.01", "baru", case["number"])
    assert [each["report"]["region"] for each in moved["reports"]] == ["32.71.01"]
    assert await neighbours.wait(CaseOpened, case_id=fresh, region="32.71.01")
    (joined,) = await neighbours.wait(ReportsJoined, case_id=fresh, because="moved")
    assert joined.reports[0].attachments == ("foto",)
    assert (await neighbours.wait(CaseStatusChanged, case_id=case["case_id"], status="ditutup"))[0].outcome is None
    left = (await client.get(f"/verification/v1/cases/{case['case_id']}/timeline")).json()
    assert "Ternyata di kecamatan sebelah." in str(left["texts"])
    assert (await client.post(address, json={**body, "region": "31.72.02"})).status_code == 409


async def test_report_that_is_split_off_and_merged_again_and_split_again_is_in_an_open_case(
    verification: Service, neighbours: Neighbours
) -> None:
    one, two = report("31.73.03"), report("31.73.03")
    await neighbours.publish(one)
    await case_of(verification, one.report_id)
    await neighbours.publish(two)
    case = await case_of(verification, two.report_id)
    client, body = verification.client("kabid.dki"), {"into": case["number"], "reason": "Kejadian yang sama."}
    address = f"/verification/v1/cases/{case['case_id']}"
    for _ in range(3):
        fresh = (await client.post(f"{address}/split", json={"report_id": two.report_id})).json()["case_id"]
        away = await case_of(verification, two.report_id)
        assert (away["case_id"], away["status"], away["report_count"]) == (fresh, "baru", 1)
        assert (await client.post(f"/verification/v1/cases/{fresh}/merge", json=body)).status_code == 200
        assert (await case_of(verification, two.report_id))["case_id"] == case["case_id"]


async def test_carrying_that_was_never_finished_can_be_given_up(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.73.04")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    cases = verification.foundation.database["cases"]
    await cases.update_one({"_id": case["case_id"]}, {"$set": {"state.going_to": "gone"}})
    client, address = verification.client("kabid.dki"), f"/verification/v1/cases/{case['case_id']}"
    again = report("31.73.04")
    await neighbours.publish(again)
    assert (await case_of(verification, again.report_id))["case_id"] != case["case_id"]
    assert (await client.post(f"{address}/assign", json={"to": office_name("31.73.04")})).status_code == 409
    assert (await client.post(f"{address}/stay")).json()["report_count"] == 1
    assert (await client.post(f"{address}/assign", json={"to": office_name("31.73.04")})).status_code == 200


async def test_two_who_merge_each_into_the_other_close_neither_or_one(
    verification: Service, neighbours: Neighbours
) -> None:
    one, two = report("31.73.01"), report("31.73.01", "Perkara lain sama sekali.", categories=("pengeras_suara",))
    await neighbours.publish(one, two)
    cases = [await case_of(verification, each.report_id) for each in (one, two)]
    client = verification.client("kabid.dki")
    answers = await asyncio.gather(
        *(
            client.post(
                f"/verification/v1/cases/{case['case_id']}/merge",
                json={"into": into["case_id"], "reason": "Kejadian yang sama."},
            )
            for case, into in (cases, cases[::-1])
        )
    )
    assert {each.status_code for each in answers} <= {200, 409}
    ends = [(await client.get(f"/verification/v1/cases/{each['case_id']}")).json() for each in cases]
    assert [each["status"] for each in ends].count("ditutup") == [each.status_code for each in answers].count(200) <= 1
    assert sum(len(each["reports"]) for each in ends) == 2
    assert "merge" in next(each for each in ends if each["status"] != "ditutup")["possible"]


async def test_report_about_an_office_stays_hidden_from_it_where_it_is_moved_or_could_be_merged(
    verification: Service, neighbours: Neighbours
) -> None:
    hidden = report("31.72.04", "Tentang kantor kota itu sendiri.", jurisdiction=("ID", "31"))
    seen = report("31.72.04", "Perkara lain sama sekali.", categories=("pengeras_suara",))
    await neighbours.publish(hidden, seen)
    case, next_to_it = await case_of(verification, hidden.report_id), await case_of(verification, seen.report_id)
    client = verification.client("kabid.dki")
    page = await client.get(f"/verification/cases/{next_to_it['case_id']}", headers={"accept": "text/html"})
    assert case["number"] not in page.text
    body = {"into": next_to_it["number"], "reason": "Kejadian yang sama."}
    refused = await client.post(f"/verification/v1/cases/{case['case_id']}/merge", json=body)
    assert refused.status_code == 409
    elsewhere = {"region": "32.71.01", "reason": "Ternyata di kota sebelah."}
    assert (await client.post(f"/verification/v1/cases/{case['case_id']}/move", json=elsewhere)).status_code == 409
    assert "move" in (await case_of(verification, hidden.report_id))["possible"]
    move = {"region": "31.72.05", "reason": "Ternyata di kecamatan sebelah."}
    fresh = (await client.post(f"/verification/v1/cases/{case['case_id']}/move", json=move)).json()["case_id"]
    stored = await verification.foundation.database["cases"].find_one({"_id": fresh}) or {}
    assert stored["state"]["jurisdiction"] == ["ID", "31"]


async def test_case_is_found_by_number_ticket_and_words_by_those_who_may_see_it(
    verification: Service, neighbours: Neighbours
) -> None:
    said = report("31.73.02", "Selebaran gelap beredar di pasar Contohan sejak subuh.", ticket="4T2X-8KQW")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)

    async def found(words: str, account: str = "kabid.dki") -> list[str]:
        answer = await verification.client(account).get("/verification/v1/cases", params={"q": words})
        return [each["case_id"] for each in answer.json()["cases"]]

    for words in (case["number"].lower(), "4t2x-8kqw", "pasar contohan", "SELEBARAN subuh", "beredar, di pasar!"):
        assert await found(words) == [case["case_id"]], words
        assert await found(words, "kua.bogor") == [], words
    for words in ("pasar senja", "$where", '" OR "1', "-", "K-00000000"):
        assert case["case_id"] not in await found(words), words
    page = await verification.client("kabid.dki").get(
        "/verification/", params={"q": "contohan"}, headers={"accept": "text/html"}
    )
    assert case["number"] in page.text


async def test_news_after_the_end_reaches_somebody(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.72.03")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client, address = verification.client("kabid.dki"), f"/verification/v1/cases/{case['case_id']}"
    await client.post(f"{address}/verify", json={"verdict": "hoaks", "source_grade": "E", "information_grade": 5})
    added = recent(ReportSupplemented).model_copy(
        update={
            "report_id": said.report_id, "region": "31.72.03", "question_id": None, "kind": Supplement.ADDITION,
            "text": "Besok mau kumpul lagi", "supplement_id": new_id(),
        }
    )  # fmt: skip
    await neighbours.publish(added)
    opened = await neighbours.wait(CaseStatusChanged, case_id=case["case_id"], status="diperiksa")
    assert (opened[-1].previous, opened[-1].outcome) == ("ditutup", None)


def supplemented(said: ReportSubmitted, kind: str, text: str = "") -> ReportSupplemented:
    place = {"report_id": said.report_id, "region": said.region, "question_id": None, "supplement_id": new_id()}
    return recent(ReportSupplemented).model_copy(update={**place, "kind": Supplement(kind), "text": text})


async def test_objection_opens_a_case_again_and_thanks_do_not(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.72.04")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client, address = verification.client("kabid.dki"), f"/verification/v1/cases/{case['case_id']}"
    await client.post(f"{address}/verify", json={"verdict": "hoaks", "source_grade": "E", "information_grade": 5})
    await neighbours.publish(supplemented(said, "helped"), supplemented(said, "objection", "Belum selesai"))
    opened = await neighbours.wait(CaseStatusChanged, case_id=case["case_id"], status="diperiksa")
    assert opened[-1].previous == "ditutup"
    timeline = (await client.get(f"{address}/timeline")).json()["timeline"]
    assert [each["kind"] for each in timeline][-3:] == ["helped", "objected", "reopened_by_reporter"]
    page = (await client.get(f"/verification/cases/{case['case_id']}", headers={"accept": "text/html"})).text
    assert "Pelapor keberatan atas hasilnya: Belum selesai" in page


async def test_what_came_back_opens_the_case_and_offices_see_what_reporters_say(
    verification: Service, neighbours: Neighbours
) -> None:
    said = report("91.01.01")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client, address = verification.client("pusat"), f"/verification/v1/cases/{case['case_id']}"
    await client.post(f"{address}/verify", json={"verdict": "hoaks", "source_grade": "E", "information_grade": 5})
    calm, back = supplemented(said, "still_calm"), supplemented(said, "recurred", "Pagar dirusak lagi")
    await neighbours.publish(calm)
    await neighbours.publish(back)
    opened = await neighbours.wait(CaseStatusChanged, case_id=case["case_id"], status="diperiksa")
    assert opened[-1].previous == "ditutup"
    store = verification.app.state.store

    async def counted() -> bool:
        said = await store.said(("91.01",), now())
        return bool(said == {"helped": 0, "objection": 0, "still_calm": 1, "recurred": 1})

    await eventually(counted)
    assert not any((await store.said(("91.02",), now())).values())
    assert not any((await store.said(("91.01",), now() + timedelta(days=91))).values())
    page = (await client.get("/verification/", headers={"accept": "text/html"})).text
    assert "1 terjadi lagi" in page


async def test_reporter_who_wants_no_word_cannot_be_asked(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.72.05", can_be_asked=True)
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client, address = verification.client("kabid.dki"), f"/verification/v1/cases/{case['case_id']}"
    page = f"/verification/cases/{case['case_id']}"
    assert "Tanya pelapor" in (await client.get(page, headers={"accept": "text/html"})).text
    await neighbours.publish(supplemented(said, "no_contact"))

    async def known() -> bool:
        return "tidak mau dihubungi lagi" in (await client.get(page, headers={"accept": "text/html"})).text

    await eventually(known)
    assert "Tanya pelapor" not in (await client.get(page, headers={"accept": "text/html"})).text
    question = {"report_id": said.report_id, "text": "Masih ramai?"}
    asked = await client.post(f"{address}/ask", json=question)
    assert (asked.status_code, asked.json()["type"]) == (409, "urn:problem-type:rukun:no-contact")
    assert (await client.get(address)).json()["status"] == case["status"]
    await neighbours.publish(supplemented(said, "contact_again"))

    async def may_ask() -> bool:
        return "Tanya pelapor" in (await client.get(page, headers={"accept": "text/html"})).text

    await eventually(may_ask)
    assert (await client.post(f"{address}/ask", json=question)).status_code == 200


@pytest.mark.parametrize("why", ["waits", "gone", "stopped", "failed", "of-a-later-release"])
async def test_officer_reads_why_a_message_did_not_arrive(
    verification: Service, neighbours: Neighbours, why: str
) -> None:
    told = report("31.72.07")
    await neighbours.publish(told)
    case = await case_of(verification, told.report_id)
    await neighbours.publish(supplemented(told, "undelivered", why))
    page = f"/verification/cases/{case['case_id']}"

    async def shown() -> bool:
        return (
            "Pesan kepada pelapor"
            in (await verification.client("kabid.dki").get(page, headers={"accept": "text/html"})).text
        )

    await eventually(shown)


async def test_what_a_voice_says_is_written_down_by_hand(verification: Service, neighbours: Neighbours) -> None:
    told = report("31.72.06", attachments=("v.suara", "foto"))
    await neighbours.publish(told)
    case = await case_of(verification, told.report_id)
    client, page = verification.client("kabid.dki", True), f"/verification/cases/{case['case_id']}"
    html = (await client.get(page, headers={"accept": "text/html"})).text
    assert html.count("<audio ") == 1
    assert 'src="/intake/v1/attachments/v.suara"' in html
    form = {"csrf": CSRF, "report_id": told.report_id, "text": "Massa akan datang besok, hubungi 081000000001"}
    await client.post(f"{page}/transcribe", data=form)
    html = (await client.get(page, headers={"accept": "text/html"})).text
    assert (
        html.count("Isi suara, video, atau dokumen: Massa akan datang besok, hubungi [disamarkan]") == 2
    )  # report and timeline
    timeline = (await client.get(f"/verification/v1/cases/{case['case_id']}/timeline")).json()["timeline"]
    assert (timeline[-1]["kind"], first_break(timeline)) == ("transcribed", None)
    await client.post(f"{page}/transcribe", data=form)
    again = (await client.get(f"/verification/v1/cases/{case['case_id']}/timeline")).json()["timeline"]
    assert len(again) == len(timeline)  # the same words twice are one
    elsewhere = report("31.72.06")
    assert (await client.post(f"{page}/transcribe", data={**form, "report_id": elsewhere.report_id})).status_code == 409
    silent = report("31.72.08")
    await neighbours.publish(silent)
    other = await case_of(verification, silent.report_id)
    refused = await client.post(
        f"/verification/cases/{other['case_id']}/transcribe", data={**form, "report_id": silent.report_id}
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem-type:rukun:no-voice")


async def test_way_of_a_case_through_the_api(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.71.01")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client = verification.client("kua.gambir")
    address = f"/verification/v1/cases/{case['case_id']}"

    async def do(step: str, body: dict[str, Any]) -> httpx2.Response:
        return await client.post(f"{address}/{step}", json=body)

    early = await do("close", {"outcome": "mereda", "note": "Warga sepakat bermusyawarah."})
    assert early.status_code == 409
    assert early.json()["possible"] == ["assign", "verify", "ask", "split", "merge", "move"]
    await do("assign", {"to": "KUA Gambir"})
    await do("ask", {"report_id": said.report_id, "text": "Apakah masih berkumpul?"})
    question = (await neighbours.wait(ReporterMessageRequested, case_id=case["case_id"]))[0]
    answer = recent(ReportSupplemented).model_copy(
        update={
            "report_id": said.report_id,
            "region": "31.71.01",
            "question_id": question.message_id,
            "text": "Sudah bubar",
            "supplement_id": new_id(),
        }
    )
    await neighbours.publish(answer)
    await neighbours.publish(answer, sequence=1)

    async def answered() -> bool:
        whole = (await client.get(address)).json()
        return [each["text"] for each in whole["reports"][0]["answers"]] == ["Sudah bubar"] and not whole[
            "messages_waiting"
        ]

    await eventually(answered)
    check = {"verdict": "terverifikasi", "source_grade": "B", "information_grade": 2, "acts": ["massa_berkumpul"]}
    assert (await do("verify", check)).json()["status"] == "terverifikasi"
    assert (await do("actions", {"text": "Musyawarah"})).json()["status"] == "ditangani"
    assert (await do("close", {"outcome": "mereda", "note": "Warga sepakat bermusyawarah."})).json()[
        "status"
    ] == "ditutup"
    closed = await neighbours.wait(CaseStatusChanged, case_id=case["case_id"], status="ditutup")
    assert closed[0].report_ids == (said.report_id,)
    timeline = (await client.get(f"{address}/timeline")).json()["timeline"]
    assert first_break(timeline) is None
    assert [each["kind"] for each in timeline] == [
        "opened", "joined", "assigned", "asked", "answered", "verified", "acted", "closed",
    ]  # fmt: skip


async def test_level_and_alert_enter_the_timeline_once(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.71.06")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    level = recent(LevelChanged).model_copy(update={"scope_id": case["case_id"]})
    alert = recent(AlertAcknowledged).model_copy(update={"case_id": case["case_id"], "alert_id": new_id()})
    for _ in range(3):
        await neighbours.publish(level, sequence=1)
        await neighbours.publish(alert, sequence=2)

    async def noted() -> bool:
        shown = await verification.client("pusat").get(f"/verification/v1/cases/{case['case_id']}/timeline")
        kinds = [each["kind"] for each in shown.json()["timeline"]]
        return kinds.count("level") == 1 and kinds.count("alert_acknowledged") == 1

    await eventually(noted)
    assert (await case_of(verification, said.report_id))["level"] == 2


async def test_other_region_sees_nothing_anywhere(verification: Service, neighbours: Neighbours) -> None:
    said = report("32.71.01", "Kejadian rahasia di Bogor Selatan.")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    address = f"/verification/v1/cases/{case['case_id']}"
    for account in ("kua.gambir", "kasi.jakpus", "kabid.dki"):
        client = verification.client(account)
        listed = (await client.get("/verification/v1/cases", params={"limit": 200})).json()["cases"]
        page = (await client.get("/verification/", headers={"accept": "text/html"}, params={"area": "32"})).text
        answers = [
            await client.get(address),
            await client.get(f"{address}/timeline"),
            await client.get(f"/verification/cases/{case['case_id']}", headers={"accept": "text/html"}),
            await client.post(f"{address}/assign", json={"to": "KUA Gambir"}),
            await client.post(
                f"{address}/verify", json={"verdict": "hoaks", "source_grade": "A", "information_grade": 1}
            ),
            await client.post(f"{address}/split", json={"report_id": said.report_id}),
        ]
        assert case["case_id"] not in str(listed) + page
        # By fields: "32.71" may well be seconds of a time.
        assert not [each for each in listed if "32.71" in each["jurisdiction"]]
        assert {each.status_code for each in answers} == {404}
        missing = await client.get(f"/verification/v1/cases/{new_id()}")
        assert missing.json() == answers[0].json()
    own = await verification.client("kua.bogor").get(address)
    assert own.status_code == 200


async def test_case_about_an_office_is_hidden_from_it(verification: Service, neighbours: Neighbours) -> None:
    said = report(
        "31.71.01", "Tentang kantor itu sendiri.", categories=("lainnya",), jurisdiction=("ID", "31", "31.71")
    )
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    address = f"/verification/v1/cases/{case['case_id']}"
    assert (await verification.client("kua.gambir").get(address)).status_code == 404
    assert (await verification.client("kasi.jakpus").get(address)).status_code == 200


@pytest.mark.parametrize("account", ["admin", "dpo", "mitra"])
async def test_role_without_cases_is_refused(verification: Service, account: str) -> None:
    assert (await verification.client(account).get("/verification/v1/cases")).status_code == 403


async def test_nobody_signed_in_is_sent_to_sign_in(verification: Service) -> None:
    client = verification.client()
    api = await client.get("/verification/v1/cases")
    page = await client.get("/verification/", headers={"accept": "text/html"})
    assert (api.status_code, api.headers["content-type"]) == (401, "application/problem+json")
    assert (page.status_code, page.headers["location"]) == (303, "/verification/sign-in?next=/verification/")


async def test_form_needs_its_token(verification: Service, neighbours: Neighbours) -> None:
    said = report("31.71.07")
    await neighbours.publish(said)
    case = await case_of(verification, said.report_id)
    client = verification.client("kasi.jakpus")
    address = f"/verification/cases/{case['case_id']}/assign"
    assert (await client.post(address, data={"to": office_name("31.71.07")})).status_code == 403
    assert (await client.post(address, data={"to": office_name("31.71.07"), "csrf": CSRF})).status_code == 303


async def test_what_is_no_event_is_put_aside_and_the_rest_goes_on(
    verification: Service, neighbours: Neighbours
) -> None:
    await neighbours.publish_raw("rukun.reports.v1", b"not an event", [("ce_id", b"1")])
    missing = recent(ReportSupplemented).model_copy(update={"report_id": "nobody", "supplement_id": new_id()})
    await neighbours.publish(missing)
    said = report("31.71.08")
    await neighbours.publish(said)
    await case_of(verification, said.report_id)

    async def aside() -> list[str]:
        letters = await verification.foundation.database["dead_letters"].find().to_list()
        reasons = [each["reason"] for each in letters]
        return reasons if len(reasons) >= 2 else []

    reasons = await eventually(aside)
    assert any("headers missing" in each for each in reasons)
    assert any("no report nobody" in each for each in reasons)
