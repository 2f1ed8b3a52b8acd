"""What was found due, and for how long it holds."""

from chassis.aggregates import Row
from chassis.clock import now
from chassis.deliveries.delivery import Delivery
from chassis.deliveries.found import Found


def _row(id: str, destination: str) -> Row[Delivery]:
    at = now()
    return Row(
        id, Delivery(channel="x", destination=destination, recipient="r", content={}, created_at=at, due_at=at), 1
    )


def _found(*rows: Row[Delivery]) -> Found:
    made = Found()
    made.put(rows, token=3, at=100.0)
    return made


def test_lanes_are_by_destination_in_the_order_found() -> None:
    found = _found(_row("1", "a"), _row("2", "b"), _row("3", "a"))
    assert {name: [row.id for row in rows] for name, rows in found.lanes.items()} == {
        "a": ["1", "3"],
        "b": ["2"],
    }


def test_nothing_holds_after_another_replica_may_have_sent_it() -> None:
    found = _found(_row("1", "a"))
    found.expire(3, 100.1)
    assert not found.is_empty
    found.expire(4, 100.1)
    assert found.is_empty


def test_nothing_holds_for_long() -> None:
    found = _found(_row("1", "a"))
    found.expire(3, 100.6)
    assert found.is_empty


def test_what_is_new_ends_it() -> None:
    found = _found(_row("1", "a"))
    found.notice()
    assert found.is_empty
    assert found.news == 1


def test_what_was_begun_is_not_begun_again() -> None:
    found = _found(_row("1", "a"), _row("2", "b"))
    found.remove(["a", "unknown"])
    assert list(found.lanes) == ["b"]
