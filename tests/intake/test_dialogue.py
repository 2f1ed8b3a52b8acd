"""The guided dialogue: pure steps."""

from datetime import timedelta

import pytest

from contracts.events import Point
from contracts.regions import children
from contracts.vocabulary import Act
from services.intake.dialogue.model import Conversation, Inbound, Turn
from services.intake.dialogue.steps import take_turn
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")


def conversation(**more: object) -> Conversation:
    return Conversation(last_received_at=clock.at, address="6281000000001", **more)  # type: ignore[arg-type]


def say(talk: Conversation, text: str = "", choice: str = "", kind: str = "") -> Turn:
    said = Inbound(
        id="m", person="p", address="a", kind=kind or ("choice" if choice else "text"), text=text, choice=choice
    )
    return take_turn(talk, said, clock.at)


def test_whole_dialogue_ends_in_a_structured_report() -> None:
    talk = conversation()
    for words in ("Lapor", "Massa berkumpul di depan bangunan sejak sore.", "Gambir"):
        say(talk, words)
    say(talk, choice="now")
    say(talk, choice="rumah_ibadat")
    say(talk, choice="massa_berkumpul")
    say(talk, choice="anonymous")
    turn = say(talk, choice="kirim")
    assert turn.submit == {
        "narrative": "Massa berkumpul di depan bangunan sejak sore.",
        "region": "31.71.01",
        "ongoing": True,
        "occurred_at": clock.at.isoformat(),
        "categories": ["rumah_ibadat"],
        "acts": ["massa_berkumpul"],
        "reporter": "anonymous",
    }
    assert talk.step == "menu"


def test_ambiguous_place_is_asked_again_with_choices() -> None:
    talk = conversation(step="place", draft={"narrative": "x"})
    turn = say(talk, "Sukajadi")
    assert len(turn.replies[0]["rows"]) > 1
    chosen = turn.replies[0]["rows"][0]["id"]
    say(talk, choice=chosen)
    assert talk.draft["region"] == chosen


def test_location_is_kept_and_the_kecamatan_still_asked() -> None:
    talk = conversation(step="place")
    said = Inbound(id="m", person="p", address="a", kind="location", point=Point(lat=-6.2, lng=106.8), place="Pasar")
    turn = take_turn(talk, said, clock.at)
    assert talk.draft["point"] == {"lat": -6.2, "lng": 106.8}
    assert talk.step == "place"
    assert len(turn.replies) == 2


def test_cancel_works_at_every_step() -> None:
    for step in ("narrative", "place", "time", "category", "acts", "identity", "confirm"):
        talk = conversation(step=step, draft={"region": "31.71.01"})
        assert "dibatalkan" in say(talk, "Batal").replies[0]["text"]
        assert (talk.step, talk.draft) == ("menu", {})


def test_answer_to_an_open_question_goes_to_its_report() -> None:
    talk = conversation(question_for=("report-1", "question-1"))
    turn = say(talk, "Sudah bubar.")
    assert turn.answered == ("report-1", "question-1", "Sudah bubar.")
    assert talk.question_for is None


@pytest.mark.parametrize("kind", ["unknown", "media", "photo", "text", "choice", "location"])
@pytest.mark.parametrize("step", ["menu", "narrative", "place", "time", "category", "acts", "identity"])
def test_nothing_unexpected_breaks_a_step(step: str, kind: str) -> None:
    talk = conversation(
        step=step, draft={"region": "31.71.01", "narrative": "x", "acts": ["rumor"], "categories": ["lainnya"]}
    )
    turn = say(talk, "???", kind=kind)
    assert turn.replies or turn.ask


def test_reaction_is_not_answered() -> None:
    assert say(conversation(), kind="quiet") == Turn()


def test_reaction_to_a_report_that_was_left_lying_is_not_answered() -> None:
    talk = conversation(step="time", draft={"narrative": "x", "region": "31.71.01"})
    talk.last_received_at = clock.at - timedelta(days=3)
    assert say(talk, kind="quiet") == Turn()
    assert talk.step == "time"


def test_ticket_anywhere_asks_for_its_status() -> None:
    from services.intake.model import make_ticket

    ticket = make_ticket(b"12345")
    assert say(conversation(), ticket.lower()).ticket == ticket


def test_buttons_and_rows_keep_whatsapps_limits() -> None:
    from services.intake.dialogue import texts

    draft = {"acts": list(Act), "categories": ["lainnya"], "narrative": "x" * 9000, "region": "31.71.01"}
    regencies = [each for province in children("ID") for each in children(province.code)]
    place = max((each.path for regency in regencies for each in children(regency.code)), key=len)
    for body in (texts.menu(), texts.ask_time(), texts.ask_to_resume(draft), texts.summary(draft, place)):
        assert len(body["buttons"]) <= 3
        assert all(len(each["title"]) <= 20 for each in body["buttons"])
        assert len(body["text"]) <= 1024
    for body in (texts.ask_category(), texts.ask_acts(), texts.ask_what_to_change(draft)):
        assert len(body["rows"]) <= 10
        assert all(len(each["title"]) <= 24 for each in body["rows"])
