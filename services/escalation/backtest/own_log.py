"""The service's own log as a history of events."""

from datetime import date

from chassis.language import _
from contracts.vocabulary import FOUNDED, Stage
from services.escalation.backtest.events import History
from services.escalation.backtest.rows import WrongFile
from services.escalation.country import indonesia
from services.escalation.store import Store, area_of, day_of
from services.escalation.warning.counts import Counts
from services.escalation.warning.voices import Voices


async def history_of_log(store: Store) -> History:
    """What counts today, by kabupaten and day."""
    last = await store.newest_round()
    country, places = indonesia(), indonesia().areas
    entries = await store.snapshots.entries_until(last.number if last else 0)
    known = [(row, each) for each in entries if (row := country.row(each.area)) is not None]
    if last is None or not known:
        raise WrongFile(_("log layanan eskalasi masih kosong"))
    first = last.began or min(each.day for _, each in known)
    counts = Counts(len(places.codes), first, years=(last.day - first).days // 364 + 2)
    voices = Voices()
    for row, each in known:
        if each.day >= first:
            counts.add(row, each.day, voices.add(each.voice, each.number))
    counts.since = first
    return History(places, counts, first, last.day, int(counts.table.sum()), sized=True)


async def serious_cases(store: Store) -> list[tuple[str, date]]:
    """Founded cases that reached threat or mobilisation: (area, day of the first report)."""
    wanted = {"state.verdict": {"$in": list(FOUNDED)}, "state.stage": {"$gte": Stage.ANCAMAN_MOBILISASI}}
    found = await store.cases.rows({**wanted, "state.exercise": False})
    return [
        (area_of(each.state.region), day_of(min(report.received_at for report in each.state.reports)))
        for each in found
        if each.state.reports
    ]
