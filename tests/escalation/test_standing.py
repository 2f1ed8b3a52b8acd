"""One level for each area, on whatever page; and none where nothing was ever reported."""

import re
from collections.abc import AsyncIterator

import pytest

from contracts.events import LevelChanged
from contracts.regions import region
from contracts.vocabulary import Level
from services.escalation import area
from services.escalation.standing import Standing, Tally, standings, tally_of
from tests.clocks import clock
from tests.escalation.test_escalation import opened
from tests.neighbours import Neighbours
from tests.running import Service, running
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def escalation(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("escalation", burn_in_weeks=0) as service:
        yield service


@pytest.mark.usefixtures("set_clock")
def test_standing_is_the_higher_of_statistics_and_cases_and_silence_is_no_calm() -> None:
    silent, raised = area.begin("62.71", clock.at), area.begin("62.02", clock.at)
    raised.level = Level.SIAGA
    areas = {"62.71": silent, "62.02": raised, "62.03": silent}
    found = standings(areas, {"62.71.01": Tally(2, Level.WASPADA), "62.02.01": Tally(1, Level.WASPADA)})
    assert found == {
        "62.71": Standing(Level.NORMAL, Level.WASPADA, True),
        "62.02": Standing(Level.SIAGA, Level.WASPADA, True),
        "62.03": Standing(has_data=False),
    }
    assert tally_of(found.values()) == {Level.WASPADA: 1, Level.SIAGA: 1, None: 1}


async def test_badge_tile_tally_map_list_brief_and_api_name_one_level(
    escalation: Service, neighbours: Neighbours
) -> None:
    case_id, events = opened("62.71.01", "ancaman")
    await neighbours.publish(*events)
    await neighbours.wait(LevelChanged, scope_id=case_id)
    client, name = escalation.client("pusat"), region("62.71").name

    async def page(path: str) -> str:
        return " ".join((await client.get(f"/escalation/{path}", headers={"accept": "text/html"})).text.split())

    async def scored() -> bool:
        return (await client.get("/escalation/v1/areas/62.71")).status_code == 200

    await eventually(scored)
    api = (await client.get("/escalation/v1/areas/62.71")).json()
    assert [api[each] for each in ("level", "level_by_statistics", "level_by_cases", "has_data")] == [1, 0, 1, True]
    listed = (await client.get("/escalation/v1/levels", params={"limit": 500})).json()["areas"]
    assert [each["level"] for each in listed if each["area"] == "62.71"] == [1]
    waspada = r'<span class="level level-1"><span aria-hidden="true">▲</span> 1 Waspada</span>'
    own, province, country = [await page(f"areas/{code}") for code in ("62.71", "62", "ID")]
    assert re.search(rf'<p class="meta"> ?{waspada}.*statistik: Normal.*kasus tertinggi: Waspada', own)
    assert re.search(rf'<p class="meta"> ?{waspada}', province)
    assert f"{waspada} 1 kabupaten/kota" in province
    assert re.search(r"1[34] belum ada data", province)
    assert f"<title>{name}: 1 Waspada</title>" in province
    assert re.search(rf"{name}</a><br> ?{waspada}", province)
    assert province.count("belum ada data") >= 13
    assert re.search(rf"Kalimantan Tengah</a><br> ?{waspada}", country)
    for list_ in ("watch", "brief"):
        text = await page(list_)
        assert re.search(rf"{waspada}[^▲]*{name}|{name}[^▲]*{waspada}", text), list_
