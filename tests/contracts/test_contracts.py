"""What was published stays readable, and what is generated is current."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from contracts import examples
from contracts.base import EVENTS
from contracts.compatibility import incompatibilities
from contracts.envelope import UnknownEvent, decode, headers
from contracts.specification import schema
from contracts.topics import SERVICES, TOPICS, consumed_by
from rukun import generated
from rukun.services import module_of, settings_of

EVERY = examples.every()


@pytest.mark.parametrize("name", EVERY)
def test_published_example_is_still_read_without_loss(name: str) -> None:
    kind = EVENTS[name.partition("/")[0]]
    said = json.loads(EVERY[name].read_text())
    understood = kind.model_validate(said).model_dump(mode="json")
    assert known_of(understood, said) == said


def known_of(understood: Any, said: Any) -> Any:
    """What was understood, without what has been added since."""
    if isinstance(said, dict):
        return {key: known_of(understood[key], each) for key, each in said.items()}
    if isinstance(said, list):
        return [known_of(*both) for both in zip(understood, said, strict=True)]
    return understood


@pytest.mark.parametrize("name", EVERY)
def test_published_example_fits_its_schema(name: str) -> None:
    kind = EVENTS[name.partition("/")[0]]
    jsonschema.Draft202012Validator(schema(kind)).validate(json.loads(EVERY[name].read_text()))


def test_generated_files_and_examples_are_current() -> None:
    assert generated.check() == []


def test_changed_example_is_noticed(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "print_of", lambda path: "other")
    assert any("has been changed" in fault for fault in examples.faults())


def test_every_event_belongs_to_exactly_the_topic_it_names() -> None:
    declared = {kind.type: topic.name for topic in TOPICS.values() for kind in topic.events}
    assert declared == {kind.type: kind.topic for kind in EVENTS.values()}


@pytest.mark.parametrize("service", SERVICES)
def test_service_hears_only_topics_that_the_registry_gives_it(service: str) -> None:
    app = module_of(service).build(settings_of(service))
    table = app.state.foundation._consumer._table
    assert {kind.topic for kind in table} == set(consumed_by(service))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda s: s["properties"].pop("title"), "title was removed"),
        (lambda s: s["required"].append("exercise"), "exercise became required"),
        (lambda s: s["properties"]["number"].update(type="integer"), "number changed its type"),
        (lambda s: s["$defs"]["Category"]["enum"].remove("lainnya"), "categories[] no longer knows lainnya"),
    ],
)
def test_breaking_change_is_found(change: object, wrong: str) -> None:
    old = schema(EVENTS["rukun.case.opened"])
    new = copy.deepcopy(old)
    change(new)  # type: ignore[operator]
    assert incompatibilities(old, new) == [wrong]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["properties"].update(more={"type": "string"}),
        lambda s: s["$defs"]["Category"]["enum"].append("baru"),
        lambda s: s["required"].remove("number"),
        lambda s: s["properties"].update(number={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ],
)
def test_growth_is_allowed(change: object) -> None:
    old = schema(EVENTS["rukun.case.opened"])
    new = copy.deepcopy(old)
    change(new)  # type: ignore[operator]
    assert incompatibilities(old, new) == []


def test_envelope_is_read_as_it_was_written() -> None:
    event = examples.example(EVENTS["rukun.case.opened"])
    said = headers(
        id="i", source="/s", type=event.type, subject=event.subject, sequence=7, time=event.at, traceparent="t"
    )
    heard = decode(event.model_dump_json().encode(), said)
    assert (heard.id, heard.subject, heard.sequence, heard.event, heard.traceparent) == (
        "i",
        event.subject,
        7,
        event,
        "t",
    )


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        (b"{}", []),
        (b"{}", [("ce_id", b"1"), ("ce_type", b"nobody"), ("ce_subject", b"s"), ("ce_sequence", b"1")]),
        (b"\xff", [("ce_id", b"1"), ("ce_type", b"rukun.case.opened"), ("ce_subject", b"s"), ("ce_sequence", b"1")]),
        (None, [("ce_id", b"1"), ("ce_type", b"rukun.case.opened"), ("ce_subject", b"s"), ("ce_sequence", b"x")]),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(value: bytes | None, pairs: list[tuple[str, bytes]]) -> None:
    with pytest.raises(UnknownEvent):
        decode(value, pairs)
