"""How often a set of lines is understood: each `{"id", "text", "intent", "alt": [], "lang"}`, `none` among the intents.

`right` is the share of lines with an intent that were answered, without asking back, by it or one of `alt`.
`none_answered` is the share of `none` that were answered as if they meant something. A line may
name its `place`, a code.
"""

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.intake.understanding.intents import EMERGENCY, NONE
from services.intake.understanding.reading import Reading, read


@dataclass
class Result:
    """What came out."""

    right: float = 0.0
    right_or_offered: float = 0.0
    none_answered: float = 0.0
    emergency_recall: float | None = None
    false_emergencies: float = 0.0
    places_wrong: float | None = None
    """Places that were taken for another without asking."""
    milliseconds: float = 0.0
    by_intent: dict[str, float] = field(default_factory=dict)
    by_language: dict[str, float] = field(default_factory=dict)
    confused: list[tuple[str, str, int]] = field(default_factory=list)
    """Wanted, answered, how often; the most frequent first."""


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The lines of a file. Errors: `ValueError` with the number of the line that is none."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            each = json.loads(line)
            found.append({"alt": [], "lang": "", **each, "text": str(each["text"]), "intent": str(each["intent"])})
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file}:{number}: {error}") from error
    if not found:
        raise ValueError(f"{file}: 0")
    return found


def evaluate(lines: list[dict[str, Any]]) -> Result:
    """Read every line and compare."""
    read("")  # the weights are loaded, which is no part of a message's time
    began = time.perf_counter()
    readings = [read(each["text"]) for each in lines]
    took = (time.perf_counter() - began) * 1000 / len(lines)
    pairs = list(zip(lines, readings, strict=True))
    meant = [pair for pair in pairs if pair[0]["intent"] != NONE]
    nones = [reading for line, reading in pairs if line["intent"] == NONE and not line["alt"]]
    dangers = [reading for line, reading in pairs if EMERGENCY in _wanted(line)]
    calm = [reading for line, reading in pairs if EMERGENCY not in _wanted(line)]
    placed = [(line, reading) for line, reading in pairs if line.get("place")]
    wrong = Counter((line["intent"], got.intent or "?") for line, got in pairs if not _is_right(line, got))
    return Result(
        right=_share([_is_right(*pair) for pair in meant]) or 0.0,
        right_or_offered=_share([_is_right(*pair) or _is_offered(*pair) for pair in meant]) or 0.0,
        none_answered=_share([each.intent is not None for each in nones]) or 0.0,
        emergency_recall=_share([each.emergency for each in dangers]),
        false_emergencies=_share([each.emergency for each in calm]) or 0.0,
        places_wrong=_share([got.place.clear not in (None, line["place"]) for line, got in placed]),
        milliseconds=took,
        by_intent=_by(pairs, "intent"),
        by_language=_by(pairs, "lang"),
        confused=[(*pair, count) for pair, count in wrong.most_common(20)],
    )


def _wanted(line: dict[str, Any]) -> set[str]:
    return {line["intent"], *line["alt"]}


def _is_right(line: dict[str, Any], reading: Reading) -> bool:
    if line["intent"] == NONE and reading.intent is None:
        return True
    return reading.intent in _wanted(line)


def _is_offered(line: dict[str, Any], reading: Reading) -> bool:
    return not _wanted(line).isdisjoint(reading.offered)


def _by(pairs: list[tuple[dict[str, Any], Reading]], name: str) -> dict[str, float]:
    found: dict[str, list[bool]] = defaultdict(list)
    for line, reading in pairs:
        found[str(line[name])].append(_is_right(line, reading))
    return {key: sum(each) / len(each) for key, each in sorted(found.items())}


def _share(answers: list[bool]) -> float | None:
    return sum(answers) / len(answers) if answers else None
