"""Checks the deployment files by their schemas: compose, Kubernetes (built by kustomize), JSON and YAML.

No Docker engine is needed. What Strimzi and KEDA define themselves is checked for shape only: their schemas are not
part of Kubernetes.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from compose_spec import PyCompose

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OVERLAYS = ("kafka", "overlays/development", "overlays/production")
FOREIGN = ("kafka.strimzi.io/", "keda.sh/")


def check_compose() -> str:
    """The compose file fits the Compose Specification, and every service that is built starts something."""
    text = (ROOT / "docker-compose.yml").read_text()
    document = yaml.safe_load(text)
    # The specification has no YAML merge keys: what is checked is the file with them resolved.
    PyCompose.from_yaml(yaml.safe_dump(document)).validate()
    services = document["services"]
    for name, service in services.items():
        if not ("image" in service or "build" in service):
            raise SystemExit(f"docker-compose.yml: {name} has neither image nor build")
        for mount in service.get("volumes", ()):
            source = str(mount).partition(":")[0]
            if source.startswith("./") and not (ROOT / source).exists():
                raise SystemExit(f"docker-compose.yml: {name} mounts {source}, which is not there")
    return f"compose: {len(services)} services"


def check_kubernetes(overlay: str) -> str:
    """The overlay builds, and every object fits the schema of its kind."""
    kubectl = Path(sys.executable).parent / "kubectl"
    command = [str(kubectl), "kustomize", str(HERE / "k8s" / overlay)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        raise SystemExit(f"{overlay}: {built.stderr}")
    objects: list[dict[str, Any]] = [each for each in yaml.safe_load_all(built.stdout) if each]
    for each in objects:
        _check_object(overlay, each)
    return f"kubernetes {overlay}: {len(objects)} objects"


def _check_object(overlay: str, found: dict[str, Any]) -> None:
    name = f"{overlay}: {found['kind']}/{found['metadata']['name']}"
    if found["apiVersion"].startswith(FOREIGN):
        if not found.get("spec"):
            raise SystemExit(f"{name}: no spec")
        return
    try:
        kubernetes_validate.validate(found, "1.34", strict=True)
    except kubernetes_validate.ValidationError as error:
        raise SystemExit(f"{name}: {error.message} at {list(error.path)}") from None


def check_documents() -> str:
    """Every JSON and YAML file can be read."""
    files = [each for each in HERE.rglob("*") if each.suffix in (".json", ".yml", ".yaml")]
    for each in files:
        if each.suffix == ".json":
            json.loads(each.read_text())
        else:
            list(yaml.safe_load_all(each.read_text()))
    return f"documents: {len(files)} files"


def check_dockerfile() -> str:
    """Everything the Dockerfile copies from here is there and is let through by .dockerignore."""
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = []
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        words = line.split()
        if words[:1] == ["COPY"] and not words[1].startswith("--from"):
            copied += words[1:-1]
    for each in copied:
        if not (ROOT / each).exists() or each.split("/")[0] not in let_through:
            raise SystemExit(f"Dockerfile: {each} is not there, or .dockerignore holds it back")
    return f"Dockerfile: {len(copied)} copies"


def main() -> None:
    """Check everything; stop at the first fault."""
    found = [check_compose(), *(check_kubernetes(each) for each in OVERLAYS), check_documents(), check_dockerfile()]
    sys.stdout.write("deployment files are valid: " + "; ".join(found) + "\n")


if __name__ == "__main__":
    main()
