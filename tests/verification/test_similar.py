"""What may be one event is asked of an officer, and what they say holds."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import now
from contracts.events.reports import Point
from contracts.vocabulary import SPOKEN, Category
from services.verification.grouping import Candidate, cells_around, group, sample_of
from services.verification.likeness.evidence import Excerpt, kilometres, names_by_kind, view, weigh
from services.verification.likeness.words import alike, is_name, matters
from services.verification.timeline import first_break
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.verification.test_verification import case_of, report

HERE, NEXT, FAR = "33.74.01", "33.74.02", "91.71.01"
FIRST = "Warga menolak kebaktian di ruko Griya Pesona, spanduk sudah dipasang."
LATER = "Di ruko depan griya pesona jadi gereja, warga sudah panas."
OTHER = "Warga menolak kebaktian di rumah Pak Wirya Kampung Sidorejo."


def told(text: str, place: str | None = None, hours: float = 0, point: Point | None = None) -> Excerpt:
    return Excerpt(text, place, now() + timedelta(hours=hours), point)


def weighed(one: Excerpt, other: Excerpt, *shared: Category) -> tuple[float, bool, tuple[str, ...]]:
    found = weigh(one, other, shared, names_by_kind([other]))
    return found.score, found.contradicted, found.reasons


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Toa Musala Al-Hikmah terlalu keras", "Toa Musala An-Nur terlalu keras", "other_house"),
        ("Yayasan Nurani Hijrah digeruduk", "Yayasan Samaria digeruduk", "other_institution"),
        ("Ada massa di gg Cempaka", "Ada massa di Gg Seruni", "other_street"),
        ("Ribut di Kp Sidorejo", "Ribut di Kp Wonosari", "other_village"),
        ("Ribut di RT 04", "Ribut di rt 09", "other_rt"),
        ("Warga berjaga di Lorong 12", "Warga berjaga di lr 4", "other_lane"),
        ("Spanduk di depan GPKS", "Spanduk di depan GBIS", "other_church"),
        ("Ribut di Kp Sidorejo Lor", "Ribut di Kp Sidorejo Kidul", "other_side"),
        ("Ada massa di Lorong Sepakat", "Ada massa di Lorong Sejahtera", "other_street"),
        ("Ceramah ustad Marwanto menghina", "Ceramah ustad Furqoni menghina", "other_person"),
    ],
)
def test_another_name_of_a_kind_speaks_against_it(one: str, other: str, reason: str) -> None:
    for a, b in ((one, other), (other, one)):
        _score, contradicted, reasons = weighed(told(a), told(b), Category.RUMAH_IBADAT)
        assert contradicted
        assert reason in reasons
        _score, contradicted, _reasons = weighed(told(a), told(a), Category.RUMAH_IBADAT)
        assert not contradicted


def test_a_form_with_other_names_in_it_is_another_event() -> None:
    form = "Menindaklanjuti laporan warga, telah dilakukan pemantauan terhadap {} yang diduga menyimpang. Hasil nihil."
    one, other = told(form.format("Pancaran Ilahi")), told(form.format("Tunggal Rasa"))
    assert "template" in weighed(one, other)[2]
    score, contradicted, reasons = weighed(one, one)
    assert not contradicted
    assert reasons[0].startswith("text:")
    assert score > weighed(one, other)[0] + 5


def test_when_and_where_alone_join_nothing() -> None:
    here = Point(lat=-6.97, lng=110.42)
    one = report(HERE, SPOKEN, categories=("pengeras_suara",), point=here)
    case = Candidate("c", {Category.RUMAH_IBADAT}, [sample_of(report(HERE, SPOKEN, point=here))], one.jurisdiction)
    found = group(one, [case])
    assert found.joins is None
    assert [each.case_id for each in found.similar] == ["c"]


def test_at_most_three_are_asked_of_the_likeliest_first() -> None:
    one = report(HERE, LATER, categories=("hambatan_ibadah",), point=None)
    days = [
        report(HERE, FIRST, at=now() - timedelta(days=n), categories=("rumah_ibadat",), point=None) for n in range(1, 6)
    ]
    cases = [
        Candidate(str(n), set(each.categories), [sample_of(each)], each.jurisdiction) for n, each in enumerate(days)
    ]
    assert [each.case_id for each in group(one, cases).similar] == ["0", "1", "2"]


def test_what_is_withheld_next_door_never_joins() -> None:
    here = Point(lat=-6.97, lng=110.42)
    one, other = (report(each, FIRST, jurisdiction=("ID", "33", "33.74"), point=here) for each in (HERE, NEXT))
    beyond = Candidate("c", set(other.categories), [sample_of(other)], other.jurisdiction, beyond=True)
    found = group(one, [beyond])
    assert found.joins is None
    assert [each.case_id for each in found.similar] == ["c"]


def test_the_same_two_words_are_no_copy() -> None:
    one = report(HERE, "Ada masalah.", categories=("antarumat",), point=None)
    for days, asked in ((0, True), (13, True)):
        known = report(HERE, "Ada masalah.", categories=("paham_aliran",), point=None, at=now() - timedelta(days=days))
        found = group(one, [Candidate("c", {Category.PAHAM_ALIRAN}, [sample_of(known)], one.jurisdiction)])
        assert (found.joins is None) is asked


def test_a_text_of_invented_words_has_few_names() -> None:
    words = " ".join("".join(chr(97 + (n * 7 + k * 11) % 26) for k in range(5)) for n in range(66))
    assert len(view(words, words).names) <= 12


def test_names_are_what_is_neither_a_matter_nor_an_ordinary_word() -> None:
    assert [each for each in ("sidorejo", "lembuswana", "toa", "warga", "didatangi", "12") if is_name(each)] == [
        "sidorejo",
        "lembuswana",
    ]
    assert matters(["speakernya", "dirusakkan"]) == {"suara", "rusak"}
    assert alike("sidorejo", "sidoreja")
    assert not alike("sidorejo", "wonosari")


@given(st.text(max_size=300), st.text(max_size=100), st.text(max_size=300))
def test_weighing_is_symmetric_and_any_text_is_read(one: str, place: str, other: str) -> None:
    a, b = Excerpt(one, place, MOMENT), Excerpt(other, None, MOMENT)
    forth, back = weigh(a, b, (), names_by_kind([b])), weigh(b, a, (), names_by_kind([a]))
    assert (forth.score, forth.contradicted) == (back.score, back.contradicted)
    assert view(one, place) == view(one, place)


MOMENT = now()


@given(st.floats(-11, 6), st.floats(95, 141), st.floats(-0.008, 0.008), st.floats(-0.008, 0.008))
def test_what_is_within_eight_hundred_metres_lies_around(lat: float, lng: float, north: float, east: float) -> None:
    one, other = Point(lat=lat, lng=lng), Point(lat=lat + north, lng=lng + east)
    apart = kilometres(one, other)
    assert apart is not None
    assert apart < 1.3
    assert cells_around(other)[4] in cells_around(one)


def test_distance_is_that_of_the_sphere() -> None:
    monas, bundaran = Point(lat=-6.1754, lng=106.8272), Point(lat=-6.1950, lng=106.8231)
    assert kilometres(monas, bundaran) == pytest.approx(2.23, abs=0.02)
    assert kilometres(monas, monas) == 0
    assert kilometres(monas, None) is None


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification") as service:
        yield service


async def two(
    service: Service, neighbours: Neighbours, region: str, **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two cases that may be one: of a day ago, and of now."""
    first = report(region, FIRST, at=now() - timedelta(days=1), categories=("rumah_ibadat",), point=None)
    await neighbours.publish(first)
    one = await case_of(service, first.report_id)
    second = report(**{"region": region, "words": LATER, "categories": ("hambatan_ibadah",), "point": None, **more})
    await neighbours.publish(second)
    other = await case_of(service, second.report_id)
    assert one["case_id"] != other["case_id"]
    return one, other


