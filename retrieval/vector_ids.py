"""Ids of vectors by row, kept as the bytes of their file, and which rows a search may find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from retrieval.types import Floats

__all__ = ["Directory", "Ids", "Mask", "check_queries", "check_vectors", "lines_of"]

Bools = npt.NDArray[np.bool_]
FEW = 8  # ids that are looked for without a table
_LINE_END = 10


class Ids:
    """One id per row. Nothing is decoded before it is asked for, so that a million ids cost nothing to open.

    Example:
    >>> ids = Ids(lines_of(["p:1", "i:2", "p:3"]))
    >>> len(ids), ids[1], ids.begin_with("p:").tolist()
    (3, 'i:2', [True, False, True])
    """

    def __init__(self, content: bytes) -> None:
        """Take the lines of the file, each with its end."""
        self._content = content
        self._bytes = np.frombuffer(content, dtype=np.uint8)
        self._ends = np.flatnonzero(self._bytes == _LINE_END)
        self._starts = np.concatenate([np.zeros(1, np.int64), self._ends + 1])[: len(self._ends)]

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, row: int) -> str:
        return self._content[self._starts[row] : self._ends[row]].decode()

    def all(self) -> list[str]:
        """Return the ids of all rows."""
        return self._content.decode().split("\n")[:-1]

    def find(self, item_id: str) -> list[int]:
        """Return the rows of an id, by looking through all."""
        line, rows = item_id.encode() + b"\n", []
        place = self._content.find(line)
        while place >= 0:
            if place == 0 or self._bytes[place - 1] == _LINE_END:
                rows.append(int(np.searchsorted(self._ends, place)))
            place = self._content.find(line, place + 1)
        return rows

    def begin_with(self, prefix: str) -> Bools:
        """Return for each row whether its id begins so."""
        places = self._starts
        fits = np.ones(len(self), dtype=bool)
        for byte in prefix.encode():  # the end of a line equals no byte of a prefix
            fits &= self._bytes[np.minimum(places, len(self._bytes) - 1)] == byte
            places = places + 1
        return fits


class Directory:
    """The live row of each id.

    A few are looked for in the bytes of the ids, which takes a millisecond for 100,000; for many a table is made.

    Example:
    >>> directory = Directory(Ids(lines_of(["p:1", "i:2", "p:1"])), np.array([False, True, True]))
    >>> directory.find("p:1"), directory.find("p:9")
    (2, None)
    """

    def __init__(self, ids: Ids, live: Bools) -> None:
        """Take the ids of all rows, and which rows are there."""
        self._ids = ids
        self._live = live
        self._looked_for = 0
        self._table: dict[str, int] | None = None

    def find(self, item_id: str) -> int | None:
        """Return the row of an id, None if there is none."""
        self._looked_for += 1
        if self._looked_for <= FEW:
            return next((row for row in self._ids.find(item_id) if self._live[row]), None)
        if self._table is None:
            self._table = {item_id: row for row, item_id in enumerate(self._ids.all()) if self._live[row]}
        return self._table.get(item_id)


class Mask:
    """Rows that a search may find.

    Example:
    >>> mask = Mask(np.array([True, False, True, True]))
    >>> mask.count(0, 4), mask.count(2, 4), mask.packed(0, 4)
    (3, 2, array([13], dtype=uint8))
    """

    def __init__(self, allowed: Bools) -> None:
        """Take one truth value per row."""
        self.allowed = allowed
        self._counts: dict[tuple[int, int], int] = {}
        self._packed: dict[tuple[int, int], npt.NDArray[np.uint8]] = {}

    def count(self, start: int, stop: int) -> int:
        """Return how many of the rows from `start` to before `stop` are allowed."""
        if (start, stop) not in self._counts:
            self._counts[start, stop] = int(np.count_nonzero(self.allowed[start:stop]))
        return self._counts[start, stop]

    def packed(self, start: int, stop: int) -> npt.NDArray[np.uint8]:
        """Return these rows as bits, the first row lowest, as FAISS takes them."""
        if (start, stop) not in self._packed:
            self._packed[start, stop] = np.packbits(self.allowed[start:stop], bitorder="little")
        return self._packed[start, stop]


def lines_of(ids: Iterable[str]) -> bytes:
    """Return ids as the lines of their file."""
    return "".join(f"{item_id}\n" for item_id in ids).encode()


def check_vectors(ids: Sequence[str], vectors: Floats, *, dim: int) -> Floats:
    """Return vectors as they can be stored.

    Raises:
        ValueError: If shapes do not fit, a number is not finite, or an id is empty or holds a line break.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.shape != (len(ids), dim):
        raise ValueError(f"{len(ids)} ids need vectors of shape {(len(ids), dim)}, got {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors must be finite numbers")
    if any("\n" in item_id or not item_id for item_id in ids):
        raise ValueError("ids must not be empty and must not hold line breaks")
    return vectors


def check_queries(queries: Floats, *, k: int, dim: int) -> Floats:
    """Return queries as they can be searched for.

    Raises:
        ValueError: If `k` is below 1 or the queries have another number of components.
    """
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise ValueError(f"queries must have shape (n, {dim}), got {queries.shape}")
    return queries
