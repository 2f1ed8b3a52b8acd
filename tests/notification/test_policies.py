"""The ladder as officials change it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chassis.aggregates import Row
from chassis.clock import new_id, now
from chassis.problems import Problem
from chassis.quarantine import Unreadable
from contracts.events import LevelChanged
from contracts.regions import jurisdiction
from contracts.vocabulary import Level, Rung
from rukun.samples import DIRECTORY
from services.notification import calling
from services.notification.commands import policies_of as usual
from services.notification.model import Alert
from services.notification.policies import model
from services.notification.policies.commands import InForce, ladder_of
from services.notification.policies.model import BOUNDS, Ladder, Past, Rule, State, Version, effects, rules_of
from services.notification.policy import LOOK
from services.notification.settings import NotificationSettings
from tests.clocks import clock, recent
from tests.neighbours import Neighbours
from tests.notification.officials import with_officials
from tests.notification.parts import FULL, POLICIES, deliveries, raised, take
from tests.running import CSRF, Service
from tests.waiting import eventually

_PATH = "/notification/policies"
_PAGE = {"accept": "text/html"}
USUAL = rules_of(usual(NotificationSettings()))


def changed(of: str, **more: Any) -> dict[str, Rule]:
    return {**USUAL, of: USUAL[of].model_copy(update=more)}


def version(rules: dict[str, Rule] = USUAL, account: str = "satu") -> Version:
    return Version(n=0, rules=rules, reason="Terlalu lambat.", by="Pusat", account=account, at=clock.at)


def test_rules_of_the_release_are_within_their_bounds_and_make_its_ladder_again() -> None:
    base = usual(NotificationSettings())
    model.require_fits(USUAL)
    assert model.policies_of(base, USUAL) == dict(base)


@pytest.mark.parametrize(
    ("of", "more"),
    [
        ("3", {"every_channel": False}),
        ("3", {"quorum": 1}),
        ("2", {"quorum": 1}),
        ("3", {"answer_minutes": 1}),
        ("3", {"act_minutes": None}),
        ("3", {"rungs": 2, "quorum": 3}),
        ("2", {"rungs": 0}),
        ("2", {"answer_minutes": float("nan")}),
        ("2", {"answer_minutes": float("inf")}),
        ("1", {"act_minutes": 30.0}),
        (LOOK, {"rungs": 2}),
        (LOOK, {"every_channel": False}),
    ],
)
def test_nobody_writes_a_ladder_that_calls_nobody_or_for_ever(of: str, more: dict[str, Any]) -> None:
    with pytest.raises(Problem) as refused:
        model.propose(Ladder(), version(changed(of, **more)))
    assert refused.value.status == 422


def test_second_official_decides_and_nobody_alone() -> None:
    ladder = Ladder()
    model.propose(ladder, version(changed("2", answer_minutes=30.0)))
    with pytest.raises(Problem, match="menunggu"):
        model.propose(ladder, version())
    with pytest.raises(Problem) as own:
        model.decide(ladder, 1, "satu", "Pusat", True, clock.at)
    assert own.value.status == 403
    assert ladder.in_force is None
    model.decide(ladder, 1, "dua", "PKUB", True, clock.at)
    assert ladder.in_force is ladder.versions[0]
    with pytest.raises(Problem) as late:
        model.decide(ladder, 1, "dua", "PKUB", False, clock.at)
    assert late.value.status == 409
    model.propose(ladder, version())
    model.decide(ladder, 2, "satu", "Pusat", False, clock.at)  # its author takes it back
    assert [each.state for each in ladder.versions] == [State.APPROVED, State.REFUSED]
    assert ladder.in_force is ladder.versions[0]


MINUTE = timedelta(minutes=1)


def past(of: str, *taken: int, acted: int | None = None, **more: Any) -> Past:
    made = {"age": timedelta(days=1), "promised": True, **more}
    return Past(
        of, taken=tuple(each * MINUTE for each in taken), acted=None if acted is None else acted * MINUTE, **made
    )


def test_effects_are_counted_of_what_became_of_past_alerts() -> None:
    known = [past("2", 10, acted=30), past("2", 50, acted=450), past("2"), past("3", 5, 9)]
    before, after = effects(known, USUAL), effects(known, changed("2", answer_minutes=30.0, act_minutes=300.0))
    assert (before["2"].alerts, before["2"].climbed, before["2"].late) == (3, 1, 1)
    assert (after["2"].climbed, after["2"].late) == (2, 0)
    assert (before["3"].climbed, before["3"].late, before["1"].alerts) == (0, 1, 0)


@pytest.mark.parametrize(
    ("known", "climbed", "late"),
    [
        (past("3", 2), 1, 0),  # a second rung was wanted
        (past("3", 2, 40), 1, 1),
        (past("3", 2, acted=10), 0, 0),
        (past("2", 200, acted=210, lapsed=True), 0, 1),  # who took it first is not known any more
        (past("2", 10, promised=False), 0, 0),  # of an area
        (past("2", age=10 * MINUTE), 0, 0),  # its time has not passed
        (past("2", 5, age=20 * MINUTE), 0, 0),
    ],
)
def test_effects_say_no_more_than_is_known(known: Past, climbed: int, late: int) -> None:
    effect = effects([known], USUAL)[known.of]
    assert (effect.climbed, effect.late) == (climbed, late)


@pytest.mark.parametrize(
    "broken",
    [
        {**USUAL, "9": USUAL["2"]},
        {name: rule for name, rule in USUAL.items() if name != "3"},
        {**USUAL, "2": {**USUAL["2"].model_dump(), "answer_minutes": float("nan")}},
        {**USUAL, "2": {**USUAL["2"].model_dump(), "rungs": 0}},
    ],
)
def test_half_a_ladder_cannot_be_read(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Version.model_validate({**version().model_dump(), "rules": broken})


_RULES = st.fixed_dictionaries(
    {
        name: st.builds(
            Rule,
            rungs=st.integers(*bound.rungs),
            every_channel=st.booleans() if bound.may_be_silent else st.just(True),
            answer_minutes=st.floats(*bound.answer),
            act_minutes=st.floats(*bound.act) if bound.act else st.none(),
            quorum=st.integers(*bound.quorum),
        )
        for name, bound in BOUNDS.items()
    }
)


@pytest.mark.usefixtures("set_clock")
@given(st.lists(_RULES, min_size=1, max_size=6), st.sampled_from([Level.SIAGA, Level.AWAS]), st.integers(0, 3))
def test_ladder_that_changes_in_the_middle_still_ends_with_somebody(
    ladders: list[dict[str, Rule]], level: Level, answers_at: int
) -> None:
    alert, _ = raised(level)
    at = clock.at
    for turn in range(30):
        policy = model.policies_of(POLICIES, _fit(ladders[turn % len(ladders)]))[level]
        if alert.state.deadline is None:
            break
        assert len(alert.state.called) == len(set(alert.state.called))
        at = max(at, alert.state.deadline)
        if turn == answers_at:
            take(alert, "31.71.01", at, who="kua")
        calling.climb(alert, FULL, policy, at)
    assert alert.state.unanswered_at is not None or alert.state.takings or alert.state.rung is Rung.PUSAT
    ids = [each.document["_id"] for each in alert.projections]
    assert len(ids) == len(set(ids))
    assert deliveries(alert)


def _fit(rules: dict[str, Rule]) -> dict[str, Rule]:
    return {name: each.model_copy(update={"quorum": min(each.quorum, each.rungs)}) for name, each in rules.items()}


@pytest.fixture(scope="module")
async def service(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with with_officials(DIRECTORY, smtp_port=1, sms_url="") as made:
        yield made


def form(**more: Any) -> dict[str, Any]:
    return {
        "csrf": CSRF,
        "name": [LOOK, "1", "2", "3"],
        "rungs": ["1", "1", "3", "3"],
        "answer": ["15", "1440", "45", "15"],
        "act": ["60", "", "120", "30"],
        "quorum": ["0", "0", "0", "2"],
        "silent": ["1"],
        "reason": "Kabid ingin tahu sejak Siaga.",
        **more,
    }


async def page(service: Service, account: str = "pusat") -> str:
    return (await service.client(account).get(_PATH, headers=_PAGE)).text


async def rise(neighbours: Neighbours, scope: str, level: int) -> None:
    place = {"region": "31.71.01", "jurisdiction": jurisdiction("31.71.01"), "scope_id": scope}
    told = {**recent(LevelChanged).model_dump(), **place, "level": level, "previous": 1, "at": now()}
    await neighbours.publish(LevelChanged.model_validate(told))


async def siaga(service: Service, neighbours: Neighbours) -> Alert:
    """A rise to Siaga, and its alert."""
    scope = new_id()
    await rise(neighbours, scope, 2)

    async def there() -> list[Row[Alert]]:
        return list(await service.app.state.store.alerts.rows({"state.subject": {"$regex": scope}}))

    return (await eventually(there))[0].state  # type: ignore[index]


async def test_change_holds_when_a_second_official_says_so(service: Service, neighbours: Neighbours) -> None:
    before = await siaga(service, neighbours)
    pusat = service.client("pusat", True)
    written = await pusat.post(_PATH, data=form())
    assert "Pejabat pusat kedua harus menyetujuinya" in written.text
    assert "Setujui" not in written.text
    assert "<del>60 menit</del> → <strong>45 menit</strong>" in written.text
    assert (await pusat.post(f"{_PATH}/1/decide", data={"csrf": CSRF, "approves": "true"})).status_code == 403
    assert "setahun terakhir (1 peringatan)" in await page(service, "pkub")
    done = await service.client("pkub", True).post(f"{_PATH}/1/decide", data={"csrf": CSRF, "approves": "true"})
    assert "Aturan baru berlaku sekarang" in done.text
    assert "45 menit" in await page(service, "kua.gambir")
    after = await siaga(service, neighbours)
    assert [before.called, after.called] == [["31.71.01", "31.71"], ["31.71.01", "31.71", "31"]]


async def test_who_has_taken_it_waits_for_nobody_whom_the_new_ladder_does_not_want(
    service: Service, neighbours: Neighbours
) -> None:
    store, pkub = service.app.state.store, service.client("pkub", True)
    await service.client("pusat", True).post(_PATH, data=form(quorum=["0", "0", "0", "3"]))
    number = (await ladder_of(store)).versions[-1].n
    await pkub.post(f"{_PATH}/{number}/decide", data={"csrf": CSRF, "approves": "true"})
    await rise(neighbours, "awas-yang-menunggu", 3)
    row = (await eventually(lambda: store.alerts.rows({"state.subject": {"$regex": "awas-yang-menunggu"}})))[0]  # type: ignore[index]
    for account in ("kua.gambir", "kasi.jakpus"):
        await service.client(account, True).post(f"/notification/alerts/{row.id}/acknowledge", data={"csrf": CSRF})
    assert (await store.alerts.get(row.id)).state.state == "raised"
    await service.client("pusat", True).post(_PATH, data=form())
    await pkub.post(f"{_PATH}/{number + 1}/decide", data={"csrf": CSRF, "approves": "true"})
    assert (await store.alerts.get(row.id)).state.state == "acknowledged"


async def test_penyuluh_reads_the_rules_and_no_counts_of_the_country(service: Service) -> None:
    await service.client("pusat", True).post(_PATH, data=form(answer=["15", "1440", "44", "15"]))
    assert "setahun terakhir" in (await page(service, "pkub")).lower()
    shown = await page(service, "penyuluh.gambir")
    assert "Usulan yang menunggu persetujuan" in shown
    assert "setahun terakhir" not in shown.lower()
    number = (await ladder_of(service.app.state.store)).versions[-1].n
    await service.client("pusat", True).post(f"{_PATH}/{number}/decide", data={"csrf": CSRF})


async def test_official_of_a_province_changes_no_ladder(service: Service) -> None:
    elsewhere = service.client("pusat", regions=["31"])
    assert (await elsewhere.post(_PATH, data=form())).status_code in (403, 404)


async def test_other_replica_takes_the_change_up(service: Service) -> None:
    store = service.app.state.store
    other = InForce(store, usual(NotificationSettings()))
    await eventually(lambda: _holds(store, 45))
    store.policies = dict(other.base)
    await other.refresh()
    assert store.policies[Level.SIAGA].answer_within == timedelta(minutes=45)


async def _holds(store: Any, minutes: int) -> bool:
    return bool(store.policies[Level.SIAGA].answer_within == timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": ["15", "1440", "45"]},
        {"name": [LOOK, "1", "2", "2"]},
        {"act": ["x", "", "120", "30"]},
        {"answer": ["15", "1440", "45", "1"]},
        {"silent": ["3"]},
        {"rungs": ["1", "1", "9", "3"]},
        {"act": ["60", "", "nan", "30"]},
        {"reason": "karena"},
    ],
)
async def test_what_is_no_ladder_is_refused(service: Service, wrong: dict[str, Any]) -> None:
    refused: httpx2.Response = await service.client("pusat").post(_PATH, data=form(**wrong))
    assert refused.status_code == 422
    assert "Usulan yang menunggu persetujuan" not in await page(service)


async def test_half_a_document_leaves_what_held(service: Service) -> None:
    store = service.app.state.store
    await store.alerts.collection.insert_one({"_id": "setengah", "state": {"level": 2, "raised_at": now()}})
    await store.alerts.collection.insert_one({"_id": "setengah lagi", "state": {"level": "x", "raised_at": now()}})
    broken = {"level": 2, "raised_at": now(), "takings": ["x", {"at": 5}]}
    await store.alerts.collection.insert_one({"_id": "setengah juga", "state": broken})
    await service.client("pusat", True).post(_PATH, data=form())
    assert "Usulan yang menunggu persetujuan" in await page(service)
    await store.ladders.collection.update_one({"_id": "ladder"}, {"$set": {"state.versions": "rusak"}})
    before = store.policies[Level.SIAGA]
    with pytest.raises(Unreadable):
        await service.app.state.in_force.refresh()
    assert store.policies[Level.SIAGA] == before
    assert "Data tidak terbaca" in await page(service)
