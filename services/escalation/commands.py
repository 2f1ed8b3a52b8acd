"""What escalation does: note reports, follow cases, let officers set a level."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from chassis.concurrency import for_each
from chassis.masking import mask
from chassis.permissions import Action, Person, office_of, require
from chassis.problems import Problem, not_found
from chassis.store import Conflict, Kept
from contracts.base import Event
from contracts.envelope import Heard
from contracts.events import CaseEvent, CaseStatusChanged, CaseVerified, ReportSubmitted
from contracts.regions import ancestry, exists, level_of
from contracts.vocabulary import FOUNDED, Level, Stage, Status
from services.escalation import model
from services.escalation.areas import Areas
from services.escalation.model import CaseWatch
from services.escalation.store import Store

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=1000)]
"""Why a level is set: the point of the record."""
_TRIES = 20
_AREA_LEVEL = 2


async def note_reports(store: Store, areas: Areas, reports: list[ReportSubmitted]) -> None:
    """Log reports and score their areas soon."""
    await store.note(reports)
    areas.ring()


async def follow_cases(store: Store, areas: Areas, heard: list[Heard]) -> None:
    """Take in what happened to cases: one load and one save per case, each event once."""
    by_case: dict[str, list[Heard]] = defaultdict(list)
    for each in heard:
        by_case[each.subject].append(each)
    await for_each(by_case.items(), lambda case: _follow(store, areas, case[0], case[1]))


async def _follow(store: Store, areas: Areas, case_id: str, news: list[Heard]) -> None:
    kept = await store.cases.load(case_id)
    before = (kept.state.level, kept.state.stage) if kept else (Level.NORMAL, Stage.KETEGANGAN)
    changed = False
    for each in news:
        event = each.event
        if not isinstance(event, CaseEvent) or (kept and kept.knows(each.subject, each.sequence)):
            continue
        changed = True
        kept = kept or Kept(case_id, model.watch(event))
        model.apply(kept.state, event)
        kept.digest(each.subject, each.sequence)
        await _count(store, areas, kept.state, event)
    if kept is None or not changed:
        return
    model.assess(kept.state)
    await store.cases.save(kept, _changes(kept, before, kept.state.updated_at))


async def _count(store: Store, areas: Areas, case: CaseWatch, event: CaseEvent) -> None:
    """Reports of an unfounded case do not count in the statistics; those of one that is reopened do again."""
    if case.exercise:
        return
    if isinstance(event, CaseVerified):
        await store.count_reports(list(event.report_ids), event.verdict in FOUNDED)
        areas.ring()
    if isinstance(event, CaseStatusChanged) and event.previous is Status.DITUTUP:
        await store.count_reports([each.report_id for each in case.reports], counted=True)
        areas.ring()


def _changes(kept: Kept[CaseWatch], before: tuple[Level, Stage], at: datetime) -> list[Event]:
    """What is said of it: another level, or another stage (and so another sentence) at the same level."""
    if (kept.state.level, kept.state.stage) == before:
        return []
    model.note_change(kept.state, before[0], at)
    return [model.case_level_changed(kept.id, kept.state, before[0], at)]


async def set_level(
    store: Store, case_id: str, person: Person, level: Level, reason: str, at: datetime
) -> Kept[CaseWatch]:
    """An officer confirms or changes the level of a case."""
    office = office_of(person)
    for _ in range(_TRIES):
        kept = await load_for(store, case_id, person, Action.SET_LEVEL)
        if kept.state.status is Status.DITUTUP:
            raise Problem(409, "Kasus sudah ditutup", "Buka kembali kasusnya lebih dahulu.")
        previous = kept.state.level
        model.set_level(kept.state, level, reason, office, at)
        model.note_change(kept.state, previous, at)
        try:
            await store.cases.save(kept, [model.case_level_changed(case_id, kept.state, previous, at)])
        except Conflict:
            continue
        return kept
    raise Conflict(case_id)


async def set_area_level(
    store: Store, areas: Areas, code: str, person: Person, level: Level, reason: str, word_id: str
) -> None:
    """An officer sets the level of a kabupaten or kota; the next round takes it in."""
    require(person, Action.SET_LEVEL, ancestry(code))
    if not exists(code):
        raise not_found()
    if level_of(code) != _AREA_LEVEL:
        raise Problem(422, "Bukan kabupaten atau kota", "Tingkat wilayah ditetapkan untuk kabupaten atau kota.")
    await store.speak(word_id, code, level, mask(reason), office_of(person))
    areas.ring()


async def load_for(store: Store, case_id: str, person: Person, action: Action) -> Kept[CaseWatch]:
    """The watched case, for somebody who may do this."""
    kept = await store.cases.load(case_id)
    if kept is None:
        raise not_found()
    require(person, action, kept.state.jurisdiction)
    return kept
