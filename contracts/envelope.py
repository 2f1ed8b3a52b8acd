"""CloudEvents 1.0 in Kafka's binary mode: attributes are `ce_*` headers, the record's value is the event's JSON.

`ce_sequence` (the CloudEvents sequence extension) counts what one aggregate has said on one topic's owner:
a consumer that keeps the highest number it has digested recognises whatever is said again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from contracts.base import EVENTS, Event


class UnknownEvent(ValueError):
    """A record that is no event of ours: its headers or its body cannot be read."""


@dataclass(frozen=True)
class Heard:
    """An event as it came off the bus."""

    id: str
    source: str
    subject: str
    sequence: int
    event: Event
    traceparent: str | None = None


def headers(
    *, id: str, source: str, type: str, subject: str, sequence: int, time: datetime, traceparent: str | None
) -> list[tuple[str, bytes]]:
    """The Kafka headers of one event."""
    said = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": type,
        "ce_subject": subject,
        "ce_sequence": str(sequence),
        "ce_time": time.isoformat(),
        "content-type": "application/json",
    }
    if traceparent:
        said["traceparent"] = traceparent
    return [(name, value.encode()) for name, value in said.items()]


def read(value: bytes | None, pairs: Iterable[tuple[str, bytes]]) -> Heard:
    """The event in a record; `UnknownEvent` says what is wrong with it."""
    said: Mapping[str, str] = {name: content.decode(errors="replace") for name, content in pairs}
    missing = [name for name in ("ce_id", "ce_type", "ce_subject", "ce_sequence") if name not in said]
    if missing:
        raise UnknownEvent(f"headers missing: {', '.join(missing)}")
    kind = EVENTS.get(said["ce_type"])
    if kind is None:
        raise UnknownEvent(f"no event is called {said['ce_type']}")
    try:
        event = kind.model_validate_json(value or b"")
        sequence = int(said["ce_sequence"])
    except ValidationError as error:
        # Where and why, never what: the content may be personal.
        faults = [f"{each['loc']}: {each['msg']}" for each in error.errors(include_input=False, include_url=False)]
        raise UnknownEvent(f"{said['ce_type']} cannot be read: {'; '.join(faults[:5])}") from None
    except ValueError:
        raise UnknownEvent(f"{said['ce_type']} has no number as its sequence") from None
    return Heard(
        id=said["ce_id"],
        source=said.get("ce_source", ""),
        subject=said["ce_subject"],
        sequence=sequence,
        event=event,
        traceparent=said.get("traceparent"),
    )