async def shown(service: Service, case: dict[str, Any], account: str = "pusat") -> str:
    page = await service.client(account).get(f"/verification/cases/{case['case_id']}", headers={"accept": "text/html"})
    assert page.status_code == 200
    return page.text.split('id="similar"')[1].split("</section>")[0] if 'id="similar"' in page.text else ""


async def test_both_pages_ask_and_merging_answers(verification: Service, neighbours: Neighbours) -> None:
    one, other = await two(verification, neighbours, HERE)
    queue = await verification.client("kua.gambir", regions=[HERE]).get(
        "/verification/", headers={"accept": "text/html"}
    )
    assert queue.text.count("mungkin sama dengan kasus lain") == 2
    asked = await shown(verification, other)
    assert one["number"] in asked
    assert "spanduk sudah dipasang" in asked
    assert "nama yang sama disebut" in asked
    assert other["number"] in await shown(verification, one)
    form = {"csrf": CSRF, "into": one["number"], "reason": "Kejadian yang sama menurut petugas."}
    client = verification.client("pusat", True)
    merged = await client.post(f"/verification/cases/{other['case_id']}/merge", data=form)
    assert merged.url.path.endswith(one["case_id"])
    assert not await shown(verification, one)
    queue = await verification.client("kua.gambir", regions=[HERE]).get(
        "/verification/", headers={"accept": "text/html"}
    )
    assert "mungkin sama dengan kasus lain" not in queue.text


