"""Exact search of vectors, by FAISS, straight from the memory they lie in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.types import Floats

__all__ = ["Found", "best_of", "nearest"]

Rows = npt.NDArray[np.int64]
Found = tuple[Floats, Rows]
"""(n, k) inner products, best first, and their rows; row -1 where there are fewer."""


def nearest(
    queries: Floats, matrix: Floats, k: int, rows: Rows | npt.NDArray[np.bool_] | None = None
) -> Found:
    """Return the nearest rows of a matrix.

    Args:
        queries: (n, dim) float32.
        matrix: (rows, dim) float32.
        k: How many.
        rows: The rows to look at: their numbers, a mask of all, or None for all.
    """
    import faiss

    if rows is None:
        scores, found = faiss.knn(queries, matrix, k, metric=faiss.METRIC_INNER_PRODUCT)
        return scores, found
    library: Any = faiss  # its stubs know the C++ signatures only, not those that take arrays
    if rows.dtype == bool:
        chosen = library.IDSelectorBitmap(np.packbits(rows, bitorder="little"))
    else:
        chosen = library.IDSelectorArray(rows)
    scores = np.empty((len(queries), k), dtype=np.float32)
    found = np.empty((len(queries), k), dtype=np.int64)
    inputs, outputs = (
        [faiss.swig_ptr(array) for array in pair] for pair in ((queries, matrix), (scores, found))
    )
    library.knn_inner_product(*inputs, matrix.shape[1], len(queries), len(matrix), k, *outputs, chosen)
    return scores, found


def best_of(pieces: list[Found], k: int) -> Found:
    """Return the best of several searches of the same queries in different rows.

    >>> one = np.array([[0.9, 0.1]], np.float32), np.array([[4, 2]])
    >>> two = np.array([[0.5]], np.float32), np.array([[7]])
    >>> best_of([one, two], 2)[1]
    array([[4, 7]])
    """
    scores = np.concatenate([piece[0] for piece in pieces], axis=1)
    rows = np.concatenate([piece[1] for piece in pieces], axis=1)
    scores = np.where(rows < 0, -np.inf, scores)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
