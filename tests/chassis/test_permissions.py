"""Who may do what, as a table."""

import pytest

from chassis.identity import Person
from chassis.problems import Problem
from kemenag.permissions import ROLES, Action, may, require

GAMBIR = ("ID", "31", "31.71", "31.71.01")
BOGOR = ("ID", "32", "32.71", "32.71.01")
WITHHELD = ("ID", "31", "31.71")


def person(role: str, *regions: str) -> Person:
    return Person(sub=role, name=role, roles=(role,), regions=regions)


KUA, KASI = person("kepala_kua", "31.71.01"), person("kasi", "31.71")
KABID, PUSAT = person("kabid", "31"), person("nasional", "ID")
ADMIN, DPO, MITRA = person("admin", "ID"), person("dpo", "ID"), person("mitra", "ID")
PENYULUH, NOBODY = person("penyuluh", "31.71.01"), person("unknown", "ID")
TWO = person("kepala_kua", "31.71.01", "32.71.01")

TABLE = [
    (KUA, Action.SEE_CASE, GAMBIR, True),
    (KUA, Action.SEE_CASE, BOGOR, False),
    (KUA, Action.SEE_CASE, WITHHELD, False),
    (KUA, Action.VERIFY_CASE, GAMBIR, True),
    (KUA, Action.ISSUE_DIRECTIVE, GAMBIR, False),
    (KUA, Action.EDIT_DIRECTORY, None, False),
    (TWO, Action.VERIFY_CASE, BOGOR, True),
    (PENYULUH, Action.SEE_CASE, GAMBIR, True),
    (PENYULUH, Action.VERIFY_CASE, GAMBIR, False),
    (KASI, Action.SEE_CASE, WITHHELD, True),
    (KASI, Action.VERIFY_CASE, GAMBIR, True),
    (KASI, Action.SEE_CASE, BOGOR, False),
    (KABID, Action.ISSUE_DIRECTIVE, ("ID", "31"), True),
    (KABID, Action.ISSUE_DIRECTIVE, ("ID", "32"), False),
    (PUSAT, Action.VERIFY_CASE, BOGOR, True),
    (ADMIN, Action.SEE_CASE, GAMBIR, False),
    (ADMIN, Action.EDIT_DIRECTORY, None, True),
    (ADMIN, Action.MANAGE_PARTNERS, None, True),
    (DPO, Action.READ_ACCESS_LOG, None, True),
    (DPO, Action.SEE_CASE, GAMBIR, False),
    (DPO, Action.APPROVE_IDENTITY, GAMBIR, True),
    (MITRA, Action.SEE_CASE, GAMBIR, False),
    (MITRA, Action.SEE_ALERTS, GAMBIR, False),
    (NOBODY, Action.SEE_CASE, GAMBIR, False),
]


@pytest.mark.parametrize(("who", "action", "where", "allowed"), TABLE)
def test_permission(who: Person, action: Action, where: tuple[str, ...] | None, allowed: bool) -> None:
    assert may(who, action, where) is allowed


def test_other_region_looks_as_if_it_were_not_there() -> None:
    with pytest.raises(Problem) as refused:
        require(KUA, Action.SEE_CASE, BOGOR)
    assert refused.value.status == 404


def test_own_region_without_the_right_is_refused_openly() -> None:
    with pytest.raises(Problem) as refused:
        require(PENYULUH, Action.VERIFY_CASE, GAMBIR)
    assert refused.value.status == 403


def test_every_action_is_given_to_somebody() -> None:
    assert set(Action) == {action for actions in ROLES.values() for action in actions}
