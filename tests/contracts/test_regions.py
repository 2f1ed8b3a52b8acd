"""Region codes are text, and names need their parents."""

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.regions import (
    RegionCode,
    ancestry,
    children,
    jurisdiction,
    search_regions,
    timezone_of,
)

CODE = TypeAdapter(RegionCode)


@pytest.mark.parametrize("code", ["31", "31.71", "31.71.01", "11.10"])
def test_known_code_is_kept_as_text(code: str) -> None:
    assert CODE.validate_python(code) == code


@pytest.mark.parametrize("code", ["11.1", "3171", "99", "31.71.99", "", "31.71.01.1001", 31])
def test_unknown_code_is_refused(code: object) -> None:
    with pytest.raises(ValidationError):
        CODE.validate_python(code)


def test_ancestry_leads_from_the_country_down() -> None:
    assert ancestry("31.71.01") == ("ID", "31", "31.71", "31.71.01")


@pytest.mark.parametrize(
    ("about", "seen_by"),
    [
        (None, ("ID", "31", "31.71", "31.71.01")),
        ("31.71.01", ("ID", "31", "31.71")),
        ("31.71", ("ID", "31")),
        ("31", ("ID",)),
        ("32.71.01", ("ID", "31", "31.71", "31.71.01")),
    ],
)
def test_report_about_an_office_is_withheld_from_it(about: str | None, seen_by: tuple[str, ...]) -> None:
    assert jurisdiction("31.71.01", about) == seen_by


def test_same_name_is_told_apart_by_its_parents() -> None:
    both = search_regions("bogor", level=2)
    assert {each.name for each in both} == {"Kabupaten Bogor", "Kota Bogor"}
    assert [each.code for each in search_regions("Bogor Selatan, Kota Bogor")] == ["32.71.01"]


@pytest.mark.parametrize(("written", "code"), [("DKI", "31"), ("jabar", "32"), ("NTB", "52"), ("31.71.01", "31.71.01")])
def test_short_names_and_codes_are_understood(written: str, code: str) -> None:
    assert search_regions(written)[0].code == code


def test_there_are_38_provinces() -> None:
    assert len(children("ID")) == 38


@pytest.mark.parametrize(("code", "zone"), [("31.71", "WIB"), ("51", "WITA"), ("94.01", "WIT")])
def test_local_time_has_its_abbreviation(code: str, zone: str) -> None:
    assert timezone_of(code)[1] == zone
