"""Questions as people write them find their answer, and others find none."""

import pytest

from services.intake.faq.entries import ENTRIES
from services.intake.faq.search import best


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("gmn cara lapor nya pak", "Bagaimana cara melapor?"),
        ("identitas sy aman ga ya", "Apakah identitas saya aman?"),
        ("nama saya dirahasiakan kan?", "Apakah identitas saya aman?"),
        ("sarat mendirikan gereja apa aja", "Apa syarat mendirikan rumah ibadat?"),
        ("abis lapor trus gimana", "Apa yang terjadi setelah saya melapor?"),
        ("nomor darurat brp", "Bagaimana bila keadaan berbahaya?"),
    ],
)
def test_question_finds_its_answer(asked: str, question: str) -> None:
    found = best(asked)
    assert found is not None
    assert found.question == question


@pytest.mark.parametrize("asked", ["harga cabai hari ini", "xyzzy", "skor bola semalam", "🙂"])
def test_other_question_finds_none(asked: str) -> None:
    assert best(asked) is None


def test_every_answer_carries_its_basis_and_dates() -> None:
    assert all(each.basis and each.owner and each.valid_from < each.review_at for each in ENTRIES)
