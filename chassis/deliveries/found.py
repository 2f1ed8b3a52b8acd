"""What a dispatcher found due and has not begun: worked on for a moment, then looked for again."""

from collections.abc import Iterable

from chassis.aggregates import Row
from chassis.deliveries.delivery import Delivery

_SECONDS = 0.5
"""What was found is no older than this when its lane begins, as a page's answer would be."""

Lanes = dict[str, list[Row[Delivery]]]
"""Deliveries by destination, in the order in which they are due."""


class Found:
    """Deliveries by destination. It holds only as long as the lease under which they were found: whoever had it in
    between may have sent them."""

    def __init__(self) -> None:
        self._lanes: Lanes = {}
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
        self._lanes, self._token, self._until = {}, token, at + _SECONDS
        for each in found:
            self._lanes.setdefault(each.state.destination, []).append(each)

    def lanes(self, token: int, at: float) -> Lanes:
        """What still holds."""
        if token != self._token or at >= self._until:
            self.clear()
        return self._lanes

    @property
    def is_empty(self) -> bool:
        """Whether all of it was begun."""
        return not self._lanes

    def remove(self, destinations: Iterable[str]) -> None:
        """What was begun, or has to wait."""
        for each in destinations:
            self._lanes.pop(each, None)

    def clear(self) -> None:
        """Nothing of it counts any more."""
        self._lanes = {}
