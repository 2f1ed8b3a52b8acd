"""What may be merged or moved, and what it does to the two cases. Pure.

open ──claim──▶ its reports are carried ──leave──▶ closed: they are in another case
  ▲                      │
  └────────stay──────────┘
"""

from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from contracts.regions import ancestry
from contracts.vocabulary import FOUNDED, Status
from services.verification.model import By, Case, Loaded, add_step, require_possible, set_status


def may_merge(case: Case, into: Case) -> None:
    """Refuse where the one cannot be merged into the other."""
    require_possible(case, "merge")
    require_possible(into, "merge")
    if case.exercise != into.exercise or _shows_what_is_withheld(case, into):
        raise Problem("cannot-merge", 409, _("Kedua kasus tidak boleh digabungkan"), _("Pilih kasus yang lain."))
    if case.level > into.level or (case.verdict in FOUNDED and into.verdict not in FOUNDED):
        # What was confirmed, and whom it called, would be over by it.
        detail = _("Gabungkan ke arah sebaliknya: kasus yang lain ke dalam kasus ini.")
        raise Problem("merge-the-other-way", 409, _("Kasus ini lebih berat daripada kasus itu"), detail)


def _shows_what_is_withheld(case: Case, into: Case) -> bool:
    """Whether an office from which the one is withheld would see it in the other."""
    if case.region == into.region:
        return case.jurisdiction != into.jurisdiction
    return any(
        (set(ancestry(one.region)) - set(one.jurisdiction)) & set(other.jurisdiction)
        for one, other in ((case, into), (into, case))
    )


def claim(loaded: Loaded, into: str, move: str) -> list[Event]:
    """Begin to carry its reports away: whoever else wants to, or wants anything else, is refused from now on."""
    case = loaded.state
    if case.going_to != into:
        require_possible(case, move)
        case.going_to = into
    return []


def stay(loaded: Loaded, count: int, reports: list[str]) -> list[Event]:
    """Its reports are not carried away after all; `reports` are the newest of the `count` that it still has."""
    case = loaded.state
    if case.going_to:
        case.going_to, case.report_count, case.recent_reports = None, count, reports[::-1]
    return []


def leave(loaded: Loaded, kind: str, number: str, reason: str, by: By) -> list[Event]:
    """Its reports are in another case now (`kind`: merged or moved): this one is closed, without an outcome."""
    case = loaded.state
    if case.went_to == number:
        return []
    case.going_to = None
    case.went_to, case.closed_at, case.report_count, case.recent_reports = number, by.at, 0, []
    add_step(loaded, by, kind, {"to": number, "reason": reason})
    return set_status(loaded, Status.DITUTUP, by.at)


def arrive(loaded: Loaded, kind: str, number: str, reason: str, by: By) -> None:
    """The reports of another case came; said once, however often it is tried."""
    case = loaded.state
    if case.came_from != number:
        case.came_from = number
        add_step(loaded, by, kind, {"from": number, "reason": reason})
