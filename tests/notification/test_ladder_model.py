"""The ladder: who is called, and who next."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.problems import Problem
from contracts.events import AlertClimbed, AlertRaised, LevelChanged
from contracts.examples import example
from contracts.vocabulary import Level, Rung
from services.notification import model
from services.notification.model import Directory, Official, State

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHANGED = example(LevelChanged)


def directory(*codes: str) -> Directory:
    return {
        code: [(f"o-{code}", Official(name=code, role="kasi", regions=(code,), email="x@contoh.invalid"))]
        for code in codes
    }


FULL = directory("31.71.01", "31.71", "31", "ID")


def raised(level: Level, who: Directory = FULL, **more: object) -> model.Alert:
    changed = CHANGED.model_copy(update={"level": level, **more})
    return model.raise_alert("a", changed, who, HOUR)[0]


@pytest.mark.parametrize(
    ("level", "called"),
    [
        (Level.WASPADA, ["31.71.01"]),
        (Level.SIAGA, ["31.71.01", "31.71"]),
        (Level.AWAS, ["31.71.01", "31.71", "31"]),
    ],
)
def test_level_decides_who_is_called_at_once(level: Level, called: list[str]) -> None:
    assert raised(level).called == called


def test_waspada_rings_nowhere_but_in_the_inbox() -> None:
    assert {each.channel for each in raised(Level.WASPADA).deliveries} == {"inbox"}


def test_siaga_goes_by_every_channel_the_official_has() -> None:
    assert {each.channel for each in raised(Level.SIAGA).deliveries} == {"inbox", "email"}


def test_empty_office_is_passed_over_at_once() -> None:
    alert = raised(Level.WASPADA, directory("31"))
    assert (alert.rung, alert.called) == (Rung.PROVINSI, ["31.71.01", "31.71", "31"])


def test_alert_about_an_office_begins_above_it() -> None:
    alert = raised(Level.WASPADA, jurisdiction=("ID", "31", "31.71"))
    assert alert.called == ["31.71"]


def test_it_climbs_to_the_top_and_stays() -> None:
    alert = raised(Level.SIAGA)
    for rung in (Rung.PROVINSI, Rung.PUSAT):
        events = model.climb("a", alert, FULL, HOUR, AT)
        assert isinstance(events[0], AlertClimbed)
        assert alert.rung is rung
    assert alert.deadline is None


def test_acknowledged_alert_stops_and_cannot_be_taken_twice() -> None:
    alert = raised(Level.SIAGA)
    model.acknowledge("a", alert, "Kasi Jakarta Pusat", AT)
    assert (alert.state, alert.deadline) == (State.ACKNOWLEDGED, None)
    with pytest.raises(Problem, match="Sudah diterima"):
        model.acknowledge("a", alert, "Kabid DKI", AT)


def test_ended_alert_drops_what_was_not_sent() -> None:
    alert = raised(Level.SIAGA)
    model.end("a", alert, AT)
    assert {each.status for each in alert.deliveries} == {"sent", "dropped"}
    assert model.end("a", alert, AT) == []


def test_events_name_offices_never_officials() -> None:
    _, events = model.raise_alert("a", CHANGED, FULL, HOUR)
    assert isinstance(events[0], AlertRaised)
    assert all(
        "contoh.invalid" not in each.model_dump_json() and "o-31" not in each.model_dump_json() for each in events
    )


def test_directive_receipts_are_recorded_once() -> None:
    directive, _ = model.issue("d", "Siaga", "Isi", "Pusat", ("31",), ["31.71", "31.71.01"], AT)
    assert len(model.receive("d", directive, ("31.71",), "read", AT)) == 1
    assert model.receive("d", directive, ("31.71",), "read", AT) == []
    assert directive.count("read") == 1
