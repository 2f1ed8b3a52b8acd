"""The rounds are the truth: followed after a crash, made by one replica at a time, computed again to the same byte."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.aggregates import Conflict
from chassis.clock import new_id
from chassis.foundation import Foundation
from contracts.events import ReportSubmitted
from contracts.vocabulary import Level, Provenance
from rukun.services import settings_of
from services.escalation import replay
from services.escalation.backtest.own_log import history_of_log
from services.escalation.parameter_file import read_parameters
from services.escalation.rounds import Score
from services.escalation.scoring import ScoringLoop
from services.escalation.store import Store, area_of, build, day_of
from services.escalation.warning.parameters import Parameters
from tests.escalation import national

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
SET = read_parameters()


def quiet(*_: object) -> None:
    """No progress."""


@pytest.fixture
async def store(mongo_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    monkeypatch.setenv("MONGO_URL", mongo_url)
    monkeypatch.setenv("DATABASE_PREFIX", f"r{new_id()[-12:]}")
    foundation = Foundation("escalation", settings_of("escalation"))
    made = build(foundation)
    await foundation._prepare()
    yield made
    await foundation.client.close()


def scoring_of(store: Store, parameters: Parameters = SET) -> ScoringLoop:
    return ScoringLoop(store, parameters, burn_in_weeks=8)


async def lived(store: Store, days: int = 5) -> list[ReportSubmitted]:
    """Some days of a made-up country: reports, a hoax, an officer's word, a restart."""
    reports = national.reports(NOW, weeks=40)
    began = NOW - timedelta(days=days)
    scoring = scoring_of(store)
    await store.log_reports([each for each in reports if each.at < began])
    for day in range(days + 1):
        until = began + timedelta(days=day)
        await store.log_reports([each for each in reports if until - timedelta(days=1) <= each.at < until])
        if day == 2:
            await store.count_reports([each.report_id for each in reports[-40:-10]], counted=False)
            await store.override(new_id(), "31.71", Level.AWAS, "Massa besar di jalan", "Kasi Jakarta Pusat")
        if day == 4:
            scoring = scoring_of(store)
        await scoring.once(until)
    return reports


async def stored_scores(store: Store) -> list[tuple[str, ...]]:
    return [made.scores async for made in store.rounds_from(1)]


async def test_replay_gives_the_same_bytes_from_any_day(store: Store) -> None:
    await lived(store)
    assert len(await stored_scores(store)) == 6
    for ago in (5, 1):
        found = await replay.replay(store, (NOW - timedelta(days=ago)).date(), None, quiet)
        assert found.differences == []
        assert found.scores >= ago * 514


async def test_difference_is_shown_with_what_differs(store: Store) -> None:
    await lived(store, 3)
    made = await store.newest_round()
    assert made is not None
    wrong = json.loads(made.scores[7]) | {"chance28": 0.5}
    scores = [json.dumps(wrong, separators=(",", ":")) if n == 7 else each for n, each in enumerate(made.scores)]
    await store.rounds.update_one({"_id": made.number}, {"$set": {"scores": scores}})
    found = await replay.replay(store, NOW.date() - timedelta(days=2), None, quiet)
    assert [(each.round, each.area, list(each.fields)) for each in found.differences] == [
        (made.number, wrong["area"], ["chance28"])
    ]


async def test_crash_after_the_round_is_followed_to_its_end_once(store: Store) -> None:
    reports = national.reports(NOW, weeks=20)
    await store.log_reports(reports)
    broken = scoring_of(store)

    async def crash(*_: object) -> None:
        raise ConnectionError

    broken._follow = crash  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await broken.once(NOW)
    assert await store.areas.collection.count_documents({}) == 0
    assert await store.log.count_documents({"dirty": True}) == len(reports)
    again = scoring_of(store)
    assert not await again.once(NOW)
    assert await store.areas.collection.count_documents({}) == 514
    assert await store.log.count_documents({"dirty": True}) == 0
    published = await store.areas.collection.distinct("sequence")
    assert set(published) <= {0, 1}
    voices = {(each.source, each.region, day_of(each.at)) for each in reports}
    assert (await history_of_log(store)).events == len(voices)


async def test_second_replica_gives_way_and_follows(store: Store) -> None:
    one, other = scoring_of(store), scoring_of(store)
    await store.log_reports(national.reports(NOW - timedelta(days=1), weeks=10))
    await one.once(NOW - timedelta(days=1))
    await other.once(NOW - timedelta(days=1))
    late = national.reports(NOW, seed=3, weeks=2)
    await store.log_reports([each.model_copy(update={"report_id": f"x{each.report_id}"}) for each in late])
    original = store.append

    async def overtaken(made: object) -> None:
        store.append = original  # type: ignore[method-assign]
        await one.once(NOW)
        await original(made)  # type: ignore[arg-type]

    store.append = overtaken  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        await other.once(NOW)
    assert not await other.once(NOW)
    assert (await replay.replay(store, NOW.date() - timedelta(days=3), None, quiet)).differences == []
    third = scoring_of(store)
    await store.log_reports([national.reports(NOW, seed=9, weeks=1)[0].model_copy(update={"report_id": "one-more"})])
    made_by_third = await third.once(NOW)
    assert made_by_third
    assert (await replay.replay(store, NOW.date(), None, quiet)).differences == []


async def test_verdict_before_its_report_and_back_again_counts_right(store: Store) -> None:
    report = national.reports(NOW, weeks=10)[-1]
    scoring = scoring_of(store)
    await store.count_reports([report.report_id], counted=False)
    await store.log_reports([report])
    await scoring.once(NOW)
    with pytest.raises(ValueError, match="kosong"):
        await history_of_log(store)
    await store.count_reports([report.report_id], counted=True)
    await store.log_reports([report])
    await scoring.once(NOW)
    assert (await history_of_log(store)).events == 1


