"""How well two languages meet in one vector space, and how well English is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kbqa.training.bilingual_data import Pair

if TYPE_CHECKING:
    from retrieval.types import Floats

__all__ = ["Encodes", "Neighbours", "agreement", "neighbours", "recall"]


class Encodes(Protocol):
    """Anything that turns texts into vectors, trained or in training."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Share of texts whose nearest text of the other language is their translation."""

    to_english: float
    to_chinese: float
    count: int


def neighbours(encoder: Encodes, pairs: Sequence[Pair]) -> Neighbours:
    """Return the nearest-neighbour accuracy in both directions on pairs with distinct texts."""
    chinese = encoder.encode([pair.chinese for pair in pairs])
    english = encoder.encode([pair.english for pair in pairs])
    scores = chinese @ english.T
    right = np.arange(len(pairs))
    return Neighbours(
        float((scores.argmax(1) == right).mean()), float((scores.argmax(0) == right).mean()), len(pairs)
    )


def agreement(encoder: Encodes, other: Encodes, texts: Sequence[str]) -> tuple[float, float]:
    """Return (mean cosine of both vectors of a text, correlation of the similarities of all pairs of texts).

    >>> from types import SimpleNamespace
    >>> same = SimpleNamespace(encode=lambda texts: np.eye(3, dtype=np.float32)[: len(texts)])
    >>> cosine, correlation = agreement(same, same, ["a", "b", "c"])
    >>> cosine
    1.0
    """
    first, second = encoder.encode(texts), other.encode(texts)
    upper = np.triu_indices(len(texts), 1)
    pairs = np.stack([(first @ first.T)[upper], (second @ second.T)[upper]])
    correlation = float(np.corrcoef(pairs)[0, 1]) if pairs.std(1).all() else 1.0
    return float((first * second).sum(1).mean()), correlation


def recall(queries: Floats, passages: Floats, right: Sequence[int], *, at: int) -> float:
    """Return the share of queries whose right passage is among the best.

    Args:
        queries: (queries, dim) unit-length vectors.
        passages: (passages, dim) unit-length vectors.
        right: Row of the right passage of each query.
        at: How many of the best count.

    >>> recall(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), [0, 0], at=1)
    0.5
    """
    scores = queries @ passages.T
    own = scores[np.arange(len(right)), list(right)]
    return float(((scores > own[:, None]).sum(1) < at).mean())
