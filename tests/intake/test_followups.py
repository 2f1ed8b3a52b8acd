"""Some weeks after the end it is asked, once, whether it came back; and what is said of it reaches the case."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.clock import new_id, now
from contracts.events import ReportSupplemented
from contracts.vocabulary import Outcome, Supplement
from services.intake.followups import AFTER
from simulators.whatsapp import Phones
from tests.intake.posting import post
from tests.intake.test_anonymity import Teller
from tests.intake.test_way_back import named_report
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_ASKED = "Apakah keadaannya"
_LONG_AGO = AFTER + timedelta(days=1)


async def end(intake: Service, report_id: str, at: datetime, outcome: Outcome = Outcome.MEREDA) -> None:
    change = {"state.outcome": outcome.value, "state.ended_at": at}
    await intake.foundation.database["reports"].update_one({"_id": report_id}, {"$set": change})


def asked(phones: Phones, teller: Teller) -> int:
    return sum(_ASKED in each.text for each in phones.talks[teller.number])


async def test_reporter_is_asked_once_an_end_and_the_answer_reaches_the_case(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller, follow_ups = Teller(intake, phones[0], "6281000000071"), intake.app.state.follow_ups
    report_id, _ticket = await named_report(intake, teller)
    await end(intake, report_id, now() - _LONG_AGO)
    for _ in range(2):
        await follow_ups.ask_due(now())
    await eventually(lambda: _is(phones[0], teller, 1))
    await teller.choose(f"terjadi_lagi:{report_id}")
    await teller.write("Semalam pagarnya dirusak lagi.")
    found = await neighbours.wait(ReportSupplemented, report_id=report_id)
    assert [(each.kind, each.text) for each in found] == [(Supplement.RECURRED, "Semalam pagarnya dirusak lagi.")]
    # The case was opened by that, and ended again: that is another end.
    await end(intake, report_id, now())
    await follow_ups.ask_due(now() + _LONG_AGO)  # they have been silent for long: it waits until they write
    await teller.write("halo")
    await eventually(lambda: _is(phones[0], teller, 2))
    await teller.write("tetap tenang")
    assert await neighbours.wait(ReportSupplemented, report_id=report_id, kind=Supplement.STILL_CALM)


async def _is(phones: Phones, teller: Teller, times: int) -> bool:
    return asked(phones, teller) == times


async def test_who_died_between_asking_and_the_mark_asks_nobody_twice(
    intake: Service, phones: tuple[Phones, str]
) -> None:
    teller, follow_ups = Teller(intake, phones[0], "6281000000072"), intake.app.state.follow_ups
    report_id, _ticket = await named_report(intake, teller)
    await end(intake, report_id, now() - _LONG_AGO)
    await follow_ups.ask_due(now())
    unmarked = {"$set": {"state.asked_back_at": None}, "$inc": {"version": 1}}
    await intake.foundation.database["reports"].update_one({"_id": report_id}, unmarked)
    await follow_ups.ask_due(now())
    await teller.write("menu")
    assert asked(phones[0], teller) == 1


@pytest.mark.parametrize(
    ("days", "outcome", "more"),
    [
        (20, Outcome.MEREDA, {}),
        (90, Outcome.MEREDA, {}),
        (29, Outcome.TIDAK_TERBUKTI, {}),
        (29, Outcome.MEREDA, {"state.form.exercise": True}),
        (29, Outcome.MEREDA, {"state.conversation": None}),
        (29, Outcome.MEREDA, {"state.added": [{"id": "a", "kind": "no_contact", "text": "", "at": now()}]}),
    ],
    ids=["early", "late", "unproven", "exercise", "erased", "silent"],
)
async def test_nobody_else_is_asked(
    intake: Service, phones: tuple[Phones, str], days: int, outcome: Outcome, more: dict[str, Any]
) -> None:
    teller = Teller(intake, phones[0], f"62810000000{days}")
    report_id, _ticket = await named_report(intake, teller)
    await end(intake, report_id, now() - timedelta(days=days), outcome)
    if more:
        await intake.foundation.database["reports"].update_one({"_id": report_id}, {"$set": more})
    await intake.app.state.follow_ups.ask_due(now())
    await teller.write("menu")
    assert asked(phones[0], teller) == 0


async def test_page_asks_too_and_takes_the_answer(intake: Service, neighbours: Neighbours) -> None:
    report = (await post(intake.client())).json()
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    form = {**ticket, "id": new_id(), "kind": "recurred", "text": "Spanduknya dipasang lagi."}
    early = await client.post("/intake/track/add", data=form)
    assert (early.status_code, early.json()["type"]) == (409, "urn:problem-type:rukun:not-ended")
    await end(intake, report["report_id"], now())
    assert _ASKED not in (await client.get("/intake/track", params=ticket)).text
    await end(intake, report["report_id"], now() - _LONG_AGO)
    assert _ASKED in (await client.get("/intake/track", params=ticket)).text
    assert (await client.post("/intake/track/add", data={**form, "text": " "})).status_code == 422
    page = await client.post("/intake/track/add", data=form)
    assert _ASKED not in page.text
    found = await neighbours.wait(ReportSupplemented, report_id=report["report_id"])
    assert [each.kind for each in found] == [Supplement.RECURRED]
