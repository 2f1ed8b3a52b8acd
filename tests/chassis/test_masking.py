"""Nothing that identifies a person leaves in free text or a log."""

import json
import logging
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from chassis.logs import configure
from chassis.masking import mask
from chassis.settings import Settings


@pytest.mark.parametrize(
    "text",
    [
        "hubungi +62 810 0000 0001",
        "hubungi 081000000001 ya",
        "hubungi 62 810-0000-0001",
        "wa: 6281000000001",
        "HP.081000000001",
        "no.0810-0000-0001",
        "(0810) 0000 0001",
        "0810.0000.0001",
        "0810 00 00 00 01",
        "+62-810-0000-0001",
        "wa/081000000001",
        "NIK 3171010101900001",
        "NIK.3171010101900001",
        "3171 0101 0190 0001",
        "tulis ke seseorang@contoh.invalid",
    ],
)
def test_number_or_address_is_masked(text: str) -> None:
    masked = mask(text)
    assert "[disamarkan]" in masked
    assert not any(part in masked for part in ("0000", "19000", "@"))


@pytest.mark.parametrize(
    "text",
    [
        "40 orang pukul 19.30",
        "Jalan Contoh 5 RT 03 RW 12",
        "pada 2026-11-21",
        "PBM 9 dan 8/2006",
        "pukul 08.30-09.15",
        "tahun 2025/2026",
        "Rp 8.000.000",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert mask(text) == text


@given(
    st.integers(min_value=0, max_value=9999),
    st.sampled_from(["+62 810 0000 {:04d}", "0810-0000-{:04d}", "62810 0000{:04d}"]),
)
def test_any_way_of_writing_a_number_is_masked(last: int, way: str) -> None:
    assert f"{last:04d}" not in mask(f"telepon {way.format(last)} sekarang")


def test_log_lines_are_masked_json(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    configure(Settings(log_level="INFO"), "intake")
    try:
        logging.getLogger("library").warning("call from %s", "+62 810 0000 0001")
        structlog.get_logger("ours").warning("stored", note="081000000001")
    finally:
        root.handlers[:], root.level = before[0], before[1]
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2
    assert all("0000" not in json.dumps(line) for line in lines)
    assert all(line["service"] == "intake" for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "WA081000000001", "hp081000000001", "NIK9971012345678901", "@081000000001", "_081000000001_",
        "081000000001/081000000002", "081000000001 081000000002", "0810-0000-0001 9971012345678901",
        "jam 9 081000000001", "tgl 5 0810-0000-0001", "Budi (45) 0810 0000 0001", "Rp 5.000 0810 0000 0001",
    ],
)  # fmt: skip
def test_number_is_masked_whatever_stands_beside_it(text: str) -> None:
    masked = mask(text)
    assert "0000" not in masked
    assert "12345" not in masked


CORPUS = [json.loads(line) for line in (Path(__file__).parent / "masking_corpus.jsonl").read_text().splitlines()]
"""Made-up texts by somebody who did not see the masker. It was mended on every second line; the others were held out."""


@pytest.mark.parametrize("half", [CORPUS[0::2], CORPUS[1::2]], ids=["mended on", "held out"])
def test_what_identifies_somebody_is_masked_and_little_else(half: list[dict[str, str | None]]) -> None:
    planted = [each for each in half if each["secret"]]
    harmless = [str(each["text"]) for each in half if not each["secret"]]
    missed = [each for each in planted if leaks(str(each["text"]), str(each["secret"]))]
    wrong = [text for text in harmless if mask(text) != text]
    assert len(planted) >= 300
    assert len(harmless) >= 300
    assert len(missed) <= 0.01 * len(planted), missed
    assert len(wrong) <= 0.01 * len(harmless), wrong


def leaks(text: str, secret: str) -> bool:
    """Whether anything of a secret is left that could be put together again: four letters or digits of it in a row."""
    masked = mask(text)
    around = text.replace(secret, " ")
    pieces = {secret[at : at + 4] for at in range(len(secret) - 3)}
    return "[disamarkan]" not in masked or any(each in masked and each not in around for each in pieces)
