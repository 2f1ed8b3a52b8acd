"""JSON Schema 2020-12 of every event, and AsyncAPI 3 of every service, from the classes and the registry."""

from dataclasses import replace
from typing import Any

from contracts.base import Event
from contracts.envelope import urn
from contracts.events import PublicCaseUpdated
from contracts.topics import PROVINCE_TOPICS, TOPICS, Topic, consumed_by, province_topic, published_by

PUBLIC_EVENTS: dict[str, type[Event]] = {PublicCaseUpdated.type: PublicCaseUpdated}
"""What partners may receive by Kafka, by type."""

_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_sequence", "ce_time"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "UUIDv7; consumers recognise a repetition by it"},
        "ce_source": {"type": "string", "examples": ["/rukun/intake"]},
        "ce_type": {"type": "string"},
        "ce_subject": {"type": "string", "description": "The aggregate it happened to"},
        "ce_dataschema": {"type": "string", "description": "The `$id` of the payload's schema"},
        "ce_sequence": {
            "type": "string",
            "description": "Counts the aggregate's events, without gaps; ten digits",
        },
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}


def schema(kind: type[Event]) -> dict[str, Any]:
    """The schema of an event's data."""
    made = kind.model_json_schema(mode="serialization")
    # What has a default may be missing in what was published before the field was there.
    _only_required_without_default(kind, made)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": urn(kind.type),
        **made,
    }


def _only_required_without_default(kind: type[Event], made: dict[str, Any]) -> None:
    made["required"] = sorted(name for name, field in kind.model_fields.items() if field.is_required())
    for each in made.get("$defs", {}).values():
        if "required" in each:
            each["required"] = [name for name in each["required"] if "default" not in each["properties"][name]]


def asyncapi(service: str) -> dict[str, Any]:
    """What a service publishes and consumes."""
    published = [topic for topic in published_by(service) if topic.events]
    consumed = [TOPICS[name] for name in consumed_by(service)]
    messages = {kind.__name__: _message(kind) for topic in (*published, *consumed) for kind in topic.events}
    operations = {f"send.{topic.name}": _operation("send", topic) for topic in published}
    operations |= {f"receive.{topic.name}": _operation("receive", topic) for topic in consumed}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Rukun {service}", "version": "1.0.0", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in (*published, *consumed)},
        "operations": operations,
        "components": {"messages": messages},
    }


def partners_asyncapi() -> dict[str, Any]:
    """What partners receive by Kafka, complete in itself: the national topic, and one for each province."""
    national = TOPICS[PublicCaseUpdated.topic]
    province = replace(national, name=province_topic("{province}"), partitions=1)
    channels = {"national": _channel(national), "province": _channel(province)}
    codes = [code.split(".")[-2] for code in PROVINCE_TOPICS]
    channels["province"]["parameters"] = {"province": {"description": "Code of the province", "enum": codes}}
    messages = {kind.__name__: _message(kind) for kind in PUBLIC_EVENTS.values()}
    for kind in PUBLIC_EVENTS.values():
        messages[kind.__name__]["payload"]["schema"] = schema(kind)
    operations = {
        f"receive.{name}": {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}} for name in channels
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Rukun for partners", "version": "1.0.0", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    settings = {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"}
    policy = ["compact"] if topic.compacted else ["delete"]
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Consumed by {', '.join(topic.consumers) or 'partners'}.",
        "bindings": {"kafka": {**settings, "topicConfiguration": {"cleanup.policy": policy}}},
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"} for kind in topic.events},
    }


def _operation(action: str, topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    messages = [{"$ref": f"{channel}/messages/{kind.__name__}"} for kind in topic.events]
    return {"action": action, "channel": {"$ref": channel}, "messages": messages}


def _message(kind: type[Event]) -> dict[str, Any]:
    return {
        "name": kind.type,
        "summary": (kind.__doc__ or "").strip(),
        "headers": _HEADERS,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"../schemas/{kind.type}.json"},
        },
    }
