"""A place that is flooded: noticed once, with numbers, by those who may know."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.clock import new_id, now
from contracts.events import ReportSubmitted
from contracts.regions import jurisdiction
from contracts.vocabulary import Act, Provenance
from services.verification.floods import Flood
from services.verification.store import Store
from tests.clocks import recent
from tests.neighbours import Neighbours
from tests.running import Service, running
from tests.verification.test_verification import case_of

_FLOODED = "sedang dibanjiri laporan"


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification", flood_reports=10) as service:
        yield service


def reports(region: str, count: int, at: datetime, **more: Any) -> list[ReportSubmitted]:
    place = {"region": region, "jurisdiction": jurisdiction(region), "provenance": Provenance.UNPROVEN, **more}
    example = recent(ReportSubmitted)
    return [example.model_copy(update={"report_id": new_id(), "at": at, "acts": (), **place}) for _ in range(count)]


def floods_of(verification: Service) -> Any:
    store: Store = verification.app.state.store
    return store.floods


async def stored(verification: Service, region: str) -> Flood | None:
    found = await floods_of(verification).now_in([region], now())
    return found[0] if found else None


async def queue_of(verification: Service, account: str, path: str = "/verification/") -> str:
    return (await verification.client(account).get(path, headers={"accept": "text/html"})).text


async def test_flood_is_noticed_with_its_numbers_by_the_offices_of_the_place(verification: Service) -> None:
    floods, at = floods_of(verification), now()
    await floods.take(reports("31.71.01", 9, at))
    assert _FLOODED not in await queue_of(verification, "kasi.jakpus")
    await floods.take(reports("31.71.01", 1, at, acts=(Act.PEMBAKARAN,)))
    page = await queue_of(verification, "kasi.jakpus")
    assert page.count(_FLOODED) == 1
    assert "Sedikitnya 10 laporan dalam satu jam" in page
    assert "1 menyebut ancaman" in page
    assert _FLOODED in await queue_of(verification, "kua.gambir")
    assert _FLOODED not in await queue_of(verification, "kua.bogor")


async def test_what_is_proven_practised_or_older_than_an_hour_is_no_flood(verification: Service) -> None:
    floods, at = floods_of(verification), now()
    await floods.take(reports("31.71.02", 20, at, provenance=Provenance.PERSON))
    await floods.take(reports("31.71.02", 20, at, exercise=True))
    for minutes in range(0, 600, 10):
        await floods.take(reports("31.71.02", 1, at - timedelta(minutes=600 - minutes)))
    assert await stored(verification, "31.71.02") is None


async def test_reports_about_an_office_are_counted_apart(verification: Service) -> None:
    floods, at = floods_of(verification), now()
    withheld = jurisdiction("31.71.03")[:-1]
    await floods.take(reports("31.71.03", 9, at) + reports("31.71.03", 12, at, jurisdiction=withheld))
    assert await stored(verification, "31.71.03") is None
    written = await verification.foundation.database["floods"].find_one({"_id": "/".join(withheld)})
    assert written is not None
    assert tuple(written["jurisdiction"]) == withheld
    assert written["reports"] >= 10


async def test_flood_that_goes_on_is_written_seldom_and_is_over_an_hour_after(verification: Service) -> None:
    floods, at = floods_of(verification), now()
    before = await _writes(verification)
    for seconds in range(-60, 0, 2):
        await floods.take(reports("31.71.04", 10, at + timedelta(seconds=seconds)))
    found = await stored(verification, "31.71.04")
    assert found is not None
    assert 200 <= found.reports <= 300
    assert await _writes(verification) - before <= 10
    assert await floods.now_in(["31.71.04"], found.at + timedelta(hours=1)) == []


async def _writes(verification: Service) -> int:
    """How often the collection was written to."""
    log = verification.foundation.client["local"]["oplog.rs"]
    name = f"{verification.foundation.database.name}.floods"
    return await log.count_documents({"ns": name, "op": {"$in": ["i", "u"]}})


async def test_report_that_comes_again_counts_once(verification: Service, neighbours: Neighbours) -> None:
    same = reports("31.71.05", 1, now())[0]
    last = reports("31.71.05", 1, now())[0]
    await neighbours.publish(*[same] * 12, last)
    # Counted before they are grouped: the case of the last one tells that all have been.
    await case_of(verification, last.report_id)
    assert await stored(verification, "31.71.05") is None
