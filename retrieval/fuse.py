"""Merge ranked lists whose scores cannot be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from retrieval.types import Hit, HitSource

__all__ = ["RRF_DAMPING", "fuse_ranks", "fuse_scores", "scaled"]

RRF_DAMPING = 60  # the constant of Cormack, Clarke & Büttcher, SIGIR 2009


def fuse_ranks(runs: Sequence[Sequence[Hit]], *, k: int) -> list[Hit]:
    """Merge ranked lists by reciprocal rank fusion.

    Only ranks are used, so a BM25 list (unbounded scores) and a list of
    cosines may be merged as they are. Ties are broken by item id, so the
    result does not depend on the order of `runs`.

    Args:
        runs: Ranked lists, best hit first. A list may be empty.
        k: How many hits to return at most; at least 1.

    Returns:
        At most `k` hits, best first, one per item. `score` is the sum of
        1 / (60 + rank) over the lists that hold the item; `rank` counts
        from 1; `source` is "fused".

    Raises:
        ValueError: If `k` is below 1.

    Example:
    >>> from retrieval import Hit, Passage
    >>> paris = Passage("p:1", "Paris is ...", "paris.txt", 0, 12)
    >>> lyon = Passage("p:2", "Lyon is ...", "lyon.txt", 0, 11)
    >>> bm25 = [Hit(paris, 11.2, 1, "bm25"), Hit(lyon, 3.4, 2, "bm25")]
    >>> dense = [Hit(paris, 0.31, 1, "dense")]
    >>> [(hit.item.id, hit.rank, round(hit.score, 4)) for hit in fuse_ranks([bm25, dense], k=2)]
    [('p:1', 1, 0.0328), ('p:2', 2, 0.0161)]
    """
    _check(k)
    scores: defaultdict[str, float] = defaultdict(float)
    hits: dict[str, Hit] = {}
    for run in runs:
        for rank, hit in enumerate(run, start=1):
            scores[hit.item.id] += 1 / (RRF_DAMPING + rank)
            hits.setdefault(hit.item.id, hit)
    return _best(scores, hits, k)


def fuse_scores(
    runs: Sequence[Sequence[Hit]], weights: Mapping[HitSource, float], *, k: int, depth: int
) -> list[Hit]:
    """Merge ranked lists by a weighted sum of their scaled scores.

    The convex combination of Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (TOIS
    2023), for any number of lists; `scaled` says how scores are made comparable. `kbqa train fusion` learns the
    weights.

    Args:
        runs: Ranked lists, best hit first, each of one source. A list may be empty.
        weights: Source → how much it counts; a source that is not there does not.
        k: How many hits to return at most; at least 1.
        depth: How many hits each list was cut at.

    Returns:
        At most `k` hits as `fuse_ranks` returns them, `score` being the weighted sum.

    Raises:
        ValueError: If `k` is below 1.

    Example:
    >>> from retrieval import Hit, Passage
    >>> paris = Passage("p:1", "Paris is ...", "paris.txt", 0, 12)
    >>> lyon = Passage("p:2", "Lyon is ...", "lyon.txt", 0, 11)
    >>> bm25 = [Hit(paris, 8.0, 1, "bm25"), Hit(lyon, 4.0, 2, "bm25")]
    >>> dense = [Hit(lyon, 0.6, 1, "dense")]
    >>> fused = fuse_scores([bm25, dense], {"bm25": 1.0, "dense": 2.0}, k=2, depth=1)
    >>> [(hit.item.id, hit.score) for hit in fused]
    [('p:1', 3.0), ('p:2', 2.5)]
    """
    _check(k)
    hits: dict[str, Hit] = {}
    for run in runs:
        for hit in run:
            hits.setdefault(hit.item.id, hit)
    scores = dict.fromkeys(hits, 0.0)
    for run in runs:
        if run and (weight := weights.get(run[0].source, 0.0)):
            found, least = scaled(run, depth=depth)
            for item_id in scores:
                scores[item_id] += weight * found.get(item_id, least)
    return _best(scores, hits, k)


def scaled(run: Sequence[Hit], *, depth: int) -> tuple[dict[str, float], float]:
    """Return the scores of one list by item id, brought to at most 1, and what others could have at most.

    A score is divided by the best one, each measured from the least that there can be: -1 for cosines, 0 for
    others. What a list lacks has at most the score of its last hit if the list was cut there, else the least.

    Args:
        run: Ranked hits of one source, at least one.
        depth: How many hits the list was cut at.

    Example:
    >>> from retrieval import Hit, Passage
    >>> paris, lyon = (Passage(f"p:{n}", "", "a", 0, 0) for n in (1, 2))
    >>> scaled([Hit(paris, 1.0, 1, "dense"), Hit(lyon, 0.5, 2, "dense")], depth=2)
    ({'p:1': 1.0, 'p:2': 0.75}, 0.75)
    """
    least = -1.0 if run[0].source == "dense" else 0.0
    span = max(run[0].score - least, 1e-9)
    found = {hit.item.id: (hit.score - least) / span for hit in run}
    return found, min(found.values()) if len(run) >= depth else 0.0


def _check(k: int) -> None:
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")


def _best(scores: Mapping[str, float], hits: Mapping[str, Hit], k: int) -> list[Hit]:
    best = sorted(scores, key=lambda item_id: (-scores[item_id], item_id))[:k]
    return [
        replace(hits[item_id], score=scores[item_id], rank=rank, source="fused")
        for rank, item_id in enumerate(best, start=1)
    ]
