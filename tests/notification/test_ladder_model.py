"""The ladder: who is called, and who next."""

import pytest

from contracts.events import (
    AlertRaised,
    AlertUnanswered,
    DeliveryRecorded,
)
from contracts.vocabulary import Level, Rung
from services.notification import calling, model
from services.notification.model import OVER, holds
from tests.clocks import clock
from tests.notification.parts import HOUR, asked, climb, deliveries, directory, raised

pytestmark = pytest.mark.usefixtures("set_clock")


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
    climb(alert, clock.at + HOUR)
    ids = [each.document["_id"] for each in alert.projections]
    assert len(ids) == len(set(ids)) == 8


def test_empty_office_is_passed_over_at_once() -> None:
    alert = raised(Level.WASPADA, directory("31"))[0].state
    assert (alert.rung, alert.called) == (Rung.PROVINSI, ["31.71.01", "31.71", "31"])


def test_alert_about_an_office_begins_above_it() -> None:
    assert raised(Level.WASPADA, jurisdiction=("ID", "31", "31.71"))[0].state.called == ["31.71"]


def test_ended_alert_ends_once() -> None:
    alert, _ = raised(Level.SIAGA)
    assert model.end(alert, clock.at)
    assert model.end(alert, clock.at) is None


def test_who_was_called_by_telephone_learns_that_it_is_over() -> None:
    alert, _ = raised(Level.SIAGA)
    called = {(each.recipient, each.channel) for each in deliveries(alert)}
    before = len(deliveries(alert))
    later = clock.at + HOUR
    assert not holds({"purpose": OVER}, {"state": "raised"})
    model.end(alert, later)
    calling.notify_over(alert, directory("31.71.01", "31.71", "31"), later)
    told = deliveries(alert)[before:]
    assert {(each.recipient, each.channel) for each in told} == called
    assert {(each.content["purpose"], each.priority) for each in told} == {(OVER, 1)}
    assert holds({"purpose": OVER}, {"state": "ended"})


def test_end_of_what_only_the_inbox_had_calls_nobody() -> None:
    for alert in (raised(Level.WASPADA)[0], asked()[0]):
        assert calling.notify_over(alert, directory("31.71.01", "31.71", "31"), clock.at) == []


def test_alert_of_before_rang_from_siaga_up() -> None:
    for level, told in ((Level.WASPADA, False), (Level.SIAGA, True)):
        alert, _ = raised(level)
        alert.state.rang = None
        before = len(deliveries(alert))
        calling.notify_over(alert, directory("31.71.01"), clock.at)
        assert (len(deliveries(alert)) > before) is told


def test_request_to_look_reaches_the_office_on_the_spot_and_is_no_alert_to_anybody() -> None:
    look, events = asked()
    assert look.state.called == ["31.71.01"]
    assert {each.channel for each in deliveries(look)} == {"inbox", "email"}
    assert {type(each) for each in events} == {DeliveryRecorded}
    assert {each.content["kind"] for each in deliveries(look)} == {"look"}


def test_request_to_look_goes_on_to_the_kabupaten_and_no_further() -> None:
    look, _ = asked()
    assert climb(look, clock.at + HOUR) is not None
    assert look.state.called == ["31.71.01", "31.71"]
    events = climb(look, clock.at + 2 * HOUR)
    assert events is not None
    assert [(type(each), each.look) for each in events] == [(AlertUnanswered, True)]  # type: ignore[attr-defined]
    assert look.state.called == ["31.71.01", "31.71"]
    assert climb(look, clock.at + 5 * HOUR) is None


def test_request_to_look_passes_over_an_empty_kabupaten() -> None:
    who = directory("31.71.01", "31")
    look, _ = asked(who)
    assert climb(look, clock.at + HOUR, who) is not None
    assert look.state.called == ["31.71.01", "31.71", "31"]


def test_request_to_look_where_nobody_is_finds_somebody_further_up() -> None:
    assert asked(directory("31"))[0].state.called == ["31.71.01", "31.71", "31"]


def test_events_name_offices_never_officials() -> None:
    _, events = raised(Level.SIAGA)
    assert isinstance(events[0], AlertRaised)
    assert {type(each) for each in events[1:]} == {DeliveryRecorded}
    assert all("o-31" not in each.model_dump_json() for each in events)


def test_alert_of_the_last_release_goes_on_with_its_numbers() -> None:
    alert, _ = raised(Level.SIAGA)
    before = {**alert.state.model_dump(exclude={"queued"}), "deliveries": [{}, {}, {}]}
    assert model.Alert.model_validate(model.upgrade_alert_to_2(before)).queued == 3
