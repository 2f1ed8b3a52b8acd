"""Questions as people write them find their answer, and others find none."""

import pytest

from chassis import language
from services.intake.dialogue import texts
from services.intake.faq.articles import shipped
from services.intake.faq.search import shipped_index
from services.intake.understanding.intents import NONE, load


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("nama saya dirahasiakan kan?", "nama-dirahasiakan"),
        ("sarat mendirikan gereja apa aja", "syarat-rumah-ibadat"),
        ("biaya nikah brp", "biaya-nikah"),
    ],
)
def test_question_finds_its_answer(asked: str, found: str) -> None:
    answer, _ = shipped_index().look_up(asked)
    assert answer is not None
    assert answer.id == found


@pytest.mark.parametrize("asked", ["harga cabai hari ini", "xyzzy", "skor bola semalam", "🙂", ""])
def test_other_question_finds_none(asked: str) -> None:
    assert shipped_index().look_up(asked)[0] is None


def test_every_intent_has_an_article_and_none_has_not() -> None:
    assert {each.intent for each in shipped()} == set(load().labels) - {NONE}
    assert shipped_index().of_intent(NONE, "apa") is None


def test_every_article_carries_its_basis_dates_and_both_languages() -> None:
    assert len({each.id for each in shipped()}) == len(shipped())
    for each in shipped():
        assert each.rests_on
        assert each.owner
        assert each.valid_from < each.review_at
        assert len(each.answer) <= 600
        with language.use("en"):
            assert each.text == each.answer_en != each.answer


def test_what_is_not_clear_is_offered_as_rows_that_whatsapp_takes() -> None:
    offered = texts.offer([each for each in shipped() if each.intent == "biaya_nikah"])
    assert all(len(each["title"]) <= 24 and len(each["description"]) <= 72 for each in offered["rows"])
    assert shipped_index().article(offered["rows"][0]["id"].removeprefix(texts.ARTICLE)) is not None
    assert len(shipped_index().look_up("xyzzy")[1]) <= 3
