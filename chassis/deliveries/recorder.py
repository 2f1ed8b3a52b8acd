"""Results of deliveries, written together."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from chassis.aggregates import Aggregate, Aggregates
from chassis.deliveries.delivery import Delivery
from chassis.quarantine import Unreadable
from contracts.base import Event

Results = Callable[[str, Delivery], Iterable[Event]]
"""The events that follow from a delivery's new status. Pure."""


def no_events(id: str, delivery: Delivery) -> Iterable[Event]:
    """Nothing follows."""
    return ()


Change = Callable[[Delivery], None]
Group = dict[str, tuple[Change, "asyncio.Future[None]"]]
"""Changes by delivery, each with what its lane waits for."""


class Recorder:
    """Writes results together: many lanes share one find and one bulk write."""

    def __init__(self, deliveries: Aggregates[Delivery], results: Results) -> None:
        self._deliveries = deliveries
        self._results = results
        self._waiting: Group = {}
        self._work = asyncio.Event()

    async def record(self, id: str, change: Change) -> None:
        """Return when the result is durable."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[id] = (change, done)
        self._work.set()
        await done

    async def run(self) -> None:
        """Write group after group until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            group, self._waiting = self._waiting, {}
            if group:
                await self._write(group)

    async def _write(self, group: Group) -> None:
        def decide(delivery: Aggregate[Delivery]) -> Iterable[Event]:
            before = delivery.state.status
            group[delivery.id][0](delivery.state)
            return self._results(delivery.id, delivery.state) if delivery.state.status is not before else ()

        try:
            await self._deliveries.update_many(group, decide)
        except Unreadable as error:
            self._answer(group, error, error.all)
            return
        except Exception as error:  # noqa: BLE001 - each lane gets it; one bad document fails alone
            await self._singly(group, error)
            return
        self._answer(group)

    @staticmethod
    def _answer(
        group: Group,
        error: Exception | None = None,
        failed: Sequence[str] = (),
    ) -> None:
        """Each lane is told: recorded, or why not."""
        for id, (_, done) in group.items():
            if done.done():
                continue
            if error is not None and id in failed:
                done.set_exception(error)
            else:
                done.set_result(None)

    async def _singly(self, group: Group, error: Exception) -> None:
        if len(group) > 1:
            for id, each in group.items():
                await self._write({id: each})
            return
        self._answer(group, error, list(group))