async def test_who_says_no_is_asked_no_more_and_it_stands_in_the_case(
    verification: Service, neighbours: Neighbours
) -> None:
    one, other = await two(verification, neighbours, "33.74.03")
    client = verification.client("pusat")
    for _twice in range(2):
        done = await client.post(
            f"/verification/cases/{one['case_id']}/apart", data={"csrf": CSRF, "other": other["case_id"]}
        )
        assert done.status_code == 303
    assert not await shown(verification, one)
    assert not await shown(verification, other)
    stranger = report("33.74.04", "Hal lain sama sekali.", categories=("lainnya",), point=None)
    await neighbours.publish(stranger)
    third = await case_of(verification, stranger.report_id)
    unasked = await client.post(
        f"/verification/cases/{one['case_id']}/apart", data={"csrf": CSRF, "other": third["case_id"]}
    )
    assert unasked.status_code == 409
    steps = (await client.get(f"/verification/v1/cases/{one['case_id']}/timeline")).json()["timeline"]
    assert sum(each["kind"] == "kept_apart" for each in steps) == 1
    assert first_break(steps) is None


async def test_a_broken_suggestion_breaks_no_page(verification: Service, neighbours: Neighbours) -> None:
    one, other = await two(verification, neighbours, "33.74.08")
    reports = verification.foundation.database["reports"]
    await reports.update_one({"case_id": other["case_id"]}, {"$push": {"similar": {"case_id": one["case_id"]}}})
    assert one["number"] in await shown(verification, other)
    assert other["number"] in await shown(verification, one)
    queue = await verification.client("kua.gambir", regions=["33.74.08"]).get(
        "/verification/", headers={"accept": "text/html"}
    )
    assert queue.text.count("mungkin sama dengan kasus lain") == 2


async def test_what_is_merged_away_is_asked_about_where_it_went(verification: Service, neighbours: Neighbours) -> None:
    one, other = await two(verification, neighbours, "33.74.07")
    elsewhere = report("33.74.07", "Kotak infak hilang.", categories=("internal_umat",), point=None)
    await neighbours.publish(elsewhere)
    third = await case_of(verification, elsewhere.report_id)
    form = {"csrf": CSRF, "into": third["number"], "reason": "Kejadian yang sama."}
    done = await verification.client("pusat").post(f"/verification/cases/{one['case_id']}/merge", data=form)
    assert done.status_code == 303
    assert third["number"] in await shown(verification, other)
    assert other["number"] in await shown(verification, third)


async def test_what_somebody_may_not_see_is_not_asked_of_them(verification: Service, neighbours: Neighbours) -> None:
    """A case of another kecamatan close by is shown to who sees both, and to nobody else."""
    here = Point(lat=-6.9712, lng=110.4201)
    first = report("33.74.05", FIRST, categories=("rumah_ibadat",), point=here)
    second = report("33.74.06", LATER, categories=("hambatan_ibadah",), point=Point(lat=-6.9731, lng=110.4215))
    await neighbours.publish(first)
    one = await case_of(verification, first.report_id)
    await neighbours.publish(second)
    other = await case_of(verification, second.report_id)
    assert one["number"] in await shown(verification, other)
    neighbour = verification.client("kua.gambir", regions=["33.74.06"])
    page = await neighbour.get(f"/verification/cases/{other['case_id']}", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert one["number"] not in page.text
    data = await neighbour.get(f"/verification/v1/cases/{other['case_id']}")
    assert data.status_code == 200
    assert one["case_id"] not in data.text
    refused = await verification.client("kua.gambir", regions=["33.74.06"]).post(
        f"/verification/cases/{other['case_id']}/apart", data={"csrf": CSRF, "other": one["case_id"]}
    )
    assert refused.status_code == 404


async def test_other_events_are_not_asked_about(verification: Service, neighbours: Neighbours) -> None:
    _one, other = await two(verification, neighbours, FAR, words="Kotak infak hilang.", categories=("internal_umat",))
    assert not await shown(verification, other)
