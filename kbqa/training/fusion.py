"""Learning how much each way of searching passages counts, from questions whose paragraph is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kbqa.evaluation.bases import open_set_base
from kbqa.evaluation.datasets import read_set
from kbqa.evaluation.passage_recall import DEPTH, Found, is_right, run_searches
from kbqa.fusion import Fusion, write_fusion
from kbqa.types import Language
from retrieval.fuse import scaled
from retrieval.types import HitSource

__all__ = ["LearntFusion", "fit_fusion", "train_fusion"]

Array = NDArray[np.float64]

_SETS: Mapping[Language, tuple[str, str]] = {"en": ("squad1", "mrc_extra"), "zh": ("cmrc2018", "cmrc2018")}
"""Language → a set and its folder; both may be redistributed (CC BY-SA 4.0) and measure nothing."""
_LEARNT: tuple[HitSource, ...] = ("bm25", "dense")
_ENTITY = 1.0
"""Weight of what is linked to the question's entities, next to the learnt ones, whose mean is 1; set by hand, since
the sets have no graph."""
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class LearntFusion:
    """What was learnt.

    Attributes:
        fusion: The weights of each language.
        questions: How many questions were learnt from.
    """

    fusion: Fusion
    questions: int


def train_fusion(data: Path, out: Path, *, limit: int | None, seed: int) -> LearntFusion:
    """Learn the weights, write them to a file, and return them.

    Args:
        data: Folder that holds the sets' folders.
        out: The .json file.
        limit: Questions of each set; None for all.
        seed: Of the samples.

    Raises:
        InputError: If a set is missing or cannot be read.
    """
    fusion: dict[Language, Mapping[HitSource, float]] = {}
    questions = 0
    for language, (name, folder) in _SETS.items():
        place = data / folder
        items = read_set(name, data=place, limit=limit, seed=seed).items
        with open_set_base(name, data=place) as base:
            found = list(run_searches(base.sources, items))
        fusion[language] = fit_fusion(found)
        questions += len(found)
    write_fusion(out, fusion)
    return LearntFusion(fusion, questions)


def fit_fusion(found: Sequence[Found]) -> dict[HitSource, float]:
    """Return the weights under which what is right stands out most.

    The likelihood of a softmax over all that was found for a question, in which the best right passage is the one to
    be chosen, is made as large as it can be by gradient ascent; weights are never below 0. They are then divided by
    their mean: only their proportion matters.

    Args:
        found: What the searches found; questions for which nothing right was found teach nothing.
    """
    lists = [one for one in map(_features, found) if one is not None]
    weights = np.full(len(_LEARNT), 10.0)
    for _ in range(_ROUNDS):
        slopes, curves = zip(*(_slope(features, right, weights) for features, right in lists), strict=True)
        curve = np.mean(curves, axis=0) + 1e-6 * np.eye(len(weights))
        weights = np.maximum(weights + 0.5 * np.linalg.solve(curve, np.mean(slopes, axis=0)), 0.0)
    weights = weights / max(float(weights.mean()), 1e-9)
    return {**dict(zip(_LEARNT, weights.tolist(), strict=True)), "entity": _ENTITY}


def _features(one: Found) -> tuple[Array, NDArray[np.bool_]] | None:
    """Return the scaled scores of all that was found, (items, sources), and which of it is right."""
    items = {hit.item.id: hit.item for source in _LEARNT for hit in one.runs[source]}
    right = np.array([is_right(item.source, one.item) for item in items.values()], dtype=np.bool_)
    if not right.any() or not all(one.runs[source] for source in _LEARNT):
        return None
    columns = []
    for source in _LEARNT:
        scores, least = scaled(one.runs[source], depth=DEPTH)
        columns.append([scores.get(item_id, least) for item_id in items])
    return np.array(columns).T, right


def _slope(features: Array, right: NDArray[np.bool_], weights: Array) -> tuple[Array, Array]:
    """Return the gradient of the log-likelihood of one question, and its curvature."""
    scores = features @ weights
    likely = np.exp(scores - scores.max())
    likely /= likely.sum()
    mean = likely @ features
    best = features[right][scores[right].argmax()]
    around = features - mean
    return best - mean, (around * likely[:, None]).T @ around
