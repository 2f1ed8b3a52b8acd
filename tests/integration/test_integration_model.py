"""What partners see, and CAP."""

from xml.etree import ElementTree as xml
from zoneinfo import ZoneInfo

import pytest

from contracts.events import AlertRaised, CaseStateRecorded, LevelChanged
from contracts.regions import ancestry
from services.integration import cap
from services.integration.model import (
    Partner,
    PublicAlert,
    Subject,
    Subscription,
    chosen,
    public_alert,
    public_case,
    public_level,
    wants,
)
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")
PARTNER = Partner(name="Mitra", regions=["31"], token_hash="x")


def subscription(**more: object) -> Subscription:
    told = {"id": "s", "subjects": ["cases"], "regions": ["31.71"], "url": "https://x", "secrets": ["whsec_"], **more}
    return Subscription.model_validate(told)


@pytest.mark.parametrize(
    ("made", "subject", "region", "wanted"),
    [
        (subscription(), Subject.CASES, "31.71", True),
        (subscription(), Subject.LEVELS, "31.71", False),
        (subscription(), Subject.CASES, "31.72", False),
        (subscription(regions=["32"]), Subject.CASES, "32.71", False),
        (subscription(regions=["ID"]), Subject.CASES, "31.72", True),
    ],
)
def test_partner_gets_what_it_asked_for_within_its_regions(
    made: Subscription, subject: Subject, region: str, wanted: bool
) -> None:
    assert wants(made, subject, ancestry(region), PARTNER) is wanted


def test_partner_sees_no_place_finer_than_a_kabupaten_and_no_text() -> None:
    shown = [
        public_case(clock.example(CaseStateRecorded)).model_dump_json(),
        str(public_level(clock.example(LevelChanged))),
        str(public_alert(clock.example(AlertRaised))),
    ]
    for each in shown:
        assert "31.71.01" not in each
        assert "Gambir" not in each


def test_only_chosen_fields_and_what_identifies_are_sent() -> None:
    assert chosen({"case_id": "1", "version": 2, "level": 3, "stage": 1}, ["level"]) == {
        "case_id": "1", "version": 2, "level": 3,
    }  # fmt: skip


WEB = "https://rukun.contoh.invalid"
OLD = {"alert_id": "a-0", "at": "2026-11-20T00:00:00Z"}


def jakarta() -> str:
    """The present as CAP wants it."""
    return clock.at.astimezone(ZoneInfo("Asia/Jakarta")).replace(microsecond=0).isoformat()


def alert(**more: object) -> PublicAlert:
    where = {"region": "31.71", "jurisdiction": ancestry("31.71")}
    return PublicAlert.model_validate({"_id": "a-1", "at": clock.at, **where, "level": 2, **more})


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"exercise": True},
        {"ended_at": clock.at},
        {"ended_at": clock.at, "unfounded": True},
        {"level": 1},
        {"level": 3},
        {"replaces": [OLD]},
    ],
)
def test_cap_fits_the_oasis_schema(more: dict[str, object]) -> None:
    from capvalidator import check_schema

    assert check_schema(cap.cap(alert(**more), "rukun@contoh.invalid", WEB, clock.at)).passed


def text(document: bytes, name: str) -> str | None:
    found = xml.fromstring(document).find(f".//{{urn:oasis:names:tc:emergency:cap:1.2}}{name}")
    return None if found is None else found.text


def test_cap_says_restricted_local_time_and_place() -> None:
    made = cap.cap(alert(), "rukun@contoh.invalid", WEB, clock.at)
    assert text(made, "sent") == jakarta()
    assert (text(made, "scope"), text(made, "status"), text(made, "category")) == ("Restricted", "Actual", "Security")
    assert text(made, "restriction")
    assert b"<valueName>KEMENDAGRI</valueName><value>31.71</value>" in made


def test_exercise_is_marked() -> None:
    assert text(cap.cap(alert(exercise=True), "s@x", WEB, clock.at), "status") == "Exercise"


def test_what_is_over_is_all_clear_and_what_was_an_error_is_cancelled() -> None:
    over = cap.cap(alert(ended_at=clock.at), "s@x", WEB, clock.at)
    assert (text(over, "msgType"), text(over, "responseType"), text(over, "urgency")) == ("Update", "AllClear", "Past")
    assert text(over, "identifier") == "a-1-over"
    error = cap.cap(alert(ended_at=clock.at, unfounded=True), "s@x", WEB, clock.at)
    assert (text(error, "msgType"), text(error, "identifier")) == ("Cancel", "a-1-cancel")
    assert "tidak terbukti" in (text(error, "description") or "")
    for each in (over, error):
        assert text(each, "references") == f"s@x,a-1,{jakarta()}"
    assert text(cap.cap(alert(), "s@x", WEB, clock.at), "responseType") == "Monitor"


def test_graver_alert_updates_the_one_before_which_is_not_cancelled() -> None:
    before = cap.cap(alert(ended_at=clock.at, replaced=True), "s@x", WEB, clock.at)
    assert (text(before, "msgType"), text(before, "urgency")) == ("Alert", "Expected")
    graver = cap.cap(alert(level=3, replaces=[OLD]), "s@x", WEB, clock.at)
    assert (text(graver, "msgType"), text(graver, "identifier")) == ("Update", "a-1")
    assert text(graver, "references") == "s@x,a-0,2026-11-20T07:00:00+07:00"
    over = cap.cap(alert(level=3, replaces=[OLD], ended_at=clock.at), "s@x", WEB, clock.at)
    assert (text(over, "msgType"), len((text(over, "references") or "").split())) == ("Update", 2)


@pytest.mark.parametrize("more", [{}, {"ended_at": clock.at}, {"level": 3, "replaces": [OLD]}])
def test_cap_says_until_when_by_whom_and_what_to_do(more: dict[str, object]) -> None:
    made = cap.cap(alert(**more), "s@x", WEB, clock.at)
    for name in ("expires", "senderName", "description", "instruction", "web", "headline", "effective"):
        assert text(made, name), name
