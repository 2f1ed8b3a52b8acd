"""Exercises: marked from the first word, by who may, and never by a stranger."""

import pytest

from contracts.events import ReportSubmitted
from contracts.vocabulary import Provenance
from services.intake.exercises import SCENARIOS
from tests.intake.posting import SMALL
from tests.neighbours import Neighbours
from tests.running import CSRF, Service

_PATH = "/intake/exercise"


@pytest.mark.parametrize("scenario", list(SCENARIOS))
async def test_each_made_up_reporter_is_a_person_and_every_word_says_exercise(
    intake: Service, neighbours: Neighbours, scenario: str
) -> None:
    before = len(neighbours.received(ReportSubmitted, exercise=True))
    kasi = intake.client("kasi.jakpus")
    done = await kasi.post(_PATH, data={"csrf": CSRF, "scenario": scenario, "region_text": "Menteng, Jakarta Pusat"})
    assert done.status_code == 303
    wanted = before + len(SCENARIOS[scenario].reports)
    reports = (await neighbours.wait(ReportSubmitted, count=wanted, exercise=True))[before:]
    assert {each.region for each in reports} == {"31.71.06"}
    assert len({each.source for each in reports}) == len(reports)
    assert {each.provenance for each in reports} == {Provenance.PERSON}
    assert all(each.narrative.startswith("LATIHAN: ") for each in reports)


@pytest.mark.parametrize(
    ("account", "place", "status"),
    [
        ("kua.gambir", "Gambir, Jakarta Pusat", 403),
        ("kasi.jakpus", "Bogor Selatan, Kota Bogor", 404),
        ("kabid.dki", "31", 422),
        ("kabid.dki", "Entah di mana", 422),
    ],
)
async def test_exercise_is_begun_by_who_may_and_where_they_may(
    intake: Service, account: str, place: str, status: int
) -> None:
    form = {"csrf": CSRF, "scenario": "massa", "region_text": place}
    assert (await intake.client(account).post(_PATH, data=form)).status_code == status


async def test_one_place_is_not_exercised_without_end(intake: Service) -> None:
    form = {"csrf": CSRF, "scenario": "spanduk", "region_text": "Sawah Besar, Jakarta Pusat"}
    codes = [(await intake.client("kasi.jakpus").post(_PATH, data=form)).status_code for _ in range(5)]
    assert codes == [303] * 4 + [429]


async def test_stranger_marks_nothing_as_an_exercise(intake: Service) -> None:
    report = {**SMALL, "exercise": True}
    answer = await intake.client().post("/intake/v1/reports", json=report)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "exercise-not-proven")
