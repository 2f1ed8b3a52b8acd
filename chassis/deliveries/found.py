"""What a dispatcher found due and has not begun: worked on for a moment, then looked for again."""

from collections.abc import Iterable

from chassis.aggregates import Row
from chassis.deliveries.delivery import Delivery

_SECONDS = 0.5
"""How long it is worked on before it is looked for again."""

Lanes = dict[str, list[Row[Delivery]]]
"""Deliveries by destination, in the order in which they are due."""


class Found:
    """Deliveries by destination. It holds only as long as the lease under which they were found: whoever had it in
    between may have sent them."""

    def __init__(self) -> None:
        self.lanes: Lanes = {}
        """What still holds."""
        self._token = 0
        self._until = 0.0
        self.news = 0
        """How often something new was noticed."""

    def notice(self) -> None:
        """Something new may be due, and go before what was found."""
        self.news += 1
        self.clear()

    def put(self, found: Iterable[Row[Delivery]], token: int, at: float) -> None:
        """Replace what was found before; `at` is the time by a monotonic clock."""
        self.lanes, self._token, self._until = {}, token, at + _SECONDS
        for each in found:
            self.lanes.setdefault(each.state.destination, []).append(each)

    def expire(self, token: int, at: float) -> None:
        """Forget it where its time is over, or the lease was another's since. Asked before it is used again, and not
        when it was just found: where a question takes longer than that time, its answer is all there is."""
        if token != self._token or at >= self._until:
            self.clear()

    @property
    def is_empty(self) -> bool:
        """Whether all of it was begun."""
        return not self.lanes

    def remove(self, destinations: Iterable[str]) -> None:
        """What was begun, or has to wait."""
        for each in destinations:
            self.lanes.pop(each, None)

    def clear(self) -> None:
        """Nothing of it counts any more."""
        self.lanes = {}
