"""A case of another region is read in an emergency: with a reason, for hours, seen by its office, reviewed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from chassis.clock import now
from contracts.regions import jurisdiction
from services.verification.commands import _document
from services.verification.grouping import Grouping
from services.verification.outside.model import LASTS
from services.verification.timeline import first_break
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.verification.test_verification import case_of, report
from tests.waiting import eventually

_PAGE = {"accept": "text/html"}
_REASON = "Massa dari sana bergerak ke wilayah kami malam ini."


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification") as service:
        yield service


async def new_case(verification: Service, neighbours: Neighbours, *withheld: str) -> tuple[str, str]:
    """A case of Gambir; its id and number."""
    codes = tuple(each for each in jurisdiction("31.71.01") if each not in withheld)
    told = report("31.71.01", f"Kejadian di Gambir {'ABCDEFGH'[len(withheld)]}.", jurisdiction=codes)
    await neighbours.publish(told)
    case = await case_of(verification, told.report_id)
    return case["case_id"], case["number"]


async def break_glass(client: httpx2.AsyncClient, number: str, reason: str = _REASON) -> httpx2.Response:
    return await client.post("/verification/outside", data={"csrf": CSRF, "number": number, "reason": reason})


async def page(client: httpx2.AsyncClient, path: str) -> httpx2.Response:
    return await client.get(path, headers=_PAGE)


async def kinds(verification: Service, case_id: str) -> list[str]:
    client = verification.client("kua.gambir")
    steps = (await client.get(f"/verification/v1/cases/{case_id}/timeline")).json()["timeline"]
    assert first_break(steps) is None
    return [each["kind"] for each in steps]


async def test_head_of_another_region_reads_and_is_seen_and_reviewed(
    verification: Service, neighbours: Neighbours
) -> None:
    case_id, number = await new_case(verification, neighbours)
    bogor = verification.client("kua.bogor", True)
    assert (await page(bogor, f"/verification/cases/{case_id}")).status_code == 404
    opened = await break_glass(bogor, number.lower())
    assert (opened.status_code, "Kejadian di Gambir" in opened.text) == (200, True)
    # To read, and nothing else; and that one case.
    assert (await page(bogor, f"/verification/cases/{case_id}")).status_code == 404
    assert "Catat tindakan" not in opened.text
    access = str(opened.url.path)
    assert (await page(verification.client("kasi.jakpus"), access)).status_code == 404
    assert (await kinds(verification, case_id))[-1] == "opened_outside"
    reads = verification.foundation.database["reads"]
    assert await reads.count_documents({"case_id": case_id, "by": "Kepala KUA Bogor Selatan"}) == 1
    kasi = verification.client("kasi.jakpus", True)
    assert "menunggu tinjauan Anda" in (await page(kasi, "/verification/")).text
    listed = (await page(kasi, "/verification/outside")).text
    assert (_REASON in listed, "Kepala KUA Bogor Selatan" in listed) == (True, True)
    assert _REASON not in (await page(verification.client("kabid.dki", regions=["32"]), "/verification/outside")).text
    unsaid = await kasi.post(f"{access}/review", data={"csrf": CSRF, "fitting": "false"})
    assert unsaid.status_code == 422
    form = {"csrf": CSRF, "fitting": "false", "note": "Tidak ada massa di sana."}
    assert (await kasi.post(f"{access}/review", data=form)).status_code == 200
    assert (await kasi.post(f"{access}/review", data=form)).status_code == 409
    assert (await kinds(verification, case_id))[-1] == "outside_unfitting"
    assert "tidak pada tempatnya" in (await page(kasi, "/verification/outside")).text


async def test_data_protection_officer_reviews_and_nobody_their_own(
    verification: Service, neighbours: Neighbours
) -> None:
    case_id, number = await new_case(verification, neighbours)
    # Who has both regions has no glass to break, and may not call it fitting either.
    bogor = verification.client("kua.bogor", True)
    access = (await break_glass(bogor, number)).url.path
    both = verification.client("kua.bogor", True, regions=["32.71.01", "31.71"])
    own = await both.post(f"{access}/review", data={"csrf": CSRF, "fitting": "true"})
    assert (own.status_code, own.json()["type"]) == (403, "urn:problem-type:rukun:second-person")
    elsewhere = await verification.client("kasi.jakpus", regions=["33.74"]).post(
        f"{access}/review", data={"csrf": CSRF, "fitting": "true"}
    )
    assert elsewhere.status_code == 404
    dpo = verification.client("dpo", True)
    assert _REASON in (await page(dpo, "/verification/outside")).text
    assert (await dpo.post(f"{access}/review", data={"csrf": CSRF, "fitting": "true"})).status_code == 200
    assert (await kinds(verification, case_id))[-1] == "outside_fitting"


async def test_what_is_withheld_from_an_office_stays_so(verification: Service, neighbours: Neighbours) -> None:
    _case_id, number = await new_case(verification, neighbours, "31.71.01")
    kua = verification.client("kua.gambir", True)
    refused, unknown = await break_glass(kua, number), await break_glass(kua, "K-00000000")
    assert (refused.status_code, refused.json()) == (404, unknown.json())
    assert (await break_glass(verification.client("kua.bogor", True), number)).status_code == 200


async def test_offices_below_and_elsewhere_that_a_case_is_about_do_not_read_it(
    verification: Service, neighbours: Neighbours
) -> None:
    _id, about_kabupaten = await new_case(verification, neighbours, "31.71", "31.71.01")
    below = verification.client("kua.gambir", regions=["31.71.02"])
    assert (await break_glass(below, about_kabupaten)).status_code == 404
    assert (await break_glass(verification.client("kua.bogor", True), about_kabupaten)).status_code == 200
    told = report("32.71.01", "Kepala KUA itu sendiri yang menolak.", concerns_office="31.71.01")
    await neighbours.publish(told)
    elsewhere = (await case_of(verification, told.report_id))["number"]
    assert (await break_glass(verification.client("kua.gambir"), elsewhere)).status_code == 404
    assert (await break_glass(verification.client("kasi.jakpus", True), elsewhere)).status_code == 200


async def test_report_about_an_office_hides_the_case_that_it_was_merged_into(
    verification: Service, neighbours: Neighbours
) -> None:
    case_id, number = await new_case(verification, neighbours)
    reports = verification.foundation.database["reports"]
    about = report("31.71.02", "Tentang kantor sebelah.", jurisdiction=jurisdiction("31.71.02")[:-1])
    await reports.insert_one(_document(about, case_id, Grouping()))
    assert (await break_glass(verification.client("kua.gambir", regions=["31.71.02"]), number)).status_code == 404


async def test_account_without_a_place_opens_nothing(verification: Service, neighbours: Neighbours) -> None:
    _id, number = await new_case(verification, neighbours)
    assert (await break_glass(verification.client("kasi.jakpus", regions=[]), number)).status_code == 403


async def test_it_ends_by_itself(verification: Service, neighbours: Neighbours) -> None:
    _case_id, number = await new_case(verification, neighbours)
    bogor = verification.client("kua.bogor", True)
    access = (await break_glass(bogor, number)).url.path
    stored = verification.foundation.database["outside_accesses"]
    begun = now() - LASTS - timedelta(minutes=1)
    await stored.update_one(
        {"_id": access.rpartition("/")[2]}, {"$set": {"state.at": begun, "state.until": begun + LASTS}}
    )
    over = await bogor.get(access)
    assert (over.status_code, over.json()["type"]) == (403, "urn:problem-type:rukun:access-over")


async def test_it_takes_a_head_a_reason_and_a_fresh_password_and_is_seldom(
    verification: Service, neighbours: Neighbours
) -> None:
    _case_id, number = await new_case(verification, neighbours)
    assert (await break_glass(verification.client("penyuluh.gambir"), number)).status_code == 403
    stale = verification.client("kua.bogor", proved_at=(now() - timedelta(hours=2)).isoformat())
    assert (await break_glass(stale, number)).json()["type"] == "urn:problem-type:rukun:sign-in-again"
    kasi = verification.client("kasi.jakpus", regions=["33.74"])
    assert (await break_glass(kasi, number, "karena")).status_code == 422
    answers = [(await break_glass(kasi, f"K-0000000{n}")).status_code for n in range(11)]
    assert (answers[0], answers[-1]) == (404, 429)


async def test_numbers_in_a_reason_are_masked(verification: Service, neighbours: Neighbours) -> None:
    case_id, number = await new_case(verification, neighbours)
    opened = await break_glass(
        verification.client("kua.bogor", True), number, "Hubungi 081000000001, massa sedang bergerak ke sini."
    )
    assert opened.status_code == 200, opened.text

    async def noted() -> bool:
        text = (await page(verification.client("kua.gambir"), f"/verification/cases/{case_id}")).text
        return "Dibuka untuk dibaca dari luar wilayah: Hubungi [disamarkan]" in text

    await eventually(noted)
