"""Which language somebody reads, and that nothing is missing in it."""

from datetime import UTC, datetime

import pytest
from starlette.requests import HTTPConnection

from chassis import language
from chassis.language import _, ngettext
from contracts.events import Reason
from kemenag import LOCALE
from kemenag.figures import odds, usual
from kemenag.labels import LEVEL_LABELS, label
from kemenag.levels import sentence
from rukun import catalog

language.load(LOCALE)


def connection(query: str = "", cookie: str = "", accept: str = "", account: str | None = None) -> HTTPConnection:
    headers = [(b"cookie", cookie.encode()), (b"accept-language", accept.encode())]
    session = {"person": {"language": account}} if account else {}
    scope = {"type": "http", "path": "/", "query_string": query.encode(), "headers": headers, "session": session}
    return HTTPConnection(scope)


@pytest.mark.parametrize(
    ("asks", "reads"),
    [
        (connection(), "id"),
        (connection(accept="en-US,en;q=0.9,id;q=0.8"), "en"),
        (connection(accept="id-ID,id;q=0.9,en-US;q=0.8"), "id"),
        (connection(accept="jv, su;q=0.9"), "id"),
        (connection(accept="de, en;q=oops"), "id"),
        (connection(accept="en", account="id"), "id"),
        (connection(account="en"), "en"),
        (connection(account="id", cookie="rukun_language=en"), "en"),
        (connection(query="lang=id", cookie="rukun_language=en"), "id"),
        (connection(query="lang=../../etc", cookie="rukun_language=xx", account="en"), "en"),
    ],
)
def test_switch_goes_before_account_and_account_before_browser(asks: HTTPConnection, reads: str) -> None:
    assert language.asked(asks) == reads


def test_catalog_has_every_text_and_its_places() -> None:
    assert catalog.faults() == []
    assert catalog.ENGLISH.read_text() == catalog.english()


def test_missing_and_misplaced_translations_are_found() -> None:
    made = catalog.Catalog(locale="en")
    made.add("Tiket {ticket}", "Ticket {tickets}")
    made.add("Belum")
    made.add(("{n} jam", "{n} jam"), ("an hour", "{n} hours"))
    found = [fault for each in made if each.id for fault in catalog._faults(each)]
    assert len(found) == 2
    assert "Tiket" in found[0]
    assert "Belum" in found[1]


@pytest.mark.parametrize(
    ("code", "told", "now"),
    [
        (
            "id",
            "Di Gambir: tahap 3 (ancaman atau mobilisasi), massa berkumpul; sudah diperiksa petugas.",
            "21 Nov 2026",
        ),
        ("en", "In Gambir: stage 3 (threat or mobilisation), crowd gathered; checked by an officer.", "21 Nov 2026"),
    ],
)
def test_sentences_labels_and_times_are_in_the_readers_language(code: str, told: str, now: str) -> None:
    reasons = [Reason(code=each, value=3) for each in ("stage", "act:massa_berkumpul", "checked")]
    moment = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
    with language.use(code):
        assert sentence("31.71.01", reasons) == told
        assert language.day(moment) == now
        assert language.time_of_day(moment) == {"id": "12.40", "en": "12:40"}[code]
        assert language.decimal(1234.5, 1) == {"id": "1.234,5", "en": "1,234.5"}[code]
        assert LEVEL_LABELS[2] == {"id": "Siaga", "en": "Watch"}[code]  # type: ignore[index]
        assert label("rumah_ibadat") == {"id": "Rumah ibadat", "en": "House of worship"}[code]
        assert odds(0.004) == {"id": "di bawah 1\u00a0%", "en": "below 1\u00a0%"}[code]


def test_plurals_are_english_where_english_has_them() -> None:
    with language.use("en"):
        assert [usual(rate) for rate in (1.0, 3.0)] == ["1 report a week", "3 reports a week"]
        assert ngettext("%(num)s kantor", "%(num)s kantor", 1) == "%(num)s office"
    assert ngettext("%(num)s kantor", "%(num)s kantor", 2) == "%(num)s kantor"


def test_language_ends_with_its_block_and_unknown_ones_are_indonesian() -> None:
    with language.use("en"), language.use("xx"):
        assert language.current() == "id"
    assert _("Tidak ada.") == "Tidak ada."