async def test_who_reports_again_on_a_day_is_counted_once(store: Store) -> None:
    base = national.reports(NOW, weeks=10)[-1].model_copy(update={"at": NOW})
    office, everybody = base.jurisdiction[:-1], base.jurisdiction
    senders = [("impatient", Provenance.PERSON, everybody)] * 4 + [("neighbour", Provenance.PERSON, everybody)]
    senders += [("officer", Provenance.OFFICER, everybody)] * 2  # rows of one file
    senders += [("invented", Provenance.UNPROVEN, everybody), ("another", Provenance.UNPROVEN, everybody)]
    senders += [("impatient", Provenance.PERSON, office)] * 2
    reports = [
        base.model_copy(
            update={"report_id": new_id(), "source": source, "provenance": provenance, "jurisdiction": jurisdiction}
        )
        for source, provenance, jurisdiction in senders
    ]
    area, ids = area_of(base.region), [each.report_id for each in reports]

    async def counted(scoring: ScoringLoop, hours: int) -> tuple[int, int]:
        await scoring.once(NOW + timedelta(hours=hours))
        row = await store.areas.get(area)
        assert row is not None
        assert row.state.score is not None
        return row.state.score.count, (await history_of_log(store)).events

    scoring = scoring_of(store)
    await store.log_reports(reports)
    assert await counted(scoring, 0) == (5, 5)
    await store.count_reports(ids[:3], counted=False)
    assert await counted(scoring, 1) == (5, 5)
    scoring = scoring_of(store)
    await store.count_reports(ids[3:4], counted=False)
    assert await counted(scoring, 2) == (4, 4)
    assert (await replay.replay(store, NOW.date(), None, quiet)).differences == []


async def test_what_is_delivered_again_wakes_nothing(store: Store) -> None:
    reports = national.reports(NOW, weeks=10)
    scoring = scoring_of(store)
    await store.log_reports(reports)
    await scoring.once(NOW)
    await store.log_reports(reports)
    await store.count_reports([each.report_id for each in reports], counted=True)
    assert await store.log.count_documents({"dirty": True}) == 0
    assert not await scoring.once(NOW)


async def test_report_that_lies_ahead_waits_for_its_day_and_can_be_withdrawn(store: Store) -> None:
    ahead = national.reports(NOW, weeks=10)[-1].model_copy(update={"at": NOW + timedelta(days=1)})
    scoring = scoring_of(store)
    await store.log_reports([ahead])
    await scoring.once(NOW)
    with pytest.raises(ValueError, match="kosong"):
        await history_of_log(store)
    await scoring.once(NOW + timedelta(days=1))
    assert (await history_of_log(store)).events == 1
    await store.count_reports([ahead.report_id], counted=False)
    await scoring.once(NOW + timedelta(days=2))
    with pytest.raises(ValueError, match="kosong"):
        await history_of_log(store)


async def test_two_replicas_with_different_sets_do_not_chase_each_other(store: Store) -> None:
    one, other = scoring_of(store), scoring_of(store, SET.model_copy(update={"name": "lain"}))
    await store.log_reports(national.reports(NOW, weeks=10))
    assert await one.once(NOW)
    assert await other.once(NOW)
    assert not await one.once(NOW)
    assert not await other.once(NOW)


async def test_other_set_tells_what_it_would_have_alarmed(store: Store) -> None:
    await lived(store)
    nervous = SET.model_copy(update={"thresholds": SET.thresholds.model_copy(update={"waspada": 0.5, "siaga": 0.9})})
    assert nervous.version != SET.version
    since = NOW.date() - timedelta(days=5)
    calm, loud = [await replay.replay(store, since, each, quiet) for each in (SET, nervous)]
    assert len(loud.alarms) > len(calm.alarms) > 0
    assert (loud.first, loud.last) == (since, NOW.date())


def test_alarms_are_judged_by_the_28_days_that_followed_them() -> None:
    first = NOW.date()
    alarms = [
        replay.Alarm(area, first + timedelta(days=n), Level.WASPADA) for area, n in (("31.71", 10), ("31.72", 20))
    ]
    alarms.append(replay.Alarm("31.71", first + timedelta(days=90), Level.SIAGA))
    found = replay.Replayed(first=first, last=first + timedelta(days=100), alarms=alarms)
    cases = [(area, first + timedelta(days=n)) for area, n in (("31.71", 15), ("31.71", -5), ("33.72", 50))]
    told = replay.worth(found, cases, Level.WASPADA, areas=2)
    assert (told.alarms, told.followed, told.cases, told.warned, told.median_lead_days) == (2, 1, 2, 1, 5.0)
    assert told.per_area_year_for_nothing == pytest.approx(1 / (2 * 73 / 364))
    assert replay.worth(found, cases, Level.SIAGA, areas=2).alarms == 0


async def test_new_set_scores_everything_at_once_and_both_are_kept(store: Store) -> None:
    await lived(store, 1)
    other = SET.model_copy(update={"name": "lain"})
    assert await scoring_of(store, other).once(NOW)
    made = await store.newest_round()
    assert made is not None
    assert made.full
    assert {Score.model_validate_json(each).parameters for each in made.scores} == {other.version}
    assert {each.version for each in await store.parameter_sets()} == {SET.version, other.version}
    assert (await replay.replay(store, NOW.date() - timedelta(days=3), None, quiet)).differences == []


def test_sets_are_never_overwritten(tmp_path: Path) -> None:
    from services.escalation.parameter_file import write_parameters

    write_parameters(SET, tmp_path / "one.json")
    assert read_parameters(tmp_path / "one.json") == SET
    with pytest.raises(FileExistsError):
        write_parameters(SET, tmp_path / "one.json")
