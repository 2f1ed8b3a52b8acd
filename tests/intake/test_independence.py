"""Two anonymous reports share nothing, and one hand is still one voice."""

import asyncio
from datetime import timedelta

import pytest

from chassis.clock import new_id, now
from contracts.events import UNKNOWN_SOURCE, ReportSubmitted
from contracts.vocabulary import Channel, Provenance
from services.intake.commands import Sender, accept_report
from services.intake.independence import Independence
from services.intake.model import ReportForm
from tests.intake.posting import SMALL
from tests.neighbours import Neighbours
from tests.running import Service

KEY = b"k" * 32
AT = now().replace(hour=12)


def test_hand_counts_once_a_day_and_place() -> None:
    hands = Independence()
    sources = [hands.source(new_id(), "a", place, AT) for place in ("31.71.01", "31.71.01", "31.71.02")]
    assert sources[1] == UNKNOWN_SOURCE
    assert len({*sources, hands.source(new_id(), "b", "31.71.01", AT)}) == 4
    assert hands.source(new_id(), "a", "31.71.01", AT + timedelta(days=1)) != UNKNOWN_SOURCE


def test_source_is_made_of_nothing() -> None:
    first, second = (Independence().source("same", "a", "31.71.01", AT) for _ in range(2))
    assert first != second


def test_report_that_was_not_stored_leaves_no_trace() -> None:
    hands = Independence()
    hands.source("one", "a", "31.71.01", AT)
    hands.forget("one")
    assert hands.source("two", "a", "31.71.01", AT) != UNKNOWN_SOURCE


async def test_anonymous_reports_of_one_phone_join_neither_each_other_nor_a_named_one(
    intake: Service, neighbours: Neighbours
) -> None:
    store = intake.app.state.store
    sender = f"whatsapp:{new_id()}"
    named = {"kind": "citizen", "contact": "+6281000000042", "consent": "2026-11"}

    async def accept(region: str, reporter: dict[str, str]) -> str:
        form = ReportForm.model_validate({**SMALL, "region": region, "reporter": reporter})
        by = Sender(Channel.WHATSAPP, digest="d", sender=sender, provenance=Provenance.PERSON)
        return (await accept_report(store, KEY, form, by, AT)).report_id

    ids = [await accept(region, {"kind": "anonymous"}) for region in ("31.71.01", "31.71.02", "31.71.01")]
    ids.append(await accept("31.71.01", named))
    sources = [await _source(intake, neighbours, each) for each in ids]
    assert sources[2] == UNKNOWN_SOURCE
    assert len(set(sources)) == 4


async def _source(intake: Service, neighbours: Neighbours, report_id: str) -> str:
    return (await neighbours.wait(ReportSubmitted, report_id=report_id))[0].source


@pytest.mark.parametrize("error", [asyncio.CancelledError, RuntimeError])
async def test_hand_whose_report_failed_is_heard_when_it_comes_again(
    intake: Service, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    store = intake.app.state.store
    form = ReportForm.model_validate(SMALL)
    by = Sender(Channel.WHATSAPP, digest="d", sender=f"whatsapp:{new_id()}", provenance=Provenance.PERSON)

    async def fails(document: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(store.commit, "insert", fails)
        with pytest.raises(error):
            await accept_report(store, KEY, form, by, AT)
    report = await accept_report(store, KEY, form, by, AT)
    assert await _source(intake, neighbours, report.report_id) != UNKNOWN_SOURCE
