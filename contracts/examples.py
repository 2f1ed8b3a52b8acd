"""The examples: one or more of every event, append-only. What was once published is replayed for ever."""

import hashlib
import json
from pathlib import Path

from contracts.base import EVENTS, Event

FOLDER = Path(__file__).parent / "examples"
LEDGER = FOLDER / "published.json"


def example(kind: type[Event], number: int | None = None) -> Event:
    """An example as an event, the newest unless a number says otherwise."""
    path = FOLDER / kind.type / f"{number or len(list((FOLDER / kind.type).glob('*.json')))}.json"
    return kind.model_validate_json(path.read_bytes())


def print_of(path: Path) -> str:
    """The fingerprint that the ledger keeps."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ledger() -> dict[str, str]:
    """Fingerprints of the published examples by `type/number.json`."""
    found: dict[str, str] = json.loads(LEDGER.read_text()) if LEDGER.exists() else {}
    return found


def every() -> dict[str, Path]:
    """All example files by `type/number.json`."""
    return {f"{path.parent.name}/{path.name}": path for path in sorted(FOLDER.glob("*/*.json"))}


def faults() -> list[str]:
    """What is wrong with the examples, a line each."""
    here, published = every(), ledger()
    found = [f"example {name} was published and is gone" for name in sorted(set(published) - set(here))]
    found += [
        f"example {name} was published and has been changed; add another instead"
        for name, path in here.items()
        if name in published and published[name] != print_of(path)
    ]
    found += [f"example {name} is not in the ledger: run `make contracts`" for name in here if name not in published]
    missing = [type for type in EVENTS if f"{type}/1.json" not in here]
    return found + [f"{type} has no example" for type in missing]


def publish() -> None:
    """Enter new examples into the ledger; what is in it stays."""
    published = ledger()
    for name, path in every().items():
        published.setdefault(name, print_of(path))
    LEDGER.write_text(json.dumps(published, indent=2, sort_keys=True) + "\n")
