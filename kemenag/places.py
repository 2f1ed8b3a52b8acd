"""Regions as people write them into a form: a code or a name, several apart by semicolons."""

from chassis.language import _
from chassis.problems import Problem
from contracts.regions import NATIONAL, search_regions


def code_of(text: str) -> str:
    """The region that a text means. 422 where it is none, or several."""
    if text.strip().upper() in (NATIONAL, "INDONESIA"):
        return NATIONAL
    found = search_regions(text)
    if len(found) != 1:
        raise Problem(
            "region-unclear",
            422,
            _("Wilayah “{text}” tidak jelas").format(text=text.strip()),
            _("Tulis kode wilayahnya, misalnya 31.71."),
        )
    return found[0].code


def codes_of(text: str) -> tuple[str, ...]:
    """The regions that a text means; the country where it is empty. Errors: as `code_of`."""
    return tuple(code_of(part) for part in text.split(";") if part.strip()) or (NATIONAL,)
