"""Escalation on a real database and a real broker."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import new_id, now
from contracts.base import Event
from contracts.events import (
    CaseOpened,
    CaseStatusChanged,
    CaseVerified,
    JoinedReport,
    LevelChanged,
    LookRequested,
    ReportsJoined,
    ReportSubmitted,
)
from contracts.regions import jurisdiction
from contracts.vocabulary import Act, Provenance, ReporterKind, Status, Verdict
from kemenag.levels import sentence
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def escalation(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("escalation", burn_in_weeks=0) as service:
        yield service


def opened(region: str = "31.71.01", *acts: str, sources: int = 1) -> tuple[str, list[Event]]:
    case_id = new_id()
    place: dict[str, Any] = {"case_id": case_id, "region": region, "jurisdiction": jurisdiction(region)}
    reports = tuple(
        JoinedReport(
            report_id=new_id(),
            source=f"s{n}",
            reporter_kind="citizen",
            provenance="person",
            acts=acts,
            received_at=now(),
        )
        for n in range(sources)
    )
    return case_id, [
        recent(CaseOpened).model_copy(update=place),
        recent(ReportsJoined).model_copy(update={**place, "reports": reports}),
    ]


async def this_week(escalation: Service, area: str) -> int:
    found = await escalation.foundation.database["kabupaten"].find_one({"_id": area})
    return int(found["state"]["score"]["count"]) if found and found["state"]["score"] else -1


async def test_new_case_is_waspada_with_its_reasons(escalation: Service, neighbours: Neighbours) -> None:
    case_id, events = opened("31.71.01", "ancaman")
    await neighbours.publish(*events)
    changed = (await neighbours.wait(LevelChanged, scope_id=case_id))[0]
    assert (int(changed.level), int(changed.previous), changed.parameter_version) == (1, 0, "v1")
    assert {each.code for each in changed.reasons} >= {"stage", "reports", "sources", "act:ancaman"}


async def test_violence_by_two_proven_sources_is_siaga_at_once_and_awas_waits(
    escalation: Service, neighbours: Neighbours
) -> None:
    case_id, events = opened("31.71.01", "pembakaran", sources=2)
    await neighbours.publish(*events)
    changed = await neighbours.wait(LevelChanged, scope_id=case_id)
    assert (int(changed[-1].level), changed[-1].needs_confirmation) == (2, True)


async def test_violence_at_a_case_that_stands_at_siaga_calls_for_a_person_and_asks_to_look(
    escalation: Service, neighbours: Neighbours
) -> None:
    case_id, events = opened("72.72.01", "protes_terbuka")
    place: dict[str, Any] = {"case_id": case_id, "region": "72.72.01", "jurisdiction": jurisdiction("72.72.01")}
    verified = recent(CaseVerified).model_copy(update={**place, "acts": (Act.ANCAMAN,)})
    await neighbours.publish(*events, verified)
    await neighbours.wait(LevelChanged, scope_id=case_id, level=2)
    later = opened("72.72.01", "pembakaran", sources=2)[1][1].model_copy(update={"case_id": case_id})
    await neighbours.publish(later, sequence=4)
    await neighbours.wait(LevelChanged, scope_id=case_id, level=2, previous=2, needs_confirmation=True)
    assert await neighbours.wait(LookRequested, region="72.72.01")


async def test_threat_of_anybody_asks_an_officer_to_look_once_an_hour(
    escalation: Service, neighbours: Neighbours
) -> None:
    for _ in range(3):
        case_id, events = opened("72.71.01", "ancaman")
        await neighbours.publish(*events)
        await neighbours.wait(LevelChanged, scope_id=case_id)
    requests = neighbours.received(LookRequested, region="72.71.01")
    assert [(each.reports, each.acts) for each in requests] == [(1, ("ancaman",))]


async def test_everything_heard_twice_changes_nothing(escalation: Service, neighbours: Neighbours) -> None:
    case_id, events = opened("31.71.01", "ancaman")
    verified = recent(CaseVerified).model_copy(
        update={"case_id": case_id, "jurisdiction": jurisdiction("31.71.01"), "acts": (Act.ANCAMAN,)}
    )
    for _ in range(3):
        for count, event in enumerate((*events, verified), start=1):
            await neighbours.publish(event, sequence=count)
    end_id, end = opened("31.71.02")
    await neighbours.publish(*end)
    await neighbours.wait(LevelChanged, scope_id=end_id)
    await neighbours.wait(LevelChanged, scope_id=case_id, level=2)
    assert [int(each.level) for each in neighbours.received(LevelChanged, scope_id=case_id)] in ([1, 2], [2])


async def test_officer_confirms_or_lowers_with_a_reason(escalation: Service, neighbours: Neighbours) -> None:
    case_id, events = opened("31.71.01", "pembakaran", sources=2)
    await neighbours.publish(*events)
    await neighbours.wait(LevelChanged, scope_id=case_id)
    client = escalation.client("kasi.jakpus")
    address = f"/escalation/v1/cases/{case_id}/level"
    short = await client.post(address, json={"level": 1, "reason": "x"})
    done = await client.post(address, json={"level": 1, "reason": "Sudah dicek, tidak ada pembakaran."})
    other = await escalation.client("kua.bogor").post(address, json={"level": 0, "reason": "Bukan wilayah saya"})
    assert (short.status_code, done.status_code, other.status_code) == (422, 200, 404)
    lowered = (await neighbours.wait(LevelChanged, scope_id=case_id, level=1))[-1]
    assert "tidak ada pembakaran" in sentence(lowered.region, lowered.reasons)


async def test_surge_of_an_area_is_noticed_and_a_hoax_leaves_the_counts(
    escalation: Service, neighbours: Neighbours
) -> None:
    base = recent(ReportSubmitted).model_copy(update={"region": "33.72.01", "jurisdiction": jurisdiction("33.72.01")})
    old = base.model_copy(update={"report_id": new_id(), "at": now() - timedelta(weeks=50)})
    surge = [base.model_copy(update={"report_id": new_id(), "at": now(), "source": f"s{n}"}) for n in range(5)]
    await neighbours.publish(old, *surge)
    for each in surge:
        await neighbours.publish(each, sequence=1)
    raised = (await neighbours.wait(LevelChanged, scope="area", scope_id="33.72"))[0]
    assert int(raised.level) >= 1
    assert raised.coverage is not None
    assert {"score", "chance28", "term:base", "expected"} <= {each.code for each in raised.reasons}

    async def all_counted() -> bool:
        # A round may have begun before the last of the five was in the log.
        return await this_week(escalation, "33.72") == 5

    await eventually(all_counted)
    hoax = recent(CaseVerified).model_copy(
        update={"case_id": new_id(), "verdict": Verdict.HOAKS, "report_ids": tuple(each.report_id for each in surge)}
    )
    await neighbours.publish(hoax)

    async def gone() -> bool:
        return await this_week(escalation, "33.72") == 0

    await eventually(gone)


async def test_exercise_does_not_count(escalation: Service, neighbours: Neighbours) -> None:
    drill = recent(ReportSubmitted).model_copy(
        update={"report_id": new_id(), "region": "34.71.01", "jurisdiction": jurisdiction("34.71.01"), "exercise": True}
    )
    real = drill.model_copy(update={"report_id": new_id(), "exercise": False})
    await neighbours.publish(drill, real)

    async def logged() -> bool:
        return await this_week(escalation, "34.71") == 1

    await eventually(logged)


async def test_area_pages_show_only_own_regions(escalation: Service, neighbours: Neighbours) -> None:
    case_id, events = opened("32.71.01", "ancaman")
    await neighbours.publish(*events)
    await neighbours.wait(LevelChanged, scope_id=case_id)
    gambir, pusat = escalation.client("kua.gambir", True), escalation.client("pusat", True)
    page = {"accept": "text/html"}
    own = await gambir.get("/escalation/", headers=page)
    assert own.status_code == 200
    assert case_id not in own.text
    for code in ("32.71.01", "32.71", "31.71", "31", "ID"):
        assert (await gambir.get(f"/escalation/areas/{code}", headers=page)).status_code == 404
    assert case_id not in (await gambir.get("/escalation/v1/levels")).text
    assert case_id in (await pusat.get("/escalation/areas/32.71", headers=page)).text
    form = {"level": 2, "reason": "Terpantau gawat", "csrf": CSRF}
    assert (await gambir.post(f"/escalation/cases/{case_id}/level", data=form)).status_code == 404


async def test_officer_sets_the_level_of_an_area_with_a_reason(escalation: Service, neighbours: Neighbours) -> None:
    kasi, other = escalation.client("kasi.jakpus"), escalation.client("kua.bogor")
    address = "/escalation/v1/areas/31.71/level"
    raised = await kasi.post(address, json={"level": 3, "reason": "Massa besar berkumpul, hubungi 081000000123"})
    assert raised.status_code == 202
    changed = (await neighbours.wait(LevelChanged, scope="area", scope_id="31.71", level=3))[-1]
    assert "Kasi Bimas Islam Kota Administrasi Jakarta Pusat menetapkan tingkat 3 Awas" in sentence(
        changed.region, changed.reasons
    )
    assert "081000000123" not in changed.model_dump_json()
    assert (await other.post(address, json={"level": 0, "reason": "Bukan wilayah saya"})).status_code == 404
    assert (await other.get("/escalation/v1/areas/31.71")).status_code == 404
    too_small = "/escalation/v1/areas/31.71.01/level"
    assert (await kasi.post(too_small, json={"level": 1, "reason": "Satu kecamatan"})).status_code == 422
    assert (await kasi.get("/escalation/v1/areas/31.71")).json()["level"] == 3
    page = {"accept": "text/html"}
    assert (
        "Massa besar berkumpul" in (await escalation.client("pusat").get("/escalation/areas/31.71", headers=page)).text
    )
    form = {"level": 0, "reason": "Massa sudah pulang semua", "csrf": CSRF}
    await kasi.post("/escalation/areas/31.71/level", data=form, headers=page)
    await neighbours.wait(LevelChanged, scope="area", scope_id="31.71", level=0)


@pytest.mark.parametrize("reason", ["     ", "x", " x   "])
async def test_reason_that_says_nothing_is_refused(reason: str, escalation: Service) -> None:
    kasi, page = escalation.client("kasi.jakpus"), {"accept": "text/html"}
    body, form = {"level": 3, "reason": reason}, {"level": 3, "reason": reason, "csrf": CSRF}
    assert (await kasi.post("/escalation/v1/areas/31.71/level", json=body)).status_code == 422
    assert (await kasi.post("/escalation/areas/31.71/level", data=form, headers=page)).status_code == 422


async def test_code_with_a_newline_is_no_area(escalation: Service) -> None:
    kasi, body = escalation.client("kasi.jakpus"), {"level": 2, "reason": "Terpantau ramai"}
    assert (await kasi.post("/escalation/v1/areas/31.71%0a/level", json=body)).status_code == 404
    assert (await kasi.get("/escalation/areas/31.71%0a", headers={"accept": "text/html"})).status_code == 404


async def test_numbers_on_religion_are_not_in_the_api(escalation: Service, neighbours: Neighbours) -> None:
    report = recent(ReportSubmitted).model_copy(
        update={"report_id": new_id(), "at": now(), "region": "64.72.01", "jurisdiction": jurisdiction("64.72.01")}
    )
    await neighbours.publish(report)

    async def counted() -> bool:
        return await this_week(escalation, "64.72") == 1

    await eventually(counted)
    answer = await escalation.client("pusat").get("/escalation/v1/areas/64.72")
    assert answer.json()["score"]["count"] == 1
    assert "faith" not in answer.text


async def test_exercise_is_not_the_situation(escalation: Service, neighbours: Neighbours) -> None:
    case_id, events = opened("17.71.01", "pembakaran", sources=2)
    await neighbours.publish(*[event.model_copy(update={"exercise": True}) for event in events])
    await neighbours.wait(LevelChanged, scope_id=case_id, level=2)
    page, pusat = {"accept": "text/html"}, escalation.client("pusat")
    shown = (await pusat.get("/escalation/areas/17.71", headers=page)).text
    assert case_id in shown
    assert shown.index("0 Normal") < shown.index("2 Siaga")
    for address in ("/escalation/watch", "/escalation/brief"):
        assert "Selebar" not in (await pusat.get(address, headers=page)).text


async def test_case_that_was_lowered_is_told_as_a_change(escalation: Service, neighbours: Neighbours) -> None:
    case_id, events = opened("31.72.01", "pembakaran", sources=2)
    await neighbours.publish(*events)
    await neighbours.wait(LevelChanged, scope_id=case_id, level=2)
    pusat = escalation.client("pusat")
    await pusat.post(f"/escalation/v1/cases/{case_id}/level", json={"level": 0, "reason": "Sudah dicek, tidak benar"})
    for address in ("/escalation/watch", "/escalation/brief"):
        assert case_id in (await pusat.get(address, headers={"accept": "text/html"})).text


async def test_brief_of_a_kecamatan_claims_no_zeros(escalation: Service) -> None:
    shown = await escalation.client("kua.gambir").get("/escalation/brief", headers={"accept": "text/html"})
    assert "Statistik dihitung untuk kabupaten dan kota" in shown.text
    assert "Laporan minggu ini" not in shown.text


async def test_lists_show_only_own_regions(escalation: Service, neighbours: Neighbours) -> None:
    report = recent(ReportSubmitted).model_copy(update={"jurisdiction": jurisdiction("51.71.01"), "region": "51.71.01"})
    old = report.model_copy(update={"report_id": new_id(), "at": now() - timedelta(weeks=50)})
    many = [report.model_copy(update={"report_id": new_id(), "at": now(), "source": f"s{n}"}) for n in range(9)]
    await neighbours.publish(old, *many)
    await neighbours.wait(LevelChanged, scope="area", scope_id="51.71")
    page = {"accept": "text/html"}
    for address in ("/escalation/watch", "/escalation/brief"):
        everything = await escalation.client("pusat").get(address, headers=page)
        own = await escalation.client("kasi.jakpus").get(address, headers=page)
        assert (everything.status_code, own.status_code) == (200, 200)
        assert "Kota Denpasar" in everything.text
        assert "Kota Denpasar" not in own.text
    for address in ("/escalation/watch", "/escalation/brief", "/escalation/areas/31.71.01"):
        assert (await escalation.client("kua.gambir").get(address, headers=page)).status_code == 200


async def test_few_reports_on_religion_are_not_shown_as_a_number(escalation: Service, neighbours: Neighbours) -> None:
    report = recent(ReportSubmitted).model_copy(
        update={"report_id": new_id(), "at": now(), "region": "53.71.01", "jurisdiction": jurisdiction("53.71.01")}
    )
    await neighbours.publish(report)

    async def counted() -> bool:
        return await this_week(escalation, "53.71") == 1

    await eventually(counted)
    shown = await escalation.client("pusat").get("/escalation/areas/53.71", headers={"accept": "text/html"})
    assert "kurang dari 5 laporan dalam setahun" in shown.text


def checked(case_id: str, verdict: Verdict) -> Event:
    place = {"case_id": case_id, "region": "31.71.01", "jurisdiction": jurisdiction("31.71.01")}
    return recent(CaseVerified).model_copy(update={**place, "verdict": verdict, "acts": (), "report_ids": ()})


Who = tuple[ReporterKind, Provenance]
_PROVEN: Who = (ReporterKind.CITIZEN, Provenance.PERSON)


async def reported_by(neighbours: Neighbours, *sources: str, who: Who = _PROVEN) -> LevelChanged:
    """The level of a new case in which these tell of a fire."""
    case_id, events = opened("31.71.01", "pembakaran", sources=len(sources))
    joined = events[1]
    assert isinstance(joined, ReportsJoined)
    by = [
        each.model_copy(update={"source": source, "reporter_kind": who[0], "provenance": who[1]})
        for each, source in zip(joined.reports, sources, strict=True)
    ]
    await neighbours.publish(events[0], joined.model_copy(update={"reports": tuple(by)}))
    return (await neighbours.wait(LevelChanged, scope_id=case_id))[-1]


async def hoax_by(neighbours: Neighbours, source: str, who: Who = _PROVEN) -> str:
    """A case by this source that was found to be a hoax; whether that is known is for the caller to wait for."""
    changed = await reported_by(neighbours, source, who=who)
    await neighbours.publish(checked(changed.scope_id, Verdict.HOAKS))
    return changed.scope_id


async def doubted(escalation: Service) -> set[str]:
    found = escalation.foundation.database["reliability"].find({"hoaxes.0": {"$exists": True}})
    return {each["_id"] async for each in found}


async def test_hoax_lowers_what_its_source_says_until_a_report_of_theirs_is_confirmed(
    escalation: Service, neighbours: Neighbours
) -> None:
    liar, witness = new_id(), new_id()
    case_id = await hoax_by(neighbours, liar)
    await eventually(lambda: _holds(escalation, liar, True))
    changed = await reported_by(neighbours, liar, witness)
    assert int(changed.level) == 1
    assert [each.value for each in changed.reasons if each.code == "doubted"] == [1]
    await neighbours.publish(checked(case_id, Verdict.TERVERIFIKASI))
    await eventually(lambda: _holds(escalation, liar, False))
    assert int((await reported_by(neighbours, liar, witness)).level) == 2


async def test_hoax_stays_where_its_reporters_open_the_case_again_and_goes_with_the_next_verdict(
    escalation: Service, neighbours: Neighbours
) -> None:
    liar, last = new_id(), new_id()
    case_id = await hoax_by(neighbours, liar)
    await eventually(lambda: _holds(escalation, liar, True))
    place = {"case_id": case_id, "region": "31.71.01", "jurisdiction": jurisdiction("31.71.01")}
    opened_again = {**place, "previous": Status.DITUTUP, "status": Status.DIPERIKSA, "outcome": None}
    await neighbours.publish(recent(CaseStatusChanged).model_copy(update=opened_again))
    await hoax_by(neighbours, last)
    await eventually(lambda: _holds(escalation, last, True))
    assert liar in await doubted(escalation)
    await neighbours.publish(checked(case_id, Verdict.TIDAK_TERBUKTI))
    await eventually(lambda: _holds(escalation, liar, False))


async def test_hoax_is_none_of_those_who_report_the_case_afterwards(
    escalation: Service, neighbours: Neighbours
) -> None:
    liar, later = new_id(), new_id()
    case_id = await hoax_by(neighbours, liar)
    place = {"case_id": case_id, "region": "31.71.01", "jurisdiction": jurisdiction("31.71.01")}
    more = JoinedReport(
        report_id=new_id(), source=later, reporter_kind=ReporterKind.CITIZEN, provenance=Provenance.PERSON,
        acts=("pembakaran",), received_at=now(),
    )  # fmt: skip
    joined = recent(ReportsJoined).model_copy(update={**place, "reports": (more,)})
    await neighbours.publish(joined)
    await eventually(lambda: _holds(escalation, liar, True))
    assert later not in await doubted(escalation)


async def test_hoax_says_nothing_of_who_is_not_known_to_be_one_person(
    escalation: Service, neighbours: Neighbours
) -> None:
    sources = [new_id() for _ in range(4)]
    kinds = [
        (ReporterKind.ANONYMOUS, Provenance.PERSON),
        (ReporterKind.CITIZEN, Provenance.UNPROVEN),
        (ReporterKind.CITIZEN, Provenance.CLIENT),
        (ReporterKind.OFFICER, Provenance.OFFICER),
    ]
    for source, who in zip(sources, kinds, strict=True):
        await hoax_by(neighbours, source, who)
    last = new_id()
    await hoax_by(neighbours, last)
    await eventually(lambda: _holds(escalation, last, True))
    assert not await doubted(escalation) & set(sources)


async def _holds(escalation: Service, source: str, wanted: bool) -> bool:
    return (source in await doubted(escalation)) is wanted
