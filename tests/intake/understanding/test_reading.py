"""Understanding on the sets that were kept aside: figures that may rise, and not fall."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.vocabulary import Act
from rukun.cli import app
from services.intake.understanding.acts import acts_of
from services.intake.understanding.emergencies import is_emergency
from services.intake.understanding.evaluation import evaluate, lines_of
from services.intake.understanding.features import features
from services.intake.understanding.intents import fingerprint, probabilities, trained_from
from services.intake.understanding.normalise import LONGEST, letters, words
from services.intake.understanding.reading import read
from services.intake.understanding.training import utterances

ASIDE = Path("bench/understanding")


def test_weights_were_trained_on_what_is_here() -> None:
    assert trained_from() == fingerprint(), "run `rukun understand train`"


def test_questions_kept_aside_are_understood() -> None:
    result = evaluate(lines_of(ASIDE / "aside.jsonl"))
    assert result.right >= 0.88
    assert result.right_or_offered >= 0.95
    assert result.none_answered <= 0.06
    assert result.emergency_recall == 1.0
    assert min(result.by_language.values()) >= 0.85


def test_emergencies_kept_aside_are_seen_and_words_alone_are_none() -> None:
    result = evaluate(lines_of(ASIDE / "emergencies-aside.jsonl"))
    assert (result.emergency_recall or 0) >= 0.97
    assert result.false_emergencies <= 0.02


def test_nothing_that_is_kept_aside_was_trained_on() -> None:
    trained = {" ".join(words(each["text"])) for each in utterances()}
    aside = [each for file in ASIDE.glob("*.jsonl") for each in lines_of(file)]
    same = [each["id"] for each in aside if " ".join(words(each["text"])) in trained and len(words(each["text"])) > 3]
    assert same == []


def test_each_intent_has_forty_utterances_of_ours_and_none_three_hundred() -> None:
    lines = utterances()
    counted = {intent: sum(each["intent"] == intent for each in lines) for intent in {each["intent"] for each in lines}}
    assert len(counted) == 27
    assert min(counted.values()) >= 40
    assert counted["none"] >= 300
    assert {"id", "jv", "su", "min", "mak", "pmy", "mad", "en"} == {each["lang"] for each in lines}


@pytest.mark.parametrize("text", ["", " ", "🙂", "\u202eabc", "?", "a" * 100_000, "\x00\x07", "ﷺ", "ｔｏｌｏｎｇ"])
def test_any_text_is_read(text: str) -> None:
    reading = read(text)
    assert reading.intent is None or reading.intent in probabilities("")
    assert sum(probabilities(text).values()) == pytest.approx(1)


def test_look_alikes_and_letters_held_down_are_one_word() -> None:
    assert letters("ＴＯＬＯＮＧ\u200bkaaami") == "tolongkami"
    assert words("gmn yg sy lapor") == ["bagaimana", "yang", "saya", "lapor"]
    assert len(letters("x " * 10_000)) <= LONGEST


def test_short_words_are_pieces_too() -> None:
    _, pieces = features("ya aku")
    assert pieces


@pytest.mark.parametrize(
    "text",
    [
        "Hukumnya dihukum apa kalau membakar?",
        "Tahun lalu gereja kami pernah dibakar massa.",
        "Massa sudah bubar, semua aman.",
        "Kapan kantor Kabupaten Serang buka?",
    ],
)
def test_past_ended_and_asked_is_no_emergency(text: str) -> None:
    assert not is_emergency(text)


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("Tidak ada korban luka, massa sudah pulang", [Act.MASSA_BERKUMPUL]),
        ("rumah dibakar, dua orang tewas", [Act.KORBAN_JIWA, Act.PEMBAKARAN]),
        ("belum ada yang luka", []),
    ],
)
def test_acts_are_what_is_said_and_not_denied(text: str, acts: list[Act]) -> None:
    assert acts_of(text) == acts


def test_command_writes_shares_that_programs_read(tmp_path: Path) -> None:
    file, out = tmp_path / "lines.jsonl", tmp_path / "out.json"
    lines = [
        {"id": "1", "text": "biaya nikah berapa", "intent": "biaya_nikah", "lang": "id"},
        {"id": "2", "text": "harga cabai", "intent": "none", "alt": [], "lang": "id"},
        {"id": "3", "text": "tolong massa bawa parang sekarang", "intent": "darurat", "alt": [], "lang": "id"},
        {
            "id": "4",
            "text": "mau lapor ada keributan di kecamatan Gambir",
            "intent": "lapor_konflik",
            "lang": "id",
            "place": "31.71.01",
        },
    ]
    file.write_text("\n".join(json.dumps(each) for each in lines) + "\n\n")
    done = CliRunner().invoke(app, ["understand", "evaluate", str(file), "--json", str(out)])
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    assert (found["right"], found["none_answered"], found["emergency_recall"], found["places_wrong"]) == (1, 0, 1, 0)


@pytest.mark.parametrize("content", ["", "no json\n", '{"id": "1"}\n', "[1]\n"])
def test_command_says_which_line_is_wrong(tmp_path: Path, content: str) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(content)
    done = CliRunner().invoke(app, ["understand", "evaluate", str(file)])
    assert done.exit_code != 0
    assert str(done.exception).startswith("rukun: ") or "lines.jsonl" in done.output
