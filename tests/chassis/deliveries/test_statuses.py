"""What a provider reports after sending: late, twice, in any order, of what is gone."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from chassis.clock import now
from chassis.database import Database
from chassis.deliveries.delivery import Delivery, Status
from chassis.deliveries.graph import reported
from chassis.deliveries.statuses import Reported, note
from contracts.base import Event
from contracts.events import DeliveryRecorded
from tests.chassis.deliveries.test_engine import Office, db  # noqa: F401 - the fixture
from tests.clocks import recent

AT = datetime(2026, 2, 28, tzinfo=UTC)


def sent() -> Delivery:
    delivery = Delivery(channel="c", destination="d", recipient="r", content={}, created_at=AT, due_at=AT)
    delivery.succeed(AT, "wamid")
    return delivery


@pytest.mark.parametrize("order", list(permutations([Status.SENT, Status.DELIVERED, Status.READ])))
def test_reports_in_any_order_end_with_the_furthest(order: tuple[Status, ...]) -> None:
    delivery = sent()
    for each in (*order, *order):
        delivery.advance(each, AT)
    assert delivery.status is Status.READ


@pytest.mark.parametrize(
    ("reports", "status", "reason"),
    [
        ([Status.FAILED], Status.FAILED, "not_on_whatsapp"),
        ([Status.DELIVERED, Status.FAILED], Status.DELIVERED, ""),
        ([Status.FAILED, Status.DELIVERED], Status.FAILED, "not_on_whatsapp"),
    ],
)
def test_what_arrived_has_not_failed(reports: list[Status], status: Status, reason: str) -> None:
    delivery = sent()
    for each in reports:
        delivery.advance(each, AT, "not_on_whatsapp" if each is Status.FAILED else "")
    assert (delivery.status, delivery.reason) == (status, reason)


def test_report_that_comes_before_the_channel_has_answered_is_not_taken_back() -> None:
    delivery = Delivery(channel="c", destination="d", recipient="r", content={}, created_at=AT, due_at=AT)
    assert delivery.advance(Status.READ, AT)
    delivery.succeed(AT, "wamid")
    assert (delivery.status, delivery.attempts) == (Status.READ, 1)


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"status": "read"},
        {"status": "warning", "biz_opaque_callback_data": "notification:1"},
        {"status": "read", "biz_opaque_callback_data": "no service"},
    ],
)
def test_reports_that_are_not_ours_are_passed_over(status: dict[str, Any]) -> None:
    assert list(reported([status], AT)) == []


@pytest.mark.parametrize(
    ("errors", "reason"),
    [([{"code": 131026}], "not_on_whatsapp"), ([{"code": "x"}], "error"), ([], "error"), (None, "error")],
)
def test_failed_report_has_a_reason(errors: Any, reason: str) -> None:
    tagged = {"status": "failed", "biz_opaque_callback_data": "notification:a:1", "errors": errors}
    assert list(reported([tagged], AT)) == [("notification", Reported("a:1", Status.FAILED, AT, reason))]


async def test_deliveries_take_reports_in_and_tell_of_news_alone(db: Database) -> None:  # noqa: F811
    office, events = Office(db, []), []
    one, other = await office.queue("x", 2)

    def results(id: str, delivery: Delivery) -> list[Event]:
        events.append((id, delivery.status))
        return [recent(DeliveryRecorded, delivery_id=id)]

    read = Reported(one, Status.READ, now())
    for _ in range(2):
        await note(
            office.deliveries, [read, Reported(one, Status.SENT, now()), Reported("gone", Status.READ, now())], results
        )
    assert [each.status for each in await office.states([one, other])] == [Status.READ, Status.QUEUED]
    assert events == [(one, Status.READ)]
