"""What escalation does: note reports, follow cases, let officers set a level."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints

from chassis.aggregates import Aggregate, Row
from chassis.identity import Person
from chassis.language import _
from chassis.masking import mask
from chassis.problems import Problem, not_found
from contracts.base import Event
from contracts.envelope import Received
from contracts.events import CaseEvent, CaseStatusChanged, CaseVerified, ReportsJoined, ReportSubmitted
from contracts.regions import ancestry, exists, level_of
from contracts.vocabulary import FOUNDED, Level, Stage, Status
from kemenag.permissions import Action, office_of, require
from services.escalation import model
from services.escalation.model import CaseScore
from services.escalation.store import Store

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=1000)]
"""Why a level is set: the point of the record."""
_AREA_LEVEL = 2


async def log_reports(store: Store, reports: Sequence[ReportSubmitted]) -> None:
    """Log reports and score their areas soon."""
    await store.log_reports(list(reports))
    store.wake_scoring()


async def follow_cases(store: Store, messages: Sequence[Received[CaseEvent]]) -> None:
    """Take in what happened to cases: one load and one save for all, each event once."""
    by_case: dict[str, list[Received[CaseEvent]]] = defaultdict(list)
    for each in messages:
        by_case[each.subject].append(each)
    doubted = await _doubted(store, messages)

    def decide(case: Aggregate[CaseScore]) -> list[Event] | None:
        fresh = case.receive(by_case[case.id])
        if not fresh:
            return None
        before = _standing(case.state) if case.version else (Level.NORMAL, Stage.KETEGANGAN, False, False)
        for each in fresh:
            model.apply(case.state, each.event, doubted)
        model.assess(case.state)
        return _changes(case, before, case.state.updated_at)

    done = await store.cases.update_many(by_case, decide, lambda id: model.begin(by_case[id][0].event))
    await _count(store, done, messages)
    await _judge_sources(store, done, messages)
    await _request_looks(store, done, messages)


async def _doubted(store: Store, messages: Sequence[Received[CaseEvent]]) -> frozenset[str]:
    """Reports of these whose source is doubted, as far as verdicts of earlier batches tell."""
    joined = [each.event for each in messages if isinstance(each.event, ReportsJoined)]
    reports = [report for event in joined for report in event.reports if not event.exercise]
    return await store.reliability.doubted(reports, max(each.at for each in joined)) if reports else frozenset()


async def _judge_sources(
    store: Store, cases: dict[str, Aggregate[CaseScore]], messages: Sequence[Received[CaseEvent]]
) -> None:
    """Let a verdict say something of those whose reports it is about: the newest of each case. A case that is opened
    again takes nothing back: its own reporters open it by a word. The next verdict does."""
    verdicts = {}
    for each in messages:
        if isinstance(each.event, CaseVerified) and not each.event.exercise:
            state = cases[each.subject].state
            checked = [report for report in state.reports if report.report_id in state.checked_reports]
            verdicts[each.subject] = (each.event, checked)
    await store.reliability.take(verdicts)


async def _request_looks(
    store: Store, cases: dict[str, Aggregate[CaseScore]], messages: Sequence[Received[CaseEvent]]
) -> None:
    """Ask officers to look at what nobody has checked yet. After the cases: so a verdict that came with it is known."""
    places: dict[str, list[Received[Any]]] = defaultdict(list)
    for each in messages:
        event = each.event
        if not isinstance(event, ReportsJoined) or event.because in ("merged", "split"):
            continue  # officers know them already; where a case was moved to, others do not
        checked = cases[each.subject].state.checked_reports
        unchecked = event.model_copy(
            update={"reports": tuple(report for report in event.reports if report.report_id not in checked)}
        )
        if model.alarming(unchecked)[0]:
            places[model.place_of(event)].append(replace(each, event=unchecked))

    def decide(looks: Aggregate[model.Looks]) -> list[Event] | None:
        fresh = looks.receive(places[looks.id])
        return [*model.request_look(looks.id, looks.state, [each.event for each in fresh])] if fresh else None

    if places:
        await store.looks.update_many(places, decide, lambda _id: model.Looks())


async def _count(store: Store, cases: dict[str, Aggregate[CaseScore]], messages: Sequence[Received[CaseEvent]]) -> None:
    """Reports of an unfounded case do not count in the statistics; those of one that is reopened do again. Done
    again after a crash, it changes nothing; and an older verdict never comes after a newer one of its partition."""
    wanted: dict[str, bool] = {}
    for each in messages:
        event, case = each.event, cases[each.subject].state
        if event.exercise:
            continue
        known = [report.report_id for report in case.reports]
        if isinstance(event, CaseVerified):
            wanted |= dict.fromkeys([*event.report_ids, *known], event.verdict in FOUNDED)
        if isinstance(event, CaseStatusChanged) and event.previous is Status.DITUTUP:
            wanted |= dict.fromkeys(known, True)
    for counted in (True, False):
        ids = [id for id, each in wanted.items() if each is counted]
        await store.count_reports(ids, counted)
    if wanted:
        store.wake_scoring()


_Standing = tuple[Level, Stage, bool, bool]


def _standing(state: CaseScore) -> _Standing:
    # Where Awas waits for a person, the same level published again would call that person again.
    doubted = not state.needs_confirmation and any(each.code == "doubted" for each in state.reasons)
    return state.level, state.stage, state.needs_confirmation, doubted


def _changes(case: Aggregate[CaseScore], before: _Standing, at: datetime) -> list[Event]:
    """The events of it: another level; or at the same level another stage, or that Awas waits for a person now, or
    that a source is doubted."""
    if _standing(case.state) == before:
        return []
    model.note_change(case.state, before[0], at)
    return [model.case_level_changed(case.id, case.state, before[0], at)]


async def set_level(
    store: Store, case_id: str, person: Person, level: Level, reason: str, at: datetime
) -> Aggregate[CaseScore]:
    """An officer confirms or changes the level of a case."""
    office = office_of(person)

    def decide(case: Aggregate[CaseScore]) -> list[Event]:
        require(person, Action.SET_LEVEL, case.state.jurisdiction)
        if case.state.status is Status.DITUTUP:
            raise Problem("case-closed", 409, _("Kasus sudah ditutup"), _("Buka kembali kasusnya lebih dahulu."))
        previous = case.state.level
        model.set_level(case.state, level, reason, office, at)
        model.note_change(case.state, previous, at)
        return [model.case_level_changed(case_id, case.state, previous, at)]

    return await store.cases.update(case_id, decide)


async def set_area_level(store: Store, code: str, person: Person, level: Level, reason: str, override_id: str) -> None:
    """An officer sets the level of a kabupaten or kota; the next round takes it in."""
    require(person, Action.SET_LEVEL, ancestry(code))
    if not exists(code):
        raise not_found()
    if level_of(code) != _AREA_LEVEL:
        raise Problem(
            "not-an-area",
            422,
            _("Bukan kabupaten atau kota"),
            _("Tingkat wilayah ditetapkan untuk kabupaten atau kota."),
        )
    await store.override(override_id, code, level, mask(reason), office_of(person))
    store.wake_scoring()


async def load_for(store: Store, case_id: str, person: Person, action: Action) -> Row[CaseScore]:
    """The score of a case, for somebody who may do this."""
    row = await store.cases.get(case_id)
    if row is None:
        raise not_found()
    require(person, action, row.state.jurisdiction)
    return row
