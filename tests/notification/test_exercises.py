"""What an exercise showed."""

from datetime import timedelta

import pytest

from chassis.aggregates import Row
from chassis.deliveries.delivery import Delivery, Status
from chassis.language import load, use
from contracts.events import LevelChanged
from contracts.vocabulary import Level, Rung
from kemenag.look import LOCALE
from services.notification import directory, messages, model
from services.notification.exercises import middle, outcome
from services.notification.model import Alert
from services.notification.settings import NotificationSettings
from tests.clocks import clock
from tests.notification.parts import said

load(LOCALE)
pytestmark = pytest.mark.usefixtures("set_clock")


def exercise() -> Alert:
    changed = clock.example(LevelChanged, level=Level.SIAGA, previous=Level.NORMAL, exercise=True)
    return model.begin(changed, 1)


def message(channel: str, status: Status, minutes: int) -> Delivery:
    at = clock.at + timedelta(minutes=minutes)
    return Delivery(
        channel=channel,
        destination="d",
        recipient="r",
        content={},
        status=status,
        created_at=clock.at,
        due_at=clock.at,
        finished_at=at if status is not Status.QUEUED else None,
    )


def test_outcome_says_who_was_reached_who_took_it_and_where_the_ladder_broke() -> None:
    alert = exercise()
    alert.raised_at = clock.at
    alert.silent = [Rung.KECAMATAN]
    alert.takings = [said("31.71", clock.at + timedelta(minutes=12))]
    sent = [
        message("inbox", Status.SENT, 0),
        message("email", Status.DELIVERED, 2),
        message("whatsapp", Status.FAILED, 1),
        message("sms", Status.QUEUED, 0),
    ]
    found = outcome(Row("a", alert, 1), sent)
    assert (found.sent, found.failed, found.first_minutes) == (1, 1, 2.0)
    assert (found.taken_by, found.taken_minutes, found.acted_minutes) == ("31.71", 12.0, None)
    assert (found.silent, found.unanswered) == ((Rung.KECAMATAN,), False)
    assert middle([found, found]) == 12.0
    assert middle([]) is None


def test_official_is_written_to_in_their_language() -> None:
    alert = exercise()
    _, delivery = model.queue(model.Aggregate("a", alert), "o", "31.71", Rung.KABUPATEN, "email", model.CALL, clock.at)
    with use("en"):
        told = messages.message_of(NotificationSettings(), "a:0", delivery)
    assert (told.language, told.subject[:21]) == ("en", "[EXERCISE (LATIHAN)] ")
    assert "level 2 Watch in" in told.subject


def test_language_stands_in_the_directory() -> None:
    table = "nama,peran,wilayah,bahasa\nA,kasi,31.71,Inggris\nB,kasi,31.71,\nC,kasi,31.71,Latin\n"
    english, indonesian, latin = directory.read("d.csv", table.encode())
    assert english.official is not None
    assert indonesian.official is not None
    assert (english.official.language, indonesian.official.language) == ("en", "id")
    assert "tidak dikenal" in (latin.reason or "")


def test_every_message_of_an_exercise_says_so() -> None:
    alert = exercise()
    loaded = model.Aggregate("a", alert)
    _, delivery = model.queue(loaded, "o", "31.71", Rung.KABUPATEN, "whatsapp", model.CALL, clock.at)
    told = messages.message_of(NotificationSettings(), "a:0", delivery)
    assert told.subject.startswith("[LATIHAN] ")
    assert told.short.startswith("[LATIHAN] ")
    assert told.text.startswith("[LATIHAN] ")
    assert told.parameters[0].startswith("[LATIHAN] ")
