"""The outbox: the events of an aggregate that the broker has not acknowledged yet, in the aggregate's own document.

    {..., sequence, published, outbox: [event], pending_since?, retry_at?, attempts?, blocked?, projections?: [...]}

An event is {n, id, type, topic, also?, key, subject, time, trace, data}; it left when all its topics have it.
`sequence` counts events without gaps, `published` is
the last one that left; `pending_since` exists while `published < sequence`. Projections are documents for read models
of the same service; they do not wait for Kafka.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pymongo import IndexModel

from chassis.clock import new_id
from chassis.database import Document
from chassis.telemetry import traceparent
from contracts.base import Event
from contracts.topics import TOPICS

RETAINED = 16
"""So many published entries stay in the document; older ones move to the archive."""
OUTBOX = {"$cond": [{"$isArray": "$outbox"}, "$outbox", []]}
"""A document's outbox as the server reads it, whatever stands there."""
COMPACTED = frozenset(topic.name for topic in TOPICS.values() if topic.compacted)


@dataclass(frozen=True)
class Projection:
    """A document for a read model of the same service, written by the projector; its `_id` makes it idempotent."""

    collection: str
    document: Document


def entries(events: Iterable[Event], sequence: int) -> list[Document]:
    """Outbox entries of events, numbered on from `sequence`."""
    trace = traceparent()
    return [
        {
            "n": n,
            "id": new_id(),
            "type": event.type,
            "topic": event.topic,
            "key": event.key,
            "subject": event.subject,
            "time": event.at,
            "trace": trace,
            "data": event.model_dump_json(),
            **({"also": list(event.also_on)} if event.also_on else {}),
        }
        for n, event in enumerate(events, start=sequence + 1)
    ]


def projected(projections: Iterable[Projection], at: datetime) -> list[Document]:
    """Projections as they wait in the aggregate's document."""
    return [{"collection": each.collection, "document": each.document, "at": at} for each in projections]


def new_document(
    id: str,
    state: Document,
    events: Iterable[Event],
    at: datetime,
    *,
    projections: Iterable[Projection] = (),
    inbox: dict[str, int] | None = None,
    schema: int = 1,
) -> Document:
    """The first version of an aggregate's document."""
    outbox, waiting = entries(events, 0), projected(projections, at)
    return {
        "_id": id,
        "schema": schema,
        "version": 1,
        "state": state,
        "inbox": inbox or {},
        "sequence": len(outbox),
        "published": 0,
        "outbox": outbox,
        **({"pending_since": at} if outbox else {}),
        **({"projections": waiting} if waiting else {}),
    }


def indexes() -> list[IndexModel]:
    """What relay and projector need: pending documents, the longest waiting first; blocked ones."""
    return [
        IndexModel("pending_since", partialFilterExpression={"pending_since": {"$exists": True}}),
        IndexModel("blocked.at", partialFilterExpression={"blocked.at": {"$exists": True}}),
        IndexModel("projections.at", partialFilterExpression={"projections.at": {"$exists": True}}),
    ]


UPGRADE: list[Document] = [
    {
        "$set": {
            "schema": 1,
            "inbox": {"$ifNull": ["$seen", {}]},
            "sequence": "$said",
            "published": "$sent",
            "pending_since": {"$cond": [{"$eq": ["$pending", True]}, "$$NOW", "$$REMOVE"]},
        }
    },
    {"$unset": ["seen", "said", "sent", "pending", "round"]},
]
"""From the documents of release 0.1, which have no `schema`, to those of this one; done at the start, by the server."""
