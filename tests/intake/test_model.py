"""Tickets, receipts, pseudonyms."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.model import ReportForm, make_ticket, pseudonym, read_ticket, receipt_of, ticket_in

KEY = b"k" * 32


@given(st.binary(min_size=5, max_size=5))
def test_ticket_is_read_back_however_it_is_written(randomness: bytes) -> None:
    ticket = make_ticket(randomness)
    assert read_ticket(ticket) == ticket
    assert read_ticket(ticket.lower().replace("-", " ")) == ticket
    assert read_ticket(ticket.replace("0", "O").replace("1", "l")) == ticket


@given(st.binary(min_size=5, max_size=5), st.integers(0, 7), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_character_is_noticed(randomness: bytes, place: int, other: str) -> None:
    plain = make_ticket(randomness).replace("-", "")
    wrong = plain[:place] + other + plain[place + 1 :]
    assert (read_ticket(wrong) is None) == (wrong != plain)


@given(st.text(alphabet=string.printable, max_size=20))
def test_any_text_is_a_ticket_or_none(text: str) -> None:
    found = read_ticket(text)
    assert found is None or read_ticket(found) == found


def test_ticket_is_found_in_a_sentence_and_in_no_longer_word() -> None:
    ticket = make_ticket(b"12345")
    assert ticket_in(f"laporan saya {ticket.lower()} sampai mana?") == ticket
    assert ticket_in(f"tanda 01a21bd3-{ticket}-a8dbaa8b6705") is None
    assert ticket_in("Taliwang ramai, Taliwang aman") is None


def test_receipt_is_the_same_for_the_same_report_and_key_only() -> None:
    assert receipt_of("a", KEY) == receipt_of("a", KEY)
    assert len({receipt_of("a", KEY), receipt_of("b", KEY), receipt_of("a", b"x" * 32)}) == 3


def test_unknown_senders_cannot_be_told_apart() -> None:
    assert pseudonym(None, KEY) == pseudonym(None, b"x" * 32) == "anonymous"


def test_pseudonym_hides_the_sender() -> None:
    assert "0000" not in pseudonym("+6281000000001", KEY)
    assert pseudonym("+6281000000001", KEY) != pseudonym("+6281000000002", KEY)


@pytest.mark.parametrize("text", ["", "7K3M", "7K3M-9QXDD", "halo apa", "11111112"])
def test_what_is_no_ticket_is_none(text: str) -> None:
    assert read_ticket(text) is None


@pytest.mark.parametrize(
    ("lat", "lng", "fits"), [(-6.2, 106.8, True), (-2.6, 140.7, True), (0, 0, False), (51.5, -0.1, False)]
)
def test_point_lies_in_the_country(lat: float, lng: float, fits: bool) -> None:
    body = {
        "region": "31.71.01",
        "categories": ["lainnya"],
        "narrative": "Ada kabar.",
        "reporter": {"kind": "anonymous"},
        "point": {"lat": lat, "lng": lng},
    }
    if fits:
        assert ReportForm.model_validate(body).point
    else:
        with pytest.raises(ValueError, match="di luar Indonesia"):
            ReportForm.model_validate(body)
