"""Nothing that identifies a person leaves in free text or a log."""

import json
import logging

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
