"""The generated parts of the documentation and of the deployment."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from chassis.problems import TYPE
from chassis.settings import Settings
from contracts.topics import EVERY_TOPIC, PROVINCE_TOPICS, SERVICES, TOPICS, consumed_by, created_by
from rukun import manifests
from rukun.services import module_of

_MADE = "Made by `make contracts`; do not edit."
_CLUSTER = "rukun"


def settings() -> str:
    """A table of every setting."""
    where = "Each is an environment variable, or a file of that name in lower case in the folder `RUKUN_SECRETS_DIR`."
    lines = [f"# Settings\n\n{_MADE} {where}\n", "## Every service\n", *_table(Settings)]
    for name in SERVICES:
        kind = module_of(name).Settings
        lines += [f"\n## {name}\n", *_table(kind, without=set(Settings.model_fields))]
    return "\n".join(lines) + "\n"


def _table(kind: type[Settings], without: set[str] | None = None) -> list[str]:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, each in kind.model_fields.items():
        if name not in (without or set()):
            rows.append(f"| `{each.validation_alias}` | {_default(each.default)} | {each.description} |")
    return rows


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "development secret" if value.get_secret_value() else "empty"
    return "required" if value is PydanticUndefined else f"`{value}`" if value != "" else "empty"


def problems() -> str:
    """The problems that answers may carry, by their codes, read off the code."""
    found = {(code, status, title) for path in _sources() for code, status, title in _problems(path)}
    rows = [f"| `{code}` | {status} | {title} |" for code, status, title in sorted(found)]
    text = (
        f"# Problems\n\n{_MADE} An error is `application/problem+json` (RFC 9457); `type` is `{TYPE}` and the code.\n"
    )
    return "\n".join([text, "| code | status | title (Indonesian) |", "| --- | --- | --- |", *rows, ""])


def _sources() -> list[Path]:
    root = Path(__file__).resolve().parent.parent
    return sorted(path for folder in ("chassis", "kemenag", "services") for path in (root / folder).rglob("*.py"))


def _problems(path: Path) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            code, status, title = node.args[:3]
            if isinstance(code, ast.Constant) and isinstance(status, ast.Constant):
                texts = [each.value for each in ast.walk(title) if isinstance(each, ast.Constant)]
                yield str(code.value), str(status.value), str(texts[0]) if texts else "…"


def secrets() -> str:
    """What the Secret of each service holds."""
    lines = [f"# Secrets\n\n{_MADE}\n", "| service | its Secret holds |", "| --- | --- |"]
    for service in SERVICES:
        fields = module_of(service).Settings.model_fields.values()
        names = [str(each.validation_alias) for each in fields if each.annotation is SecretStr]
        lines.append(f"| {service} | {', '.join(f'`{each}`' for each in ('MONGO_URL', *sorted(names)))} |")
    return "\n".join(lines) + "\n"


def topics() -> str:
    """A table of every topic."""
    lines = [f"# Topics\n\n{_MADE} The registry is `contracts/topics.py`.\n"]
    lines += [
        "| topic | key | produced by | consumed by | partitions | retained | events |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in TOPICS.values():
        retained = "newest per key" if each.compacted else f"{each.retention_ms // 86_400_000} days"
        events = "<br>".join(f"`{kind.type}`" for kind in each.events) or "as received"
        consumers = ", ".join(each.consumers) or "–"
        producers = ", ".join((each.producer, *each.other_producers))
        row = (
            f"`{each.name}`",
            each.key,
            producers,
            consumers,
            str(each.partitions),
            retained,
            events,
        )
        lines.append(f"| {' | '.join(row)} |")
    lines.append(
        f"\nOf `rukun.public.cases.v1` there is a copy for each of the {len(PROVINCE_TOPICS)} provinces, with one "
        "partition: `rukun.public.cases.<code>.v1` bears the cases of that province, for partners who may read no more "
        "(`rukun partners grant`)."
    )
    return "\n".join(lines) + "\n"


def _yaml(documents: list[dict[str, Any]]) -> str:
    import yaml

    written = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120)
    return f"# {_MADE}\n{written}"


def kafka_topics() -> str:
    """Strimzi's KafkaTopic of every topic."""
    return _yaml(
        [
            {
                "apiVersion": "kafka.strimzi.io/v1",
                "kind": "KafkaTopic",
                "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": _CLUSTER}},
                "spec": {
                    "partitions": topic.partitions,
                    "replicas": 3,
                    "config": {**topic.config, "min.insync.replicas": 2},
                },
            }
            for topic in EVERY_TOPIC.values()
        ]
    )


def kafka_users() -> str:
    """Strimzi's KafkaUser of every service: it may publish and consume what the registry gives it, and nothing else."""
    return _yaml(
        [
            {
                "apiVersion": "kafka.strimzi.io/v1",
                "kind": "KafkaUser",
                "metadata": {"name": f"rukun-{service}", "labels": {"strimzi.io/cluster": _CLUSTER}},
                "spec": {
                    "authentication": {"type": "tls"},
                    "authorization": {"type": "simple", "acls": _acls(service)},
                },
            }
            for service in SERVICES
        ]
    )


def _acls(service: str) -> list[dict[str, Any]]:
    acls = [_acl("topic", name, ["Read", "Describe"]) for name in consumed_by(service)]
    acls += [_acl("topic", topic.name, ["Write", "Describe"]) for topic in created_by(service)]
    return [*acls, _acl("group", service, ["Read"])]


def _acl(type: str, name: str, operations: list[str]) -> dict[str, Any]:
    return {"resource": {"type": type, "name": name, "patternType": "literal"}, "operations": operations}


def services() -> str:
    """Kubernetes manifests of the services."""
    return _yaml(manifests.services())


def ingress() -> str:
    """The one origin in Kubernetes."""
    return _yaml(manifests.ingress())
