"""The roster of an office: whose turn it is, and who took over. Pure.

A request to look rings the telephone of one person: whoever is on duty. Nobody depends on the roster alone: where it
names nobody who is there, everybody is called, and where whoever is on duty does not answer, the others are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field

from chassis.language import _
from chassis.problems import Problem

LONGEST_TURN = 31
MOST = 30
"""Members of a roster."""
_AHEAD = timedelta(days=92)
"""How far ahead somebody may hand over."""
_EARLIEST = timedelta(days=3660)
_REMEMBERED = timedelta(days=92)
_MOST_HANDOVERS = 100


class Handover(BaseModel):
    """Somebody takes over for a time, whosever turn it is."""

    official: str
    begins: AwareDatetime
    ends: AwareDatetime
    by: str
    """Role and place of who wrote it down."""
    at: AwareDatetime


class Roster(BaseModel):
    """An office's turns. Without members everybody of the office is called."""

    members: tuple[str, ...] = ()
    """Officials' ids in the order of their turns."""
    days: int = Field(default=7, ge=1, le=LONGEST_TURN)
    begins: AwareDatetime | None = None
    """When the first turn began; the others begin at its hour."""
    handovers: list[Handover] = []


@dataclass(frozen=True)
class Turn:
    """A time on duty."""

    official: str
    begins: datetime
    ends: datetime
    handed_over_by: str = ""


def planned(roster: Roster, at: datetime) -> Turn | None:
    """Whose turn it is by the order alone."""
    if not roster.members or roster.begins is None or at < roster.begins:
        return None
    length = timedelta(days=roster.days)
    n = (at - roster.begins) // length
    begins = roster.begins + n * length
    return Turn(roster.members[n % len(roster.members)], begins, begins + length)


def turns(roster: Roster, since: datetime, until: datetime) -> Iterator[Turn]:
    """Who is on duty when, handed over or by the order, one after the other."""
    at = max(since, roster.begins) if roster.begins else until
    while at < until and (turn := _turn_at(roster, at)) is not None:
        yield turn
        at = turn.ends


def _turn_at(roster: Roster, at: datetime) -> Turn | None:
    """The turn of a moment, cut where somebody takes over; of two who took over, whoever did so last."""
    plan = planned(roster, at)
    if plan is None:
        return None
    edges = [edge for each in roster.handovers for edge in (each.begins, each.ends)]
    begins = max([plan.begins, *(each for each in edges if each <= at)])
    ends = min([plan.ends, *(each for each in edges if each > at)])
    taken = _handed_over(roster, at)
    return Turn(taken.official, begins, ends, taken.by) if taken else Turn(plan.official, begins, ends)


def _handed_over(roster: Roster, at: datetime) -> Handover | None:
    holding = [each for each in roster.handovers if each.begins <= at < each.ends]
    return max(holding, key=lambda each: each.at, default=None)


def on_duty(roster: Roster, at: datetime, there: Collection[str], substitutes: Mapping[str, str | None]) -> str | None:
    """Who is to be called now: whoever took over, or whose turn it is, or their substitute; of those who are not there
    the next in the order. None where the roster names nobody who is."""
    plan = planned(roster, at)
    if plan is None:
        return None
    first = roster.members.index(plan.official)
    taken = _handed_over(roster, at)
    order = [*([taken.official] if taken else []), *roster.members[first:], *roster.members[:first]]
    stand = [substitutes.get(each) if each in substitutes else each for each in order]
    return next((each for each in stand if each in there), None)


def arrange(roster: Roster, members: Sequence[str], days: int, begins: datetime, at: datetime) -> None:
    """Another order, which begins at a moment: until then the office has none and everybody is called. 422 for what
    cannot be."""
    if len(set(members)) != len(members) or len(members) > MOST:
        detail = _("Pilih tiap orang sekali, paling banyak {most} orang.").format(most=MOST)
        raise Problem("roster-members", 422, _("Urutan piket tidak sesuai"), detail)
    if not 1 <= days <= LONGEST_TURN:
        detail = _("Isi 1 sampai {longest} hari.").format(longest=LONGEST_TURN)
        raise Problem("roster-days", 422, _("Lama giliran tidak sesuai"), detail)
    if not at - _EARLIEST < begins < at + _AHEAD:
        detail = _("Mulainya paling jauh tiga bulan lagi.")
        raise Problem("roster-begins", 422, _("Tanggal tidak sesuai"), detail)
    roster.members, roster.days, roster.begins = tuple(members), days, begins


def hand_over(roster: Roster, handover: Handover) -> None:
    """Somebody takes over, now or later; what is long past is dropped. 422 for what cannot be."""
    at = handover.at
    if not (handover.begins < handover.ends and at < handover.ends <= at + _AHEAD):
        detail = _("Akhirnya harus sesudah mulainya, dan dalam tiga bulan.")
        raise Problem("handover-dates", 422, _("Tanggal tidak sesuai"), detail)
    if planned(roster, handover.begins) is None:
        detail = _("Atur giliran dahulu, atau pilih tanggal sesudah giliran pertama mulai.")
        raise Problem("handover-without-turn", 422, _("Pada waktu itu tidak ada giliran piket"), detail)
    recent = [each for each in roster.handovers if each.ends > at - _REMEMBERED]
    roster.handovers = [*recent, handover][-_MOST_HANDOVERS:]
