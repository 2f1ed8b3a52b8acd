"""The base of every event: a frozen pydantic model that names its type and its topic."""

from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, PrivateAttr

EVENTS: dict[str, type["Event"]] = {}
"""Every event class by its CloudEvents type."""


class Part(BaseModel):
    """A value inside an event. Unknown fields are ignored, so that schemas may grow."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Part):
    """Something that happened. `subject` is the aggregate it happened to; `key` decides the partition."""

    type: ClassVar[str]
    topic: ClassVar[str]

    at: AwareDatetime
    _also_on: tuple[str, ...] = PrivateAttr(default=())

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type" in cls.__dict__:
            if cls.type in EVENTS:
                raise TypeError(f"two events are called {cls.type}")
            EVENTS[cls.type] = cls

    @property
    def also_on(self) -> tuple[str, ...]:
        """Topics on which it is published beside its own, the same record."""
        return self._also_on

    def on_too(self, *topics: str) -> Self:
        """The same event, published on these topics, too."""
        made = self.model_copy()
        made._also_on = topics
        return made

    @property
    def subject(self) -> str:
        """The id of the aggregate."""
        raise TypeError(f"{type(self).__name__} does not say what it happened to")

    @property
    def key(self) -> str:
        """The partition key; the aggregate's id unless an event says otherwise."""
        return self.subject
