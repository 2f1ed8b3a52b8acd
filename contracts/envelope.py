"""CloudEvents 1.0 in Kafka's binary mode: attributes are `ce_*` headers, the record's value is the event's JSON.

`ce_sequence` (the CloudEvents sequence extension) counts the events of one aggregate without gaps, in ten digits so
that it sorts as text, too; `ce_dataschema` is the `$id` of the schema in `contracts/schemas`. A consumer that
stores the highest number it has processed per aggregate recognises whatever is delivered again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import ValidationError

from contracts.base import EVENTS, Event

E = TypeVar("E", bound=Event, covariant=True)


class UnknownEvent(ValueError):
    """A record that is no event of ours: its headers or its body cannot be read."""


@dataclass(frozen=True)
class Received(Generic[E]):
    """An event as it came off the bus."""

    id: str
    source: str
    subject: str
    sequence: int
    event: E
    traceparent: str | None = None


def newest(messages: Iterable[Received[E]], key: Callable[[E], str]) -> dict[str, Received[E]]:
    """Of each key the message with the highest sequence, whatever order they arrive in."""
    found: dict[str, Received[E]] = {}
    for each in messages:
        known = found.get(key(each.event))
        if known is None or known.sequence < each.sequence:
            found[key(each.event)] = each
    return found


def urn(type: str) -> str:
    """The name of an event type's schema."""
    return f"urn:{type.replace('.', ':')}"


def headers(
    *, id: str, source: str, type: str, subject: str, sequence: int, time: datetime, traceparent: str | None
) -> list[tuple[str, bytes]]:
    """The Kafka headers of one event."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": type,
        "ce_subject": subject,
        "ce_sequence": f"{sequence:010d}",
        "ce_dataschema": urn(type),
        "ce_time": time.isoformat(),
        "content-type": "application/json",
    }
    if traceparent:
        attributes["traceparent"] = traceparent
    return [(name, value.encode()) for name, value in attributes.items()]


def decode(value: bytes | None, pairs: Iterable[tuple[str, bytes]]) -> Received[Event]:
    """The event in a record; `UnknownEvent` names what is wrong with it."""
    attributes: Mapping[str, str] = {name: content.decode(errors="replace") for name, content in pairs}
    missing = [name for name in ("ce_id", "ce_type", "ce_subject", "ce_sequence") if name not in attributes]
    if missing:
        raise UnknownEvent(f"headers missing: {', '.join(missing)}")
    kind = EVENTS.get(attributes["ce_type"])
    if kind is None:
        raise UnknownEvent(f"no event is called {attributes['ce_type']}")
    try:
        event = kind.model_validate_json(value or b"")
        sequence = int(attributes["ce_sequence"])
    except ValidationError as error:
        # Where and why, never what: the content may be personal.
        faults = [f"{each['loc']}: {each['msg']}" for each in error.errors(include_input=False, include_url=False)]
        raise UnknownEvent(f"{attributes['ce_type']} cannot be read: {'; '.join(faults[:5])}") from None
    except ValueError:
        raise UnknownEvent(f"{attributes['ce_type']} has no number as its sequence") from None
    return Received(
        id=attributes["ce_id"],
        source=attributes.get("ce_source", ""),
        subject=attributes["ce_subject"],
        sequence=sequence,
        event=event,
        traceparent=attributes.get("traceparent"),
    )
