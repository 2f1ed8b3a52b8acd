"""A channel: one file with `name`, `limits` and `send`."""

from dataclasses import dataclass
from typing import Protocol

from chassis.deliveries.delivery import Delivery


@dataclass(frozen=True)
class Limits:
    """What a channel bears, and what it may cost."""

    deadline: float = 10.0
    """Seconds for a whole attempt, however it drips."""
    at_once: int = 64
    """Destinations served side by side."""
    per_second: float | None = None
    """Pace of the whole channel."""
    reserved_per_second: float = 0.0
    """Share of it for priority 0."""
    ordinary_per_second: float | None = None
    """Pace of what is not priority 0, where it is less than the whole channel's."""
    destination_seconds: float = 0.0
    """One message per so many seconds and destination, after the burst."""
    destination_burst: int = 1
    one_server: bool = False
    """Whether every message goes through one server: its silence is then the channel's, not a recipient's."""


class Undelivered(Exception):
    """It did not arrive, and why, as a code.

    `final`: trying again is pointless. `channel_wide`: nothing about this message; the channel itself is away.
    `after`: not before so many seconds. `moot`: it says nothing of the destination, as what it
    told is over, nobody is there to be told, or the message itself is at fault.
    """

    def __init__(
        self,
        reason: str,
        *,
        final: bool = False,
        channel_wide: bool = False,
        after: float | None = None,
        moot: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final or moot
        self.moot = moot
        self.channel_wide = channel_wide
        self.after = after


class Channel(Protocol):
    """A way out of the house."""

    @property
    def name(self) -> str:
        """What deliveries and metrics call it."""
        ...

    @property
    def limits(self) -> Limits:
        """What it bears."""
        ...

    async def send(self, id: str, delivery: Delivery) -> str | None:
        """Send once; the provider's id of the message, if it gives one. `Undelivered` where it did not work."""
        ...
