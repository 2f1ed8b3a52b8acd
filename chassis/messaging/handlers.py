"""Handlers, registered by the type of event: `@handles(CaseClosed)`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from contracts.base import Event
from contracts.envelope import Received

C = TypeVar("C")
Batch = Sequence[Received[Any]]
Handler = Callable[[Batch], Awaitable[None]]
Table = Mapping[type[Event], Handler]


class Handlers(Generic[C]):
    """The handlers of a service; each gets the service's context and a batch of messages in their order."""

    def __init__(self) -> None:
        self._declared: dict[type[Event], Callable[[C, Batch], Awaitable[None]]] = {}

    def __call__(
        self, *kinds: type[Event]
    ) -> Callable[[Callable[[C, Any], Awaitable[None]]], Callable[[C, Any], Awaitable[None]]]:
        """Declare the handler of some types of events: one call gets those of all of them that came together."""

        def declare(handler: Callable[[C, Any], Awaitable[None]]) -> Callable[[C, Any], Awaitable[None]]:
            for kind in kinds:
                if kind in self._declared:
                    raise TypeError(f"{kind.__name__} has two handlers")
                self._declared[kind] = handler
            return handler

        return declare

    @property
    def kinds(self) -> frozenset[type[Event]]:
        """What is handled."""
        return frozenset(self._declared)

    def bind(self, context: C) -> Table:
        """The table that the consumer dispatches by. Types of one handler share one entry, so they stay a batch."""
        bound = {handler: _bound(handler, context) for handler in set(self._declared.values())}
        return {kind: bound[handler] for kind, handler in self._declared.items()}


def _bound(handler: Callable[[C, Batch], Awaitable[None]], context: C) -> Handler:
    async def handle(messages: Batch) -> None:
        await handler(context, messages)

    return handle
