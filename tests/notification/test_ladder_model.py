"""The ladder: who is called, and who next."""

from datetime import timedelta

import pytest

from chassis.aggregates import Aggregate
from chassis.deliveries.delivery import Delivery
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import (
    AlertClimbed,
    AlertRaised,
    DeliveryRecorded,
    LevelChanged,
    LookRequested,
)
from contracts.vocabulary import Level, Rung
from services.notification import model
from services.notification.model import Alert, Contact, Directory, State
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")
HOUR = timedelta(hours=1)


def directory(*codes: str) -> Directory:
    return {code: [Contact(f"o-{code}", ("email",))] for code in codes}


FULL = directory("31.71.01", "31.71", "31", "ID")


def raised(level: Level, who: Directory = FULL, **more: object) -> tuple[Aggregate[Alert], list[Event]]:
    changed = clock.example(LevelChanged, level=level, **more)
    alert = Aggregate("a", model.begin(changed, 1))
    return alert, model.call_first(alert, who, HOUR)


def deliveries(alert: Aggregate[Alert]) -> list[Delivery]:
    return [Delivery.model_validate(each.document["state"]) for each in alert.projections]


@pytest.mark.parametrize(
    ("level", "called"),
    [
        (Level.WASPADA, ["31.71.01"]),
        (Level.SIAGA, ["31.71.01", "31.71"]),
        (Level.AWAS, ["31.71.01", "31.71", "31"]),
    ],
)
def test_level_decides_who_is_called_at_once(level: Level, called: list[str]) -> None:
    assert raised(level)[0].state.called == called


def test_waspada_reaches_nothing_but_the_inbox() -> None:
    assert {each.channel for each in deliveries(raised(Level.WASPADA)[0])} == {"inbox"}


def test_siaga_goes_by_every_channel_the_official_has() -> None:
    found = deliveries(raised(Level.SIAGA)[0])
    assert {each.channel for each in found} == {"inbox", "email"}
    assert {each.status for each in found if each.channel == "inbox"} == {"sent"}
    assert {each.status for each in found if each.channel == "email"} == {"queued"}


def test_every_delivery_has_an_id_of_its_own() -> None:
    alert, _ = raised(Level.AWAS)
    model.climb(alert, FULL, HOUR, clock.at + HOUR)
    ids = [each.document["_id"] for each in alert.projections]
    assert len(ids) == len(set(ids)) == 8


def test_empty_office_is_passed_over_at_once() -> None:
    alert = raised(Level.WASPADA, directory("31"))[0].state
    assert (alert.rung, alert.called) == (Rung.PROVINSI, ["31.71.01", "31.71", "31"])


def test_alert_about_an_office_begins_above_it() -> None:
    assert raised(Level.WASPADA, jurisdiction=("ID", "31", "31.71"))[0].state.called == ["31.71"]


def test_it_climbs_to_the_top_and_stays() -> None:
    alert, _ = raised(Level.SIAGA)
    at = clock.at
    for rung in (Rung.PROVINSI, Rung.PUSAT):
        at += HOUR
        events = model.climb(alert, FULL, HOUR, at)
        assert events
        assert isinstance(events[0], AlertClimbed)
        assert alert.state.rung is rung
    assert alert.state.deadline is None


def test_it_does_not_climb_before_its_time_nor_after_an_answer() -> None:
    alert, _ = raised(Level.SIAGA)
    assert model.climb(alert, FULL, HOUR, clock.at) is None
    model.acknowledge(alert, "Kasi Jakarta Pusat", clock.at)
    assert model.climb(alert, FULL, HOUR, clock.at + 2 * HOUR) is None


def test_acknowledged_alert_stops_and_cannot_be_taken_twice() -> None:
    alert, _ = raised(Level.SIAGA)
    model.acknowledge(alert, "Kasi Jakarta Pusat", clock.at)
    assert (alert.state.state, alert.state.deadline) == (State.ACKNOWLEDGED, None)
    with pytest.raises(Problem, match="Sudah diterima"):
        model.acknowledge(alert, "Kabid DKI", clock.at)


def test_ended_alert_ends_once() -> None:
    alert, _ = raised(Level.SIAGA)
    assert model.end(alert, clock.at)
    assert model.end(alert, clock.at) is None


def asked(who: Directory = FULL) -> tuple[Aggregate[Alert], list[Event]]:
    look = Aggregate("l", model.begin_look(clock.example(LookRequested), 1))
    return look, model.call_first(look, who, HOUR)


def test_request_to_look_reaches_the_office_on_the_spot_and_is_no_alert_to_anybody() -> None:
    look, events = asked()
    assert look.state.called == ["31.71.01"]
    assert {each.channel for each in deliveries(look)} == {"inbox", "email"}
    assert {type(each) for each in events} == {DeliveryRecorded}
    assert {each.content["kind"] for each in deliveries(look)} == {"look"}


def test_request_to_look_goes_on_to_the_kabupaten_and_no_further() -> None:
    look, _ = asked()
    assert model.climb(look, FULL, HOUR, clock.at + HOUR) is not None
    assert (look.state.called, look.state.deadline) == (["31.71.01", "31.71"], None)
    assert model.climb(look, FULL, HOUR, clock.at + 5 * HOUR) is None


def test_request_to_look_passes_over_an_empty_kabupaten() -> None:
    look, _ = asked(directory("31.71.01", "31"))
    assert model.climb(look, directory("31.71.01", "31"), HOUR, clock.at + HOUR) is not None
    assert look.state.called == ["31.71.01", "31.71", "31"]


def test_request_to_look_where_nobody_is_finds_somebody_further_up() -> None:
    assert asked(directory("31"))[0].state.called == ["31.71.01", "31.71", "31"]


def test_request_to_look_that_is_answered_asks_nobody_else_and_publishes_nothing() -> None:
    look, _ = asked()
    assert model.acknowledge(look, "Kepala KUA Gambir", clock.at) == []
    assert model.climb(look, FULL, HOUR, clock.at + HOUR) is None


def test_events_name_offices_never_officials() -> None:
    _, events = raised(Level.SIAGA)
    assert isinstance(events[0], AlertRaised)
    assert {type(each) for each in events[1:]} == {DeliveryRecorded}
    assert all("o-31" not in each.model_dump_json() for each in events)


def test_alert_of_the_last_release_goes_on_with_its_numbers() -> None:
    alert, _ = raised(Level.SIAGA)
    before = {**alert.state.model_dump(exclude={"queued"}), "deliveries": [{}, {}, {}]}
    assert model.Alert.model_validate(model.upgrade_alert_to_2(before)).queued == 3
