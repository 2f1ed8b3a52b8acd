"""Everything that is generated from the code and committed: written, or checked to be current.

A schema that was written before is never replaced by one that breaks its readers: `Broken` says what it would be.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contracts import examples
from contracts.base import EVENTS
from contracts.compatibility import incompatibilities
from contracts.specification import asyncapi, schema
from contracts.topics import SERVICES
from rukun import catalog, processing, reference
from rukun.services import module_of, settings_of

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "contracts" / "schemas"


class Broken(SystemExit):
    """A contract would no longer be readable."""


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def files() -> Iterator[tuple[Path, Callable[[], str]]]:
    """Every generated file and what makes it."""
    for kind in EVENTS.values():
        yield SCHEMAS / f"{kind.type}.json", lambda kind=kind: _json(schema(kind))  # type: ignore[misc]
    for name in SERVICES:
        yield ROOT / "contracts" / "asyncapi" / f"{name}.json", lambda name=name: _json(asyncapi(name))  # type: ignore[misc]
        yield ROOT / "services" / name / "openapi.json", lambda name=name: _json(_openapi(name))  # type: ignore[misc]
    yield catalog.ENGLISH, catalog.english
    yield ROOT / "docs" / "problems.md", reference.problems
    yield ROOT / "docs" / "settings.md", reference.settings
    yield ROOT / "docs" / "secrets.md", reference.secrets
    yield ROOT / "docs" / "topics.md", reference.topics
    yield ROOT / "docs" / "processing.md", processing.document
    yield ROOT / "deploy" / "k8s" / "base" / "services.yaml", reference.services
    yield ROOT / "deploy" / "k8s" / "base" / "ingress.yaml", reference.ingress
    yield ROOT / "deploy" / "k8s" / "kafka" / "topics.yaml", reference.kafka_topics
    yield ROOT / "deploy" / "k8s" / "kafka" / "users.yaml", reference.kafka_users


def _openapi(name: str) -> dict[str, Any]:
    document: dict[str, Any] = module_of(name).build(settings_of(name)).openapi()
    return document


def write() -> None:
    """Write what is stale; `Broken` before anything is written if a schema would break its readers."""
    made = {path: make() for path, make in files()}
    if broken := _broken(made):
        raise Broken("\n".join(broken))
    for path, content in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    examples.publish()


def check() -> list[str]:
    """What is stale or incompatible, a line each."""
    made = {path: make() for path, make in files()}
    stale = [
        f"{path.relative_to(ROOT)} is stale: run `make contracts`"
        for path, content in made.items()
        if not path.exists() or path.read_text() != content
    ]
    known = set(made)
    left = [f"{each.relative_to(ROOT)} belongs to no event" for each in SCHEMAS.glob("*.json") if each not in known]
    return [*_broken(made), *stale, *left, *examples.faults(), *catalog.faults(), *processing.faults()]


def _broken(made: dict[Path, str]) -> list[str]:
    found = []
    for path, content in made.items():
        if path.parent == SCHEMAS and path.exists():
            changes = incompatibilities(json.loads(path.read_text()), json.loads(content))
            found += [f"{path.stem}: {change}" for change in changes]
    return found
