"""What is known of the areas of Indonesia."""

import numpy as np

from services.escalation.country import indonesia, relative_size


def test_every_area_has_its_inhabitants() -> None:
    cities = [code for code in indonesia().areas.codes if code[3:] >= "71"]
    people = {code: relative_size(code) / (2.25 if code in cities else 1) for code in indonesia().areas.codes}
    assert len(people) == 514
    assert round(sum(people.values())) == 284_979  # the decree says 284,973,643; each area is rounded to thousands
    assert (people["32.01"], people["65.04"], people["35.78"]) == (5810, 30, 3018)


def test_area_that_is_new_is_as_large_as_most() -> None:
    known = [relative_size(code) for code in indonesia().areas.codes]
    assert np.quantile(known, 0.25) < relative_size("99.01") < np.quantile(known, 0.75)
