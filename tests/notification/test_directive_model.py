"""Directives and their receipts."""

from datetime import timedelta

import pytest

from chassis.aggregates import Aggregate
from chassis.problems import Problem
from contracts.events import DirectiveReceiptRecorded
from services.notification.directives import model
from services.notification.directives.model import Draft, Progress
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")


def test_receipt_records_each_step_once_with_what_it_implies() -> None:
    receipt = Aggregate("d:31.71", model.new_receipt("d", "31.71", clock.at))
    events = model.receive(receipt, Progress.READ, clock.at)
    assert events
    assert [each.state for each in events if isinstance(each, DirectiveReceiptRecorded)] == ["delivered", "read"]
    assert model.receive(receipt, Progress.READ, clock.at) is None
    assert model.receive(receipt, Progress.DELIVERED, clock.at) is None
    assert receipt.state.read_at == clock.at


def draft(**more: object) -> Draft:
    return Draft.model_validate({"title": "Siaga", "text": "Isi arahan", **more})


def proposal(**more: object) -> model.Loaded:
    return model.propose("d", draft(**more), model.Author("a", "Pusat", ("ID",)), ("31",), 3, clock.at)


def test_directive_to_nobody_or_for_yesterday_is_refused() -> None:
    with pytest.raises(Problem, match="Belum ada kantor"):
        model.propose("d", draft(), model.Author("a", "Pusat", ("ID",)), ("31",), 0, clock.at)
    with pytest.raises(Problem, match="sudah lewat"):
        proposal(due_on=clock.at.date() - timedelta(days=1))


def test_messages_are_due_in_their_order_and_once() -> None:
    directive = proposal(due_on=clock.at.date() + timedelta(days=1))
    assert model.approve(directive, "b", "PKUB", clock.at)
    after = clock.at + timedelta(days=3)
    for purpose, moment in (("new", clock.at), ("reminder", after)):
        assert model.due_message(directive.state, moment) == purpose
        model.note_queued(directive, purpose)
        assert model.due_message(directive.state, clock.at) is None or purpose == "new"
    assert directive.state.spread_at is None
    assert model.due_message(directive.state, after) is None
    model.withdraw(directive, "PKUB", "keliru", after)
    assert model.due_message(directive.state, after) == "withdrawn"
    model.note_queued(directive, "withdrawn")
    assert (model.due_message(directive.state, after), directive.state.spread_at) == (None, None)


def test_withdrawn_while_it_is_being_spread_is_brought_at_once() -> None:
    directive = proposal()
    model.approve(directive, "b", "PKUB", clock.at)
    model.withdraw(directive, "PKUB", "keliru", clock.at)
    model.note_queued(directive, "new")
    assert directive.state.spread_at is not None
    assert directive.state.spread_at <= clock.at


def test_directive_of_the_release_before_tells_nobody_now() -> None:
    old = {"title": "t", "text": "x", "issued_by": "Pusat", "regions": ["31"], "jurisdiction": ["ID", "31"]}
    old |= {"at": clock.at, "offices": 2, "expanded": True, "counts": {}}
    directive = model.Directive.model_validate(model.upgrade_to_4(model.upgrade_to_3(old)))
    assert (directive.step, model.due_message(directive, clock.at)) == (model.Step.ISSUED, None)


def test_what_everybody_has_is_not_queued_again_after_its_field_was_renamed() -> None:
    directive = proposal()
    model.approve(directive, "b", "PKUB", clock.at)
    model.note_queued(directive, "new")
    old = directive.state.model_dump()
    old["told"] = old.pop("queued")
    upgraded = model.Directive.model_validate(model.upgrade_to_4(old))
    assert upgraded.queued == ["new"]
    assert model.due_message(upgraded, clock.at) is None
