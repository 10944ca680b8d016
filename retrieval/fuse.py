"""Merge ranked lists whose scores cannot be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from retrieval.types import Hit

__all__ = ["RRF_DAMPING", "fuse_ranks"]

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
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    scores: defaultdict[str, float] = defaultdict(float)
    hits: dict[str, Hit] = {}
    for run in runs:
        for rank, hit in enumerate(run, start=1):
            scores[hit.item.id] += 1 / (RRF_DAMPING + rank)
            hits.setdefault(hit.item.id, hit)
    best = sorted(scores, key=lambda item_id: (-scores[item_id], item_id))[:k]
    return [
        replace(hits[item_id], score=scores[item_id], rank=rank, source="fused")
        for rank, item_id in enumerate(best, start=1)
    ]
