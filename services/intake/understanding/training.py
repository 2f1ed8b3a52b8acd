"""Trains the weights on our utterances. Needs scikit-learn, which only developers have."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from services.intake.understanding.features import features
from services.intake.understanding.intents import UTTERANCES, WEIGHTS, fingerprint, vector

_STRENGTH = 20.0


def utterances() -> list[dict[str, Any]]:
    """Every line of ours: id, text, intent, alt, lang."""
    return [json.loads(line) for path in sorted(UTTERANCES.glob("*.jsonl")) for line in path.open(encoding="utf-8")]


def train(out: Path = WEIGHTS) -> int:
    """Find the weights and store them; how many features they have."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    lines = utterances()
    counted = [features(each["text"]) for each in lines]
    names = _names(counted)
    rows = {name: row for row, name in enumerate(names)}
    rarity = _rarity(counted, rows)
    data, columns, ends = [], [], [0]
    for each in counted:
        for block in each:
            known = [(rows[name], count) for name, count in block.items() if name in rows]
            if known:
                indices = [row for row, _ in known]
                columns += indices
                data += vector(np.array([count for _, count in known]), rarity[indices]).tolist()
        ends.append(len(columns))
    table = csr_matrix((data, columns, ends), shape=(len(lines), len(names)))
    found = LogisticRegression(C=_STRENGTH, max_iter=1000).fit(table, [each["intent"] for each in lines])
    np.savez_compressed(
        out,
        labels=np.array(found.classes_),
        names=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
        rarity=rarity.astype(np.float32),
        matrix=found.coef_.T.astype(np.float16),
        bias=found.intercept_.astype(np.float32),
        fingerprint=fingerprint(),
    )
    return len(names)


def _names(counted: list[tuple[Counter[str], Counter[str]]]) -> list[str]:
    """Features that more than one line has, and every single word."""
    seen = Counter(name for each in counted for block in each for name in block)
    return sorted(name for name, count in seen.items() if count > 1 or not (name[0] == "~" or " " in name))


def _rarity(counted: list[tuple[Counter[str], Counter[str]]], rows: dict[str, int]) -> Any:
    seen = Counter(name for each in counted for block in each for name in block)
    return np.array([np.log((1 + len(counted)) / (1 + seen[name])) + 1 for name in rows])
