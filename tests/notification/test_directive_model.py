"""Directives and their receipts."""

import pytest

from chassis.aggregates import Aggregate
from chassis.problems import Problem
from contracts.events import DirectiveReceiptRecorded
from services.notification.directives import model
from services.notification.directives.model import Progress
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


def test_directive_to_nobody_is_refused() -> None:
    with pytest.raises(Problem, match="Belum ada kantor"):
        model.issue("d", "Siaga", "Isi", "Pusat", ("31",), 0, clock.at)
