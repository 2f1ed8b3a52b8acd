"""Which of the 26 intents a text has, by weights that `rukun understand train` found on our own utterances."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.intake.understanding.features import FORMAT, features
from services.intake.understanding.normalise import SPOKEN

NONE, EMERGENCY = "none", "darurat"
HERE = Path(__file__).parent
UTTERANCES, WEIGHTS = HERE / "utterances", HERE / "weights.npz"


@dataclass(frozen=True)
class Weights:
    """A linear model over words and pieces (TF-IDF, softmax)."""

    labels: tuple[str, ...]
    rows: dict[str, int]
    """Feature → its row."""
    rarity: NDArray[np.float32]
    matrix: NDArray[np.float32]
    """Features by labels."""
    bias: NDArray[np.float32]


def probabilities(text: str) -> dict[str, float]:
    """How likely each intent is, `none` among them; together 1."""
    weights = load()
    scores = weights.bias.astype(np.float64)
    for counted in features(text):
        known = [(weights.rows[name], count) for name, count in counted.items() if name in weights.rows]
        if known:
            rows = [row for row, _ in known]
            values = vector(np.array([count for _, count in known]), weights.rarity[rows])
            scores = scores + values @ weights.matrix[rows]
    shares = np.exp(scores - scores.max())
    return dict(zip(weights.labels, (shares / shares.sum()).tolist(), strict=True))


def vector(counts: NDArray[Any], rarity: NDArray[Any]) -> NDArray[np.float64]:
    """Weights of one text's features, of length 1: more often counts less and less, rarer counts more."""
    values: NDArray[np.float64] = (1 + np.log(counts)) * rarity
    return values / np.linalg.norm(values)


@lru_cache(maxsize=1)
def load() -> Weights:
    """The trained weights."""
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        rows = {name: row for row, name in enumerate(bytes(stored["names"]).decode().split("\n"))}
        parts = {name: stored[name].astype(np.float32) for name in ("rarity", "matrix", "bias")}
        return Weights(labels=tuple(str(each) for each in stored["labels"]), rows=rows, **parts)


def fingerprint() -> str:
    """Of all that the weights are made from."""
    made = hashlib.sha256(str(FORMAT).encode())
    for path in (*sorted(UTTERANCES.glob("*.jsonl")), SPOKEN):
        made.update(path.read_bytes())
    return made.hexdigest()


def trained_from() -> str:
    """The fingerprint of what the stored weights were made from."""
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return str(stored["fingerprint"])
