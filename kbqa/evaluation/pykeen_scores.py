"""The figures of pykeen, a kept library of graph embeddings, on the same facts: what ours are to be compared with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kbqa.errors import DependencyError
from kg.embeddings import Facts, Kind

__all__ = ["LibraryScores", "pykeen_scores"]

_MODELS: Mapping[Kind, str] = {"transe": "TransE", "complex": "ComplEx", "rotate": "RotatE"}
_METRICS = {
    "mrr": "inverse_harmonic_mean_rank",
    "hits@1": "hits_at_1",
    "hits@3": "hits_at_3",
    "hits@10": "hits_at_10",
}
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class LibraryScores:
    """What came of a library's training.

    Attributes:
        scores: Filtered, "mrr" and "hits@k" for subjects and objects together, ties counted as their mean rank.
        seconds: Of training and ranking.
    """

    scores: Mapping[str, float]
    seconds: float


def pykeen_scores(
    kind: Kind, learnt: Facts, kept: Facts, sizes: tuple[int, int], *, dim: int, epochs: int, seed: int
) -> LibraryScores:
    """Return how well pykeen's model of a kind finds facts again, trained with its own defaults otherwise.

    Args:
        kind: Of model.
        learnt: Facts to learn from.
        kept: Facts to find again.
        sizes: Number of entities and of relations.
        dim: Components of a vector; ComplEx and RotatE take half as many complex ones, as ours do.
        epochs: Rounds over the facts.
        seed: Of everything random.

    Raises:
        DependencyError: If pykeen is not installed.
    """
    try:
        from pykeen.pipeline import pipeline
        from pykeen.triples import CoreTriplesFactory
    except ImportError as error:
        raise DependencyError(f'pykeen is not installed ({error}): pip install -e ".[pykeen]"') from error
    import torch

    def factory(facts: Facts) -> Any:
        triples = torch.from_numpy(np.ascontiguousarray(facts))
        return CoreTriplesFactory(triples, num_entities=sizes[0], num_relations=sizes[1])

    start = time.monotonic()
    found = pipeline(
        training=factory(learnt),
        testing=factory(kept),
        model=_MODELS[kind],
        model_kwargs={"embedding_dim": dim if kind == "transe" else dim // 2},
        training_kwargs={
            "num_epochs": epochs,
            "batch_size": _BATCH,
            "use_tqdm": False,
            "use_tqdm_batch": False,
        },
        evaluation_kwargs={"use_tqdm": False},
        random_seed=seed,
        device="cpu",
    )
    scores = {name: float(found.get_metric(f"both.realistic.{metric}")) for name, metric in _METRICS.items()}
    return LibraryScores(scores, time.monotonic() - start)
