"""Carries the reports of a case into another, so that what fails in between loses none."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from chassis.aggregates import Aggregate, Row
from chassis.clock import now
from chassis.database import Document
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import ReportSubmitted
from contracts.regions import jurisdiction
from kemenag.permissions import Action, may, office_of
from services.verification.carrying import model as carried
from services.verification.commands import change, join, load_for
from services.verification.model import (
    MOST_RECENT,
    By,
    Case,
    Loaded,
    member_id,
    number_of,
    require_possible,
    whole_state,
)
from services.verification.store import Store

_CARRIED = 200


async def merge(store: Store, case_id: str, person: Person, into: str, reason: str, at: datetime) -> str:
    """Put the reports of a case into another, by its number or id; the other's id. Each can be split off again."""
    source = await load_for(store, case_id, person, Action.VERIFY_CASE)
    target = await _find(store, into, person)
    if source.state.went_to == target.state.number:
        await _carry_reports(store, Way(source, target.id, "merged", reason))
        return target.id
    if target.id == source.id:
        raise Problem("cannot-merge", 409, _("Kedua kasus tidak boleh digabungkan"), _("Pilih kasus yang lain."))
    if source.state.going_to != target.id:
        carried.may_merge(source.state, target.state)
    way = Way(source, target.id, "merged", reason)
    await _claim(store, way, person, at)
    try:
        # Looked at again behind the claim: of two cases that are merged into each other both may see the other's.
        require_possible((await _find(store, target.id, person)).state, "merge")
        await _carry(store, way, person, at)
    except Problem:
        await stay(store, case_id, person, at)
        raise
    return target.id


async def move(store: Store, case_id: str, person: Person, region: str, reason: str, at: datetime) -> str:
    """Bring a case to the region where it belongs: its reports begin a new one there, which its officers check for
    themselves; the new one's id."""
    source = await load_for(store, case_id, person, Action.VERIFY_CASE)
    fresh = str(uuid5(UUID(case_id), f"moved:{region}"))  # given twice, it is the same new case
    way = Way(source, fresh, "moved", reason, region)
    if source.state.went_to == number_of(fresh):
        await _carry_reports(store, way)
        return fresh
    if region == source.state.region:
        raise Problem("cannot-move", 409, _("Kasus ini sudah di wilayah itu"), _("Pilih wilayah yang lain."))
    await _claim(store, way, person, at)
    try:
        await _carry(store, way, person, at)
    except Problem:
        await stay(store, case_id, person, at)
        raise
    return fresh


async def stay(store: Store, case_id: str, person: Person, at: datetime) -> Aggregate[Case]:
    """Give up a merge or a move that was not finished: the case has what was not carried yet."""
    left = [each["_id"] for each in await store.reports_of(case_id, MOST_RECENT)]
    count = await store.reports.count_documents({"case_id": case_id})

    def decide(loaded: Loaded, by: By) -> list[Event]:
        return carried.stay(loaded, count, left)

    return await change(store, case_id, person, Action.VERIFY_CASE, at, decide)


@dataclass(frozen=True)
class Way:
    """The way of a case's reports into another one."""

    source: Row[Case]
    into: str
    kind: str
    """`merged` or `moved`."""
    reason: str
    region: str = ""
    """Where they belong, if moved."""


async def _claim(store: Store, way: Way, person: Person, at: datetime) -> None:
    name = {"merged": "merge", "moved": "move"}[way.kind]

    def decide(loaded: Loaded, by: By) -> list[Event]:
        return carried.claim(loaded, way.into, name)

    await change(store, way.source.id, person, Action.VERIFY_CASE, at, decide)


async def _carry(store: Store, way: Way, person: Person, at: datetime) -> None:
    """The other takes the reports before this one lets go: after a crash they are in both, never in none, and the same
    request again finishes it. Once it is closed nothing joins it any more, and what came meanwhile follows."""
    by = By(office_of(person), at, store.audit.seal(person.sub))
    await _carry_reports(store, way)

    def arrive(loaded: Loaded) -> list[Event]:
        carried.arrive(loaded, f"{way.kind}_here", way.source.state.number, way.reason, by)
        return [whole_state(loaded)]

    def leave(loaded: Loaded, by: By) -> list[Event]:
        return carried.leave(loaded, way.kind, number_of(way.into), way.reason, by)

    await store.cases.update(way.into, arrive)
    await change(store, way.source.id, person, Action.VERIFY_CASE, at, leave)
    await _carry_reports(store, way)


async def _carry_reports(store: Store, way: Way) -> None:
    """Batch after batch, until none is left; each as of now, later than it joined the case that it leaves."""
    source, target = way.source.id, way.into
    while found := await store.reports_of(source, _CARRIED):
        reports = [_placed(ReportSubmitted.model_validate(each["report"]), way.region) for each in found]
        if len({each.jurisdiction for each in reports}) > 1:
            # One case is seen by the same offices, whole: what is withheld from one of them goes its own way.
            detail = _("Pisahkan dahulu laporan yang tidak boleh dilihat kantor setempat.")
            raise Problem("cannot-move", 409, _("Laporan-laporannya tidak dapat dipindahkan bersama"), detail)
        await join(store, {target: reports}, now(), way.kind)
        for each in reports:
            place = {"report.region": each.region, "report.jurisdiction": list(each.jurisdiction)}
            joined = {"case_id": target, "joined": {"score": 1.0, "reasons": [way.kind]}}
            await store.reports.update_one({"_id": each.report_id, "case_id": source}, {"$set": place | joined})
            await store.members.delete_one({"_id": member_id(source, each.report_id)})
    # What might have been the same as the one may be the same as the other.
    those: Document = {"similar.case_id": source}
    moved: Document = {"$set": {"similar.$[each].case_id": target}}
    await store.reports.update_many(those, moved, array_filters=[{"each.case_id": source}])


def _placed(report: ReportSubmitted, region: str) -> ReportSubmitted:
    """The report as of another region; what is withheld from an office there stays so."""
    if not region:
        return report
    # The highest office that does not see it: those below it do not, either.
    withheld = min(set(jurisdiction(report.region)) - set(report.jurisdiction), key=len, default=None)
    if withheld and withheld not in jurisdiction(region):
        # There nothing would tell any more from whom it is withheld, and moved back it would be shown to them.
        detail = _("Laporan tentang suatu kantor tetap di wilayah kantor itu.")
        raise Problem("cannot-move", 409, _("Laporan-laporannya tidak dapat dipindahkan bersama"), detail)
    return report.model_copy(update={"region": region, "jurisdiction": jurisdiction(region, withheld)})


async def _find(store: Store, name: str, person: Person) -> Row[Case]:
    """A case by its id or number, where the person may check it."""
    found = await store.cases.rows({"$or": [{"_id": name.strip()}, {"state.number": name.strip().upper()}]}, limit=1)
    if not found or not may(person, Action.VERIFY_CASE, found[0].state.jurisdiction):
        detail = _("Tulis nomornya seperti di halaman kasus itu, misalnya K-1A2B3C4D.")
        raise Problem("case-unknown", 422, _("Kasus itu tidak ditemukan"), detail)
    return found[0]
